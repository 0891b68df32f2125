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
    """Log in as auth_config.json says; the token is kept in a file that only you can read.

    A login by --device-code holds for later commands too, until `auth logout`.
    """
    config = session.auth()
    if config.embedded:
        session.say("The embedded service needs no login.")
        return
    _refuse_beside_token(config)
    if device_code:
        config = dataclasses.replace(config, auth_method="device_code")
    credentials = _credentials(session, config)
    credentials.login()
    status = credentials.status()
    session.say(f"Logged in{f' as {status.account}' if status.account else ''}.")
    session.detail(f"The token lies in {status.cache}")


@auth.command()
@output_options
@click.pass_obj
def status(session: Session, *, output: Output) -> None:
    """Show how calls are authenticated: account, expiry, and where the token lies."""
    output.one(_token_status(session, session.auth()))


@auth.command()
@click.pass_obj
def logout(session: Session) -> None:
    """Forget all tokens of this login."""
    from hcr.cli.token_file import token_file
    from hcr.client.token_cache import delete_cache

    config = session.auth()
    if config.auth_method in ("none", "token"):
        kept = f"; the token stays in {_place(config)}" if config.auth_method == "token" else ""
        session.say(f"There is no login to forget{kept}.")
        return
    for method in (config.auth_method, "device_code"):
        delete_cache(token_file(config, session.environment, method=method))
    session.say("Logged out.")


def _refuse_beside_token(config: "AuthConfig") -> None:
    """Raise UsageError where a token wins over every login."""
    if config.auth_method == "token":
        raise UsageError(
            f"a login would not be used: there is a token in {_place(config)}",
            why="which wins over every login",
            remedy=f"Take it out of {_place(config)} to log in, or go on with the token.",
        )


def _place(config: "AuthConfig") -> str:
    """Return where the token of a configuration was written."""
    return "HCR_TOKEN" if config.origins.get("access_token") == "environment" else "auth_config.json"


def _credentials(session: Session, config: "AuthConfig") -> "LoginCredentials":
    from hcr.client.connect import login_credentials

    chosen = session.login(config)
    if chosen is None:
        raise UsageError(
            "auth_config.json says nothing about logging in",
            why="it needs `authority` and `client_id` besides the way to log in",
            remedy="Add them, or set `access_token` or HCR_TOKEN.",
        )
    return login_credentials(chosen, session.transport_options(), prompt=_show_prompt)


def _show_prompt(prompt: "DevicePrompt") -> None:
    """Tell a person what to do; this goes to stderr even when quiet, for nothing happens without it."""
    click.echo(f"Open {prompt.url} and enter the code {prompt.code}", err=True)
    click.echo(f"The code is good for {prompt.expires_in_s // 60} minutes.", err=True)


def _token_status(session: Session, config: "AuthConfig") -> dict[str, object]:
    if config.embedded:
        return {"service": "embedded", "method": "none"}
    record = {"service": f"{config.protocol}://{config.host}:{config.port}", "method": config.auth_method}
    if config.auth_method == "none":
        return {**record, "logged_in": False}
    if config.auth_method == "token":
        return {**record, **_pasted(config)}
    credentials = _credentials(session, config)
    found = credentials.status()
    chosen = session.login(config)
    return {
        **record,
        "method": chosen.method if chosen else config.auth_method,
        "account": found.account or None,
        "logged_in": _is_good(found.expires_at) or found.renewable,
        "expires_at": _stamp(found.expires_at),
        "renewable": found.renewable,
        "token_in": str(found.cache),
    }


def _pasted(config: "AuthConfig") -> dict[str, object]:
    """Return what is known of a token that somebody pasted: as much as it says itself."""
    from hcr.cli.token_claims import read_claims

    claims = read_claims(config.access_token or "")
    return {
        "account": claims.account,
        "logged_in": claims.expires_at is None or _is_good(claims.expires_at),
        "expires_at": _stamp(claims.expires_at),
        "renewable": False,
        "token_in": _place(config),
    }


def _is_good(expires_at: datetime | None) -> bool:
    return expires_at is not None and expires_at > datetime.now(UTC)


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
