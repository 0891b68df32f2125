"""What every command shares: the config directory, how talkative to be, and the way to the service."""

import contextlib
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hcr.cli.colour import Colour
from hcr.errors import UsageError

if TYPE_CHECKING:
    import httpx

    from hcr.client.api import HostingCapacityApi
    from hcr.client.connect import Connection
    from hcr.client.login import Login
    from hcr.client.transport import TransportOptions
    from hcr.config.auth import AuthConfig
    from hcr.service.database_url import DatabaseUrl


@dataclass(frozen=True, slots=True)
class Session:
    """One call of `hcr`."""

    directory: Path
    environment: Mapping[str, str]
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    insecure: bool = False
    log_file: Path | None = None
    colour: Colour = field(default_factory=Colour)

    def say(self, text: str) -> None:
        """Write a line for people to stderr."""
        if not self.quiet:
            click.echo(text, err=True)

    def detail(self, text: str) -> None:
        """Write a line to stderr that only `--verbose` shows."""
        if self.verbose or self.debug:
            self.say(text)

    def warn(self, text: str) -> None:
        """Write a warning to stderr."""
        if not self.quiet:
            click.secho("Warning: ", fg="yellow", bold=True, err=True, nl=False, color=self.colour.click)
            click.echo(text, err=True)

    def trace(self, text: str) -> None:
        """Write a line of the trace to the log file, else to stderr."""
        if self.log_file is None:
            click.secho(text, dim=True, err=True, color=self.colour.click)
            return
        try:
            with self.log_file.open("a", encoding="utf-8") as stream:
                stream.write(text + "\n")
        except OSError as error:
            raise UsageError(
                f"--log-file {self.log_file} cannot be written",
                why=str(error.strerror),
                remedy="Name a file in a folder that you may write to.",
            ) from error

    def transport_options(self) -> "TransportOptions":
        """Return patience for calls, and where their trace and warnings go."""
        from hcr.client.transport import TransportOptions

        return TransportOptions(trace=self.trace if self.debug or self.log_file else None, warn=self.warn)

    def command(self, words: str) -> str:
        """Return a line that people can type to go on."""
        return f"hcr {shlex.quote(str(self.directory))} {words}"

    def auth(self) -> "AuthConfig":
        """Return the service that this config directory names.

        Raises
        ------
        ConfigError
            `auth_config.json` has faults.
        """
        from hcr.config.auth import load_auth_config

        return load_auth_config(self.directory, self.environment)

    def connection(self, auth: "AuthConfig") -> "Connection":
        """Return endpoint, credentials and patience for a service."""
        from hcr.client.connect import Connection
        from hcr.client.endpoint import Endpoint

        options = self.transport_options()
        if auth.embedded:
            return Connection(Endpoint.embedded(), options=options)
        endpoint = Endpoint(
            auth.protocol, auth.host, auth.port, auth.verify_certificate, auth.ca_filename, self.insecure
        )
        token = auth.access_token if auth.auth_method == "token" else None
        return Connection(endpoint, access_token=token, login=self.login(auth), options=options)

    def login(self, auth: "AuthConfig") -> "Login | None":
        """Return how to log in, or None where a token or nothing at all is used.

        Whoever logged in with `auth login --device-code` stays so until logging out, whatever the file says.
        """
        if auth.auth_method == "none" or auth.auth_method == "token":
            return None
        from hcr.cli.token_file import token_file
        from hcr.client.login import Login

        device_file = token_file(auth, self.environment, method="device_code")
        by_device = auth.auth_method == "device_code" or device_file.is_file()
        return Login(
            "device_code" if by_device else auth.auth_method,
            auth.authority or "",
            auth.client_id or "",
            None if by_device else auth.client_secret,  # a login in a browser is for public clients
            auth.username,
            auth.password,
            auth.scopes,
            device_file if by_device else token_file(auth, self.environment),
            auth.ca_filename,
        )

    def connect(self) -> "HostingCapacityApi":
        """Return the service behind `auth_config.json`: a remote one, or the embedded one.

        Raises
        ------
        ConfigError
            `auth_config.json` has faults.
        UsageError
            The embedded service is wanted but not installed.
        """
        from hcr.client.connect import connect

        auth = self.auth()
        for hint in auth.hints:
            self.warn(str(hint))
        connection = self.connection(auth)
        return connect(connection, http=self._embedded(auth) if auth.embedded else None)

    def check_execution(self) -> None:
        """See that what is sent to the embedded service could be run; of its own tasks a server knows itself.

        Raises
        ------
        ConfigError
            `auth_config.json` has faults.
        HcrError
            A variable says what cannot be, or names a cluster that cannot be used as it is.
        """
        if self.auth().embedded:
            with embedded_extra("the embedded service"):
                from hcr.service.execution import check_execution, read_execution
            check_execution(read_execution(self.environment))  # a worker could tell of it in its log only

    def _embedded(self, auth: "AuthConfig") -> "httpx.BaseTransport":
        with embedded_extra("the embedded service"):
            from hcr.service.embedded import EmbeddedTransport

            return EmbeddedTransport(self.directory, database_of(auth))


def database_of(auth: "AuthConfig") -> "DatabaseUrl | None":
    """Return the database that keeps the ledger of the service here; None for the file below DIR.

    Raises
    ------
    UsageError
        What is named is no PostgreSQL database.
    """
    if auth.database is None:
        return None
    from hcr.service.database_url import VARIABLE, read_database_url

    given = auth.origins.get("database") == "environment"
    return read_database_url(auth.database, VARIABLE if given else "`database` of auth_config.json")


@contextlib.contextmanager
def embedded_extra(purpose: str) -> Iterator[None]:
    """Turn a missing library of the extra `embedded` into a message that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("hcr"):
            raise
        raise UsageError(
            f"{purpose} is not installed",
            why=f"the library {(error.name or '').partition('.')[0]} is missing",
            remedy="Install it with: pip install 'hosting-capacity-runner[embedded]', "
            "or name a remote service in auth_config.json.",
        ) from error
