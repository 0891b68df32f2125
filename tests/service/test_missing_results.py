"""A package that is run again solves what failed, and what is gone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hcr.service.resolvers import Service

RETRY = "mutation($id: ID!) { retryWorkPackage(workPackageId: $id) { feeder year code message } }"


@pytest.fixture
def finished(service: Service, enter_solved: Callable[..., None]) -> Path:
    """The folder of the package `p1`, which is done."""
    enter_solved("p1")
    service.ledger.close_package("p1")
    return service.place.results("p1")


def test_a_package_with_all_its_files_has_nothing_to_run_again(
    ask: Callable[..., Any], finished: Path
) -> None:
    assert ask(RETRY, id="p1") == {"retryWorkPackage": []}


@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "folder gone"])
def test_what_is_missing_runs_again_and_says_why(
    ask: Callable[..., Any], finished: Path, service: Service, damage: str
) -> None:
    path = sorted(finished.rglob("*.parquet"))[0]
    name = path.relative_to(finished).as_posix()
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "gone":
        path.unlink()
    else:
        finished.rename(finished.with_name("elsewhere"))
    (again,) = ask(RETRY, id="p1")["retryWorkPackage"]
    assert (again["feeder"], again["year"], again["code"]) == ("tiny", 2025, "missing")
    assert again["message"].startswith("its file ")
    assert again["message"].endswith(" is missing or damaged")
    assert damage == "folder gone" or name in again["message"]
    (task,) = service.ledger.tasks_of("p1")
    assert (task.state, task.outcome) == ("PENDING", None)
    assert service.ledger.active() == ["p1"]
