"""Orders of elimination."""

import numpy as np
import pytest

from hcr.powerflow.ordering import eliminate

CHAIN = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 4])
"""Five nodes in a row."""


@pytest.mark.parametrize("active", [[], [2], [0, 4], [0, 1, 2, 3, 4]])
def test_nodes_without_draws_go_first_and_pinned_ones_last(active: list[int]) -> None:
    drawing = np.isin(np.arange(5), active)
    found = eliminate(5, CHAIN, drawing, last=np.array([3]))
    assert found.order[-1] == 3
    assert found.position[found.order].tolist() == [0, 1, 2, 3, 4]
    assert set(found.order[: found.passive].tolist()) == {0, 1, 2, 4} - set(active)
    for place in range(5):
        below = found.rows[found.first[place] : found.first[place + 1]]
        assert (below > place).all()
        assert (np.diff(below) > 0).all()


def test_circuits_of_the_same_structure_share_an_order() -> None:
    found = eliminate(5, CHAIN, np.zeros(5, bool))
    assert eliminate(5, tuple(ends.copy() for ends in CHAIN), np.zeros(5, bool)) is found
    assert eliminate(5, CHAIN, np.ones(5, bool)) is not found
