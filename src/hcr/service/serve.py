"""The service on a socket."""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from hcr.errors import LedgerError, UsageError
from hcr.service.app import create_app
from hcr.service.database_url import DatabaseUrl
from hcr.service.door.audit import AuditLog
from hcr.service.door.connection import patient_connection
from hcr.service.door.doorkeeper import Doorway
from hcr.service.door.gate import Gate
from hcr.service.door.issuer import Issuer
from hcr.service.door.issuer_keys import IssuerSettings
from hcr.service.door.log_lines import logging_as
from hcr.service.door.metrics import Metrics
from hcr.service.door.token_store import TokenStore
from hcr.service.limits import SERVED, Limits
from hcr.service.loopback import is_loopback
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.serving import serving
from hcr.service.worker import ensure_worker

WATCH_SECONDS = 5.0
"""How often the service looks whether a worker died and left work behind, and what the audit counted [s]."""

log = logging.getLogger("hcr.service")


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate chain and private key of the service, both in PEM form."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raise UsageError where the files cannot be used."""
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # A password is never asked for: a service may start without anybody at its terminal.
            context.load_cert_chain(self.certificate, self.key, password=lambda: "")
        except (OSError, ValueError) as error:
            raise UsageError(
                f"--tls-cert {self.certificate} and --tls-key {self.key} cannot be used",
                why=getattr(error, "strerror", None) or str(error),
                remedy="Give a certificate chain and its private key, in PEM form and without a password.",
            ) from error


@dataclass(frozen=True, slots=True)
class Door:
    """Where the service listens, whom it believes, and how much it lets them ask.

    Attributes
    ----------
    token : one token that may write; tokens of the config directory count besides.
    log_format : `text` or `json`.
    quiet : log only what went wrong.
    """

    host: str = "127.0.0.1"
    port: int = 7654
    token: str | None = None
    tls: Tls | None = None
    issuer: IssuerSettings | None = None
    limits: Limits = SERVED
    log_format: str = "text"
    quiet: bool = False


def serve(
    directory: Path,
    door: Door,
    *,
    database: DatabaseUrl | None = None,
    settings: Mapping[str, str] | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve a config directory until interrupted; its ledger is a file below it, or the database.

    Parameters
    ----------
    settings : variables of `execution` for its workers.
    ready : called when nothing is in the way any more: the socket listens, the ledger is open.

    Raises
    ------
    UsageError
        The address is unknown, or open to others while nobody could show who they are, it cannot be
        listened on, or certificate or issuer cannot be used.
    LedgerError
        The ledger cannot be used, or is newer than this program.
    """
    place = Place(directory, database)
    family = _family(door)
    _check(place, door)
    listener = _listen(door, family)
    with listener, logging_as(door.log_format, quiet=door.quiet), serving(place) as alone:
        service = Service(place, partial(ensure_worker, settings=settings))
        stop = threading.Event()
        audit = AuditLog(place.audit_log)
        watch = threading.Thread(target=_keep_working, args=(service, audit, stop), daemon=True)
        watch.start()
        try:
            server = uvicorn.Server(server_config(application(service, door, audit), door))
            ready()
            if not alone:
                log.warning(
                    "another service serves %s too; tasks run as the one that starts the worker says",
                    directory,
                )
            server.run(sockets=[listener])
        finally:
            stop.set()
            watch.join()
            service.close()


def application(service: Service, door: Door, audit: AuditLog) -> Starlette:
    """Return the application behind a door."""
    gate = Gate(
        token=door.token,
        store=TokenStore(service.place.tokens),
        issuer=Issuer(door.issuer) if door.issuer is not None else None,
        closed=not is_loopback(door.host),
    )
    return create_app(service, Doorway(gate, door.limits, audit, Metrics(service.ledger.engine)))


def server_config(app: Starlette, door: Door) -> uvicorn.Config:
    """Return how the socket is served; its log goes where ours goes."""
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,  # longer than clients sleep between two polls: else one may write as it closes
        http=patient_connection(door.limits.patience_s),  # by h11: it is strict about what is no HTTP
        limit_concurrency=door.limits.connections,
        server_header=False,
        ssl_certfile=door.tls.certificate if door.tls else None,
        ssl_keyfile=door.tls.key if door.tls else None,
    )


def _check(place: Place, door: Door) -> None:
    if door.tls is not None:
        door.tls.check()
    if door.issuer is not None:
        door.issuer.check()
    has_tokens = TokenStore(place.tokens).has_active()
    if is_loopback(door.host) or door.token is not None or door.issuer is not None or has_tokens:
        return
    raise UsageError(
        f"{door.host} is open to other machines, and no token is set",
        remedy="Make one with `hcr DIR token create`, set HCR_SERVICE_TOKEN or `access_token` in "
        "auth_config.json, name an --issuer, or listen on 127.0.0.1.",
    )


def _family(door: Door) -> int:
    """Return what kind of address the host has."""
    try:
        return socket.getaddrinfo(door.host, door.port, type=socket.SOCK_STREAM)[0][0]
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"{door.host} is no address that is known here",
            why=getattr(error, "strerror", None) or str(error),
            remedy="Give --host an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all it has.",
        ) from error


def _listen(door: Door, family: int) -> socket.socket:
    try:
        return socket.create_server((door.host, door.port), family=family, backlog=128)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {door.host}, port {door.port}",
            why=error.strerror or str(error),
            remedy="Choose another --host or --port, or end the program that listens there.",
        ) from error


def _keep_working(service: Service, audit: AuditLog, stop: threading.Event) -> None:
    while not stop.wait(WATCH_SECONDS):
        audit.write_repeated()
        try:
            service.wake()
        except (OSError, LedgerError, SQLAlchemyError):
            log.exception("the ledger cannot be looked at; trying again")
