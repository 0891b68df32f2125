"""The service on a socket."""

import logging
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from hcr.errors import LedgerError, UsageError
from hcr.service.app import create_app
from hcr.service.database_url import DatabaseUrl
from hcr.service.loopback import is_loopback
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.worker import ensure_worker

WATCH_SECONDS = 5.0
"""How often the service looks whether a worker died and left work behind [s]."""

log = logging.getLogger("hcr.service")


@dataclass(frozen=True, slots=True)
class Door:
    """Where the service listens, and the token it demands."""

    host: str = "127.0.0.1"
    port: int = 7654
    token: str | None = None


def serve(directory: Path, door: Door, *, database: DatabaseUrl | None = None) -> None:
    """Serve a config directory until interrupted; its ledger is a file below it, or the database.

    Raises
    ------
    UsageError
        The address is open to others and no token is demanded, or it cannot be listened on.
    LedgerError
        The ledger cannot be used, or is newer than this program.
    """
    if door.token is None and not is_loopback(door.host):
        raise UsageError(
            f"{door.host} is open to other machines, and no token is set",
            remedy="Set `access_token` in auth_config.json or HCR_SERVICE_TOKEN, or listen on 127.0.0.1.",
        )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    listener = _listen(door)
    try:
        service = Service(Place(directory, database), ensure_worker)
    except BaseException:
        listener.close()
        raise
    stop = threading.Event()
    watch = threading.Thread(target=_keep_working, args=(service, stop), daemon=True)
    watch.start()
    try:
        config = uvicorn.Config(create_app(service, token=door.token), log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()
        stop.set()
        watch.join()
        service.close()


def _listen(door: Door) -> socket.socket:
    try:
        family = socket.getaddrinfo(door.host, door.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((door.host, door.port), family=family, backlog=128)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {door.host}, port {door.port}",
            why=error.strerror or str(error),
            remedy="Choose another --host or --port, or end the program that listens there.",
        ) from error


def _keep_working(service: Service, stop: threading.Event) -> None:
    while not stop.wait(WATCH_SECONDS):
        try:
            service.wake()
        except (OSError, LedgerError, SQLAlchemyError):
            log.exception("the ledger cannot be looked at; trying again")
