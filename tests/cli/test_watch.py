"""The watcher by itself: when it looks, what it says, how it ends. Clock, sleep and jitter are the test's."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hcr.cli.session import Session
from hcr.cli.watch import (
    BACK_OFF,
    LONGEST_INTERVAL_S,
    TOLERATED_ERRORS,
    Patience,
    Standing,
    Watched,
    Watcher,
)
from hcr.errors import AuthError, NetworkError, NotFoundError, RefusedError, ServerError, WaitTimeoutError


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class Work:
    """Something that is done, or not yet."""

    state: str
    is_final: bool = False


RUNNING, DONE = Work("running"), Work("done", is_final=True)


def looking(*answers: Work | Exception) -> Callable[[], Work]:
    """Give one answer a look; the last one for ever."""
    left = list(answers)

    def look() -> Work:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return look


def watched(*answers: Work | Exception) -> Watched[Work]:
    def standing(work: Work) -> Standing:
        return Standing(f"it is {work.state}", 1, 2, {"state": work.state})

    return Watched("the work", looking(*answers), standing, "hcr watch", "hcr cancel")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(clock: Clock) -> Callable[..., Watcher]:
    def make(patience: Patience | None = None, *, quiet: bool = False, jitter: float = 0.0) -> Watcher:
        session = Session(Path(), {}, quiet=quiet)
        return Watcher(session, patience or Patience(2.0), lambda: clock.now, clock.sleep, lambda: jitter)

    return make


# ---- when it looks


def test_what_is_final_is_looked_at_once(watcher, clock: Clock):
    assert watcher().follow(watched(DONE)) is DONE
    assert clock.slept == []


def test_waits_grow_up_to_the_longest(watcher, clock: Clock):
    watcher().follow(watched(*[RUNNING] * 30, DONE))

    assert clock.slept[:3] == pytest.approx([2.0, 2.0 * BACK_OFF, 2.0 * BACK_OFF**2])
    assert clock.slept == sorted(clock.slept)
    assert clock.slept[-1] == LONGEST_INTERVAL_S


def test_a_long_interval_is_kept(watcher, clock: Clock):
    watcher(Patience(60.0)).follow(watched(RUNNING, RUNNING, DONE))

    assert clock.slept == [60.0, 60.0]


@pytest.mark.parametrize(("jitter", "nap"), [(0.0, 2.0), (0.5, 2.1), (1.0, 2.2)])
def test_jitter_keeps_many_watchers_apart(watcher, clock: Clock, jitter: float, nap: float):
    watcher(jitter=jitter).follow(watched(RUNNING, DONE))

    assert clock.slept == pytest.approx([nap])


# ---- how it ends


def test_the_time_is_up(watcher, clock: Clock):
    with pytest.raises(WaitTimeoutError, match="the work still runs after 5 s") as caught:
        watcher(Patience(2.0, timeout=5.0), jitter=1.0).follow(watched(RUNNING))

    assert caught.value.exit_code == 124
    assert "hcr watch" in caught.value.remedy
    assert clock.now == pytest.approx(105.0), "it does not sleep past the time-out"


def test_no_time_at_all_is_one_look(watcher, clock: Clock):
    assert watcher(Patience(2.0, timeout=0.0)).follow(watched(DONE)) is DONE
    with pytest.raises(WaitTimeoutError):
        watcher(Patience(2.0, timeout=0.0)).follow(watched(RUNNING))
    assert clock.slept == []


@pytest.mark.parametrize("error", [NotFoundError("gone"), AuthError("who"), RefusedError("no")])
def test_what_waiting_does_not_mend_ends_the_watch(watcher, error: Exception):
    with pytest.raises(type(error)):
        watcher().follow(watched(RUNNING, error, DONE))


def test_a_lost_connection_is_survived_and_said(watcher, capsys: pytest.CaptureFixture[str]):
    lost = NetworkError("no route")

    assert watcher().follow(watched(RUNNING, *[lost] * 20, DONE)) is DONE

    assert capsys.readouterr().err.splitlines() == [
        "it is running",
        "connection lost, trying again: no route",
        "it is done",
    ]


def test_a_service_that_restarts_is_survived(watcher):
    errors = [ServerError("busy or down")] * TOLERATED_ERRORS

    assert watcher().follow(watched(RUNNING, *errors, RUNNING, *errors, DONE)) is DONE


def test_a_service_that_goes_on_with_errors_ends_the_watch(watcher):
    with pytest.raises(ServerError):
        watcher().follow(watched(RUNNING, *[ServerError("broken")] * (TOLERATED_ERRORS + 1), DONE))


@pytest.mark.parametrize("error", [NetworkError("no route"), ServerError("broken")])
def test_a_service_that_never_answered_is_not_waited_for(watcher, clock: Clock, error: Exception):
    with pytest.raises(type(error)):
        watcher().follow(watched(error, DONE))
    assert clock.slept == []


def test_ctrl_c_says_how_to_go_on_and_passes(watcher, capsys: pytest.CaptureFixture[str]):
    def interrupted() -> Work:
        raise KeyboardInterrupt

    work = Watched("the work", interrupted, lambda _: Standing(""), "hcr watch", "hcr cancel")
    with pytest.raises(KeyboardInterrupt):
        watcher().follow(work)

    said = capsys.readouterr()
    assert said.out == ""
    assert "Still running; watch again with:  hcr watch" in said.err
    assert "cancel it with:  hcr cancel" in said.err


def test_what_cannot_be_cancelled_names_no_command_for_it(watcher, capsys: pytest.CaptureFixture[str]):
    def interrupted() -> Work:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watcher().follow(Watched("the work", interrupted, lambda _: Standing(""), "hcr watch"))

    assert "cancel" not in capsys.readouterr().err


# ---- what it says


def test_a_pipe_gets_one_line_a_change(watcher, capsys: pytest.CaptureFixture[str]):
    watcher().follow(watched(RUNNING, RUNNING, Work("nearly done"), Work("nearly done"), DONE))

    said = capsys.readouterr()
    assert said.err.splitlines() == ["it is running", "it is nearly done", "it is done"]
    assert said.out == ""


def test_quiet_says_nothing(watcher, capsys: pytest.CaptureFixture[str]):
    watcher(quiet=True).follow(watched(RUNNING, NetworkError("no route"), DONE))

    assert capsys.readouterr() == ("", "")


def events(text: str) -> Sequence[object]:
    return [json.loads(line) for line in text.splitlines()]


def test_events_are_one_object_a_change_on_stdout(watcher, capsys: pytest.CaptureFixture[str]):
    lost = NetworkError("no route")

    watcher(Patience(2.0, events=True), quiet=True).follow(watched(RUNNING, lost, RUNNING, DONE))

    assert events(capsys.readouterr().out) == [{"state": "running"}, {"state": "done"}]


def test_beside_events_people_are_told_only_of_trouble(watcher, capsys: pytest.CaptureFixture[str]):
    watcher(Patience(2.0, events=True)).follow(watched(RUNNING, NetworkError("no route"), DONE))

    assert capsys.readouterr().err == "connection lost, trying again: no route\n"


# ---- on a terminal


def test_the_bar_is_drawn_and_leaves_one_line(directory, service, terminal):
    totals = dict.fromkeys(("Pending", "Failed", "Cancelled", "TimedOut"), 0) | {"Models": 4}
    package = {"id": "7", "name": "Summer", "createdAt": "2026-01-05T12:00:00Z", "isDeleted": False}
    package |= {"feeders": [], "scenarios": [], "years": [], "warnings": [], "failures": []}
    looks = iter([("RUNNING", 1), ("COMPLETED", 4)])

    def answer(*_: object, **__: object) -> object:
        status, succeeded = next(looks)
        counts = totals | {"Succeeded": succeeded, "Running": 4 - succeeded}
        models = {f"total{name}": count for name, count in counts.items()}
        return {**package, "status": status, "progressDetails": {"modelTotals": models}}

    service.data = {"getWorkPackageById": answer}

    outcome = terminal(directory, "work-package", "monitor", "7", "--interval", "1")

    assert outcome.code == 0
    assert outcome.stdout == ""
    assert "1/4" in outcome.stderr
    assert "Summer: running, 1 of 4 models done, 3 running" in outcome.stderr
    assert outcome.stderr.splitlines()[-1].endswith("Summer: completed, 4 of 4 models done")


def test_forced_colour_draws_no_bar_in_a_pipe(directory, service, hcr, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    run = {"id": "41", "name": "winter", "workflowId": "w", "runId": "r", "status": "COMPLETED"}
    times = {"calibrationTimeLocal": "2025-07-12T04:00:00", "startAt": "2026-01-05T12:00:00Z"}
    service.data = {"getCalibrationRun": {**run, **times}}

    outcome = hcr(directory, "calibration", "monitor", "41")

    assert outcome.stderr.splitlines()[0] == "winter: completed"
    assert "\x1b" not in outcome.stderr
