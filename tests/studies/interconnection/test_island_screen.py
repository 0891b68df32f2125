import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.interconnection.island_screen import Islands, Recloser
from hcr.studies.interconnection.limits import Limits

PARTS = [frozenset("abc"), frozenset("de"), frozenset("f")]
HEAD, TAIL = Recloser("head", "c", "d"), Recloser("tail", "e", "f")
THROUGH_ZERO = [-10.0, 0.0, 10.0]


def test_power_leaves_the_island_of_the_first_bus_and_enters_that_of_the_second():
    islands = Islands.of(PARTS, [HEAD, TAIL])
    assert islands.names == ("c", "d+e", "f")
    assert islands.signs.tolist() == [[1, 0], [-1, 1], [0, -1]]


def test_a_meter_at_the_second_bus_turns_the_sign():
    turned = Recloser("head", "c", "d", metered_at_second=True)
    assert Islands.of(PARTS, [turned, TAIL]).signs.tolist() == [[-1, 0], [1, 1], [0, -1]]


def test_what_no_recloser_bounds_is_no_island():
    assert Islands.of(PARTS, []).names == ()
    assert Islands.of([frozenset("abc"), frozenset("xy")], [HEAD]).names == ("c",)
    loop = Recloser("loop", "a", "b")
    assert Islands.of([frozenset("abc")], [loop]).names == ()


@pytest.mark.parametrize(
    ("p", "q", "margin"),
    [
        ([5.0, 5.0, 5.0], THROUGH_ZERO, 1.0),  # P keeps its sign
        ([0.0, 5.0, 5.0], THROUGH_ZERO, 0.0),  # … with one exact zero
        (THROUGH_ZERO, [-5.0, -5.0, 0.0], 0.0),  # Q keeps its sign
        ([-10.0, 4.0, 10.0], THROUGH_ZERO, 0.4 - 0.3),  # P stays away from zero
        ([-10.0, 0.1, 0.1], [-1.0, 1.0, 10.0], 0.1 - 0.05),  # Q does
        ([-10.0, 1.0, 10.0], [-10.0, 0.1, 10.0], 0.01 - 0.05),  # none of it
        ([0.0, 0.0, 0.0], THROUGH_ZERO, -0.05),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 1.0),  # dead
    ],
)
def test_an_island_passes_by_the_best_of_four(p: list[float], q: list[float], margin: float):
    islands = Islands.of([frozenset("c")], [HEAD])
    assert islands.margins(np.array([p]), np.array([q]), Limits()) == pytest.approx([margin])


def test_an_island_between_two_reclosers_exchanges_what_both_carry():
    islands = Islands.of(PARTS, [HEAD, TAIL])
    p, q = np.array([[10.0, 10.0], [4.0, 16.0]]), np.array([[10.0, 10.0], [0.0, 40.0]])
    margins = islands.margins(p, q, Limits())
    assert margins == pytest.approx([1.0, 1.0 - 0.3, 1.0])  # P between them: -6 and 6 kW


FLOWS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=6)


@given(FLOWS, FLOWS, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_lower_ratio_never_lowers_a_margin(
    p: list[float], q: list[float], one: float, two: float, rq: float
):
    steps = min(len(p), len(q))
    powers = np.array([p[:steps]]), np.array([q[:steps]])
    islands = Islands.of([frozenset("c")], [HEAD])
    strict = islands.margins(*powers, Limits(island_p_ratio=max(one, two), island_q_ratio=rq))
    wide = islands.margins(*powers, Limits(island_p_ratio=min(one, two), island_q_ratio=rq))
    assert wide[0] >= strict[0]


@given(FLOWS)
def test_the_direction_of_a_meter_changes_nothing(p: list[float]):
    there, back = np.array([p]), -np.array([p])
    quiet = np.zeros_like(there)
    islands = Islands.of([frozenset("c")], [HEAD])
    assert islands.margins(there, quiet, Limits()) == islands.margins(back, quiet, Limits())
