"""The runner with an executor that answers from a script."""

import errno
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pebble import ProcessExpired

from hcr.errors import FeederError, HcrError, LedgerError, NetworkError, NoSpaceError, NotConvergedError
from hcr.results.manifest import read_manifest
from hcr.service import runner as runner_module
from hcr.service.clock import utc_now
from hcr.service.deleted_results import CLEAR_SECONDS
from hcr.service.heartbeat import LEASE_SECONDS, Heartbeat
from hcr.service.job import Job
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.service.memory_watch import MEMORY_EXIT
from hcr.service.place import Place
from hcr.service.runner import (
    LEDGER_SECONDS,
    MAX_ABANDONED,
    MAX_ATTEMPTS,
    POLL_SECONDS,
    ROOM_SECONDS,
    Runner,
)
from hcr.service.tap_settings import TapSettings
from hcr.service.task_events import TaskEvent
from hcr.service.task_limits import TaskLimits
from hcr.studies.task import TapPosition, Task
from hcr.studies.task_inputs import LIBRARIES

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]
Answer = Callable[[Task], dict[str, object]]


def outcome(task: Task) -> dict[str, object]:
    """Return what a task process says of a task that is done."""
    table = {"table": "zone_summary", "path": f"zone_summary/{task.feeder}", "rows": 3, "sha256": "ab"}
    digests = {"model_digest": "cd", "load_data_digest": "ef", "utc_offset": "+10:00"}
    return {"tables": [table], "warnings": [f"{task.feeder} has a gap"], **digests}


@dataclass
class Script:
    """An executor: `answer` solves a task at once; None leaves it running."""

    answer: Answer | None = outcome
    workers: int = 2
    started: list[str] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    futures: "list[Future[Any]]" = field(default_factory=list)

    def submit(self, function: Callable[..., Any], job: Job) -> "Future[Any]":
        task = job.task
        future: Future[Any] = Future()
        self.jobs.append(job)
        self.started.append(task.label)
        self.futures.append(future)
        if self.answer is not None:
            try:
                future.set_result(self.answer(task))
            except Exception as error:  # noqa: BLE001 - a process would send any
                future.set_exception(error)
        return future

    def explain(self, error: BaseException) -> BaseException:
        return TaskLimits(seconds=60.0, memory_bytes=2**30).explain(error)

    def shutdown(self) -> None:
        """There is nothing to end."""


class Time:
    """A clock that runs while the runner sleeps, and what happens meanwhile."""

    def __init__(self, meanwhile: Callable[[int], None] = lambda beat: None) -> None:
        self.now = 0.0
        self.beats = 0
        self.most = 1000
        self.meanwhile = meanwhile

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.beats += 1
        assert self.beats < self.most, "the runner does not end"
        self.meanwhile(self.beats)


@dataclass(frozen=True)
class Shift:
    """A runner, at work as long as it holds the lease."""

    ledger: Ledger
    place: Place
    script: Script
    time: Time

    def work_off(self) -> bool:
        """Work if the lease can be had, and return whether it could."""
        with Heartbeat(self.ledger.runner_lease, "me") as heartbeat:
            if heartbeat.held:
                clock, sleep = self.time.clock, self.time.sleep
                Runner(self.ledger, self.place, self.script, heartbeat, clock=clock, sleep=sleep).work_off()
            return heartbeat.held


def runner(ledger: Ledger, place: Place, script: Script, time: Time | None = None) -> Shift:
    return Shift(ledger, place, script, time or Time())


def states(ledger: Ledger, package_id: str = "p1") -> list[str]:
    return [task.state for task in ledger.tasks_of(package_id)]


def status(ledger: Ledger, package_id: str = "p1") -> str:
    row = ledger.package(package_id)
    assert row is not None
    return str(row.status)


def fail_north(error: Exception) -> Answer:
    def answer(task: Task) -> dict[str, object]:
        if task.feeder == "north":
            raise error
        return outcome(task)

    return answer


def test_everything_is_solved_and_the_manifest_written(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", years=(2025, 2030)))
    script = Script()
    assert runner(ledger, place, script).work_off()
    assert script.started == [
        "north · base · 2025", "north · base · 2030", "south · base · 2025", "south · base · 2030",
    ]  # fmt: skip
    assert (states(ledger), status(ledger)) == (["SUCCEEDED"] * 4, "COMPLETED")
    manifest = json.loads((place.results("p1") / "manifest.json").read_text())
    assert [task["state"] for task in manifest["tasks"]] == ["SUCCEEDED"] * 4
    assert {"hcr", "python", "opendss", *LIBRARIES} == manifest["versions"].keys()
    assert manifest["tasks"][0]["tables"][0]["path"] == "zone_summary/north"
    assert manifest["tasks"][0]["utc_offset"] == "+10:00"


def test_a_calibration_goes_out_with_the_taps_that_it_begins_with(ledger: Ledger, place: Place) -> None:
    times = ["2025-01-15T04:00:00", "2025-01-16T04:00:00"]
    request = {"calibrationName": "winter", "times": times, "feeders": ["north", "south"]}
    taps = TapSettings("autumn", "r0", {"south": (TapPosition("Transformer.t1", 1, 1.025, 3),)})
    tasks = [(feeder, "base", 2025) for feeder in ("north", "south")]
    ledger.add(NewPackage("p1", "winter", "calibration", request, tasks, engine="batch", taps=taps))
    script = Script(lambda task: {**outcome(task), "summary": "all found"})

    runner(ledger, place, script).work_off()

    north, south = (job.task for job in script.jobs)
    assert north.calibration == south.calibration
    assert north.calibration is not None
    assert (north.calibration.method, len(north.calibration.times)) == ("joint", 2)
    assert (north.taps, south.taps) == ((), taps.feeders["south"])
    assert north.solve.engine == "batch"
    manifest = read_manifest(place.results("p1"))
    assert (manifest.kind, manifest.taps) == ("calibration", json.loads(taps.stored()))
    assert status(ledger) == "COMPLETED"


def test_tasks_go_out_with_the_engine_of_their_package_and_come_back_into_the_manifest(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(replace(package("p1", "north"), engine="batch"))
    seen: list[str] = []
    worst = {"value": 1e-8, "place": "lv1.1", "time": "2025-01-15T02:30Z"}
    checked = {
        "lanes": 24, "near_limit_lanes": 0, "seed": 0, "voltage_pu": worst, "current_a": worst,
        "current_percent": worst, "tolerance_pu": 1e-5, "tolerance_percent": 0.1, "passed": True, "fault": "",
        "twofold": [], "engines": {}, "seconds": 0.1, "share": 0.2,
    }  # fmt: skip

    def answer(task: Task) -> dict[str, object]:
        seen.append(task.solve.engine)
        return {**outcome(task), "engine": "batch", "engine_reasons": [], "verification": checked}

    runner(ledger, place, Script(answer)).work_off()

    assert seen == ["batch"]
    manifest = json.loads((place.results("p1") / "manifest.json").read_text())
    assert manifest["engine"] == "batch"
    assert manifest["options"]["solve"]["engine"] == "batch"
    assert manifest["options"]["model"]["interval_minutes"] == 30
    (task,) = manifest["tasks"]
    assert (task["engine"], task["engine_reasons"], task["verification"]) == ("batch", [], checked)


def test_the_lease_is_free_afterwards(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package())
    runner(ledger, place, Script()).work_off()
    assert not ledger.runner_lease.is_held()


def test_no_more_tasks_run_at_once_than_there_are_workers(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", years=(2025, 2030, 2035)))
    script = Script(answer=None, workers=3)
    most = 0

    def finish_one(beat: int) -> None:
        nonlocal most
        running = [future for future in script.futures if not future.done()]
        most = max(most, len(running))
        if running:
            running[0].set_result({"tables": [], "warnings": []})

    runner(ledger, place, script, Time(finish_one)).work_off()
    assert most == 3
    assert states(ledger) == ["SUCCEEDED"] * 6


def test_a_second_runner_leaves_at_once(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package())
    ledger.runner_lease.take("somebody else", 60)
    script = Script()
    assert not runner(ledger, place, script).work_off()
    assert script.started == []


def test_a_task_that_fails_does_not_stop_the_others(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package())
    error = FeederError("feeder north: no load data", why="the file is empty", remedy="Import it again.")
    script = Script(fail_north(error))
    runner(ledger, place, script).work_off()
    failed, done = ledger.tasks_of("p1")
    assert (failed.state, done.state, status(ledger)) == ("FAILED", "SUCCEEDED", "COMPLETED")
    assert failed.error_code == "feeder"
    assert failed.error_message == "feeder north: no load data: the file is empty — Import it again."
    assert len(script.started) == 2


def test_a_lane_without_solution_is_not_tried_again(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package("p1", "north"))
    script = Script(fail_north(NotConvergedError("no solution at 18:30", lane=37)))
    runner(ledger, place, script).work_off()
    assert ledger.tasks_of("p1")[0].error_code == "not_converged"
    assert (len(script.started), status(ledger)) == (1, "FAILED")


def test_a_process_that_keeps_dying_is_tried_so_often_and_then_named(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package())
    script = Script(fail_north(RuntimeError("process died with signal 11")))
    runner(ledger, place, script).work_off()
    failed, done = ledger.tasks_of("p1")
    assert script.started.count("north · base · 2025") == MAX_ATTEMPTS
    assert (failed.state, failed.error_code, done.state) == ("FAILED", "crashed", "SUCCEEDED")
    assert failed.error_message == (
        "the task broke 3 times, last with RuntimeError: process died with signal 11"
    )


def test_a_process_that_dies_once_is_forgiven(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package("p1", "north"))
    deaths = [RuntimeError("killed")]

    def answer(task: Task) -> dict[str, object]:
        if deaths:
            raise deaths.pop()
        return outcome(task)

    runner(ledger, place, Script(answer)).work_off()
    assert (states(ledger), ledger.tasks_of("p1")[0].attempts) == (["SUCCEEDED"], 2)


def test_cancelling_ends_running_tasks_and_starts_no_others(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", years=(2025, 2030)))
    script = Script(answer=None)
    runner(ledger, place, script, Time(lambda beat: ledger.cancel("p1") if beat == 3 else None)).work_off()
    assert [future.cancelled() for future in script.futures] == [True, True]
    assert (states(ledger), status(ledger)) == (["CANCELLED"] * 4, "CANCELLED")
    manifest = json.loads((place.results("p1") / "manifest.json").read_text())
    assert [task["utc_offset"] for task in manifest["tasks"]] == [None] * 4


def test_a_task_that_was_done_when_its_package_was_cancelled_stays_cancelled(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", "north"))
    script = Script(answer=None)

    def cancel_then_finish(beat: int) -> None:
        if beat == 1:
            ledger.cancel("p1")
            script.futures[0].set_result({"tables": [], "warnings": []})

    runner(ledger, place, script, Time(cancel_then_finish)).work_off()
    assert (states(ledger), status(ledger)) == (["CANCELLED"], "CANCELLED")


def test_another_package_goes_on_when_one_is_cancelled(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", "north"))
    ledger.add(package("p2", "south"))
    script = Script(answer=None)

    def cancel_first_finish_second(beat: int) -> None:
        if beat == 1:
            ledger.cancel("p1")
        if beat == 3:
            script.futures[1].set_result({"tables": [], "warnings": []})

    runner(ledger, place, script, Time(cancel_first_finish_second)).work_off()
    assert (status(ledger, "p1"), status(ledger, "p2")) == ("CANCELLED", "COMPLETED")


class Wall:
    """The time on the wall; a test moves it."""

    def __init__(self) -> None:
        self.late = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.late


def test_a_runner_that_slept_while_another_took_the_lease_writes_nothing(
    place: Place, package: Package
) -> None:
    wall = Wall()
    ledger = Ledger(place.ledger, clock=wall)
    ledger.add(package("p1", "north"))
    script = Script(answer=None)
    events: list[str] = []

    def oversleep(beat: int) -> None:
        wall.late = timedelta(seconds=LEASE_SECONDS + 1)
        assert ledger.runner_lease.take("somebody else", 60)
        script.futures[0].set_result({"tables": [], "warnings": []})
        events.extend(one.event for one in ledger.events_of("p1"))

    with pytest.raises(HcrError, match="lease was lost"):
        runner(ledger, place, script, Time(oversleep)).work_off()
    assert (states(ledger), [one.event for one in ledger.events_of("p1")]) == (["RUNNING"], events)
    assert not ledger.runner_lease.take("me", 15)
    ledger.close()


def test_a_runner_that_loses_the_lease_while_it_writes_a_manifest_does_not_close_the_package(
    place: Place, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall()
    ledger = Ledger(place.ledger, clock=wall)
    ledger.add(package("p1", "north"))

    def write_slowly(*_: object) -> None:
        wall.late = timedelta(seconds=LEASE_SECONDS + 1)
        assert ledger.runner_lease.take("somebody else", 60)

    monkeypatch.setattr(runner_module, "write_package_manifest", write_slowly)
    with pytest.raises(HcrError, match="lease was lost"):
        runner(ledger, place, Script()).work_off()
    assert (states(ledger), status(ledger)) == (["SUCCEEDED"], "RUNNING")
    ledger.close()


def test_work_that_arrives_while_working_is_done_too(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package("p1", "north"))
    script = Script(answer=None)

    def arrive(beat: int) -> None:
        if beat == 1:
            ledger.add(package("p2", "south"))
        if beat == 4:
            for future in script.futures:
                future.set_result({"tables": [], "warnings": []})

    runner(ledger, place, script, Time(arrive)).work_off()
    assert (status(ledger, "p1"), status(ledger, "p2")) == ("COMPLETED", "COMPLETED")


def test_tasks_of_a_dead_runner_are_done_again(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package())
    ledger.start(TaskKey("p1", 0))
    script = Script()
    runner(ledger, place, script).work_off()
    assert sorted(script.started) == ["north · base · 2025", "south · base · 2025"]
    assert (states(ledger), ledger.tasks_of("p1")[0].attempts) == (["SUCCEEDED"] * 2, 2)
    abandoned = [one for one in ledger.events_of("p1") if one.event == TaskEvent.ABANDONED]
    assert [(one.ordinal, one.attempt, one.why) for one in abandoned] == [(0, 1, "its worker died")]


def test_a_task_that_keeps_killing_its_runner_fails(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package())
    for _ in range(MAX_ABANDONED):
        ledger.put_back(TaskKey("p1", 0), event=TaskEvent.ABANDONED)
        ledger.start(TaskKey("p1", 0))
    runner(ledger, place, Script()).work_off()
    killer, other = ledger.tasks_of("p1")
    assert (killer.state, killer.error_code, other.state) == ("FAILED", "crashed", "SUCCEEDED")
    assert f"each of the {MAX_ABANDONED} times that its worker died" in killer.error_message


def test_a_package_done_but_not_closed_is_closed(ledger: Ledger, place: Place, package: Package) -> None:
    """The runner was killed between the last task and the end of the package."""
    ledger.add(package("p1", "north"))
    ledger.start(TaskKey("p1", 0))
    ledger.succeed(TaskKey("p1", 0), {"tables": [], "warnings": []})
    script = Script()
    runner(ledger, place, script).work_off()
    assert (script.started, status(ledger)) == ([], "COMPLETED")
    assert (place.results("p1") / "manifest.json").is_file()


def test_a_request_that_cannot_be_read_any_more_fails_and_the_next_package_runs(
    ledger: Ledger, place: Place, package: Package
) -> None:
    old = NewPackage("p1", "old", "forecast", {"forecastConfig": {"gone": 1}}, [("north", "base", 2025)])
    ledger.add(old)
    ledger.add(package("p2", "south"))
    runner(ledger, place, Script()).work_off()
    (failed,) = ledger.tasks_of("p1")
    assert (failed.state, failed.error_code, status(ledger, "p1")) == ("FAILED", "request", "FAILED")
    assert "the stored request cannot be read" in failed.error_message
    assert status(ledger, "p2") == "COMPLETED"


def test_a_ledger_with_more_tasks_than_its_request_makes_fails_those(
    ledger: Ledger, place: Place, forecast: Callable[..., dict[str, object]]
) -> None:
    tasks = [("north", "base", 2025), ("south", "base", 2025)]
    ledger.add(NewPackage("p1", "p1", "forecast", forecast("north"), tasks))
    runner(ledger, place, Script()).work_off()
    assert states(ledger) == ["SUCCEEDED", "FAILED"]


def test_a_task_that_takes_too_long_times_out_and_is_not_tried_again(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", "north"))
    script = Script(fail_north(TimeoutError("Task timeout", 60.0)))
    runner(ledger, place, script).work_off()
    (task,) = ledger.tasks_of("p1")
    assert (task.state, task.error_code, status(ledger)) == ("TIMEDOUT", "timeout", "TIMEDOUT")
    assert task.error_message.startswith("the task took longer than the 1 min it may — Serve with")
    assert len(script.started) == 1


@pytest.mark.parametrize("error", [ProcessExpired("gone", MEMORY_EXIT), MemoryError("no more")])
def test_a_task_that_takes_too_much_memory_fails_and_is_not_tried_again(
    ledger: Ledger, place: Place, package: Package, error: Exception
) -> None:
    ledger.add(package())
    script = Script(fail_north(error))
    runner(ledger, place, script).work_off()
    failed, done = ledger.tasks_of("p1")
    assert (failed.error_code, done.state) == ("out_of_memory", "SUCCEEDED")
    assert failed.error_message.startswith("the task used more memory than the 1 GiB it may — Serve with")
    assert len(script.started) == 2


def test_on_a_full_disk_tasks_wait_for_room_however_long_it_takes(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", "north"))
    full = [NoSpaceError("there is no room", why="the disk is full")] * (MAX_ATTEMPTS + 2)

    def answer(task: Task) -> dict[str, object]:
        if full:
            raise full.pop()
        return outcome(task)

    time = Time()
    script = Script(answer)
    runner(ledger, place, script, time).work_off()
    assert (states(ledger), status(ledger)) == (["SUCCEEDED"], "COMPLETED")
    assert time.now >= (MAX_ATTEMPTS + 2) * ROOM_SECONDS
    events = [(one.event, one.why) for one in ledger.events_of("p1")]
    assert events.count((TaskEvent.POSTPONED, "there is no room: the disk is full")) == MAX_ATTEMPTS + 2


def test_a_task_is_told_which_finished_ones_may_have_solved_the_same(
    ledger: Ledger, place: Place, package: Package
) -> None:
    def solved(package_id: str, engine: str = "auto") -> dict[str, tuple[str, ...]]:
        """Return the earlier packages that each task of a package was told of."""
        ledger.add(replace(package(package_id), engine=engine))
        script = Script()
        runner(ledger, place, script).work_off()
        return {job.task.feeder: tuple(one.package_id for one in job.earlier) for job in script.jobs}

    assert solved("p1") == {"north": (), "south": ()}
    assert solved("p2", engine="opendss") == {"north": (), "south": ()}
    assert solved("p3") == {"north": ("p1",), "south": ("p1",)}
    ledger.changes.delete(["p1"])
    assert solved("p4") == {"north": ("p3",), "south": ("p3",)}


def test_tasks_of_a_cluster_that_went_away_wait_for_it(
    ledger: Ledger, place: Place, package: Package
) -> None:
    script = Script(fail_north(NetworkError("the scheduler cannot be reached")))

    def comes_back(_: int) -> None:
        if "PENDING" in states(ledger):
            script.answer = outcome

    ledger.add(package())
    assert runner(ledger, place, script, Time(comes_back)).work_off()
    assert (states(ledger), status(ledger)) == (["SUCCEEDED"] * 2, "COMPLETED")
    assert [event.event for event in ledger.events_of("p1")].count("POSTPONED") == 1


def test_nothing_is_started_while_there_are_no_workers(
    ledger: Ledger, place: Place, package: Package
) -> None:
    script = Script(workers=0)
    seen: list[list[str]] = []

    def workers_come(beat: int) -> None:
        seen.append(list(script.started))
        script.workers = 2 if beat >= 50 else 0

    ledger.add(package())
    assert runner(ledger, place, script, Time(workers_come)).work_off()
    assert seen[:50] == [[]] * 50
    assert status(ledger) == "COMPLETED"


def test_without_work_nobody_waits_for_workers(ledger: Ledger, place: Place) -> None:
    assert runner(ledger, place, Script(workers=0)).work_off()


def test_a_task_that_is_cancelled_and_run_again_between_two_looks_runs_once(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", "north"))
    script = Script(answer=None)

    def cancel_and_retry(beat: int) -> None:
        if beat == 1:
            ledger.cancel("p1")
            assert ledger.changes.retry("p1")
        if beat == 3:
            first, second = script.futures
            assert (first.cancelled(), second.done()) == (True, False)
            second.set_result({"tables": [], "warnings": []})

    runner(ledger, place, script, Time(cancel_and_retry)).work_off()
    assert (states(ledger), status(ledger)) == (["SUCCEEDED"], "COMPLETED")
    assert len(script.started) == 2


def test_a_package_that_is_run_again_while_its_manifest_is_written_goes_on(
    ledger: Ledger, place: Place, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add(package("p1"))
    script = Script(fail_north(NotConvergedError("no solution", lane=0)))
    write, again = runner_module.write_package_manifest, []

    def write_slowly(*where: Any) -> None:
        write(*where)
        if not again:
            script.answer = outcome
            ledger.cancel("p1")  # no more than anybody may do
            again.append(ledger.changes.retry("p1"))

    monkeypatch.setattr(runner_module, "write_package_manifest", write_slowly)
    runner(ledger, place, script).work_off()
    assert (states(ledger), status(ledger)) == (["SUCCEEDED"] * 2, "COMPLETED")
    assert [row.feeder for row in again[0]] == ["north"]


def test_a_cancelled_package_has_a_manifest_whatever_ran(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", years=(2025, 2030)))
    script = Script(answer=None)

    def end_one_and_cancel(beat: int) -> None:
        if beat == 1:
            for future in script.futures:
                future.set_result({"tables": [], "warnings": []})
            ledger.cancel("p1")

    runner(ledger, place, script, Time(end_one_and_cancel)).work_off()
    assert status(ledger) == "CANCELLED"
    manifest = json.loads((place.results("p1") / "manifest.json").read_text())
    assert {task["state"] for task in manifest["tasks"]} == {"CANCELLED"}


def test_while_the_ledger_cannot_be_used_tasks_go_on_and_nothing_is_lost(
    ledger: Ledger, place: Place, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add(package())
    script = Script(answer=None)
    succeed, away = ledger.succeed, []

    def out_of_reach(*_: object) -> None:
        raise LedgerError("the ledger cannot be used", why="the server starts anew")

    def trouble(beat: int) -> None:
        if beat == 1:
            monkeypatch.setattr(ledger, "succeed", out_of_reach)
            for future in script.futures:
                future.set_result({"tables": [], "warnings": []})
        if beat == 20:
            away.append(states(ledger))
            monkeypatch.setattr(ledger, "succeed", succeed)

    runner(ledger, place, script, Time(trouble)).work_off()
    assert away == [["RUNNING"] * 2]
    assert (states(ledger), status(ledger), len(script.started)) == (["SUCCEEDED"] * 2, "COMPLETED", 2)


def test_a_ledger_that_stays_away_ends_the_runner(
    ledger: Ledger, place: Place, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add(package())

    def out_of_reach(*_: object) -> None:
        raise LedgerError("the ledger cannot be used")

    monkeypatch.setattr(ledger, "next_pending", out_of_reach)
    time = Time()
    time.most = 4000
    with pytest.raises(LedgerError):
        runner(ledger, place, Script(), time).work_off()
    assert time.now >= LEDGER_SECONDS


def test_a_full_disk_elsewhere_is_a_full_disk_too(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package("p1", "north"))
    full = [OSError(errno.ENOSPC, "No space left on device")] * (MAX_ATTEMPTS + 1)

    def answer(task: Task) -> dict[str, object]:
        if full:
            raise full.pop()
        return outcome(task)

    runner(ledger, place, Script(answer)).work_off()
    assert states(ledger) == ["SUCCEEDED"]


def test_a_time_out_of_a_network_disk_is_tried_again(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package("p1", "north"))
    gone = [TimeoutError(errno.ETIMEDOUT, "Connection timed out")]

    def answer(task: Task) -> dict[str, object]:
        if gone:
            raise gone.pop()
        return outcome(task)

    runner(ledger, place, Script(answer)).work_off()
    assert (states(ledger), ledger.tasks_of("p1")[0].attempts) == (["SUCCEEDED"], 2)


def test_results_that_were_taken_over_are_not_taken_over_again(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1", "north"))
    runner(ledger, place, Script()).work_off()
    ledger.add(package("p2", "north"))
    runner(ledger, place, Script(lambda task: {**outcome(task), "reused_from": "p1"})).work_off()
    for package_id, expected in (("p3", ["p1"]), ("p4", [])):
        ledger.add(package(package_id, "north"))
        script = Script(lambda task: {**outcome(task), "reused_from": "p1"})
        runner(ledger, place, script).work_off()
        assert [one.package_id for one in script.jobs[0].earlier] == expected
        ledger.changes.delete(["p1"])  # and with it all that would do


def test_results_of_a_deleted_package_are_removed_when_its_tasks_have_ended(
    ledger: Ledger, place: Place, package: Package
) -> None:
    script = Script(answer=None)
    file = place.results("p1") / "zone_summary" / "north.parquet"
    seen: dict[int, bool] = {}

    def delete(beat: int) -> None:
        seen[beat] = file.exists()
        if beat == 1:
            file.parent.mkdir(parents=True)
            file.touch()
        if beat == 100:
            ledger.changes.delete(["p1"])
        if beat == 200:
            script.futures[-1].set_result({"tables": [], "warnings": []})

    ledger.add(package("p1", "north"))
    ledger.add(package("p2", "south"))
    runner(ledger, place, script, Time(delete)).work_off()
    assert seen[100]
    assert not seen[100 + round(2 * CLEAR_SECONDS / POLL_SECONDS) - 1]
    assert [path.name for path in place.results_home.iterdir()] == ["p2"]
