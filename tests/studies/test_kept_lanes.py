import numpy as np

from hcr.powerflow.lanes import Solution
from hcr.studies.checked_lanes import RefereeRules
from hcr.studies.kept_lanes import KeptLanes

RULES = RefereeRules(lanes=2, near_limit_lanes=2, margin_pu=0.1)
DISTANCES = np.array([9.0, 0.05, 0.03, 0.2, 0.05, 0.01, np.inf, 9.0])


def lane_numbers(first: int, last: int) -> Solution:
    """Return lanes whose only voltage is their number."""
    numbers = np.arange(first, last, dtype=complex).reshape(1, -1)
    return Solution(first, numbers, numbers, numbers, np.ones(last - first, int))


def kept(*sizes: int) -> KeptLanes:
    found, first = KeptLanes(len(DISTANCES), RULES), 0
    for size in sizes:
        found.add(lane_numbers(first, first + size), DISTANCES[first : first + size])
        first += size
    return found


def test_the_ends_and_the_closest_lanes_are_kept_however_lanes_are_cut_into_blocks():
    for sizes in ((8,), (3, 5), (1,) * 8):
        solution = kept(*sizes).solution(np.array([0, 2, 5, 7]))
        assert solution is not None
        assert solution.voltage_v.real.tolist() == [[0.0, 2.0, 5.0, 7.0]]


def test_lanes_that_were_pushed_out_or_never_close_are_not_there():
    for lane in (1, 3, 4):
        assert kept(2, 2, 4).solution(np.array([0, lane])) is None
    assert kept(8).solution(np.empty(0, np.int64)) is None


def test_a_kept_lane_holds_no_memory_of_its_block():
    solution = kept(8).solution(np.array([5]))
    assert solution is not None
    assert solution.voltage_v.base is None
