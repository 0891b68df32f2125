"""`hcr DIR token …`: who may call the service of a config directory."""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from hcr.cli.output import Output, output_options
from hcr.cli.session import Session
from hcr.errors import ConfigError

if TYPE_CHECKING:
    from hcr.service.door.token_store import StoredToken, TokenStore
    from hcr.service.place import Place

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
LONGEST = timedelta(days=3650)


class Lifetime(click.ParamType[timedelta]):
    """A time span such as 12h, 90d or 4w."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span; what is none is refused with an example."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([hdw])", str(value).strip())
        span = int(found[1]) * UNITS[found[2]] if found else timedelta(0)
        if not timedelta(0) < span <= LONGEST:
            self.fail(f"{value!r} is no time from 1h to 3650d; write such as 12h, 90d or 4w", param)
        return span


@click.group()
def token() -> None:
    """Tokens that open `hcr DIR serve`: make, list, revoke."""


@token.command()
@click.option("--name", help="Who or what will use it; made up where it is left out.")
@click.option(
    "--scope",
    type=click.Choice(("read", "write")),
    default="read",
    show_default=True,
    help="read asks and fetches results; write also runs, cancels, edits and deletes.",
)
@click.option("--expires", type=Lifetime(), help="Time it is good for: 12h, 90d, 4w; no end without.")
@click.pass_obj
def create(session: Session, *, name: str | None, scope: str, expires: timedelta | None) -> None:
    """Make a token and print it, this once; only a hash of it is kept.

    A service that runs takes it at once. From the first token on nobody comes in without one, from this
    machine neither.
    """
    from hcr.service.door.caller import Scope

    secret, made = _store(session).create(name, Scope(scope), expires)
    _audit(session, "token_created", made)
    click.echo(secret)
    until = f"good until {_moment(made.expires_at)}" if made.expires_at else "good until it is revoked"
    session.say(f"Token {made.id} ({made.name}), scope {made.scope.value}, {until}.")
    session.say("Keep it now: it is not shown again.")


@token.command("list")
@output_options
@click.pass_obj
def list_tokens(session: Session, *, output: Output) -> None:
    """List all tokens that were made here; what opens the service is not among it."""
    store = _store(session)
    now = store.clock()
    records = [
        {
            "id": one.id,
            "name": one.name,
            "scope": one.scope.value,
            "state": one.state(now),
            "created_at": _moment(one.created_at),
            "expires_at": _moment(one.expires_at),
            "revoked_at": _moment(one.revoked_at),
        }
        for one in store.tokens()
    ]
    output.many(records, ("id", "name", "scope", "state", "created_at", "expires_at"))


@token.command()
@click.argument("name_or_id")
@click.pass_obj
def revoke(session: Session, *, name_or_id: str) -> None:
    """Revoke a token; a service that runs refuses it from the next call on."""
    revoked = _store(session).revoke(name_or_id)
    _audit(session, "token_revoked", revoked)
    session.say(f"Token {revoked.id} ({revoked.name}) was revoked at {_moment(revoked.revoked_at)}.")


def _place(session: Session) -> "Place":
    from hcr.service.place import Place

    if not session.directory.is_dir():
        raise ConfigError(
            f"cannot read {session.directory}",
            why="there is no such directory",
            remedy="Name the config directory that `hcr DIR serve` serves.",
        )
    return Place(session.directory)


def _store(session: Session) -> "TokenStore":
    from hcr.service.door.token_store import TokenStore

    return TokenStore(_place(session).tokens)


def _audit(session: Session, event: str, token: "StoredToken") -> None:
    from hcr.service.door.audit import AuditLog
    from hcr.service.door.caller import Caller

    known = Caller("token", token.id, token.name, token.scope)
    AuditLog(_place(session).audit_log).token(event, known)


def _moment(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z") if time else None
