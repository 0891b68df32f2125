"""What every command shares."""

from pathlib import Path

import pytest

from hcr.cli.session import Session, embedded_extra
from hcr.config.auth import AuthConfig
from hcr.errors import NetworkError, UsageError


def test_a_proposed_line_can_be_typed_as_it_is() -> None:
    assert Session(Path("my city"), {}).command("serve") == "hcr 'my city' serve"
    assert Session(Path(), {}).command("serve") == "hcr . serve"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "line\nWarning: mind\n"),
        ({"verbose": True}, "line\nmore\nWarning: mind\n"),
        ({"debug": True}, "line\nmore\nWarning: mind\n"),
        ({"quiet": True, "verbose": True}, ""),
    ],
)
def test_how_talkative_it_is(capsys, options: dict[str, bool], said: str) -> None:
    session = Session(Path(), {}, **options)
    session.say("line")
    session.detail("more")
    session.warn("mind")
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("options", "traced"), [({}, False), ({"debug": True}, True), ({"log_file": Path("x")}, True)]
)
def test_calls_are_traced_on_request(options: dict[str, object], traced: bool) -> None:
    assert (Session(Path(), {}, **options).transport_options().trace is not None) is traced


def test_a_token_beside_another_way_to_log_in_is_not_sent() -> None:
    auth = AuthConfig(
        protocol="https",
        host="x",
        port=443,
        auth_method="client_credentials",
        access_token="t",
        authority="https://login.example.com",
        client_id="hcr",
        client_secret="s",
    )
    connection = Session(Path(), {}).connection(auth)
    assert connection.access_token is None
    assert connection.login is not None
    assert (connection.login.method, connection.login.client_secret) == ("client_credentials", "s")


SUMMER = """
name: Summer
forecastConfig:
  feeders: [F1]
  scenarios: [base]
  years: [2030]
  timePeriod: {startTime: 2030-01-01T00:00:00, endTime: 2030-12-31T00:00:00}
"""


def on_dask(folder: Path) -> dict[str, str]:
    """Variables that have tasks run on a cluster that is not there."""
    return {"HCR_EXECUTOR": "dask", "HCR_SCHEDULER": "tcp://127.0.0.1:1", "HCR_STORE": str(folder / "store")}


def test_a_cluster_that_cannot_run_tasks_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1:1 cannot be reached"):
        Session(tmp_path, on_dask(tmp_path)).check_execution()


def test_a_library_that_running_tasks_lacks_is_told_before_anything_is_sent(
    tmp_path: Path, uninstalled, configure, hcr, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninstalled("distributed", "hcr.service.cluster")
    for name, value in on_dask(tmp_path).items():
        monkeypatch.setenv(name, value)
    directory = tmp_path / "config"
    configure(directory, {"forecast/summer.yaml": SUMMER})
    for words in (("run", "forecast"), ("retry", "p1")):
        outcome = hcr(directory, "work-package", *words)
        assert (outcome.code, outcome.stdout) == (2, "")
        assert "the library distributed is missing" in outcome.stderr
    assert not (directory / ".hcr").exists()


def test_how_a_server_runs_tasks_is_its_own_business(tmp_path: Path, service, point_at) -> None:
    Session(point_at(tmp_path / "c", service), on_dask(tmp_path)).check_execution()


def test_hints_of_the_configuration_are_said(tmp_path: Path, service, point_at, hcr) -> None:
    service.data["getActiveWorkPackages"] = []
    outcome = hcr(point_at(tmp_path / "c", service, rpc_port=1), "work-package", "progress")
    assert outcome.code == 0
    assert "rpc_port: has no effect" in outcome.stderr


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path, hcr, uninstalled) -> None:
    uninstalled("sqlalchemy", "hcr.service")
    outcome = hcr(tmp_path, "work-package", "list")
    assert outcome.code == 2
    assert "The embedded service is not installed: the library sqlalchemy is missing" in outcome.stderr
    assert "hosting-capacity-runner[embedded]" in outcome.stderr


def test_a_module_of_ours_that_is_missing_is_a_fault() -> None:
    with pytest.raises(ModuleNotFoundError), embedded_extra("the service"):
        raise ModuleNotFoundError("gone", name="hcr.service.gone")
    with pytest.raises(UsageError), embedded_extra("the service"):
        raise ModuleNotFoundError("gone", name="scipy")
