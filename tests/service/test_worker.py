"""When a worker is started, and that it leaves no work behind."""

import subprocess
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from hcr.errors import UsageError
from hcr.service.clock import utc_now
from hcr.service.lease import Lease
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.worker import START_SECONDS, ensure_worker, main, start_worker, work

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
        self.clock = lease.clock
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
    work(ledger, place, Inline)
    assert late.seen_held
    assert ledger.active() == []
    row = ledger.package("p2")
    assert row is not None
    assert row.status == "COMPLETED"


def no_executor() -> Inline:
    raise AssertionError("an executor takes time, and connections: only who works may make one")


def test_a_second_worker_leaves_the_work_to_the_first(ledger: Ledger, place: Place, package: Package) -> None:
    ledger.add(package())
    ledger.runner_lease.take("the first", 60)
    work(ledger, place, no_executor)
    assert ledger.active() == ["p1"]


def test_a_worker_without_work_leaves(ledger: Ledger, place: Place) -> None:
    work(ledger, place, no_executor)
    assert not ledger.runner_lease.is_held()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The command lines of workers that would have been started."""
    lines: list[Any] = []
    monkeypatch.setattr(subprocess, "Popen", lambda line, **_: lines.append(line))
    return lines


def test_a_burst_of_submissions_starts_one_worker(
    ledger: Ledger, place: Place, package: Package, started: list[Any]
) -> None:
    def submit(number: int) -> None:
        ledger.add(package(f"p{number}"))
        ensure_worker(ledger, place)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(submit, range(24)))
    assert len(started) == 1


def test_a_worker_that_asked_for_the_lease_is_starting_no_more(
    ledger: Ledger, place: Place, package: Package, started: list[Any]
) -> None:
    ledger.add(package("p1"))
    ensure_worker(ledger, place)
    work(ledger, place, Inline)
    ledger.add(package("p2"))
    ensure_worker(ledger, place)
    assert len(started) == 2


def test_a_worker_that_never_came_up_is_replaced(place: Place, package: Package, started: list[Any]) -> None:
    late = timedelta()
    ledger = Ledger(place.ledger, clock=lambda: utc_now() + late)
    ledger.add(package("p1"))
    ensure_worker(ledger, place)
    late = timedelta(seconds=START_SECONDS)
    ensure_worker(ledger, place)
    assert len(started) == 2
    ledger.close()


def test_work_submitted_while_a_worker_starts_is_done_by_that_one(
    ledger: Ledger, place: Place, package: Package, started: list[Any]
) -> None:
    ledger.add(package("p1"))
    ensure_worker(ledger, place)
    ledger.cancel("p1")
    ledger.add(package("p2"))
    ensure_worker(ledger, place)
    assert len(started) == 1
    work(ledger, place, Inline)
    assert ledger.active() == []


def test_a_wrong_setting_leaves_the_work_and_says_so(
    ledger: Ledger, place: Place, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add(package("p1"))
    monkeypatch.setenv("HCR_DATABASE_URL", place.database.text if place.database else "")
    monkeypatch.setenv("HCR_EXECUTOR", "dask")
    assert main([str(place.directory)]) == UsageError.exit_code
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
