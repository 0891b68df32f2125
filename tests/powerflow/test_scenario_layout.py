"""Nodes and elements in parts, as they are looked at while their voltages are in the cache."""

import numpy as np
import pytest

from hcr.powerflow.scenario_layout import parts_of
from hcr.powerflow.scenario_reduction_kernels import SOME


@pytest.mark.parametrize("count", [1, SOME - 1, SOME, SOME + 1, 2 * SOME, 3 * SOME - 1])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_each_part_has_the_places_that_are_recovered_with_it(count: int, share: float) -> None:
    chosen = np.random.default_rng(count).random(count) < share
    places = np.flatnonzero(chosen)[::-1]
    first = parts_of(places, count)
    parts = len(first) - 1
    assert (first[0], first[-1]) == (0, len(places))
    for part in range(parts):
        begin = SOME * (parts - 1 - part)
        own = places[first[part] : first[part + 1]]
        assert own.tolist() == [at for at in places.tolist() if begin <= at < begin + SOME]
