"""Where the service listens, and where it does not."""

import socket
from pathlib import Path

import pytest

from hcr.errors import UsageError
from hcr.service.serve import Door, is_loopback, serve


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_addresses(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])
def test_addresses_that_others_reach(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_no_open_door_without_a_token(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError) as caught:
        serve(tmp_path, Door(host=host))
    assert "open to other machines" in caught.value.what
    assert "HCR_SERVICE_TOKEN" in caught.value.remedy


def test_an_unknown_name_is_called_unknown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nosuchhost\.invalid is no address that is known here"):
        serve(tmp_path, Door(host="nosuchhost.invalid"))


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1, port {port}"):
            serve(tmp_path, Door(port=port), ready=lambda: pytest.fail("it does not serve"))
    assert not (tmp_path / ".hcr").exists()


def test_an_address_of_another_machine_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        serve(tmp_path, Door(host="192.0.2.1", port=7654, token="t"))
