"""Seconds of planned models, from measured ones."""

from collections.abc import Callable

import pytest

from hcr.contract.inputs import WorkPackageInput
from hcr.errors import NotFoundError
from hcr.service.cost import Measured, estimate_cost, intervals_of, measured_tasks
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.studies.plan import plan
from hcr.studies.task import Task

DAY_NORTH = Measured("north", 48, 2.0)
YEAR_NORTH = Measured("north", 17_520, 20.0)


def planned(wire: dict[str, object]) -> list[Task]:
    return plan(WorkPackageInput.model_validate(wire))


def task(feeder: str, days: int, **more: object) -> Task:
    period = {"startTime": "2025-01-01T00:00:00", "endTime": f"2025-01-{1 + days:02d}T00:00:00"}
    config = {"feeders": [feeder], "scenarios": ["base"], "years": [2025], "timePeriod": period}
    return planned({"forecastConfig": config, **more})[0]


def instant(*watts: float) -> Task:
    overrides = [{"loadId": "a", "loadWattsOverride": list(watts)}] if watts else []
    when = {"loadTime": "2025-01-01T12:00:00", "overrides": overrides}
    config = {"feeders": ["north"], "scenarios": ["base"], "years": [2025], "fixedTime": when}
    return planned({"forecastConfig": config})[0]


def test_intervals_are_steps_of_a_period_and_entries_of_an_instant() -> None:
    hourly = {"generatorConfig": {"solve": {"stepSizeMinutes": 60}}}
    assert [intervals_of(one) for one in (task("north", 2), task("north", 2, **hourly))] == [96, 48]
    assert [intervals_of(one) for one in (instant(), instant(1.0, 2.0, 3.0))] == [1, 3]


@pytest.mark.parametrize(
    ("measured", "wanted", "seconds"),
    [
        ([DAY_NORTH], task("north", 1), 2.0),
        ([DAY_NORTH], instant(), 2.0),
        ([DAY_NORTH], task("north", 3), 6.0),
        ([Measured("north", 48, 2.0), Measured("north", 144, 3.0)], task("north", 2), 2.5),
        ([DAY_NORTH, Measured("north", 48, 4.0), Measured("north", 48, 9.0)], task("north", 1), 4.0),
        ([DAY_NORTH, Measured("south", 48, 5.0)], task("south", 1), 5.0),
        ([DAY_NORTH, Measured("south", 48, 5.0)], task("east", 1), 3.5),
    ],
    ids=["as measured", "shorter", "longer", "between", "median", "own feeder", "another feeder"],
)
def test_seconds_of_a_model(measured: list[Measured], wanted: Task, seconds: float) -> None:
    assert estimate_cost(measured, [wanted]) == pytest.approx(seconds)


def test_the_cost_of_a_package_is_that_of_its_models() -> None:
    measured = [DAY_NORTH, YEAR_NORTH, Measured("south", 48, 5.0)]
    assert estimate_cost(measured, [task("north", 1), task("south", 1), task("north", 1)]) == 9.0


def test_without_a_measurement_there_is_no_estimate() -> None:
    with pytest.raises(NotFoundError, match="none"):
        estimate_cost([], [task("north", 1)])


def test_only_models_that_succeeded_are_measured(
    ledger: Ledger, package: Callable[..., NewPackage], forecast: Callable[..., dict[str, object]]
) -> None:
    ledger.add(package("p1", "north", "south"))
    ledger.add(NewPackage("p2", "old", "forecast", {"gone": True}, [("north", "base", 2025)]))
    for key in (TaskKey("p1", 0), TaskKey("p2", 0)):
        ledger.start(key)
        ledger.succeed(key, {"tables": [], "warnings": []})
    ledger.start(TaskKey("p1", 1))
    (found,) = measured_tasks(ledger)
    assert (found.feeder, found.intervals) == ("north", 48)
    assert 0 <= found.seconds < 30
