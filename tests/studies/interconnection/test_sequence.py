"""Courses: what a round leaves in the queue, what is drawn next, what a bus takes in all."""

from collections.abc import Sequence
from typing import cast

import pytest

from hcr.studies.interconnection.draws import Draws
from hcr.studies.interconnection.hunt import Found
from hcr.studies.interconnection.judge import Judge, Standing
from hcr.studies.interconnection.metrics import Evaluation, Margin, Metric
from hcr.studies.interconnection.path_rule import Clearing
from hcr.studies.interconnection.queue import Queue
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import End, HostingCapacity
from hcr.studies.interconnection.sequence import (
    Course,
    cleared,
    connected,
    drawn_unit,
    recalculated,
    state_of,
    whole_kw,
    with_capacities,
)
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.study_result import StudyUnit
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

VIOLATION = Margin(Metric.V_DIFF, -1.0, 0.0, 4.0, 3.0, "%", "b")
UPGRADE = Upgrade(UpgradeKind.LINE, "Line.l", 1.0, 2.0, "A", ("edit",), 100.0, 10.0)


class Roomy:
    """The feeder takes 1000 kW in all, wherever they are."""

    def capacities(self, state: State, asked: Sequence[Placed], *, first: bool = False) -> list[Found]:
        return [self._found(state, unit) for unit in asked]

    def standing(self, state: State) -> Standing:
        return Standing(() if self._left(state) >= 0.0 else (VIOLATION,), ())

    def _found(self, state: State, unit: Placed) -> Found:
        left = max(0.0, self._left(state))
        passed = unit.size.kw <= left
        capacity = HostingCapacity(left, left or None, left + 1.0, 7, End.BRACKETED)
        return Found(capacity, Evaluation(() if passed else (VIOLATION,)), (VIOLATION,))

    def _left(self, state: State) -> float:
        return 1000.0 - sum(unit.size.kw for unit in state.units)


JUDGE = cast(Judge, Roomy())
SETTINGS = StudySettings()


def unit(number: int, bus: str, kw: float) -> StudyUnit:
    return StudyUnit(number, f"{number} {bus}", bus, Kind.PV, Size.of(Kind.PV, kw))


@pytest.fixture
def start() -> Course:
    alone = with_capacities(
        Queue(), [Placed(Kind.PV, bus, Size.of(Kind.PV, 50.0)) for bus in ("a", "b")], JUDGE
    )
    return Course(0, alone, Draws.seeded("test"))


def test_a_unit_that_fits_leaves_the_rest_of_its_bus(start: Course) -> None:
    course = connected(start, unit(1, "a", 300.0), JUDGE)
    (made,) = course.rounds
    assert (made.installed_kw, made.left_kw, made.passed, made.cleared) == (300.0, 700.0, True, True)
    assert not course.violated
    left = course.queue.capacity(Kind.PV, "a")
    assert left is not None
    assert (left.size.kw, left.round, left.recalculated) == (700.0, 1, False)
    assert course.state == State((Placed(Kind.PV, "a", Size.of(Kind.PV, 300.0)),))
    assert not start.rounds


def test_a_unit_that_does_not_fit_connects_in_full_and_fills_its_bus(start: Course) -> None:
    course = connected(connected(start, unit(1, "a", 300.0), JUDGE), unit(2, "b", 800.0), JUDGE)
    last = course.rounds[-1]
    assert course.violated
    assert (last.round, last.installed_kw, last.left_kw, last.cleared) == (2, 800.0, 0.0, False)
    assert last.violations == (VIOLATION,)
    assert course.queue.drawable(("a", "b"), Kind.PV) == ("a",)
    assert sum(one.size.kw for one in course.state.units) == 1100.0


def test_upgrades_belong_to_the_last_unit(start: Course) -> None:
    course = connected(start, unit(1, "a", 1500.0), JUDGE)
    after = cleared(course, Clearing((UPGRADE,), Standing((), ()), ""))
    assert (after.rounds[-1].cleared, after.rounds[-1].cost_usd) == (True, 100.0)
    assert after.rounds[-1].violations == (VIOLATION,)
    assert after.state.upgrades == (UPGRADE,)
    assert after.queue.costs_usd() == {1: 100.0}
    left = cleared(course, Clearing((), Standing((VIOLATION,), ()), "no line is left"))
    assert (left.rounds[-1].cleared, left.rounds[-1].note) == (False, "no line is left")


def test_what_is_drawn_fits_the_capacity_known_last(start: Course) -> None:
    course = connected(start, unit(1, "a", 940.0), JUDGE)
    found, draws = drawn_unit(course, ("a", "b"), SETTINGS)
    assert (found.number, found.name) == (2, f"2 {found.bus}")
    known = course.queue.capacity(Kind.PV, found.bus)
    assert known is not None
    assert found.size.kw <= known.size.kw
    assert draws != course.draws
    assert drawn_unit(course, ("a", "b"), SETTINGS) == (found, draws)


def test_a_bus_takes_its_own_units_and_what_it_has_left(start: Course) -> None:
    course = connected(start, unit(1, "a", 300.0), JUDGE)
    queue, draws = recalculated(course.queue, course.draws, [(Kind.PV, "b")], JUDGE, SETTINGS)
    assert whole_kw(queue, (Kind.PV, "a")) == 1000.0
    assert whole_kw(queue, (Kind.PV, "b")) == 700.0
    assert whole_kw(queue, (Kind.PV, "c")) == 0.0
    assert draws != course.draws
    assert state_of(queue) == course.state
    known = queue.capacity(Kind.PV, "b")
    assert known is not None
    assert known.recalculated
