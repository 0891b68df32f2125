"""Deleted packages free their room, and nobody else loses anything."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hcr.service.deleted_results import remove_deleted
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.resolvers import Service

Package = Callable[..., NewPackage]

DELETE = "mutation ($ids: [String!]!) { deleteWorkPackage(workPackageIds: $ids) }"


@pytest.fixture
def files(ledger: Ledger, place: Place, package: Package) -> dict[str, Path]:
    """A file of each of two packages, the same one on the disk."""
    found = {}
    for package_id in ("p1", "p2"):
        ledger.add(package(package_id))
        found[package_id] = place.results(package_id) / "zone_summary" / "north.parquet"
        found[package_id].parent.mkdir(parents=True)
    found["p1"].write_bytes(b"PAR1")
    os.link(found["p1"], found["p2"])
    return found


def left(place: Place) -> list[str]:
    return sorted(path.name for path in place.results_home.iterdir())


def test_what_others_share_stays(ledger: Ledger, place: Place, files: dict[str, Path]) -> None:
    ledger.changes.delete(["p1"])
    remove_deleted(ledger, place)
    assert left(place) == ["p2"]
    assert files["p2"].read_bytes() == b"PAR1"


def test_a_package_with_running_tasks_waits(ledger: Ledger, place: Place, files: dict[str, Path]) -> None:
    ledger.changes.delete(["p1", "p2"])
    remove_deleted(ledger, place, {"p1"})
    assert left(place) == ["p1"]


def test_what_was_put_away_before_a_death_is_removed(
    ledger: Ledger, place: Place, files: dict[str, Path]
) -> None:
    place.removed.mkdir()
    files["p1"].parent.parent.rename(place.removed / "p1.0")
    remove_deleted(ledger, place)
    assert left(place) == ["p2"]


def test_without_results_there_is_nothing_to_do(ledger: Ledger, place: Place) -> None:
    remove_deleted(ledger, place)
    assert not place.results_home.exists()


def test_deleting_frees_at_once_where_nobody_works(
    ask: Callable[..., object], service: Service, place: Place, files: dict[str, Path]
) -> None:
    assert ask(DELETE, ids=["p1"]) == {"deleteWorkPackage": ["p1"]}
    assert left(place) == ["p2"]


def test_deleting_leaves_it_to_who_works(
    ask: Callable[..., object], service: Service, place: Place, files: dict[str, Path]
) -> None:
    service.ledger.runner_lease.take("a worker", 60.0)
    assert ask(DELETE, ids=["p1"]) == {"deleteWorkPackage": ["p1"]}
    assert left(place) == ["p1", "p2"]
