"""The tasks of the ledger on real databases, a file and a PostgreSQL server."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import Failure, NewPackage, TaskKey

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]

FIRST, SECOND = TaskKey("p1", 0), TaskKey("p1", 1)


def states(ledger: Ledger, package_id: str = "p1") -> list[str]:
    return [task.state for task in ledger.tasks_of(package_id)]


def status(ledger: Ledger, package_id: str = "p1") -> str:
    row = ledger.package(package_id)
    assert row is not None
    return str(row.status)


def test_an_outcome_and_a_failure_are_kept(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    ledger.start(FIRST)
    ledger.succeed(FIRST, {"tables": [], "warnings": ["gap"]})
    ledger.start(SECOND)
    ledger.fail(SECOND, Failure("not_converged", "no solution at 18:30"))
    done, failed = ledger.tasks_of("p1")
    assert json.loads(done.outcome) == {"tables": [], "warnings": ["gap"]}
    assert (failed.error_code, failed.error_message) == ("not_converged", "no solution at 18:30")
    assert failed.finished_at is not None


def test_a_task_is_started_once(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    assert ledger.start(FIRST)
    assert not ledger.start(FIRST)
    assert ledger.tasks_of("p1")[0].attempts == 1


def test_a_task_put_back_is_pending_and_counts_its_attempts(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    for _ in range(3):
        ledger.start(FIRST)
        ledger.put_back(FIRST)
    assert states(ledger)[0] == "PENDING"
    assert ledger.tasks_of("p1")[0].attempts == 3


def test_pending_tasks_come_oldest_package_first(ledger: Ledger, package: Package) -> None:
    ledger.add(package("z-first"))
    ledger.add(package("a-second"))
    waiting = [(task.package_id, task.ordinal) for task in ledger.next_pending(3)]
    assert waiting == [("z-first", 0), ("z-first", 1), ("a-second", 0)]


@pytest.mark.parametrize("late", ["succeed", "fail", "put_back"])
def test_a_task_that_ends_after_its_cancellation_stays_cancelled(
    ledger: Ledger, package: Package, late: str
) -> None:
    ledger.add(package())
    ledger.start(FIRST)
    ledger.cancel("p1")
    act = {
        "succeed": lambda: ledger.succeed(FIRST, {"tables": []}),
        "fail": lambda: ledger.fail(FIRST, Failure("crashed", "killed")),
        "put_back": lambda: ledger.put_back(FIRST),
    }
    act[late]()
    ledger.close_package("p1")
    assert states(ledger) == ["CANCELLED", "CANCELLED"]
    assert status(ledger) == "CANCELLED"
    assert ledger.tasks_of("p1")[0].outcome is None


def test_a_cancelled_task_is_not_started(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    ledger.cancel("p1")
    assert ledger.next_pending(10) == []
    assert not ledger.start(FIRST)
    assert status(ledger) == "CANCELLED"


def test_the_runner_hears_what_became_of_its_tasks(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    ledger.add(package("p2"))
    ours = [TaskKey("p1", 0), TaskKey("p1", 1), TaskKey("p2", 0)]
    for key in ours:
        ledger.start(key)
    ledger.cancel("p1")
    assert ledger.states_of([*ours, TaskKey("p3", 0)]) == dict(
        zip(ours, ["CANCELLED", "CANCELLED", "RUNNING"], strict=True)
    )
    assert ledger.states_of([]) == {}


def test_tasks_left_running_are_orphans(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    ledger.start(SECOND)
    assert [(row.package_id, row.ordinal) for row in ledger.orphans()] == [("p1", 1)]


def test_only_one_of_many_starts_a_task(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    with ThreadPoolExecutor(8) as threads:
        started = list(threads.map(lambda _: ledger.start(FIRST), range(16)))
    assert started.count(True) == 1
    assert ledger.tasks_of("p1")[0].attempts == 1
