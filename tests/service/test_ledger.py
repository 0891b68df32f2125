"""The ledger on real databases, a file and a PostgreSQL server."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import pairwise

import pytest

from hcr.errors import LedgerError
from hcr.service.database import Turn, wait_for
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import Failure, NewPackage, Selection, TaskKey, Window
from hcr.service.place import Place
from hcr.service.task_events import lock_packages

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]

FIRST, SECOND = TaskKey("p1", 0), TaskKey("p1", 1)
ALL = Selection()


def states(ledger: Ledger, package_id: str = "p1") -> list[str]:
    return [task.state for task in ledger.tasks_of(package_id)]


def status(ledger: Ledger, package_id: str = "p1") -> str:
    row = ledger.package(package_id)
    assert row is not None
    return str(row.status)


# ---- the life of a package


def test_a_new_package_waits_with_all_its_tasks(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1", "north", "south", years=(2025, 2030)))
    assert status(ledger) == "SETUP"
    assert [(task.ordinal, task.feeder, task.year, task.state) for task in ledger.tasks_of("p1")] == [
        (0, "north", 2025, "PENDING"),
        (1, "north", 2030, "PENDING"),
        (2, "south", 2025, "PENDING"),
        (3, "south", 2030, "PENDING"),
    ]
    assert ledger.active() == ["p1"]


def test_a_package_runs_from_its_first_started_task_to_its_close(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    assert ledger.start(FIRST)
    assert status(ledger) == "RUNNING"
    ledger.succeed(FIRST, {"tables": []})
    assert ledger.finish_packages() == []
    ledger.start(SECOND)
    ledger.fail(SECOND, Failure("feeder", "no load data"))
    assert ledger.finish_packages() == ["p1"]
    ledger.close_package("p1")
    row = ledger.package("p1")
    assert row is not None
    assert row.status == "COMPLETED"
    assert row.completed_at >= row.created_at
    assert ledger.active() == []


def test_a_package_whose_tasks_all_failed_has_failed(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1", "north"))
    ledger.start(FIRST)
    ledger.fail(FIRST, Failure("feeder", "broken"))
    ledger.close_package("p1")
    assert status(ledger) == "FAILED"


def test_a_package_without_tasks_is_finished_at_once(ledger: Ledger) -> None:
    ledger.add(NewPackage("p1", "empty", "forecast", {}, ()))
    assert ledger.finish_packages() == ["p1"]
    ledger.close_package("p1")
    assert status(ledger) == "FAILED"


def test_there_is_no_unknown_package(ledger: Ledger) -> None:
    assert ledger.package("nope") is None
    assert ledger.tasks_of("nope") == []
    assert not ledger.cancel("nope")


def test_what_was_written_is_there_for_the_next_process(place: Place, package: Package) -> None:
    first = Ledger(place.ledger)
    first.add(package())
    first.close()
    second = Ledger(place.ledger)
    assert second.active() == ["p1"]
    second.close()


# ---- cancelling


def test_cancelling_ends_pending_and_running_tasks_and_keeps_what_is_done(
    ledger: Ledger, package: Package
) -> None:
    ledger.add(package("p1", "north", "south", years=(2025, 2030)))
    for ordinal in (0, 1):
        ledger.start(TaskKey("p1", ordinal))
    ledger.succeed(FIRST, {"tables": []})
    assert ledger.cancel("p1")
    assert states(ledger) == ["SUCCEEDED", "CANCELLED", "CANCELLED", "CANCELLED"]
    assert status(ledger) == "CANCELLED"
    assert ledger.active() == []


def test_a_package_is_cancelled_once(ledger: Ledger, package: Package) -> None:
    ledger.add(package())
    assert ledger.cancel("p1")
    assert not ledger.cancel("p1")


# ---- lists


@pytest.fixture
def listed(ledger: Ledger, package: Package) -> Ledger:
    for package_id, name in (("a", "Summer peak"), ("b", "Winter"), ("c", "summer 100%"), ("d", "Autumn_1")):
        ledger.add(package(package_id, name=name))
    return ledger


def ids(ledger: Ledger, selection: Selection = ALL, window: Window | None = None) -> list[str]:
    return [row.id for row in ledger.packages(selection, window or Window(100))]


def test_the_newest_package_comes_first(listed: Ledger) -> None:
    assert ids(listed) == ["d", "c", "b", "a"]
    assert ids(listed, window=Window(100, descending=False)) == ["a", "b", "c", "d"]


def test_packages_sort_by_name_without_regard_to_case(listed: Ledger) -> None:
    assert ids(listed, window=Window(100, by_name=True, descending=False)) == ["d", "c", "a", "b"]


def test_pages_do_not_overlap(listed: Ledger) -> None:
    pages = [ids(listed, window=Window(2, offset)) for offset in (0, 2, 4)]
    assert pages == [["d", "c"], ["b", "a"], []]


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Selection(name="summer"), ["c", "a"]),
        (Selection(name="100%"), ["c"]),
        (Selection(name="%"), ["c"]),
        (Selection(name="_"), ["d"]),
        (Selection(name="'; DROP TABLE tasks; --"), []),
        (Selection(id="b"), ["b"]),
        (Selection(id="b", name="summer"), []),
        (Selection(any_text="SOUTH"), ["d", "c", "b", "a"]),
        (Selection(any_text="winter"), ["b"]),
    ],
)
def test_a_selection_and_its_count_agree(listed: Ledger, selection: Selection, found: list[str]) -> None:
    assert ids(listed, selection) == found
    assert listed.count(selection) == len(found)


# ---- many at once


def test_submitters_at_the_same_time_get_numbers_of_their_own(place: Place, package: Package) -> None:
    def submit(submitter: int) -> None:
        ledger = Ledger(
            place.ledger
        )  # as a process of its own would: the first ones also race for the tables
        for count in range(5):
            ledger.add(package(f"{submitter}-{count}"))
        ledger.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(submit, range(8)))
    ledger = Ledger(place.ledger)
    numbers = [row.number for row in ledger.packages(ALL, Window(100, descending=False))]
    ledger.close()
    assert numbers == list(range(1, 41))


class Holder:
    """Somebody who keeps others from writing: the whole file, or package p1 and the entry of new ones."""

    def __init__(self, ledger: Ledger) -> None:
        self.connection = ledger.engine.connect()

    def __enter__(self) -> None:
        self.connection.begin()
        wait_for(self.connection, Turn.NUMBER)
        lock_packages(self.connection, ["p1"])

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def test_a_writer_waits_for_another_and_a_reader_does_not(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    with ThreadPoolExecutor(2) as threads:
        with Holder(ledger):
            began = time.monotonic()
            writers = [threads.submit(ledger.add, package("p2")), threads.submit(ledger.start, FIRST)]
            assert ledger.active() == ["p1"]
            assert states(ledger) == ["PENDING", "PENDING"]
            assert time.monotonic() - began < 0.5
            assert not wait(writers, timeout=0.3).done
        assert len(wait(writers, timeout=5).done) == 2
    assert ledger.active() == ["p1", "p2"]
    assert states(ledger)[0] == "RUNNING"


def test_a_database_that_stays_busy_is_an_error_and_nothing_is_half_written(
    place: Place, ledger: Ledger, package: Package
) -> None:
    ledger.add(package("p1"))
    hasty = Ledger(place.ledger, busy_seconds=0.1)
    with Holder(ledger):
        with pytest.raises(LedgerError, match=r"lock(ed| timeout)") as caught:
            hasty.add(package("p2"))
        with pytest.raises(LedgerError, match=r"lock(ed| timeout)"):
            hasty.cancel("p1")
    assert "try again" in caught.value.remedy
    assert ledger.count(ALL) == 1
    assert hasty.cancel("p1")
    hasty.close()


def test_whoever_changes_the_same_packages_at_once_waits_and_never_in_a_circle(
    ledger: Ledger, package: Package
) -> None:
    ids = [f"p{number}" for number in range(4)]
    for package_id in ids:
        ledger.add(package(package_id))

    def disturb(number: int) -> None:
        chosen = ids if number % 2 else ids[::-1]
        ledger.changes.delete(chosen[:2])
        for package_id in chosen:
            ledger.start(TaskKey(package_id, number % 2))
            ledger.cancel(package_id)
            ledger.changes.retry(package_id)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(disturb, range(16)))
    for package_id in ids:
        for ordinal in (0, 1):
            told = [one.event for one in ledger.events_of(package_id) if one.ordinal == ordinal]
            assert told[0] == "QUEUED"
            assert not any(pair == ("STARTED", "STARTED") for pair in pairwise(told))
            assert not any(pair == ("CANCELLED", "CANCELLED") for pair in pairwise(told))


# ---- the engine


def test_a_package_keeps_the_engine_it_asks_for(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1"))
    ledger.add(replace(package("p2"), engine="opendss"))
    assert [ledger.package(one).engine for one in ("p1", "p2")] == ["auto", "opendss"]  # type: ignore[union-attr]


# ---- texts


def test_texts_of_all_kinds_come_back_and_nul_does_no_harm(ledger: Ledger, package: Package) -> None:
    ledger.add(package("p1", name="Dübendorf 100 % 日本 😀"))
    ledger.start(FIRST)
    ledger.fail(FIRST, Failure("crashed", "bytes \0 from a library"))
    assert ids(ledger, Selection(name="日本")) == ["p1"]
    assert ids(ledger, Selection(name="p1\0")) == []
    assert ledger.package("p1\0") is None
    assert ledger.tasks_of("p1")[0].error_message.endswith("from a library")
