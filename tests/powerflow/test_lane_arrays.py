"""Arrays with narrow rows against numpy."""

import numpy as np

from hcr.powerflow.lane_arrays import as_wide_as, in_lanes
from hcr.powerflow.lane_vectors import load, store
from hcr.powerflow.loops import loop


@loop
def _last_row_everywhere(pair):  # type: ignore[no-untyped-def]
    given, (target, other) = pair
    made = as_wide_as(np.full(given.shape, 1.0), given)
    more = np.zeros_like(target)
    for i in range(len(given)):
        store(made, i, load(made, i) + load(given[1:], 1))
        store(more, i, load(made, i) * 2.0)
        store(target, i, load(made.copy(), i))
    other[:] = more


@loop
def narrowly(pair):  # type: ignore[no-untyped-def]
    _last_row_everywhere(in_lanes(pair, 4))


def test_rows_of_another_width_stay_within_their_arrays() -> None:
    given, target, other = np.arange(12.0).reshape(3, 4), np.zeros((4, 4)), np.zeros((3, 4))
    narrowly((given, (target[:3], other)))
    np.testing.assert_array_equal(target, [given[2] + 1.0] * 3 + [np.zeros(4)])
    np.testing.assert_array_equal(other, [2.0 * (given[2] + 1.0)] * 3)
