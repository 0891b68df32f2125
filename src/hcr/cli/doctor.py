"""`hcr DIR doctor`: is everything in place, from configuration to engine?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from hcr import __version__
from hcr.cli.output import Output, output_options
from hcr.cli.session import Session
from hcr.cli.wording import counted
from hcr.errors import HcrError, NetworkError, ServerError, UsageError

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi
    from hcr.client.endpoint import Endpoint
    from hcr.config.auth import AuthConfig

CLOCK_TOLERANCE_S = 60.0
"""Tokens have begin and end; a clock further off makes them look expired."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `ok`, `warning` or `error`, and what was found."""

    name: str
    state: str
    message: str
    remedy: str = ""


@click.command()
@output_options
@click.pass_obj
def doctor(session: Session, *, output: Output) -> None:
    """Check configuration, TLS, clock, service and engine; the exit code tells the first thing that fails."""
    checks: list[Check] = []
    failed: HcrError | None = None
    for check, error in examine(session):
        checks.append(check)
        failed = failed or error
    records = [
        {"check": one.name, "state": one.state, "found": one.message, "remedy": one.remedy} for one in checks
    ]
    output.many(records, ("check", "state", "found", "remedy"))
    if failed is not None:
        raise failed


def examine(session: Session) -> Iterator[tuple[Check, HcrError | None]]:
    """Yield each check with the error that it met."""
    yield Check("hcr", "ok", __version__), None
    try:
        auth = session.auth()
    except HcrError as error:
        yield _failed("configuration", error), error
        return
    where = "embedded service" if auth.embedded else f"{auth.protocol}://{auth.host}:{auth.port}"
    yield Check("configuration", "ok", f"{session.directory}: {where}"), None
    yield from _service(session, auth)
    yield _engine(auth)


def _service(session: Session, auth: "AuthConfig") -> Iterator[tuple[Check, HcrError | None]]:
    try:
        with session.connect() as api:
            active = api.active_work_packages()
            yield _tls(api.transport.endpoint, auth), None
            yield _clock(api.transport.clock_offset_s), None
            yield Check("authentication", "ok", _account(api, auth)), None
            kind = "an hcr service" if api.speaks_extensions() else "an Evolve App Server"
            yield Check("server", "ok", f"{kind}; {counted(len(active), 'work package')} active"), None
    except (NetworkError, ServerError) as error:
        yield _failed("TLS" if "certificate" in error.what or "TLS" in error.why else "server", error), error
    except HcrError as error:
        yield _failed("authentication" if error.code == "auth" else "server", error), error
    except OSError as error:
        unusable = _unusable(error)
        yield _failed("server", unusable), unusable


def _tls(endpoint: "Endpoint", auth: "AuthConfig") -> Check:
    """Return how far the way to the service can be trusted; a call has just gone through."""
    if endpoint.protocol == "https" and endpoint.verify_certificate:
        store = f"the system's store and {auth.ca_filename}" if auth.ca_filename else "the system's store"
        return Check("TLS", "ok", f"the certificate is verified by {store}")
    if endpoint.is_unverified:
        remedy = "Point `ca_filename` to the authority that signed it, and verify."
        return Check("TLS", "warning", "the certificate is not verified", remedy)
    if endpoint.is_loopback:
        return Check("TLS", "ok", "not needed on this machine")
    return Check("TLS", "warning", "plain http: everybody on the way can read", "Set `protocol` to https.")


def _clock(offset_s: float | None) -> Check:
    if offset_s is None:
        return Check("clock", "ok", "the service does not tell its time")
    if abs(offset_s) > CLOCK_TOLERANCE_S:
        return Check(
            "clock", "warning", f"{offset_s:+.0f} s off the service's", "Set the clock; tokens depend on it."
        )
    return Check("clock", "ok", "agrees with the service's")


def _account(api: "HostingCapacityApi", auth: "AuthConfig") -> str:
    """Return who the service takes us for, as far as it says."""
    if auth.auth_method == "none":
        return "no token; the service asks for none"
    try:
        user = api.current_user()
    except ServerError:
        return "the token is accepted"
    return f"the token is accepted as {user.username or user.email or user.id or 'somebody without a name'}"


def _engine(auth: "AuthConfig") -> tuple[Check, HcrError | None]:
    """Return which engine this machine has; it is missed only where the embedded service needs it."""
    try:
        from hcr.service.engine import engine_name

        return Check("engine", "ok", engine_name()), None
    except ModuleNotFoundError as error:
        missing = f"the library {error.name} is missing"
    if not auth.embedded:
        return Check("engine", "ok", f"none here, and none needed: the service solves ({missing})"), None
    remedy = "Install the extra `embedded`."
    return Check("engine", "error", missing, remedy), UsageError(
        "there is no engine", why=missing, remedy=remedy
    )


def _unusable(error: OSError) -> UsageError:
    """Return what the system refused the embedded service, below the config directory."""
    return UsageError(
        f"{error.filename} cannot be used",
        why=str(error.strerror),
        remedy="See that the config directory can be written, or name a service in auth_config.json.",
    )


def _failed(name: str, error: HcrError) -> Check:
    return Check(name, "error", str(error), error.remedy)
