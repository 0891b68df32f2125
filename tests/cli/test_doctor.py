"""Row 30: `doctor` checks configuration, TLS, clock, server and engine; `--version` is offline."""

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from hcr import __version__
from stub_service import Scripted

NAMES = ["hcr", "configuration", "TLS", "clock", "authentication", "server", "engine"]


def checks(outcome) -> dict[str, dict[str, object]]:
    return {record["check"]: record for record in outcome.json}


@pytest.fixture(autouse=True)
def _answers(service) -> None:
    service.data |= {
        "getActiveWorkPackages": ["7"],
        "currentUser": {"id": "u", "username": "ana", "permissions": []},
    }


def test_row_30_everything_in_place(directory, hcr):
    outcome = hcr(directory, "doctor", "-o", "json")
    assert outcome.code == 0
    found = checks(outcome)
    assert list(found) == NAMES
    assert {record["state"] for record in found.values()} == {"ok"}
    assert found["hcr"]["found"] == __version__
    assert found["server"]["found"] == "an hcr service; 1 work package active"
    assert "OpenDSS" in found["engine"]["found"] or "DSS" in found["engine"]["found"]


def test_row_30_version_is_told_offline(hcr):
    outcome = hcr("--version")
    assert (outcome.code, outcome.stdout) == (0, f"hcr, version {__version__}\n")


def test_a_plain_server_is_recognised(tmp_path, serve, point_at, hcr):
    plain = serve(plain=True)
    plain.data["getActiveWorkPackages"] = []
    outcome = hcr(point_at(tmp_path / "plain", plain), "doctor", "-o", "json")
    assert checks(outcome)["server"]["found"].startswith("an Evolve App Server")


def test_the_account_is_named_where_the_server_tells_it(tmp_path, service, point_at, hcr):
    directory = point_at(tmp_path / "c", service, access_token="t0ken")
    assert checks(hcr(directory, "doctor", "-o", "json"))["authentication"]["found"].endswith("as ana")
    del service.data["currentUser"]
    assert (
        checks(hcr(directory, "doctor", "-o", "json"))["authentication"]["found"] == "the token is accepted"
    )


def test_tls_is_verified_with_an_own_authority(tmp_path, serve, certificates, point_at, hcr):
    service = serve(tls=certificates.context())
    service.data["getActiveWorkPackages"] = []
    directory = point_at(tmp_path / "c", service, ca_filename=str(certificates.file))
    found = checks(hcr(directory, "doctor", "-o", "json"))["TLS"]
    assert (found["state"], str(certificates.file) in found["found"]) == ("ok", True)
    unverified = point_at(tmp_path / "d", service, verify_certificate=False)
    outcome = hcr(unverified, "doctor", "-o", "json")
    assert (outcome.code, checks(outcome)["TLS"]["state"]) == (0, "warning")


def test_an_unknown_certificate_is_a_fault_of_tls(tmp_path, serve, certificates, point_at, hcr):
    service = serve(tls=certificates.context())
    outcome = hcr(point_at(tmp_path / "c", service), "doctor", "-o", "json")
    assert outcome.code == 5
    assert checks(outcome)["TLS"]["state"] == "error"
    assert "ca_filename" in checks(outcome)["TLS"]["remedy"]
    assert "engine" in checks(outcome)


def test_plain_http_to_another_machine_is_a_warning(tmp_path, service, hcr, monkeypatch):
    import socket

    there = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", service.port))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_named: [there])
    server = {"protocol": "http", "host": "studies.example", "port": service.port}
    (tmp_path / "auth_config.json").write_text(json.dumps({"eas_server": server}))
    assert checks(hcr(tmp_path, "doctor", "-o", "json"))["TLS"]["state"] == "warning"


def test_a_clock_that_is_off_is_a_warning(directory, hcr, monkeypatch):
    late = SimpleNamespace(time=lambda: time.time() + 3600)
    monkeypatch.setattr("hcr.client.transport.time", late)
    outcome = hcr(directory, "doctor", "-o", "json")
    clock = checks(outcome)["clock"]
    assert (outcome.code, clock["state"]) == (0, "warning")
    assert clock["found"].endswith(" s off the service's")
    assert clock["found"].startswith(("+3599", "+360"))


def test_a_refused_token_ends_with_4(tmp_path, service, point_at, hcr):
    service.accepted_tokens = {"another"}
    outcome = hcr(point_at(tmp_path / "c", service, access_token="old"), "doctor", "-o", "json")
    assert outcome.code == 4
    assert checks(outcome)["authentication"]["state"] == "error"
    assert "auth login" in outcome.stderr


def test_a_server_out_of_order_ends_with_5(directory, service, hcr):
    service.script.append(Scripted(500, b"out of order"))
    outcome = hcr(directory, "doctor", "-o", "json")
    assert (outcome.code, checks(outcome)["server"]["state"]) == (5, "error")


def test_a_broken_configuration_ends_with_2(tmp_path, hcr):
    (tmp_path / "auth_config.json").write_text("{}")
    outcome = hcr(tmp_path, "doctor", "-o", "json")
    assert outcome.code == 2
    assert [record["check"] for record in outcome.json] == ["hcr", "configuration"]


def test_a_directory_that_cannot_be_written_is_one_of_the_checks(tmp_path, hcr):
    (tmp_path / ".hcr").write_text("a file where the folder belongs")
    outcome = hcr(tmp_path, "doctor", "-o", "json")
    assert outcome.code == 2
    found = checks(outcome)
    assert list(found) == ["hcr", "configuration", "server", "engine"]
    assert found["server"]["state"] == "error"
    assert f"{tmp_path / '.hcr'} cannot be used" in found["server"]["found"]
    assert "can be written" in found["server"]["remedy"]


def test_the_embedded_service_is_asked_too(tmp_path, hcr):
    outcome = hcr(tmp_path, "doctor", "-o", "json")
    assert outcome.code == 0
    assert checks(outcome)["configuration"]["found"] == f"{tmp_path}: embedded service"
    assert checks(outcome)["TLS"]["found"] == "not needed on this machine"


def test_an_engine_that_is_missing_is_missed_only_in_embedded_mode(
    tmp_path: Path, directory, hcr, uninstalled
):
    uninstalled("dss", "hcr.powerflow.opendss")
    remote = hcr(directory, "doctor", "-o", "json")
    assert remote.code == 0
    assert "none needed" in checks(remote)["engine"]["found"]
    embedded = hcr(tmp_path, "doctor", "-o", "json")
    assert embedded.code == 2
    assert checks(embedded)["engine"]["remedy"] == "Install the extra `embedded`."
