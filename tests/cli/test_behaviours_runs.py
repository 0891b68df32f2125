"""How `hcr` behaves at a prompt: submitting, watching and changing packages. Row numbers as in the reference.

Rows of this module: 1-6, 10-12, 17, 22-25.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from stub_service import Scripted

COMMAND = str(Path(sys.executable).with_name("hcr"))
FORECAST = """
name: Summer
forecastConfig:
  feeders: [F1, F2]
  scenarios: [base]
  years: [2030, 2035, 2040]
  timePeriod: {startTime: 2030-01-01T00:00:00, endTime: 2030-12-31T00:00:00}
"""
MODELS = ("Models", "Pending", "Running", "Succeeded", "Failed", "Cancelled", "TimedOut")


def package(status: str, **more: object) -> dict[str, object]:
    """A package as the service answers; `models` counts all, pending, running, succeeded, failed, …"""
    counts = more.pop("models", (2, 0, 0, 2, 0, 0, 0))
    totals = {f"total{name}": count for name, count in zip(MODELS, counts, strict=True)}
    return {
        "id": "7",
        "name": "Summer",
        "status": status,
        "isDeleted": False,
        "createdAt": "2026-01-05T12:00:00Z",
        "createdBy": {"id": "u", "username": "somebody-else"},
        "warnings": [],
        "failures": [],
        "feeders": ["F1"],
        "scenarios": ["base"],
        "years": [2030],
        "progressDetails": {"modelTotals": totals},
        **more,
    }


def one_after_the_other(*answers: object) -> Callable[..., object]:
    """A resolver that gives each answer once and the last one for ever."""
    left = list(answers)
    return lambda info, **_: left.pop(0) if len(left) > 1 else left[0]


RUNNING = package("RUNNING", models=(2, 1, 1, 0, 0, 0, 0))
HALF = package("RUNNING", models=(2, 0, 1, 1, 0, 0, 0))
DONE = package("COMPLETED", completedAt="2026-01-05T12:01:01Z")


@pytest.fixture
def summer(directory: Path) -> Path:
    path = directory / "run_configurations" / "forecast" / "summer.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(FORECAST)
    return path


def test_row_1_a_run_prints_the_bare_id_and_the_rest_on_stderr(summer, directory, service, hcr):
    service.data["runWorkPackage"] = "42"
    outcome = hcr(directory, "work-package", "run", "forecast", "summer")
    assert (outcome.code, outcome.stdout) == (0, "42\n")
    assert "'summer' is submitted" in outcome.stderr
    assert f"hcr {directory} work-package monitor 42" in outcome.stderr
    assert f"hcr {directory} work-package cancel 42" in outcome.stderr


def test_row_2_watching_a_run_is_what_monitor_does(summer, directory, service, hcr):
    service.data |= {"runWorkPackage": "7", "getWorkPackageById": DONE}
    watched = hcr(directory, "work-package", "run", "forecast", "summer", "--watch")
    monitored = hcr(directory, "work-package", "monitor", "7")
    assert (watched.code, monitored.code) == (0, 0)
    assert watched.stdout == "7\n"
    assert watched.stderr.endswith(monitored.stderr)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (DONE, 0),
        (package("FAILED", models=(2, 0, 0, 0, 2, 0, 0)), 1),
        (package("COMPLETED", models=(2, 0, 0, 1, 1, 0, 0)), 1),
        (package("TIMEDOUT", models=(2, 0, 0, 1, 0, 0, 1)), 1),
        (package("CANCELLED", models=(2, 0, 0, 0, 0, 2, 0)), 3),
        (None, 6),
    ],
)
def test_row_3_the_exit_code_tells_how_a_package_ended(directory, service, hcr, answer, code: int):
    service.data["getWorkPackageById"] = answer
    assert hcr(directory, "work-package", "monitor", "7").code == code


def test_row_3_usage_is_2_authentication_4_and_a_dead_server_5(tmp_path, directory, service, point_at, hcr):
    assert hcr(directory, "work-package", "monitor").code == 2
    service.accepted_tokens = {"good"}
    assert hcr(directory, "work-package", "list").code == 4
    service.script.append(Scripted(500, b"out of order"))
    assert hcr(directory, "work-package", "list").code == 5
    service.scheme = "https"  # which it does not speak
    outcome = hcr(point_at(tmp_path / "other", service), "work-package", "list")
    assert outcome.code == 5
    assert "no TLS connection came about" in outcome.stderr


@pytest.mark.parametrize("more", [("-o", "jsonl"), ("--quiet",)])
def test_row_4_the_codes_hold_with_json_and_with_quiet_and_for_packages_of_others(
    directory, service, hcr, more: tuple[str, ...]
):
    service.data["getWorkPackageById"] = package("FAILED", models=(2, 0, 0, 0, 2, 0, 0))
    outcome = hcr(directory, "work-package", "monitor", "7", *more)
    assert outcome.code == 1
    assert "Work package 7 ended as FAILED" in outcome.stderr
    if "jsonl" in more:
        assert json.loads(outcome.stdout)["status"] == "FAILED"
    else:
        assert outcome.stdout == ""


def test_row_5_a_wait_that_is_up_is_124_and_the_package_runs_on(directory, service, hcr):
    service.data["getWorkPackageById"] = RUNNING
    outcome = hcr(directory, "work-package", "monitor", "7", "--timeout", "0")
    assert outcome.code == 124
    assert "still runs after 0 s" in outcome.stderr
    assert {call["name"] for call in service.calls} <= {"getWorkPackageById", "__type"}


def test_row_5_an_interval_below_a_second_is_refused(directory, service, hcr):
    outcome = hcr(directory, "work-package", "monitor", "7", "--interval", "0.5")
    assert (outcome.code, service.calls) == (2, [])


def test_row_5_retry_after_is_honoured(directory, service, hcr):
    service.data["getWorkPackageById"] = DONE
    service.script.append(Scripted(503, b"", {"Retry-After": "1"}))
    started = time.monotonic()
    assert hcr(directory, "work-package", "monitor", "7").code == 0
    assert time.monotonic() - started >= 1.0


def test_row_5_a_package_that_vanishes_ends_the_wait_with_6(directory, service, hcr):
    service.data["getWorkPackageById"] = one_after_the_other(RUNNING, None)
    assert hcr(directory, "work-package", "monitor", "7", "--interval", "1").code == 6


@pytest.mark.usefixtures("interruptible")
def test_row_6_ctrl_c_leaves_the_package_alone_and_says_what_to_type(directory, service):
    service.data["getWorkPackageById"] = RUNNING
    line = [COMMAND, str(directory), "work-package", "monitor", "7"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        try:
            while not service.calls:
                time.sleep(0.02)
            assert watching.stderr is not None
            first = watching.stderr.readline()
            watching.send_signal(signal.SIGINT)
            _, said = watching.communicate(timeout=20)
        finally:
            watching.kill()  # left to itself it would warn in a later test that has nothing to do with it
    assert watching.returncode == 130
    assert "running" in first
    assert f"watch again with:  hcr {directory} work-package monitor 7" in said
    assert f"cancel it with:  hcr {directory} work-package cancel 7" in said
    assert "Traceback" not in said
    assert "cancelWorkPackage" not in {call["name"] for call in service.calls}


def test_row_10_watching_in_a_pipe_is_one_plain_line_per_change(directory, service, hcr):
    service.data["getWorkPackageById"] = one_after_the_other(RUNNING, RUNNING, DONE)
    outcome = hcr(directory, "work-package", "monitor", "7", "--interval", "1")
    assert (outcome.code, outcome.stdout) == (0, "")
    lines = outcome.stderr.splitlines()
    assert lines[0] == "Summer: running, 0 of 2 models done, 1 running, 1 waiting"
    assert len([line for line in lines if "running" in line]) == 1
    assert "\x1b" not in outcome.stderr


def test_row_10_events_are_one_json_object_per_change(directory, service, hcr):
    service.data["getWorkPackageById"] = one_after_the_other(RUNNING, HALF, DONE)
    outcome = hcr(directory, "work-package", "monitor", "7", "--interval", "1", "-o", "jsonl")
    events = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [event["status"] for event in events] == ["RUNNING", "RUNNING", "COMPLETED"]
    assert [event["models"]["succeeded"] for event in events] == [0, 1, 2]


def test_row_11_the_bar_is_drawn_on_a_terminal_and_leaves_one_summary_line(directory, service, terminal):
    service.data["getWorkPackageById"] = one_after_the_other(RUNNING, HALF, DONE)
    outcome = terminal(directory, "work-package", "monitor", "7", "--interval", "1")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert "\x1b[" in outcome.stderr
    assert "0/2" in outcome.stderr
    left = outcome.stderr.rpartition("\x1b")[2]
    assert left.count("Summer: completed in 61 s, 2 of 2 models done") == 1


def test_row_12_a_dry_run_prints_variables_and_expansion_without_a_server(summer, directory, service, hcr):
    outcome = hcr(directory, "work-package", "run", "forecast", "summer", "--dry-run")
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["input"]["forecastConfig"]["years"] == [2030, 2035, 2040]
    assert "2 feeders x 1 scenarios x 3 years = 6 models" in outcome.stderr
    assert service.requests == []


@pytest.mark.parametrize(
    ("setting", "where", "value"),
    [
        ("forecastConfig.years=[2050]", ("forecastConfig", "years"), [2050]),
        ("forecast_config.feeders=['010']", ("forecastConfig", "feeders"), ["010"]),
        ("generatorConfig.model.loadVMinPu=1e-1", ("generatorConfig", "model", "loadVMinPu"), 0.1),
        ("generatorConfig.model.seed=0", ("generatorConfig", "model", "seed"), 0),
        ("qualityAssuranceProcessing=true", ("qualityAssuranceProcessing",), True),
    ],
)
def test_row_17_settings_are_typed_by_the_schema(summer, directory, hcr, setting: str, where, value):
    outcome = hcr(directory, "work-package", "run", "forecast", "summer", "--dry-run", "--set", setting)
    assert outcome.code == 0, outcome.stderr
    found = json.loads(outcome.stdout)["input"]
    for key in where:
        found = found[key]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("forecastConfig.years=[soon]", "--set forecastConfig.years"),
        ("forecastConfig.yaers=[2050]", "did you mean `years`?"),
        ("qualityAssuranceProcessing=perhaps", "--set qualityAssuranceProcessing"),
    ],
)
def test_row_17_a_setting_that_does_not_fit_is_refused(summer, directory, hcr, setting: str, said: str):
    outcome = hcr(directory, "work-package", "run", "forecast", "summer", "--dry-run", "--set", setting)
    assert outcome.code == 2
    assert said in outcome.stderr


def test_row_22_a_lost_answer_never_runs_a_package_twice(summer, directory, service, hcr):
    service.script.append(Scripted(drop=True))
    outcome = hcr(directory, "work-package", "run", "forecast", "summer")
    assert outcome.code == 5
    assert "may have arrived and was not sent again" in outcome.stderr
    (request,) = service.requests
    assert len(request.headers["idempotency-key"]) >= 32


def test_row_23_cancel_names_what_it_cancels_and_waits_for_the_end(directory, service, hcr):
    ended = package("CANCELLED", models=(2, 0, 0, 0, 0, 2, 0))
    looks = one_after_the_other(RUNNING, RUNNING, ended)
    service.data |= {"cancelWorkPackage": "7", "getWorkPackageById": looks}
    outcome = hcr(directory, "work-package", "cancel", "7")
    assert (outcome.code, outcome.stdout) == (0, "7\n")
    assert "Cancel: 7  Summer  RUNNING" in outcome.stderr
    assert "Cancel it?" not in outcome.stderr


def test_row_23_cancel_asks_on_a_terminal_and_no_means_no(directory, service, terminal):
    service.data |= {"cancelWorkPackage": "7", "getWorkPackageById": RUNNING}
    outcome = terminal(directory, "work-package", "cancel", "7", typed="n\n")
    assert outcome.code == 130
    assert "Cancel it?" in outcome.stderr
    assert "cancelWorkPackage" not in {call["name"] for call in service.calls}


def test_row_24_retry_says_what_runs_again_and_why(directory, service, hcr):
    model = {"feeder": "F1", "scenario": "base", "year": 2030}
    service.data["retryWorkPackage"] = [{**model, "code": "not_converged", "message": "no solution"}]
    outcome = hcr(directory, "work-package", "retry", "7", "-o", "json")
    assert outcome.json == [{**model, "reason": "no solution"}]
    assert "1 model" in outcome.stderr


def test_row_25_results_are_checked_and_resumed(tmp_path, directory, service, hcr):
    table = b"a table"
    manifest = {
        "tasks": [
            {"feeder": "F1", "tables": [{"path": "zones/a.parquet", "sha256": sha256(table).hexdigest()}]}
        ]
    }
    service.files = {
        "/api/work-packages/7/results/manifest.json": Scripted(200, json.dumps(manifest).encode()),
        "/api/work-packages/7/results/zones/a.parquet": Scripted(200, table),
    }
    out = tmp_path / "out"
    first = hcr(directory, "work-package", "results", "7", "--out", out)
    asked = len(service.requests)
    second = hcr(directory, "work-package", "results", "7", "--out", out)
    assert (first.code, second.code) == (0, 0)
    assert (out / "zones" / "a.parquet").read_bytes() == table
    assert json.loads((out / "manifest.json").read_text()) == manifest
    assert len(service.requests) == asked + 1
    service.files["/api/work-packages/7/results/zones/a.parquet"] = Scripted(200, b"spoilt")
    (out / "zones" / "a.parquet").write_bytes(b"")
    broken = hcr(directory, "work-package", "results", "7", "--out", out)
    assert broken.code == 5
    assert "damaged" in broken.stderr
