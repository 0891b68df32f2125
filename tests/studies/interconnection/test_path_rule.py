"""Lines are upgraded from the farthest violating bus towards the source, until nothing is violated."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from hcr.powerflow.equipment import Equipment, LineData
from hcr.studies.interconnection.feeder_graph import Bus, Edge, EdgeKind, FeederGraph
from hcr.studies.interconnection.judge import Judge, Standing
from hcr.studies.interconnection.metrics import Margin, Metric
from hcr.studies.interconnection.path_rule import PathRule
from hcr.studies.interconnection.trial import State
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrade_options import UpgradeOptions

BUSES = ("src", "a", "b", "c", "d")
EDGES = (
    Edge(EdgeKind.LINE, "Line.a", "src", "a"),
    Edge(EdgeKind.RECLOSER, "Line.b", "a", "b"),
    Edge(EdgeKind.LINE, "Line.c", "b", "c"),
    Edge(EdgeKind.LINE, "Line.d", "c", "d"),
    Edge(EdgeKind.LINE, "Line.tie", "src", "d", open=True),
)
GRAPH = FeederGraph(tuple(Bus(name, 3, 12.47, source=name == "src") for name in BUSES), EDGES)


def margin(metric: Metric, element: str) -> Margin:
    return Margin(metric, -1.0, 0.0, 4.0, 3.0, "%", element)


class Upgradable:
    """A feeder that violates a limit until it has so many upgrades."""

    def __init__(self, needed: int, violation: Margin, changing: tuple[str, ...] = ()) -> None:
        self._needed, self._violation, self._changing = needed, violation, changing
        self.asked: list[State] = []

    def standing(self, state: State) -> Standing:
        self.asked.append(state)
        left = len(state.upgrades) < self._needed
        return Standing((self._violation,), self._changing) if left else Standing((), ())

    def standings(self, states: Sequence[State]) -> list[Standing]:
        return [self.standing(state) for state in states]


def rule(feeder: Upgradable) -> PathRule:
    lines = tuple(
        LineData(edge.element, 1.0, "mi", underground=False, switch=False, normal_a=100.0, emergency_a=120.0)
        for edge in EDGES
        if edge.element != "Line.d"
    )
    short = LineData("Line.d", 1.0, "none", underground=False, switch=False, normal_a=1.0, emergency_a=1.0)
    none = np.empty(0)
    equipment = Equipment((*lines, short), (), (), (), none, none)
    return PathRule(cast(Judge, feeder), GRAPH, UpgradeOptions(equipment, UnitCosts()))


def made(feeder: Upgradable, state: State | None = None) -> tuple[list[str], str]:
    found = rule(feeder).clear(state or State())
    return [one.element for one in found.upgrades], found.note


VDIFF = margin(Metric.V_DIFF, "d")


def test_it_begins_at_the_farthest_bus_and_ends_when_nothing_is_violated() -> None:
    assert made(Upgradable(1, VDIFF, ("b", "c"))) == (["Line.c"], "")
    assert made(Upgradable(2, VDIFF, ("b", "c"))) == (["Line.c", "Line.a"], "")
    assert made(Upgradable(0, VDIFF, ("c",))) == ([], "")


def test_lines_without_a_length_and_reclosers_are_passed_over() -> None:
    feeder = Upgradable(2, VDIFF, ("d",))
    assert made(feeder) == (["Line.c", "Line.a"], "")
    assert [len(state.upgrades) for state in feeder.asked] == [0, 1, 2]


def test_the_source_is_reached_with_violations_left() -> None:
    upgrades, note = made(Upgradable(9, VDIFF, ("c",)))
    assert upgrades == ["Line.c", "Line.a"]
    assert note == "no line is left that could clear voltage_vdiff at d"


def test_lines_upgraded_before_are_left() -> None:
    before = rule(Upgradable(1, VDIFF, ("c",))).clear(State()).upgrades
    assert made(Upgradable(2, VDIFF, ("c",)), State((), before)) == (["Line.a"], "")


@pytest.mark.parametrize(
    ("violation", "first"),
    [
        (margin(Metric.V_MAX, "c.2"), "Line.c"),
        (margin(Metric.V_MIN, "b.1"), "Line.a"),
        (margin(Metric.EMERGENCY, "Line.c"), "Line.c"),
        (margin(Metric.NORMAL_HOURS, "Line.a"), "Line.a"),
    ],
)
def test_other_limits_begin_where_they_are_violated(violation: Margin, first: str) -> None:
    upgrades, note = made(Upgradable(1, violation, ("d",)))
    assert (upgrades, note) == ([first], "")


@pytest.mark.parametrize(
    "violation",
    [
        margin(Metric.ISLAND, "b"),
        margin(Metric.CONVERGENCE, ""),
        margin(Metric.EMERGENCY, "Line.unknown"),
        margin(Metric.V_MIN, "nowhere.1"),
    ],
)
def test_no_line_clears_some(violation: Margin) -> None:
    upgrades, note = made(Upgradable(1, violation))
    assert upgrades == []
    assert note == f"no line is left that could clear {violation.metric} at {violation.element or 'no place'}"
