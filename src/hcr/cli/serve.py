"""`hcr DIR serve`: the service on a socket."""

from typing import TYPE_CHECKING

import click

from hcr.cli.concealment import conceal
from hcr.cli.door_options import DoorOptions, door_options
from hcr.cli.execution_options import called, execution_options
from hcr.cli.session import Session, database_of, embedded_extra

if TYPE_CHECKING:
    from hcr.config.auth import AuthConfig
    from hcr.service.database_url import DatabaseUrl
    from hcr.service.execution import Execution
    from hcr.service.serve import Door

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7654
TOKEN_VARIABLE = "HCR_SERVICE_TOKEN"  # noqa: S105 - the name of the variable, not a token


@click.command()
@click.option("--host", help=f"Address to listen on; that of auth_config.json, else {DEFAULT_HOST}.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help=f"Port; that of auth_config.json, else {DEFAULT_PORT}."
)
@click.option(
    "--database",
    metavar="URL",
    help="PostgreSQL database for packages and tasks, postgresql://USER@HOST/NAME; that of HCR_DATABASE_URL, "
    "else that of auth_config.json, else a SQLite file in DIR/.hcr.",
)
@execution_options
@door_options
@click.pass_obj
def serve(
    session: Session,
    *,
    host: str | None,
    port: int | None,
    database: str | None,
    options: DoorOptions,
    execution: dict[str, str],
) -> None:
    """Serve this config directory over GraphQL until interrupted.

    Callers show a token made by `hcr DIR token create`, a JWT of --issuer, or the one token of
    HCR_SERVICE_TOKEN, else the access_token of auth_config.json; HCR_TOKEN is for callers and says nothing
    here. Without any of them, only this machine's loopback address is served, and to this machine alone.

    A password of the database belongs in HCR_DATABASE_URL, PGPASSWORD or ~/.pgpass, not on the command
    line.
    """
    auth = session.auth()
    with embedded_extra("the service"):
        from hcr.service.execution import check_execution, read_execution
        from hcr.service.serve import Door
        from hcr.service.serve import serve as serve_forever
    door = Door(
        host=host or auth.host or DEFAULT_HOST,
        port=port or auth.port or DEFAULT_PORT,
        token=session.environment.get(TOKEN_VARIABLE) or _own_token(auth),
        tls=options.tls(),
        issuer=options.issuer_settings(),
        limits=options.limits,
        log_format=options.log_format,
        quiet=session.quiet,
    )
    settings = read_execution(execution, called)
    check_execution(settings)  # first: a worker could tell of a mistake in its log only
    ledger = database_of(auth) if database is None else _typed(session, database)

    def ready() -> None:
        _announce(session, door)
        _warn_of_memory(session, settings)
        if ledger is not None:
            session.say(f"The ledger is {ledger}.")

    serve_forever(session.directory, door, database=ledger, settings=execution, ready=ready)


def _typed(session: Session, text: str) -> "DatabaseUrl":
    """Return the database of the command line; a password in it is hidden from others as far as that goes."""
    from hcr.service.database_url import VARIABLE, read_database_url

    address = read_database_url(text, "--database")
    if address.password:
        hidden = conceal(text)
        others = "other users could read it for a moment" if hidden else "other users can read it"
        session.warn(f"The password of the database was on the command line, where {others}; use {VARIABLE}.")
    return address


def _announce(session: Session, door: "Door") -> None:
    """Tell where the service is, who may call it, and who can listen in."""
    from hcr.service.door.token_store import TokenStore
    from hcr.service.loopback import is_loopback
    from hcr.service.place import Place

    name = f"[{door.host}]" if ":" in door.host else door.host
    session.say(
        f"Serving {session.directory} on {'https' if door.tls else 'http'}://{name}:{door.port}/api/graphql"
    )
    stored = bool(TokenStore(Place(session.directory).tokens).tokens())
    if door.issuer is not None:
        session.say(f"Callers need a token, or a JWT of {door.issuer.url} for {door.issuer.audience}.")
    elif stored and not door.token:
        session.say("Callers need a token; `hcr DIR token list` shows which there are.")
    else:
        session.say("Callers need the token." if door.token else "No token is needed from this machine.")
    if door.tls is None and not is_loopback(door.host):
        session.warn("tokens travel in the clear; give --tls-cert and --tls-key, or put a proxy before it.")


def _warn_of_memory(session: Session, settings: "Execution") -> None:
    """Tell of a limit that tasks on this machine cannot reach."""
    from hcr.service.task_limits import machine_memory

    most, limit = machine_memory(), settings.memory_bytes or 0
    if settings.executor == "processes" and limit > most:
        session.warn(
            f"--task-memory is {limit / 2**30:.3g} GiB, and this machine has {most / 2**30:.3g} GiB: the "
            "system may end tasks, or other programs, before that limit does."
        )


def _own_token(auth: "AuthConfig") -> str | None:
    """Return the token of the file; one from the environment is a caller's."""
    return auth.access_token if auth.origins.get("access_token") == "file" else None
