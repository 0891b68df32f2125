"""From settings to a service that can be called: endpoint, credentials, transport."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from hcr.client.api import HostingCapacityApi
from hcr.client.endpoint import Endpoint
from hcr.client.login import DevicePrompt, Login, LoginStatus
from hcr.client.tokens import Credentials, StaticToken
from hcr.client.transport import Transport, TransportOptions

if TYPE_CHECKING:
    import httpx


class LoginCredentials(Credentials, Protocol):
    """Credentials that somebody can log in to and out of."""

    def login(self) -> str:
        """A new token, asking for whatever it takes."""

    def status(self) -> LoginStatus:
        """Who is logged in, as far as the cache tells."""

    def forget(self) -> None:
        """Drop all tokens."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything needed to call a service; `access_token` wins over `login`."""

    endpoint: Endpoint
    access_token: str | None = field(default=None, repr=False)
    login: Login | None = None
    options: TransportOptions = field(default_factory=TransportOptions)


def connect(connection: Connection, *, http: "httpx.BaseTransport | None" = None) -> HostingCapacityApi:
    """The service behind a connection; nothing is sent yet. `http` stands in for the network."""
    auth: Credentials = StaticToken(connection.access_token)
    if connection.login is not None and not connection.access_token:
        connection.endpoint.refuse_token_in_clear()
        auth = login_credentials(connection.login, connection.options)
    return HostingCapacityApi(Transport(connection.endpoint, auth, http=http, options=connection.options))


def login_credentials(
    login: Login, options: TransportOptions, *, prompt: Callable[[DevicePrompt], None] | None = None
) -> LoginCredentials:
    """The credentials for a login; `prompt` shows a person what to do for a device code."""
    from hcr.client import oauth

    if login.method == "client_credentials":
        return oauth.ClientCredentials(login, options)
    if login.method == "device_code":
        return oauth.DeviceCode(login, options, prompt=prompt)
    return oauth.UsernamePassword(login, options)
