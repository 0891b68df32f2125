"""Which door `serve` opens: address, port and token by option, environment and file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hcr.cli.main import main
from hcr.service import serve as service
from hcr.service.database_url import DatabaseUrl
from hcr.service.door.issuer_keys import IssuerSettings
from hcr.service.door.token_store import TokenStore
from hcr.service.limits import Limits
from hcr.service.serve import Door, Tls


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[Door]:
    """The doors that were opened; nothing listens."""
    opened: list[Door] = []

    def serve(directory: Path, door: Door, *, ready: Callable[[], None], **_: object) -> None:
        opened.append(door)
        ready()

    monkeypatch.setattr(service, "serve", serve)
    without_settings(monkeypatch)
    return opened


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> list[DatabaseUrl | None]:
    """The databases that were served; nothing listens."""
    served: list[DatabaseUrl | None] = []

    def serve(
        directory: Path, door: Door, *, database: DatabaseUrl | None, ready: Callable[[], None], **_: object
    ) -> None:
        served.append(database)
        ready()

    monkeypatch.setattr(service, "serve", serve)
    without_settings(monkeypatch)
    return served


def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICE_TOKEN", "TOKEN", "HOST", "PORT", "PROTOCOL", "DATABASE_URL"):
        monkeypatch.delenv(f"HCR_{name}", raising=False)


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


def test_without_settings_the_ledger_is_a_file(tmp_path: Path, databases: list[DatabaseUrl | None]):
    assert main([str(tmp_path), "serve"]) == 0
    assert databases == [None]


def test_option_environment_and_file_name_a_database_in_this_order(
    tmp_path: Path, databases: list[DatabaseUrl | None], monkeypatch: pytest.MonkeyPatch
):
    directory = written(tmp_path, protocol="embedded", database="postgresql://file/hcr")
    assert main([directory, "serve"]) == 0
    monkeypatch.setenv("HCR_DATABASE_URL", "postgresql://environment/hcr")
    assert main([directory, "serve"]) == 0
    assert main([directory, "serve", "--database", "postgresql://option/hcr"]) == 0
    assert [str(one) for one in databases] == [
        "postgresql://file/hcr",
        "postgresql://environment/hcr",
        "postgresql://option/hcr",
    ]


def test_a_password_on_the_command_line_is_warned_of_and_shown_nowhere(
    tmp_path: Path, databases: list[DatabaseUrl | None], capsys: pytest.CaptureFixture[str]
):
    assert main([str(tmp_path), "serve", "--database", "postgresql://me:s3cret@db/hcr"]) == 0
    said = capsys.readouterr()
    assert "The ledger is postgresql://me@db/hcr." in said.err
    assert "HCR_DATABASE_URL" in said.err
    assert "s3cret" not in said.out + said.err
    assert databases[0] is not None
    assert databases[0].password == "s3cret"


@pytest.mark.parametrize("by", ["option", "environment", "file"])
def test_what_is_no_database_is_refused_with_its_place_and_without_its_password(
    tmp_path: Path,
    databases: list[DatabaseUrl | None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    by: str,
):
    url = "mysql://me:s3cret@db/hcr"
    directory, words = str(tmp_path), []
    if by == "option":
        words = ["--database", url]
    elif by == "environment":
        monkeypatch.setenv("HCR_DATABASE_URL", url)
    else:
        directory = written(tmp_path, protocol="embedded", database=url)
    assert main([directory, "serve", *words]) == 2
    said = capsys.readouterr().err
    place = {"option": "--database", "environment": "HCR_DATABASE_URL", "file": "`database` of auth_config"}
    assert place[by] in said
    assert "s3cret" not in said
    assert databases == []


# ---- what minds the door


def test_limits_issuer_and_log_by_option(tmp_path: Path, doors: list[Door]):
    words = (
        "--issuer",
        "https://login.example.com/t",
        "--audience",
        "a",
        "--jwks",
        "https://x.example.com/k",
    )
    limits = ("--rate", "60", "--max-body", "1", "--max-depth", "9", "--max-aliases", "0", "--max-cost", "7",
              "--max-page", "100")  # fmt: skip
    assert main([str(tmp_path), "serve", *words, *limits, "--log-format", "json", "-q"]) == 0
    (door,) = doors
    assert door.issuer == IssuerSettings("https://login.example.com/t", "a", "https://x.example.com/k")
    assert door.limits == Limits(
        body_bytes=1024 * 1024, depth=9, aliases=0, cost=7, page=100, requests_per_minute=60
    )
    assert (door.log_format, door.quiet) == ("json", True)


def test_the_same_by_environment(tmp_path: Path, doors: list[Door], monkeypatch: pytest.MonkeyPatch):
    for name, value in (("ISSUER", "https://login.example.com"), ("RATE", "0"), ("MAX_COST", "9")):
        monkeypatch.setenv(f"HCR_SERVICE_{name}", value)
    assert main([str(tmp_path), "serve", "--max-cost", "8"]) == 0
    (door,) = doors
    assert door.issuer == IssuerSettings("https://login.example.com", "hcr", None)
    assert (door.limits.requests_per_minute, door.limits.cost) == (0, 8)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tls-cert", "{file}"), "--tls-key is missing"),
        (("--tls-key", "{file}"), "--tls-cert is missing"),
        (("--tls-cert", "{file}", "--tls-key", "{file}"), "cannot be used"),
        (("--tls-cert", "/nowhere.pem"), "does not exist"),
        (("--jwks", "https://x.example.com"), "--issuer is missing"),
        (("--audience", "hcr"), "--issuer is missing"),
        (("--scheduler", "tcp://127.0.0.1:1"), "Set --executor to dask too, or leave --scheduler out"),
        (("--host", "nosuchhost.invalid"), "nosuchhost.invalid is no address that is known here"),
        (("--issuer", "http://login.example.com"), "begins with https://"),
        (("--rate", "-1"), "--rate"),
        (("--max-page", "5"), "--max-page"),
        (("--log-format", "xml"), "--log-format"),
        (("--host", "192.0.2.1"), "hcr DIR token create"),
    ],
)
def test_a_door_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
):
    file = tmp_path / "empty.pem"
    file.write_text("")
    given = [word.format(file=file) for word in words]
    assert main([str(tmp_path), "serve", "--port", "1", *given]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert "Serving" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("variable", "option"),
    [
        ("HCR_SERVICE_RATE", "--rate"),
        ("HCR_SERVICE_TLS_CERT", "--tls-cert"),
        ("HCR_EXECUTOR", "--executor"),
        ("HCR_WORKERS", "--workers"),
        ("HCR_TASK_MEMORY", "--task-memory"),
    ],
)
def test_a_bad_value_is_called_as_it_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable, option
):
    assert main([str(tmp_path), "serve", option, "x"]) == 2
    headline = capsys.readouterr().err.splitlines()[0]
    assert option in headline
    assert variable not in headline
    monkeypatch.setenv(variable, "x")
    assert main([str(tmp_path), "serve"]) == 2
    headline = capsys.readouterr().err.splitlines()[0]
    assert variable in headline
    assert option not in headline


def test_who_needs_what_is_said(
    tmp_path: Path, doors: list[Door], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Tls, "check", lambda _: None)
    pem = tmp_path / "x.pem"
    pem.write_text("")
    assert main([str(tmp_path), "serve", "--tls-cert", str(pem), "--tls-key", str(pem), "--host", "::1"]) == 0
    assert "https://[::1]:7654/api/graphql" in capsys.readouterr().err
    TokenStore(tmp_path / ".hcr" / "tokens.json").create("ci")
    assert main([str(tmp_path), "serve", "--host", "192.0.2.1"]) == 0
    said = capsys.readouterr().err
    assert "`hcr DIR token list`" in said
    assert "Warning: tokens travel in the clear" in said
    assert main([str(tmp_path), "serve", "--issuer", "https://login.example.com"]) == 0
    assert "a JWT of https://login.example.com for hcr" in capsys.readouterr().err


def test_a_cluster_that_cannot_be_reached_is_told_before_anything_is_served(
    tmp_path: Path, doors: list[Door], capsys: pytest.CaptureFixture[str]
):
    cluster = ("--executor", "dask", "--scheduler", "tcp://127.0.0.1:1", "--store", str(tmp_path))
    assert main([str(tmp_path), "serve", *cluster]) == 5
    told = capsys.readouterr().err
    assert "The dask scheduler at tcp://127.0.0.1:1 cannot be reached" in told
    assert "Start it with `dask scheduler`" in told
    assert doors == []


def test_a_limit_that_no_task_here_can_reach_is_warned_of(
    tmp_path: Path, doors: list[Door], capsys: pytest.CaptureFixture[str]
):
    assert main([str(tmp_path), "serve", "--task-memory", "900T"]) == 0
    assert "Warning: --task-memory is 9.22e+05 GiB, and this machine has" in capsys.readouterr().err
    assert main([str(tmp_path), "serve", "--task-memory", "1M"]) == 0
    assert "Warning" not in capsys.readouterr().err
