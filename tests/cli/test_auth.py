"""Logging in from the command line at a real authority on loopback, over TLS with certificates of its own.

Rows 19-21 of the behaviours at a prompt, and the promise that no secret is ever shown.
"""

import base64
import itertools
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from oauth_authority import PASSWORD, SECRET
from stub_service import Scripted

STATIC = "st4tic-token"
LOGINS = {
    "client_credentials": {"client_secret": SECRET, "scopes": ["study"]},
    "password": {"username": "ana", "password": PASSWORD},
    "device_code": {"auth_method": "device_code"},
}
LIST = ("work-package", "progress")


@pytest.fixture
def secured(serve, certificates):
    """A service over TLS that takes no call without a token it knows."""
    service = serve(tls=certificates.context())
    service.data["getActiveWorkPackages"] = []
    service.accepted_tokens = {"access-1"}
    return service


@pytest.fixture
def login_directory(tmp_path: Path, secured, issuer, certificates, point_at) -> Callable[..., Path]:
    """A config directory with one of the ways to log in."""

    def make(method: str, **more: object) -> Path:
        login = {"authority": issuer.url, "client_id": "hcr", **LOGINS[method], **more}
        issuer.pending = 0  # who logs in by device code is quick
        return point_at(tmp_path / method, secured, ca_filename=str(certificates.file), **login)

    return make


def token_files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "state").rglob("*.json"))


@pytest.mark.parametrize("method", LOGINS)
def test_row_19_login_status_a_call_and_logout(tmp_path, secured, login_directory, hcr, method: str):
    directory = login_directory(method)
    before = hcr(directory, "auth", "status", "-o", "json")
    assert (before.code, before.json["logged_in"], before.json["account"]) == (0, False, None)

    outcome = hcr(directory, "auth", "login", "--verbose")
    account = "hcr" if method == "client_credentials" else "ana"
    assert (outcome.code, outcome.stdout) == (0, "")
    assert f"Logged in as {account}." in outcome.stderr
    (file,) = token_files(tmp_path)
    assert f"The token lies in {file}" in outcome.stderr

    status = hcr(directory, "auth", "status", "-o", "json").json
    assert status["service"] == secured.url
    assert (status["method"], status["account"], status["logged_in"]) == (method, account, True)
    assert status["token_in"] == str(file)
    assert status["expires_at"].endswith("+00:00")

    assert hcr(directory, *LIST).code == 0
    assert secured.requests[-1].headers["authorization"] == "Bearer access-1"

    assert hcr(directory, "auth", "logout").stderr == "Logged out.\n"
    assert token_files(tmp_path) == []
    assert hcr(directory, "auth", "status", "-o", "json").json["logged_in"] is False


def test_row_19_a_device_code_tells_a_person_what_to_do_even_when_quiet(login_directory, hcr):
    outcome = hcr(login_directory("device_code"), "auth", "login", "--quiet")
    assert outcome.stderr.splitlines() == [
        "Open https://example.com/device and enter the code ABCD-EFGH",
        "The code is good for 1 minutes.",
    ]


@pytest.mark.parametrize("method", ["client_credentials", "password"])
def test_row_19_a_login_by_device_code_holds_until_logout(
    tmp_path, login_directory, issuer, hcr, method: str
):
    directory = login_directory(method)
    assert hcr(directory, "auth", "login", "--device-code").code == 0
    assert issuer.grants[-1] == "device_code"
    status = hcr(directory, "auth", "status", "-o", "json").json
    assert (status["method"], status["account"]) == ("device_code", "ana")
    assert hcr(directory, *LIST).code == 0
    assert issuer.issued == 1
    hcr(directory, "auth", "logout")
    assert token_files(tmp_path) == []
    assert hcr(directory, "auth", "status", "-o", "json").json["method"] == method


def test_row_20_the_token_file_is_for_its_owner_only(tmp_path, login_directory, hcr):
    directory = login_directory("password")
    hcr(directory, "auth", "login")
    (file,) = token_files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert directory not in file.parents


@pytest.mark.parametrize("method", LOGINS)
def test_row_20_hcr_token_always_wins(secured, login_directory, issuer, hcr, monkeypatch, method: str):
    secured.accepted_tokens = {STATIC}
    monkeypatch.setenv("HCR_TOKEN", STATIC)
    directory = login_directory(method)
    assert hcr(directory, *LIST).code == 0
    assert secured.requests[-1].headers["authorization"] == f"Bearer {STATIC}"
    assert issuer.paths == []
    outcome = hcr(directory, "auth", "login")
    assert outcome.code == 2
    assert "Take it out of HCR_TOKEN" in outcome.stderr


def test_row_20_hcr_token_wins_over_the_token_of_the_file(
    tmp_path, secured, certificates, point_at, hcr, monkeypatch
):
    directory = point_at(tmp_path / "c", secured, ca_filename=str(certificates.file), access_token="file")
    secured.accepted_tokens = {STATIC}
    assert hcr(directory, *LIST).code == 4
    monkeypatch.setenv("HCR_TOKEN", STATIC)
    assert hcr(directory, *LIST).code == 0


@pytest.mark.parametrize("method", LOGINS)
def test_row_21_a_refused_token_is_renewed_once(secured, login_directory, issuer, hcr, method: str):
    directory = login_directory(method)
    hcr(directory, "auth", "login")
    secured.accepted_tokens = {"access-2"}
    assert hcr(directory, *LIST).code == 0
    tokens = [request.headers["authorization"] for request in secured.requests]
    assert tokens == ["Bearer access-1", "Bearer access-2"]
    assert issuer.issued == 2


def test_row_21_a_token_is_renewed_in_the_middle_of_a_watch(secured, login_directory, hcr):
    looks = []

    def look(info, **_):
        looks.append(1)
        secured.accepted_tokens = {"access-2"}  # the first one is worn out after the first look
        return {
            "id": "7",
            "name": "Summer",
            "createdAt": "2026-01-05T12:00:00Z",
            "createdBy": {"id": "u", "username": "ana"},
            "status": "RUNNING" if len(looks) == 1 else "COMPLETED",
            "isDeleted": False,
            "feeders": [],
            "scenarios": [],
            "years": [],
            "warnings": [],
            "failures": [],
        }

    secured.data["getWorkPackageById"] = look
    directory = login_directory("password")
    assert hcr(directory, "work-package", "monitor", "7", "--interval", "1").code == 0
    assert len(looks) == 2


@pytest.mark.parametrize("method", LOGINS)
def test_row_21_a_second_refusal_is_4_and_names_the_login(secured, login_directory, hcr, method: str):
    directory = login_directory(method)
    hcr(directory, "auth", "login")
    secured.accepted_tokens = {"none of those"}
    outcome = hcr(directory, *LIST)
    assert outcome.code == 4
    assert "auth login" in outcome.stderr
    assert len(secured.requests) == 2


def test_row_21_nobody_is_logged_in_by_device(login_directory, hcr):
    outcome = hcr(login_directory("device_code"), *LIST)
    assert outcome.code == 4
    assert "Nobody is logged in" in outcome.stderr
    assert "auth login" in outcome.stderr


# ---- tokens that somebody pasted, and directories without a login


def pasted(tmp_path: Path, service, point_at, token: str) -> Path:
    return point_at(tmp_path / "pasted", service, access_token=token)


def test_status_of_an_opaque_token_says_where_it_is(tmp_path, service, point_at, hcr):
    directory = pasted(tmp_path, service, point_at, STATIC)
    outcome = hcr(directory, "auth", "status", "-o", "json")
    assert outcome.json == {
        "service": service.url,
        "method": "token",
        "account": None,
        "logged_in": True,
        "expires_at": None,
        "renewable": False,
        "token_in": "auth_config.json",
    }
    assert service.requests == []


def test_status_of_a_web_token_says_what_it_says(tmp_path, service, point_at, hcr, monkeypatch):
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "ana", "exp": 1_000_000_000}).encode()).decode()
    monkeypatch.setenv("HCR_TOKEN", f"e30.{claims.rstrip('=')}.c2ln")
    outcome = hcr(pasted(tmp_path, service, point_at, STATIC), "auth", "status", "-o", "json")
    assert outcome.json["account"] == "ana"
    assert outcome.json["logged_in"] is False
    assert outcome.json["expires_at"] == "2001-09-09T01:46:40+00:00"
    assert outcome.json["token_in"] == "HCR_TOKEN"


def test_a_login_beside_a_pasted_token_is_refused(tmp_path, service, point_at, hcr):
    directory = pasted(tmp_path, service, point_at, STATIC)
    outcome = hcr(directory, "auth", "login", "--device-code")
    assert outcome.code == 2
    assert "there is a token in auth_config.json" in outcome.stderr
    assert STATIC not in outcome.stderr


def test_logout_leaves_a_pasted_token_where_it_is(tmp_path, service, point_at, hcr):
    outcome = hcr(pasted(tmp_path, service, point_at, STATIC), "auth", "logout")
    assert outcome.code == 0
    assert "the token stays in auth_config.json" in outcome.stderr


def test_a_service_without_a_login_has_none(directory, hcr):
    status = hcr(directory, "auth", "status", "-o", "json").json
    assert (status["method"], status["logged_in"]) == ("none", False)
    assert hcr(directory, "auth", "logout").stderr == "There is no login to forget.\n"
    outcome = hcr(directory, "auth", "login")
    assert outcome.code == 2
    assert "says nothing about logging in" in outcome.stderr


def test_the_embedded_service_needs_no_login(tmp_path, hcr):
    assert hcr(tmp_path, "auth", "login").stderr == "The embedded service needs no login.\n"
    status = hcr(tmp_path, "auth", "status", "-o", "json").json
    assert status == {"service": "embedded", "method": "none"}


@pytest.mark.parametrize("kind", ["token", "login"])
def test_a_token_is_not_sent_in_clear_to_another_machine(tmp_path, issuer, certificates, hcr, kind: str):
    server = {"protocol": "http", "host": "192.0.2.1", "port": 80, "ca_filename": str(certificates.file)}
    login = {"authority": issuer.url, "client_id": "hcr", **LOGINS["client_credentials"]}
    server |= {"access_token": STATIC} if kind == "token" else login
    (tmp_path / "auth_config.json").write_text(json.dumps({"eas_server": server}))
    outcome = hcr(tmp_path, *LIST)
    assert outcome.code == 4
    assert "The token was not sent" in outcome.stderr
    assert issuer.paths == []


def test_insecure_lets_a_token_go_in_clear(tmp_path, service, hcr, monkeypatch):
    # 127.0.0.1 by a name that does not look like loopback
    monkeypatch.setattr("socket.getaddrinfo", _resolve_to_loopback(service.port))
    service.data["getActiveWorkPackages"] = []
    server = {"protocol": "http", "host": "studies.example", "port": service.port, "access_token": STATIC}
    (tmp_path / "auth_config.json").write_text(json.dumps({"eas_server": server}))
    assert hcr(tmp_path, *LIST).code == 4
    assert hcr(tmp_path, *LIST, "--insecure").code == 0
    assert service.requests[-1].headers["authorization"] == f"Bearer {STATIC}"


def _resolve_to_loopback(port: int) -> Callable[..., object]:
    import socket

    return lambda *_args, **_named: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


# ---- secrets


def test_no_secret_is_ever_shown(
    tmp_path, secured, login_directory, issuer, scripted: type[Scripted], hcr, monkeypatch
):
    shown: list[str] = []
    log = tmp_path / "trace.log"

    options = itertools.cycle([("--debug",), ("--debug", "--log-file", log), ("--log-file", log, "-v")])

    def run(*words: object) -> None:
        outcome = hcr(*words, *next(options))
        shown.extend((outcome.stdout, outcome.stderr))

    for method in LOGINS:
        directory = login_directory(method)
        for words in (
            ("auth", "login"),
            ("auth", "status"),
            LIST,
            ("config", "show", "--origin"),
            ("doctor",),
        ):
            secured.accepted_tokens = {f"access-{issuer.issued + 1}"}  # so that a renewal is needed
            run(directory, *words)
        secured.accepted_tokens = set()
        run(directory, *LIST)
        secured.script.append(scripted(500, f"echo of access-{issuer.issued}".encode()))
        run(directory, *LIST)
        run(directory, "auth", "logout")
    run(login_directory("password", password="wr0ng-password"), "auth", "login")
    run(login_directory("client_credentials", client_secret="wr0ng-secret"), "auth", "login")
    monkeypatch.setenv("HCR_TOKEN", STATIC)
    run(login_directory("password"), *LIST)
    run(login_directory("password"), "auth", "status")
    shown.append(log.read_text())
    text = "\n".join(shown)
    assert "> POST" in text
    assert "Traceback" in text
    assert "***" in text
    for secret in (SECRET, PASSWORD, STATIC, "wr0ng-password", "wr0ng-secret", "d3vice", "refresh-"):
        assert secret not in text, secret
    for number in range(1, issuer.issued + 1):
        assert f"access-{number}" not in text
