import pytest

from hcr.client.endpoint import Endpoint
from hcr.errors import AuthError


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (Endpoint("https", "eas.example.com", 7654), "https://eas.example.com:7654"),
        (Endpoint("http", "10.0.0.7", 80), "http://10.0.0.7:80"),
        (Endpoint("https", "::1", 443), "https://[::1]:443"),
        (Endpoint.embedded(), "http://localhost:80"),
    ],
)
def test_url(endpoint: Endpoint, url: str):
    assert endpoint.url == url


@pytest.mark.parametrize("host", ["localhost", "eas.localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback(host: str):
    assert Endpoint("http", host, 80).is_loopback


@pytest.mark.parametrize("host", ["eas.example.com", "10.0.0.7", "localhost.example.com", "127.0.0.1.nip.io"])
def test_not_loopback(host: str):
    assert not Endpoint("http", host, 80).is_loopback


def test_embedded_service_is_loopback():
    assert Endpoint.embedded().is_loopback


def test_token_in_clear_to_another_machine_is_refused():
    with pytest.raises(AuthError) as caught:
        Endpoint("http", "eas.example.com", 80).refuse_token_in_clear()
    assert "http://eas.example.com:80" in caught.value.what
    assert "https" in caught.value.remedy
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint("https", "eas.example.com", 443),
        Endpoint("http", "localhost", 80),
        Endpoint("http", "eas.example.com", 80, insecure=True),
        Endpoint.embedded(),
    ],
)
def test_token_may_travel(endpoint: Endpoint):
    endpoint.refuse_token_in_clear()


def test_unverified_means_tls_without_a_check():
    assert Endpoint("https", "h", 1, verify_certificate=False).is_unverified
    assert not Endpoint("http", "h", 1, verify_certificate=False).is_unverified
    assert not Endpoint("https", "h", 1).is_unverified
