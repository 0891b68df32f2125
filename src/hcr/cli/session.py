"""What every command shares: the config directory, how talkative to be, and the way to the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hcr.errors import UsageError

if TYPE_CHECKING:
    import httpx

    from hcr.client.api import HostingCapacityApi
    from hcr.config.auth import AuthConfig


@dataclass(frozen=True, slots=True)
class Session:
    """One call of `hcr`."""

    directory: Path
    environment: Mapping[str, str]
    quiet: bool = False
    debug: bool = False

    def say(self, text: str) -> None:
        """Write a line for people to stderr."""
        if not self.quiet:
            click.echo(text, err=True)

    def warn(self, text: str) -> None:
        """Write a warning to stderr."""
        if not self.quiet:
            click.secho("Warning: ", fg="yellow", bold=True, err=True, nl=False)
            click.echo(text, err=True)

    def trace(self, text: str) -> None:
        """Write a line of the trace to stderr."""
        click.secho(text, dim=True, err=True)

    def auth(self) -> "AuthConfig":
        """Return the service that this config directory names.

        Raises
        ------
        ConfigError
            `auth_config.json` has faults.
        """
        from hcr.config.auth import load_auth_config

        return load_auth_config(self.directory, self.environment)

    def connect(self) -> "HostingCapacityApi":
        """Return the service behind `auth_config.json`: a remote one, or the embedded one.

        Raises
        ------
        ConfigError
            `auth_config.json` has faults.
        UsageError
            The embedded service is wanted but not installed.
        """
        from hcr.client.connect import Connection, connect
        from hcr.client.endpoint import Endpoint
        from hcr.client.transport import TransportOptions

        auth = self.auth()
        for hint in auth.hints:
            self.warn(str(hint))
        options = TransportOptions(trace=self.trace if self.debug else None, warn=self.warn)
        if auth.embedded:
            return connect(Connection(Endpoint.embedded(), options=options), http=self._embedded())
        endpoint = Endpoint(auth.protocol, auth.host, auth.port, auth.verify_certificate, auth.ca_filename)
        return connect(Connection(endpoint, access_token=auth.access_token, options=options))

    def _embedded(self) -> "httpx.BaseTransport":
        with embedded_extra("the embedded service"):
            from hcr.service.embedded import EmbeddedTransport

            return EmbeddedTransport(self.directory)


class embedded_extra:  # noqa: N801 - reads as what it is: a `with` statement
    """Turns a missing library of the extra `embedded` into a message that says how to install it."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose

    def __enter__(self) -> None:
        """Enter the block."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Say what to install where an import failed."""
        if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("hcr"):
            raise UsageError(
                f"{self._purpose} is not installed",
                why=f"the library {error.name} is missing",
                remedy="Install it with: pip install 'hosting-capacity-runner[embedded]', "
                "or name a remote service in auth_config.json.",
            ) from error
