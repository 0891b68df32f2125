"""Each change of a task leaves an event, in the same transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import event

from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import Failure, NewPackage, TaskKey
from hcr.service.place import Place
from hcr.service.task_events import TaskEvent

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]
FIRST, SECOND = TaskKey("p1", 0), TaskKey("p1", 1)


def told(ledger: Ledger, ordinal: int = 0) -> list[tuple[str, int]]:
    return [(one.event, one.attempt) for one in ledger.events_of("p1") if one.ordinal == ordinal]


def test_the_life_of_a_task_is_told_with_times_and_attempts(place: Place, package: Package) -> None:
    start = datetime(2025, 1, 15, 12, 0)
    times = iter(start + timedelta(minutes=minute) for minute in range(100))
    ledger = Ledger(place.ledger, clock=lambda: next(times))
    ledger.add(package("p1"))
    ledger.start(FIRST)
    ledger.put_back(FIRST, "ExitCode: -9")
    ledger.start(FIRST)
    ledger.put_back(FIRST, "its worker died", event=TaskEvent.ABANDONED)
    ledger.start(FIRST)
    ledger.succeed(FIRST, {"tables": []})
    events = [one for one in ledger.events_of("p1") if one.ordinal == 0]
    ledger.close()
    assert [(one.event, one.attempt, one.why) for one in events] == [
        ("QUEUED", 0, None),
        ("STARTED", 1, None),
        ("RETRIED", 1, "ExitCode: -9"),
        ("STARTED", 2, None),
        ("ABANDONED", 2, "its worker died"),
        ("STARTED", 3, None),
        ("FINISHED", 3, None),
    ]
    assert events[0].at == start
    assert all(one.at < two.at for one, two in pairwise(events))


def test_a_failure_tells_its_code_and_reason(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    ledger.start(FIRST)
    ledger.fail(FIRST, Failure("not_converged", "no solution at 18:30"))
    last = [one for one in ledger.events_of("p1") if one.ordinal == 0][-1]
    assert (last.event, last.attempt, last.why) == ("FAILED", 1, "not_converged: no solution at 18:30")


def test_cancelling_tells_it_of_open_tasks_alone(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    ledger.start(FIRST)
    ledger.succeed(FIRST, {})
    ledger.cancel("p1")
    ledger.cancel("p1")
    assert told(ledger, 0) == [("QUEUED", 0), ("STARTED", 1), ("FINISHED", 1)]
    assert told(ledger, 1) == [("QUEUED", 0), ("CANCELLED", 0)]


def test_what_is_run_again_is_queued_again(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    ledger.start(SECOND)
    ledger.cancel("p1")
    ledger.changes.retry("p1")
    ledger.start(SECOND)
    expected = [("QUEUED", 0), ("STARTED", 1), ("CANCELLED", 1), ("QUEUED", 0), ("STARTED", 1)]
    assert told(ledger, 1) == expected


def test_what_did_not_happen_is_not_told(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    ledger.succeed(FIRST, {})
    ledger.put_back(FIRST)
    ledger.cancel("p1")
    assert not ledger.start(FIRST)
    ledger.fail(FIRST, Failure("crashed", "late"))
    assert told(ledger) == [("QUEUED", 0), ("CANCELLED", 0)]


def test_a_deleted_package_keeps_its_events_as_its_tasks(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    ledger.changes.delete(["p1"])
    last = ledger.events_of("p1")[-1]
    assert (last.event, last.why) == ("CANCELLED", "the package was deleted")


def test_a_change_that_fails_leaves_no_event(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))

    def fail(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("UPDATE tasks"):
            raise RuntimeError("the power is gone")

    event.listen(ledger.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="power"):
        ledger.start(FIRST)
    event.remove(ledger.engine, "before_cursor_execute", fail)
    assert told(ledger) == [("QUEUED", 0)]
    assert ledger.tasks_of("p1")[0].state == "PENDING"
