"""Which door `serve` opens: address, port and token by option, environment and file."""

import json
from pathlib import Path

import pytest

from hcr.cli.main import main
from hcr.service import serve as service
from hcr.service.serve import Door


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[Door]:
    """The doors that were opened; nothing listens."""
    opened: list[Door] = []
    monkeypatch.setattr(service, "serve", lambda directory, door: opened.append(door))
    for name in ("HCR_SERVICE_TOKEN", "HCR_TOKEN", "HCR_HOST", "HCR_PORT", "HCR_PROTOCOL"):
        monkeypatch.delenv(name, raising=False)
    return opened


def written(directory: Path, **server: object) -> str:
    (directory / "auth_config.json").write_text(json.dumps({"eas_server": server}))
    return str(directory)


def test_without_settings_it_is_loopback_without_a_token(tmp_path: Path, doors: list[Door]):
    assert main([str(tmp_path), "serve"]) == 0
    assert doors == [Door("127.0.0.1", 7654, None)]


def test_an_embedded_configuration_sets_port_and_token(tmp_path: Path, doors: list[Door]):
    directory = written(tmp_path, protocol="embedded", port=7799, access_token="s3cret")

    assert main([directory, "serve"]) == 0
    assert doors == [Door("127.0.0.1", 7799, "s3cret")]


def test_a_remote_configuration_sets_all_three(tmp_path: Path, doors: list[Door]):
    directory = written(tmp_path, protocol="http", host="127.0.0.2", port=7799, access_token="s3cret")

    assert main([directory, "serve"]) == 0
    assert doors == [Door("127.0.0.2", 7799, "s3cret")]


def test_options_win_and_the_service_has_a_variable_of_its_own(
    tmp_path: Path, doors: list[Door], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HCR_SERVICE_TOKEN", "mine")
    directory = written(tmp_path, protocol="embedded", port=7799, access_token="s3cret")

    assert main([directory, "serve", "--host", "::1", "--port", "7000"]) == 0
    assert doors == [Door("::1", 7000, "mine")]


def test_the_token_of_a_caller_is_not_that_of_the_service(
    tmp_path: Path, doors: list[Door], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HCR_TOKEN", "caller")

    assert main([written(tmp_path, protocol="embedded"), "serve"]) == 0
    assert doors == [Door("127.0.0.1", 7654, None)]
