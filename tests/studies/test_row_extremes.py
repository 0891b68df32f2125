import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.row_extremes import RowExtremes

VALUES = st.sampled_from([0.0, 1.0, 2.0, np.nan])


@given(st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=12), st.integers(1, 5))
def test_they_are_those_of_all_lanes_at_once_and_the_first_of_equal_ones(lanes: list[list[float]], size: int):
    table = np.array(lanes).T
    low, high = RowExtremes.lowest(2), RowExtremes.highest(2)
    for first in range(0, len(lanes), size):
        low.take(table[:, first : first + size], first)
        high.take(table[:, first : first + size], first)
    for row, values in enumerate(table):
        known = values[~np.isnan(values)]
        if not len(known):
            assert (low.values[row], high.values[row]) == (np.inf, -np.inf)
            continue
        assert (low.values[row], high.values[row]) == (known.min(), known.max())
        assert low.lanes[row] == np.flatnonzero(values == known.min())[0]
        assert high.lanes[row] == np.flatnonzero(values == known.max())[0]


def test_a_block_tells_its_own_extremes():
    low = RowExtremes.lowest(1)
    low.take(np.array([[1.0, 3.0]]), 0)
    assert low.take(np.array([[np.nan, 2.0]]), 2).tolist() == [2.0]
    assert (low.values.tolist(), low.lanes.tolist()) == ([1.0], [0])
