"""`hcr DIR auth …`: log in to a service, log out, and see who you are."""

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from hcr.cli.output import Output, output_options
from hcr.cli.session import Session
from hcr.errors import UsageError

if TYPE_CHECKING:
    from hcr.client.connect import LoginCredentials
    from hcr.client.login import DevicePrompt
    from hcr.config.auth import AuthConfig


@click.group()
def auth() -> None:
    """Log in to a service, log out, and see who you are."""


@auth.command()
@click.option("--device-code", is_flag=True, help="Log in on another device, such as a phone, with a code.")
@click.pass_obj
def login(session: Session, *, device_code: bool) -> None:
    """Log in as auth_config.json says; the token is kept in a file that only you can read."""
    config = session.auth()
    if config.embedded:
        session.say("The embedded service needs no login.")
        return
    if device_code:
        config = dataclasses.replace(config, auth_method="device_code")
    credentials = _credentials(session, config)
    credentials.login()
    status = credentials.status()
    click.echo(f"Logged in{f' as {status.account}' if status.account else ''}.", err=True)
    if status.cache:
        session.detail(f"The token lies in {status.cache}")


@auth.command()
@output_options
@click.pass_obj
def status(session: Session, *, output: Output) -> None:
    """Show how calls are authenticated: account, expiry, and where the token lies."""
    config = session.auth()
    output.one(_token_status(session, config))


@auth.command()
@click.pass_obj
def logout(session: Session) -> None:
    """Forget all tokens of this login."""
    config = session.auth()
    if config.auth_method in ("none", "token"):
        where = "HCR_TOKEN" if config.origins.get("access_token") == "environment" else "auth_config.json"
        session.say(f"There is no login to forget; a token stays where you put it: {where}.")
        return
    _credentials(session, config).forget()
    session.say("Logged out.")


def _credentials(session: Session, config: "AuthConfig") -> "LoginCredentials":
    from hcr.client.connect import login_credentials
    from hcr.client.transport import TransportOptions

    chosen = session.login(config)
    if chosen is None or not chosen.authority or not chosen.client_id:
        raise UsageError(
            "auth_config.json says nothing about logging in",
            why="it needs `authority` and `client_id` besides the way to log in",
            remedy="Add them, or set `access_token` or HCR_TOKEN.",
        )
    options = TransportOptions(
        trace=session.trace if session.debug or session.log_file else None, warn=session.warn
    )
    return login_credentials(chosen, options, prompt=_show_prompt)


def _show_prompt(prompt: "DevicePrompt") -> None:
    """Tell a person what to do; this goes to stderr even when quiet, for nothing happens without it."""
    click.echo(f"Open {prompt.url} and enter the code {prompt.code}", err=True)
    click.echo(f"The code is good for {prompt.expires_in_s // 60} minutes.", err=True)


def _token_status(session: Session, config: "AuthConfig") -> dict[str, object]:
    service = "embedded" if config.embedded else f"{config.protocol}://{config.host}:{config.port}"
    record: dict[str, object] = {"service": service, "method": config.auth_method}
    if config.auth_method == "token":
        return record | {"token_from": config.origins.get("access_token")}
    if config.auth_method == "none":
        return record
    found = _credentials(session, config).status()
    expires = found.expires_at
    return record | {
        "account": found.account or None,
        "logged_in": bool(expires and expires > datetime.now(UTC)) or found.renewable,
        "expires_at": expires.isoformat(timespec="seconds") if expires else None,
        "renewable": found.renewable,
        "token_file": str(found.cache) if found.cache else None,
    }
