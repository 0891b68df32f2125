"""When a worker is started, and that it leaves no work behind."""

import subprocess
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from hcr.service.lease import Lease
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.worker import ensure_worker, main, start_worker, work

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]


class Inline:
    """An executor that is done at once."""

    workers = 1

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result({"tables": [], "warnings": []})
        return future

    def shutdown(self) -> None:
        """There is nothing to end."""


class LateArrival:
    """A lease just before whose release somebody submits, and sees that it is held."""

    def __init__(self, lease: Lease, submit: Callable[[], None]) -> None:
        self.lease = lease
        self.submissions = [submit]
        self.seen_held = False

    def take(self, holder: str, seconds: float) -> bool:
        return self.lease.take(holder, seconds)

    def is_held(self) -> bool:
        return self.lease.is_held()

    def release(self, holder: str) -> None:
        if self.submissions:
            self.submissions.pop()()
            self.seen_held = self.lease.is_held()
        self.lease.release(holder)


def test_work_that_arrives_just_before_the_release_is_not_left_lying(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package("p1"))
    late = LateArrival(ledger.runner_lease, lambda: ledger.add(package("p2")))
    ledger.runner_lease = late  # type: ignore[assignment]
    work(ledger, place, Inline())
    assert late.seen_held
    assert ledger.active() == []
    row = ledger.package("p2")
    assert row is not None
    assert row.status == "COMPLETED"


def test_a_second_worker_leaves_the_work_to_the_first(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package())
    ledger.runner_lease.take("the first", 60)
    work(ledger, place, Inline())
    assert ledger.active() == ["p1"]


def test_an_empty_ledger_needs_no_worker(ledger: Ledger, place: Place) -> None:
    ensure_worker(ledger, place)
    assert not place.worker_log.exists()


def test_work_that_somebody_holds_needs_no_second_worker(
    ledger: Ledger, place: Place, package: Package
) -> None:
    ledger.add(package())
    ledger.runner_lease.take("the first", 60)
    ensure_worker(ledger, place)
    assert not place.worker_log.exists()


def test_a_worker_is_told_its_database_by_environment_and_not_by_command_line(
    ledger: Ledger, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda line, *, env, **_: started.append((line, env)))
    monkeypatch.setenv("HCR_DATABASE_URL", "postgresql://somewhere/else")
    start_worker(place, {"HCR_WORKERS": "3"})
    ((line, environment),) = started
    expected = place.database.text if place.database else None
    assert environment.get("HCR_DATABASE_URL") == expected
    assert environment["HCR_WORKERS"] == "3"
    assert "PATH" in environment
    assert not any("postgresql" in word for word in line[1:])


def test_a_worker_works_on_the_database_of_its_environment(
    ledger: Ledger, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add(NewPackage("p1", "empty", "forecast", {}, ()))
    monkeypatch.setenv("HCR_DATABASE_URL", place.database.text if place.database else "")
    assert main([str(place.directory)]) == 0
    assert ledger.active() == []
