"""What running models do, as answers tell it."""

from collections.abc import Callable
from typing import Any

import pytest

from hcr.results.layout import ACTIVITY_FILE, under_way_folder
from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.service.resolvers import Service

Ask = Callable[..., Any]

ACTIVITY = "query ($id: ID!) { getWorkPackageById(id: $id) { activity } }"
REQUEST = {"feeder": "north"}


@pytest.fixture
def tell(service: Service) -> Callable[[str, str], None]:
    """Enter the package `s1` with two models, and write what the process of one of them tells."""
    tasks = [(feeder, "base", 1) for feeder in ("north", "south")]
    service.ledger.add(NewPackage("s1", "s1", "interconnection", REQUEST, tasks))

    def write(feeder: str, text: str) -> None:
        folder = under_way_folder(service.place.results("s1"), feeder)
        folder.mkdir(parents=True)
        (folder / ACTIVITY_FILE).write_text(text, encoding="utf-8")

    return write


def activity(ask: Ask) -> object:
    return ask(ACTIVITY, id="s1")["getWorkPackageById"]["activity"]


def test_a_running_model_tells(ask: Ask, service: Service, tell: Callable[[str, str], None]) -> None:
    tell("south", "capacities: 3 of 9\n")
    service.ledger.start(TaskKey("s1", 1))
    assert activity(ask) == "capacities: 3 of 9"


def test_the_first_of_those_that_tell(ask: Ask, service: Service, tell: Callable[[str, str], None]) -> None:
    tell("south", "who pays\n")
    for ordinal in (0, 1):
        service.ledger.start(TaskKey("s1", ordinal))
    assert activity(ask) == "who pays"


@pytest.mark.parametrize("state", ["PENDING", "SUCCEEDED"])
def test_what_a_model_told_before_is_not_passed_on(
    ask: Ask, service: Service, tell: Callable[[str, str], None], state: str
) -> None:
    tell("north", "capacities: 3 of 9\n")
    if state == "SUCCEEDED":
        service.ledger.start(TaskKey("s1", 0))
        service.ledger.succeed(TaskKey("s1", 0), {"tables": []})
    assert activity(ask) is None


@pytest.mark.usefixtures("tell")
def test_a_model_that_tells_nothing_is_null(ask: Ask, service: Service) -> None:
    service.ledger.start(TaskKey("s1", 0))
    assert activity(ask) is None


def test_only_one_line_of_bearable_length_is_passed_on(
    ask: Ask, service: Service, tell: Callable[[str, str], None]
) -> None:
    tell("north", "x" * 1000 + "\nsecond line\n")
    service.ledger.start(TaskKey("s1", 0))
    assert activity(ask) == "x" * 200
