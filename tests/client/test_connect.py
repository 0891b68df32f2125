from pathlib import Path

import httpx
import pytest

from hcr.client.connect import Connection, connect, login_credentials
from hcr.client.endpoint import Endpoint
from hcr.client.login import DevicePrompt, Login
from hcr.client.oauth import ClientCredentials, DeviceCode, UsernamePassword
from hcr.client.transport import TransportOptions
from hcr.errors import AuthError

LOGIN = Login("client_credentials", "https://id.example.com/t", "hcr", client_secret="s3cret")


def test_token_wins_over_login(service):
    service.data = {"getActiveWorkPackages": []}
    endpoint = Endpoint("http", "127.0.0.1", service.port)
    with connect(Connection(endpoint, access_token="tok", login=LOGIN)) as api:
        api.active_work_packages()
    assert service.requests[0].headers["authorization"] == "Bearer tok"


def test_neither_token_nor_login(service):
    service.data = {"getActiveWorkPackages": []}
    with connect(Connection(Endpoint("http", "127.0.0.1", service.port))) as api:
        api.active_work_packages()
    assert "authorization" not in service.requests[0].headers


def test_embedded_service_stands_in_for_the_network():
    def app(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": {"getActiveWorkPackages": ["here"]}})

    with connect(Connection(Endpoint.embedded()), http=httpx.MockTransport(app)) as api:
        assert api.active_work_packages() == ("here",)


def test_nobody_logs_in_for_a_token_that_may_not_be_sent():
    with pytest.raises(AuthError, match="was not sent"):
        connect(Connection(Endpoint("http", "eas.example.com", 80), login=LOGIN))


def test_login_is_used_when_there_is_no_token(serve, certificates):
    service = serve(tls=certificates.context())
    endpoint = Endpoint("https", "127.0.0.1", service.port, ca=certificates.file)
    with (
        connect(Connection(endpoint, login=Login("device_code", "https://", "hcr"))) as api,
        pytest.raises(AuthError, match="No login at"),
    ):
        api.active_work_packages()
    assert service.requests == []


@pytest.mark.parametrize(
    ("method", "kind"),
    [("client_credentials", ClientCredentials), ("device_code", DeviceCode), ("password", UsernamePassword)],
)
def test_each_method_has_its_credentials(method, kind):
    login = Login(method, "https://id.example.com/t", "hcr")
    assert isinstance(login_credentials(login, TransportOptions()), kind)


def test_no_secret_in_any_repr(tmp_path: Path):
    login = Login(
        "password", "https://id.example.com/t", "hcr", "s3cret", "ana", "p4ssword", cache=tmp_path / "tokens"
    )
    connection = Connection(Endpoint.embedded(), access_token="hunter2", login=login)
    prompt = DevicePrompt("https://example.com/device", "ABCD", "Enter ABCD", 60)
    text = repr(connection) + repr(login) + repr(prompt) + repr(login_credentials(login, TransportOptions()))
    for secret in ("hunter2", "s3cret", "p4ssword", "ABCD"):
        assert secret not in text
