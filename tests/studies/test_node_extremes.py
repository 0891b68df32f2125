from pathlib import Path

import numpy as np
import pytest

from hcr.powerflow.circuit import Branches, Circuit, Elements, Injectors, Model, Nodes
from hcr.powerflow.lanes import Solution
from hcr.studies.node_extremes import NodeExtremes

NO_ELEMENTS = Elements((), (), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
NOTHING, NEVER = np.empty(0), np.empty(0, bool)
ALL = np.arange(3)


def extremes() -> NodeExtremes:
    """Return the extremes of three nodes at 100 V, 100 V and without a base."""
    nodes = Nodes(("a.1", "b.1", "c.1"), ("a", "b", "c"), np.ones(3, int), np.array([100.0, 100.0, 0.0]))
    branches = Branches(NO_ELEMENTS, NOTHING, NOTHING, NOTHING, NEVER, NEVER)
    injectors = Injectors(NO_ELEMENTS, NOTHING, NOTHING, NOTHING, np.empty(0, int), NEVER)
    return NodeExtremes(Circuit(Model(Path(), (), ""), "c", 50.0, nodes, branches, injectors, "a"))


def block(*lanes: tuple[float, float, float], first: int = 0) -> Solution:
    none = np.zeros((0, len(lanes)), complex)
    return Solution(first, np.array(lanes, complex).T, none, none, np.ones(len(lanes), int))


def test_it_returns_the_block_per_unit():
    per_unit = extremes().add(block((90.0, 5.0, 70.0)))

    assert per_unit[:, 0] == pytest.approx([0.9, np.nan, np.nan], nan_ok=True)  # dead, and without a base


def test_later_blocks_win_only_when_they_are_worse():
    found = extremes()
    found.add(block((95.0, 100.0, 1.0), (94.0, 101.0, 1.0)))
    found.add(block((94.0, 108.0, 1.0), (96.0, 108.0, 1.0), first=2))

    low, high = found.lowest(ALL), found.highest(ALL)

    assert (low.value_pu, low.place, low.lane) == (pytest.approx(0.94), "a.1", 1)
    assert (high.value_pu, high.place, high.lane) == (pytest.approx(1.08), "b.1", 2)


def test_only_the_nodes_asked_for_count():
    found = extremes()
    found.add(block((90.0, 110.0, 1.0)))

    assert found.highest(np.array([0])).place == "a.1"


def test_without_supply_or_nodes_there_is_no_extreme():
    found = extremes()
    found.add(block((0.0, 100.0, 1.0)))

    for nodes in (np.array([0]), np.array([2]), np.empty(0, np.int64)):
        assert np.isnan(found.lowest(nodes).value_pu)
        assert found.highest(nodes).place == ""
