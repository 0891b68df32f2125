"""What answers tell of tasks is that of the ledger, however often and when it is read."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete

from hcr.service import package_tasks
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import Failure, NewPackage, TaskKey
from hcr.service.ledger_schema import task_events
from hcr.service.package_tasks import MOST_PACKAGES, TaskReader
from hcr.service.task_events import TaskEvent

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]


@pytest.fixture
def reader(ledger: Ledger) -> TaskReader:
    return TaskReader(ledger)


def outcome(**more: object) -> dict[str, object]:
    return {"tables": [], "warnings": ["a gap"], "engine": "batch", **more}


def test_each_change_is_seen(ledger: Ledger, reader: TaskReader, package: Package) -> None:
    ledger.add(package("p1"))
    assert dict(reader.of("p1").totals) == {"PENDING": 2}
    ledger.start(TaskKey("p1", 0))
    assert dict(reader.of("p1").totals) == {"PENDING": 1, "RUNNING": 1}
    ledger.succeed(TaskKey("p1", 0), outcome(reused_from="p0"))
    ledger.start(TaskKey("p1", 1))
    ledger.fail(TaskKey("p1", 1), Failure("timeout", "too long"))
    seen = reader.of("p1")
    assert dict(seen.totals) == {"SUCCEEDED": 1, "TIMEDOUT": 1}
    assert (seen.warnings, seen.engines, seen.reused) == (["a gap"], ["batch"], ["p0"])
    assert [(one.feeder, one.error_code, one.error_message) for one in seen.failed] == [
        ("south", "timeout", "too long")
    ]
    ledger.close_package("p1")
    ledger.changes.retry("p1", [0])
    assert dict(reader.of("p1").totals) == {"PENDING": 2}
    assert reader.of("p1").warnings == []


def test_what_did_not_change_is_not_read_again(ledger: Ledger, reader: TaskReader, package: Package) -> None:
    ledger.add(package("p1"))
    first = reader.of("p1")
    assert reader.of("p1") is first
    ledger.start(TaskKey("p1", 0))
    second = reader.of("p1")
    assert second is not first
    assert second.lines[1] is first.lines[1]
    assert list(second.lines) == [0, 1]


def test_tasks_without_events_are_read_each_time(
    ledger: Ledger, reader: TaskReader, package: Package
) -> None:
    ledger.add(package("p1"))
    with ledger.engine.begin() as connection:
        connection.execute(delete(task_events))
    assert reader.of("p1").version is None
    assert dict(reader.of("p1").totals) == {"PENDING": 2}


def test_an_unknown_package_has_none(reader: TaskReader) -> None:
    assert reader.of("p9").lines == {}


def test_only_so_many_packages_are_kept(ledger: Ledger, reader: TaskReader, package: Package) -> None:
    names = [f"p{number}" for number in range(MOST_PACKAGES + 1)]
    for name in names:
        ledger.add(package(name, "north"))
    first = reader.of("p0")
    for name in names:
        reader.of(name)
    assert reader.of(names[-1]) is reader.of(names[-1])
    assert reader.of("p0") is not first


def test_only_so_many_tasks_are_kept(
    ledger: Ledger, reader: TaskReader, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_tasks, "MOST_LINES", 3)
    ledger.add(package("p1"))
    ledger.add(package("p2"))
    first = reader.of("p1")
    assert reader.of("p1") is first
    second = reader.of("p2")
    assert reader.of("p2") is second
    assert reader.of("p1") is not first


def test_threads_see_no_half_of_it(ledger: Ledger, reader: TaskReader, package: Package) -> None:
    ledger.add(package("p1", years=tuple(range(2025, 2045))))

    def work() -> None:
        for ordinal in range(40):
            ledger.start(TaskKey("p1", ordinal))
            ledger.succeed(TaskKey("p1", ordinal), outcome())

    with ThreadPoolExecutor(5) as threads:
        working = threads.submit(work)
        looking = [
            threads.submit(lambda: [reader.of("p1").totals.total() for _ in range(50)]) for _ in "1234"
        ]
        assert {number for one in looking for number in one.result(60)} == {40}
        working.result(60)
    assert dict(reader.of("p1").totals) == {"SUCCEEDED": 40}


def test_what_tasks_wait_for_is_told_as_long_as_they_do(
    ledger: Ledger, reader: TaskReader, package: Package
) -> None:
    def postpone(ordinal: int, why: str) -> None:
        ledger.put_back(TaskKey("p1", ordinal), why, event=TaskEvent.POSTPONED)

    ledger.add(package("p1"))
    assert reader.of("p1").waits_for == ""
    for ordinal in (0, 1):
        ledger.start(TaskKey("p1", ordinal))
    postpone(0, "the disk is full")
    assert reader.of("p1").waits_for == "the disk is full"
    postpone(1, "the cluster is gone")
    assert reader.of("p1").waits_for == TaskReader(ledger).of("p1").waits_for == "the cluster is gone"
    ledger.start(TaskKey("p1", 0))
    assert reader.of("p1").waits_for == ""
    postpone(0, "the cluster is gone")
    ledger.cancel("p1")
    assert reader.of("p1").waits_for == ""
