"""Following a work package: what is said of it, and the exit code that tells how it ended."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hcr.cli.package_watch import await_package, raise_unless_done, standing_of
from hcr.cli.session import Session
from hcr.cli.watch import Patience
from hcr.client.answers import ModelTotals, TaskFailure, WorkPackage
from hcr.client.api import HostingCapacityApi
from hcr.client.endpoint import Endpoint
from hcr.client.retry import Retry
from hcr.client.tokens import Credentials, StaticToken
from hcr.client.transport import Transport, TransportOptions
from hcr.client.wire_values import instant_of
from hcr.errors import AuthError, JobCancelledError, JobFailedError, NotFoundError
from stub_service import Scripted, StubService

PACKAGE = {
    "id": "7",
    "name": "Summer",
    "status": "COMPLETED",
    "createdAt": "2026-01-05T12:00:00Z",
    "createdBy": {"id": "u", "username": "somebody else"},
    "completedAt": "2026-01-05T12:01:01Z",
    "isDeleted": False,
    "feeders": ["F1"],
    "scenarios": ["base"],
    "years": [2030],
    "warnings": ["3 customers have no data"],
    "failures": [],
}


def models(**counts: int) -> dict[str, object]:
    """Progress details with these counts; all others are 0."""
    names = ("Models", "Pending", "Running", "Succeeded", "Failed", "Cancelled", "TimedOut")
    return {"modelTotals": {f"total{name}": counts.get(name.lower(), 0) for name in names}}


def package(status: str, **counts: int) -> dict[str, object]:
    ended = "2026-01-05T12:01:01Z" if status in ("COMPLETED", "FAILED", "CANCELLED", "TIMEDOUT") else None
    return {**PACKAGE, "status": status, "completedAt": ended, "progressDetails": models(**counts)}


def one_after_another(*answers: object) -> Callable[..., object]:
    """A root field that answers each call with the next value, the last one for ever."""
    left: Iterator[object] = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda *_, **__: next(left)


# ---- in words


def test_a_running_package_in_words():
    totals = ModelTotals(total=9, pending=2, running=3, succeeded=1, failed=1, cancelled=1, timed_out=1)
    failure = TaskFailure("F1", "base", 2030, "engine", "no solution at 18:30")
    standing = standing_of(WorkPackage("7", "Summer", "RUNNING", totals=totals, failures=(failure,)))

    assert standing.text == (
        "Summer: running, 1 of 9 models done, 1 failed, 1 timed out, 1 cancelled, 3 running, 2 waiting;"
        " last error: no solution at 18:30"
    )
    assert (standing.done, standing.total) == (4, 9)


def test_a_running_package_tells_what_it_does():
    totals = ModelTotals(total=1, running=1)
    study = WorkPackage("7", "Who pays", "RUNNING", totals=totals, activity="capacities: 3 of 9")
    standing = standing_of(study)

    assert standing.text == "Who pays: running, 0 of 1 models done, 1 running; capacities: 3 of 9"
    assert standing.event["activity"] == "capacities: 3 of 9"
    assert "activity" not in standing_of(replace(study, activity="")).event
    assert "capacities" not in standing_of(replace(study, status="CANCELLED")).text


def test_a_finished_package_says_how_long_it_took():
    start, end = instant_of("2026-01-05T12:00:00Z"), instant_of("2026-01-05T12:01:01Z")
    done = WorkPackage("7", "Summer", "COMPLETED", created_at=start, completed_at=end)

    assert standing_of(done).text == "Summer: completed in 61 s"


def test_a_package_without_a_name_or_models():
    standing = standing_of(WorkPackage("7", status="SETUP"))

    assert (standing.text, standing.total) == ("7: setup", 0)
    assert standing.event == {"id": "7", "name": "", "status": "SETUP"}


# ---- exit codes


@pytest.mark.parametrize(
    ("status", "totals", "error"),
    [
        ("COMPLETED", None, None),
        ("COMPLETED", ModelTotals(total=2, succeeded=2), None),
        ("COMPLETED", ModelTotals(total=2, succeeded=1, failed=1), JobFailedError),
        ("COMPLETED", ModelTotals(total=2, succeeded=1, timed_out=1), JobFailedError),
        ("FAILED", None, JobFailedError),
        ("TIMEDOUT", None, JobFailedError),
        ("CANCELLED", ModelTotals(total=2, failed=1, cancelled=1), JobCancelledError),
    ],
)
def test_how_it_ended_is_the_error(status: str, totals: ModelTotals | None, error: type[Exception] | None):
    ended = WorkPackage("7", "Summer", status, totals=totals)

    if error is None:
        raise_unless_done(ended)
        return
    with pytest.raises(error):
        raise_unless_done(ended)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (package("COMPLETED", models=2, succeeded=2), 0),
        (package("COMPLETED", models=2, succeeded=1, failed=1), 1),
        (package("FAILED", models=2, failed=2), 1),
        (package("TIMEDOUT", models=2, timedout=2), 1),
        (package("CANCELLED", models=2, cancelled=2), 3),
        (None, 6),
    ],
)
@pytest.mark.parametrize("more", [(), ("-o", "jsonl"), ("--quiet",)])
@pytest.mark.parametrize("plain", [False, True])
def test_exit_code_of_a_finished_package(
    tmp_path, serve, point_at, hcr, answer, code: int, more, plain: bool
):
    """Also of somebody else's, with `-o jsonl`, with `--quiet`, and at a plain service."""
    service = serve(plain=plain)
    service.data = {"getWorkPackageById": answer}

    outcome = hcr(point_at(tmp_path / "config", service), "work-package", "monitor", "7", *more)

    assert outcome.code == code
    assert "Traceback" not in outcome.stderr
    assert (outcome.stdout != "") == ("jsonl" in more and answer is not None)


def test_quiet_says_nothing_of_a_good_end(directory, service, hcr):
    service.data = {"getWorkPackageById": package("COMPLETED", models=2, succeeded=2)}

    assert hcr(directory, "work-package", "monitor", "7", "-q").stderr == ""


def test_what_failed_and_what_was_warned_of_is_said(directory, service, hcr):
    failure = {"feeder": "F1", "scenario": "base", "year": 2030, "code": "engine", "message": "no solution"}
    answer = package("COMPLETED", models=2, succeeded=1, failed=1)
    service.data = {"getWorkPackageById": {**answer, "failures": [failure]}}

    outcome = hcr(directory, "work-package", "monitor", "7")

    assert outcome.stderr.splitlines() == [
        "Summer: completed in 61 s, 1 of 2 models done, 1 failed",
        "  failed: F1 · base · 2030: no solution",
        "Warning: 3 customers have no data",
        "Error: 1 of 2 models failed",
        "The results of the others are there; `work-package show 7` tells what failed and why.",
    ]


# ---- followed through a service


def test_a_watch_in_a_pipe_is_one_line_a_change(directory, service, hcr):
    running = package("RUNNING", models=2, running=2)
    done = package("COMPLETED", models=2, succeeded=2)
    service.data = {"getWorkPackageById": one_after_another(running, running, done)}

    outcome = hcr(directory, "work-package", "monitor", "7", "--interval", "1")

    assert (outcome.code, outcome.stdout) == (0, "")
    assert outcome.stderr.splitlines()[:2] == [
        "Summer: running, 0 of 2 models done, 2 running",
        "Summer: completed in 61 s, 2 of 2 models done",
    ]


def test_run_with_watch_has_the_exit_code_of_the_package(directory, service, configure, hcr):
    fixed = "{feeders: [F], scenarios: [base], years: [1], fixedTime: {loadTime: 2025-07-12T18:30}}"
    configure(directory, {"forecast/x.yaml": f"forecastConfig: {fixed}"})
    service.data = {"runWorkPackage": "7", "getWorkPackageById": package("CANCELLED")}

    outcome = hcr(directory, "work-package", "run", "forecast", "--watch")

    assert (outcome.code, outcome.stdout) == (3, "7\n")
    assert "Summer: cancelled" in outcome.stderr


def test_calibration_with_watch_names_its_settings(directory, service, configure, hcr):
    run = {"id": "41", "name": "winter", "workflowId": "w", "runId": "r", "status": "COMPLETED"}
    times = {"calibrationTimeLocal": "2025-07-12T04:00:00", "startAt": "2026-01-05T12:00:00Z"}
    configure(directory, {"calibration/x.yaml": "calibrationName: winter"})
    service.data = {"runCalibration": "41", "getCalibrationRun": {**run, **times}}

    outcome = hcr(directory, "work-package", "run", "calibration", "--watch")

    assert (outcome.code, outcome.stdout) == (0, "41\n")
    assert f"hcr {directory} calibration get-tx-tap-settings winter" in outcome.stderr


def test_a_failed_calibration_gives_the_services_reason(directory, service, hcr):
    run = {"id": "41", "name": "winter", "workflowId": "w", "runId": "r", "status": "FAILED"}
    times = {"calibrationTimeLocal": "2025-07-12T04:00:00", "startAt": "2026-01-05T12:00:00Z"}
    service.data = {"getCalibrationRun": {**run, **times, "runInfo": "no meters"}}

    outcome = hcr(directory, "calibration", "monitor", "41")

    assert outcome.code == 1
    assert "Calibration winter ended as FAILED: no meters" in outcome.stderr


def test_time_out_of_a_watch(directory, service, hcr):
    service.data = {"getWorkPackageById": package("RUNNING", models=2, running=2)}

    outcome = hcr(directory, "work-package", "monitor", "7", "--timeout", "0")

    assert outcome.code == 124
    assert "still runs after 0 s" in outcome.stderr
    assert f"hcr {directory} work-package monitor 7" in outcome.stderr


def test_an_interval_below_a_second_is_refused(directory, service, hcr):
    outcome = hcr(directory, "work-package", "monitor", "7", "--interval", "0.5")

    assert outcome.code == 2
    assert service.requests == []


def test_a_package_that_vanishes_ends_the_watch(directory, service, hcr):
    service.data = {"getWorkPackageById": one_after_another(package("RUNNING"), None)}

    outcome = hcr(directory, "work-package", "monitor", "7", "--interval", "1")

    assert outcome.code == 6
    assert "no work package 7" in outcome.stderr


def test_ctrl_c_leaves_the_package_alone(directory, service, hcr, monkeypatch):
    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    service.data = {"getWorkPackageById": package("RUNNING")}
    monkeypatch.setattr(HostingCapacityApi, "work_package", interrupted)

    outcome = hcr(directory, "work-package", "monitor", "7")

    assert outcome.code == 130
    assert f"watch again with:  hcr {directory} work-package monitor 7" in outcome.stderr
    assert f"cancel it with:  hcr {directory} work-package cancel 7" in outcome.stderr
    assert "cancelWorkPackage" not in [name for name, _ in service.operations]


def test_progress_polls_until_nothing_is_active(directory, service, hcr):
    service.data = {
        "getActiveWorkPackages": one_after_another(["7"], []),
        "getWorkPackageById": package("RUNNING", models=2, succeeded=1, running=1),
    }

    outcome = hcr(directory, "work-package", "progress", "--poll", "--interval", "1", "-o", "json")

    assert (outcome.code, outcome.json) == (0, [])
    assert outcome.stderr.splitlines() == [
        "1 active: Summer running; 1 of 2 models done",
        "none active",
        "No work package is active.",
    ]


# ---- trouble on the way, with a service that recovers at once


@dataclass
class Renewable:
    """A token that can be had anew a few times."""

    left: list[str] = field(default_factory=lambda: ["old", "new"])

    def token(self) -> str:
        return self.left[0]

    def renew(self) -> str | None:
        if len(self.left) == 1:
            return None
        del self.left[0]
        return self.left[0]


@pytest.fixture
def open_api(service: StubService) -> Iterator[Callable[..., HostingCapacityApi]]:
    opened: list[HostingCapacityApi] = []

    def start(credentials: Credentials | None = None) -> HostingCapacityApi:
        options = TransportOptions(retry=Retry(attempts=1), read_timeout_s=5.0)
        endpoint = Endpoint("http", "127.0.0.1", service.port)
        api = HostingCapacityApi(Transport(endpoint, credentials or StaticToken(), options=options))
        opened.append(api)
        return api

    yield start
    for api in opened:
        api.close()


def answered(data: object) -> Scripted:
    return Scripted(200, json.dumps({"data": {"getWorkPackageById": data}}).encode())


KIND = Scripted(200, b'{"data": {"__type": {"fields": []}}}')
REFUSED = Scripted(401, b"who are you")
QUICK = Patience(0.01)


def test_a_lost_connection_is_survived(service, open_api, capsys):
    running, done = answered(package("RUNNING")), answered(package("COMPLETED"))
    service.script.extend([KIND, running, Scripted(drop=True), Scripted(503), done])

    ended = await_package(Session(Path(), {}), open_api(), "7", QUICK)

    assert ended.status == "COMPLETED"
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        "Summer",
        "connection lost, trying again",
        "connection lost, trying again",
        "Summer",
    ]


def test_a_token_that_expires_is_renewed_once(service, open_api):
    running, done = answered(package("RUNNING")), answered(package("COMPLETED"))
    service.script.extend([KIND, running, REFUSED, done])

    assert await_package(Session(Path(), {}), open_api(Renewable()), "7", QUICK).is_final

    sent = [request.headers["authorization"] for request in service.requests]
    assert sent == ["Bearer old", "Bearer old", "Bearer old", "Bearer new"]


def test_a_second_refusal_ends_the_watch_and_names_the_login(service, open_api):
    service.script.extend([KIND, answered(package("RUNNING")), REFUSED, REFUSED])

    with pytest.raises(AuthError) as caught:
        await_package(Session(Path(), {}), open_api(Renewable()), "7", QUICK)

    assert caught.value.exit_code == 4
    assert "auth login" in caught.value.remedy


def test_an_unknown_package_is_not_waited_for(service, open_api):
    service.data = {"getWorkPackageById": None}

    with pytest.raises(NotFoundError):
        await_package(Session(Path(), {}), open_api(), "7", QUICK)
