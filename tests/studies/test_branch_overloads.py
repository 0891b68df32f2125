from pathlib import Path

import numpy as np
import pytest

from hcr.powerflow.circuit import Branches, Circuit, Elements, Injectors, Model, Nodes
from hcr.powerflow.lanes import Solution
from hcr.studies.branch_overloads import BranchOverloads

NOTHING, NEVER = np.empty(0), np.empty(0, bool)
NO_ELEMENTS = Elements((), (), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def overloads() -> BranchOverloads:
    """Return those of a rated line of one phase from node 0 to node 1, and one beside it without ratings."""
    nodes = Nodes(("a.1", "b.1"), ("a", "b"), np.ones(2, int), np.full(2, 230.0))
    table = Elements(
        ("Line.l", "Line.m"),
        (("a", "b"),) * 2,
        np.array([0, 2, 4]),
        np.array([1, 2] * 2),
        np.array([0, 1] * 2),
    )
    never = np.zeros(2, bool)
    ratings = np.array([50.0, np.nan]), np.array([80.0, np.nan])
    branches = Branches(table, *ratings, np.full(2, np.nan), never, ~never)
    injectors = Injectors(NO_ELEMENTS, NOTHING, NOTHING, NOTHING, np.empty(0, int), NEVER)
    return BranchOverloads.of(Circuit(Model(Path(), (), ""), "c", 50.0, nodes, branches, injectors, "a"))


def block(*amperes: complex) -> Solution:
    """Return lanes with these currents in both lines, at 1 kV."""
    current = np.array([[1.0], [-1.0], [1.0], [-1.0]]) * np.array(amperes)
    return Solution(
        0, np.full((2, len(amperes)), 1000.0 + 0j), current, current[:0], np.ones(len(amperes), int)
    )


def test_without_a_current_above_a_rating_there_is_nothing():
    assert overloads().beyond(block(0.0, 49.9, -49.9, 30 - 39j)) is None


def test_what_is_beyond_the_ratings_is_told_of_each_branch_and_lane():
    found = overloads().beyond(block(50.0, -100.0))
    assert found is not None
    normal, emergency = found
    assert normal == pytest.approx(np.array([[0.0, 50.0], [0.0, 0.0]]))
    assert emergency == pytest.approx(np.array([[0.0, 20.0], [0.0, 0.0]]))


def test_a_current_just_above_a_rating_is_seen():
    found = overloads().beyond(block(np.nextafter(50.0, 51.0)))
    assert found is not None
    assert found[0][0, 0] > 0.0
