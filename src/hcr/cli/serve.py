"""`hcr DIR serve`: the service on a socket."""

from typing import TYPE_CHECKING

import click

from hcr.cli.session import Session, embedded_extra

if TYPE_CHECKING:
    from hcr.config.auth import AuthConfig

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7654
TOKEN_VARIABLE = "HCR_SERVICE_TOKEN"  # noqa: S105 - the name of the variable, not a token


@click.command()
@click.option("--host", help=f"Address to listen on; that of auth_config.json, else {DEFAULT_HOST}.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help=f"Port; that of auth_config.json, else {DEFAULT_PORT}."
)
@click.pass_obj
def serve(session: Session, *, host: str | None, port: int | None) -> None:
    """Serve this config directory over GraphQL until interrupted.

    Callers need the token of HCR_SERVICE_TOKEN, else the access_token of auth_config.json; HCR_TOKEN is for
    callers and says nothing here. Without either, only this machine's loopback address is served.
    """
    auth = session.auth()
    with embedded_extra("the service"):
        from hcr.service.serve import Door
        from hcr.service.serve import serve as serve_forever
    door = Door(
        host=host or auth.host or DEFAULT_HOST,
        port=port or auth.port or DEFAULT_PORT,
        token=session.environment.get(TOKEN_VARIABLE) or _own_token(auth),
    )
    session.say(f"Serving {session.directory} on http://{door.host}:{door.port}/api/graphql")
    session.say("Callers need the token." if door.token else "No token is needed from this machine.")
    serve_forever(session.directory, door)


def _own_token(auth: "AuthConfig") -> str | None:
    """Return the token of the file; one from the environment is a caller's."""
    return auth.access_token if auth.origins.get("access_token") == "file" else None
