"""Deleting, editing, running again, and failing what cannot be closed."""

from collections.abc import Callable

import pytest

from hcr.contract.enums import WorkPackageState
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import Failure, NewPackage, TaskKey
from hcr.service.states import TaskState

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]


@pytest.fixture
def half_done(ledger: Ledger, package: Package) -> Ledger:
    """A package whose first model succeeded and whose second failed."""
    ledger.add(package("p1"))
    for ordinal in (0, 1):
        ledger.start(TaskKey("p1", ordinal))
    ledger.succeed(TaskKey("p1", 0), {"warnings": []})
    ledger.fail(TaskKey("p1", 1), Failure("not_converged", "no solution at noon"))
    ledger.close_package("p1")
    return ledger


def states(ledger: Ledger, package_id: str = "p1") -> list[str]:
    return [row.state for row in ledger.tasks_of(package_id)]


def test_only_what_has_no_result_runs_again(half_done: Ledger):
    again = half_done.changes.retry("p1")

    assert again is not None
    assert [(row.feeder, row.error_message) for row in again] == [("south", "no solution at noon")]
    assert states(half_done) == [TaskState.SUCCEEDED, TaskState.PENDING]
    assert half_done.active() == ["p1"]
    assert half_done.tasks_of("p1")[1].error_code is None


def test_what_was_cancelled_runs_again(ledger: Ledger, package: Package):
    ledger.add(package("p1"))
    ledger.cancel("p1")

    again = ledger.changes.retry("p1")

    assert again is not None
    assert len(again) == 2
    assert states(ledger) == [TaskState.PENDING, TaskState.PENDING]


def test_a_complete_package_has_nothing_to_run_again(half_done: Ledger):
    half_done.changes.retry("p1")
    half_done.start(TaskKey("p1", 1))
    half_done.succeed(TaskKey("p1", 1), {"warnings": []})
    half_done.close_package("p1")

    assert half_done.changes.retry("p1") == []
    assert half_done.package("p1").status == WorkPackageState.COMPLETED


def test_an_active_or_unknown_package_does_not_run_again(ledger: Ledger, package: Package):
    ledger.add(package("p1"))

    assert ledger.changes.retry("p1") is None
    assert ledger.changes.retry("p2") is None


def test_a_deleted_package_is_gone_and_ends(ledger: Ledger, package: Package):
    ledger.add(package("p1"))
    ledger.add(package("p2"))

    assert ledger.changes.delete(["p1", "nobody"]) == ["p1"]
    assert ledger.package("p1") is None
    assert ledger.active() == ["p2"]
    assert states(ledger) == [TaskState.CANCELLED, TaskState.CANCELLED]
    assert ledger.changes.delete(["p1"]) == []


def test_name_and_description_change_alone(ledger: Ledger, package: Package):
    ledger.add(package("p1", name="old"))

    assert ledger.changes.edit("p1", description="why")
    assert ledger.changes.edit("p1", name="new")
    row = ledger.package("p1")
    assert (row.name, row.description) == ("new", "why")
    assert not ledger.changes.edit("p2", name="x")


def test_a_package_that_cannot_be_closed_fails_with_the_reason(half_done: Ledger):
    half_done.changes.retry("p1")

    half_done.changes.fail("p1", "it has tasks yet")
    assert half_done.active() == ["p1"]
    half_done.start(TaskKey("p1", 1))
    half_done.succeed(TaskKey("p1", 1), {"warnings": []})
    half_done.changes.fail("p1", "the disk is full")

    row = half_done.package("p1")
    assert row.status == WorkPackageState.FAILED
    assert "the disk is full" in row.warnings
    half_done.changes.fail("p1", "again")
    assert "again" not in half_done.package("p1").warnings
