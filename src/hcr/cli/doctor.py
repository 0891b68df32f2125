"""`hcr DIR doctor`: is everything in place, from configuration to engine?"""

from collections.abc import Iterator
from dataclasses import dataclass

import click

from hcr import __version__
from hcr.cli.output import Output, output_options
from hcr.cli.session import Session
from hcr.errors import HcrError, NetworkError, ServerError

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
        where = "embedded service" if auth.embedded else f"{auth.protocol}://{auth.host}:{auth.port}"
        yield Check("configuration", "ok", f"{session.directory}: {where}"), None
    except HcrError as error:
        yield _failed("configuration", error), error
        return
    yield from _service(session)
    if auth.embedded:
        yield _engine()


def _service(session: Session) -> Iterator[tuple[Check, HcrError | None]]:
    try:
        with session.connect() as api:
            active = api.active_work_packages()
            yield Check("service", "ok", f"it answers; {len(active)} work packages are active"), None
            yield _clock(api.transport.clock_offset_s), None
            kind = "an hcr service" if api.speaks_extensions() else "an Evolve App Server"
            yield Check("server", "ok", kind), None
    except (NetworkError, ServerError) as error:
        yield _failed("service", error), error
    except HcrError as error:
        yield _failed("authentication" if error.code == "auth" else "service", error), error


def _clock(offset_s: float | None) -> Check:
    if offset_s is None:
        return Check("clock", "ok", "the service does not tell its time")
    if abs(offset_s) > CLOCK_TOLERANCE_S:
        return Check(
            "clock", "warning", f"{offset_s:+.0f} s off the service's", "Set the clock; tokens depend on it."
        )
    return Check("clock", "ok", "agrees with the service's")


def _engine() -> tuple[Check, HcrError | None]:
    try:
        from hcr.service.engine import engine_name
    except ModuleNotFoundError as error:
        return Check(
            "engine", "error", f"the library {error.name} is missing", "Install the extra `embedded`."
        ), None
    return Check("engine", "ok", engine_name()), None


def _failed(name: str, error: HcrError) -> Check:
    return Check(name, "error", str(error), error.remedy)
