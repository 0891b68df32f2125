"""Killed anywhere, the next worker goes on: nothing is lost or counts twice, the tables are the same."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hcr.service.database_url import DatabaseUrl
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.service.place import Place
from hcr.service.submission import examine

Forecast = Callable[..., dict[str, object]]

PATIENCE_S = 60.0


class Workers:
    """Worker processes of one place; none outlives the test."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", "-m", "hcr.service.worker", str(self.place.directory)]
        named = {"HCR_DATABASE_URL": self.place.database.text} if self.place.database else {}
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **named},
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def task_processes(self, worker: "subprocess.Popen[bytes]") -> list[int]:
        """Return the children of a worker that solve tasks, not those that keep its semaphores."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_text()
            except (OSError, IndexError, ValueError):
                continue
            if parent == worker.pid and "spawn_main" in command:
                found.append(int(entry.name))
        return found

    def end(self) -> None:
        for process in self.started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


@pytest.fixture
def place(tmp_path: Path, tiny_feeder: Path, database: DatabaseUrl | None) -> Place:
    shutil.copytree(tiny_feeder, tmp_path / "feeders" / "tiny")
    return Place(tmp_path, database)


@pytest.fixture
def workers(place: Place) -> Iterator[Workers]:
    started = Workers(place)
    yield started
    started.end()


def submit(ledger: Ledger, place: Place, wire: dict[str, object]) -> str:
    found = examine("killed", wire, place.library)
    assert isinstance(found, NewPackage)
    ledger.add(found)
    return found.id


def wait_until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.02)


def running(ledger: Ledger) -> list[TaskKey]:
    return [TaskKey(row.package_id, row.ordinal) for row in ledger.orphans()]


def tables(place: Place, package_id: str) -> dict[str, str]:
    """Return the digest of each table; the manifest holds times and ids that differ."""
    folder = place.results(package_id)
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def expire(ledger: Ledger) -> None:
    """Let the lease of a killed worker run out, without waiting for it."""
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM leases")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_killed_tasks_and_workers_leave_the_same_tables(
    place: Place, ledger: Ledger, workers: Workers, forecast: Forecast
) -> None:
    wire = forecast("tiny", years=(2025, 2026))
    undisturbed = submit(ledger, place, wire)
    assert workers.start().wait(PATIENCE_S) == 0
    expected = tables(place, undisturbed)
    assert expected
    ledger.changes.delete([undisturbed])  # else its results would do again

    disturbed = submit(ledger, place, wire)
    worker = workers.start()
    wait_until(lambda: running(ledger) and workers.task_processes(worker))
    for process in workers.task_processes(worker):
        os.kill(process, signal.SIGKILL)
    # A pool whose process is killed while it starts may take its worker with it: that is a death like others.
    wait_until(
        lambda: worker.poll() is not None or any(task.attempts > 1 for task in ledger.tasks_of(disturbed))
    )
    worker.kill()
    worker.wait()
    expire(ledger)

    assert workers.start().wait(PATIENCE_S) == 0
    done = ledger.tasks_of(disturbed)
    assert [task.state for task in done] == ["SUCCEEDED", "SUCCEEDED"]
    assert max(task.attempts for task in done) > 1
    events = {one.event for one in ledger.events_of(disturbed)}
    assert {"QUEUED", "STARTED", "FINISHED"} <= events
    assert events & {"RETRIED", "ABANDONED"}
    assert tables(place, disturbed) == expected
    assert (place.results(disturbed) / "manifest.json").is_file()


def test_of_two_workers_one_works(place: Place, ledger: Ledger, workers: Workers, forecast: Forecast) -> None:
    package_id = submit(ledger, place, forecast("tiny"))
    both = [workers.start(), workers.start()]
    assert [worker.wait(PATIENCE_S) for worker in both] == [0, 0]
    (task,) = ledger.tasks_of(package_id)
    assert (task.state, task.attempts) == ("SUCCEEDED", 1)


def test_a_cancelled_task_process_ends_before_its_work_does(
    place: Place, ledger: Ledger, workers: Workers, forecast: Forecast
) -> None:
    year = {"startTime": "2025-01-01T00:00:00", "endTime": "2026-01-01T00:00:00"}
    wire = forecast("tiny")
    wire["forecastConfig"]["timePeriod"] = year  # type: ignore[index]
    package_id = submit(ledger, place, wire)
    worker = workers.start()
    wait_until(lambda: running(ledger))
    assert ledger.cancel(package_id)
    assert worker.wait(PATIENCE_S) == 0
    (task,) = ledger.tasks_of(package_id)
    assert (task.state, task.outcome) == ("CANCELLED", None)
    assert tables(place, package_id) == {}
