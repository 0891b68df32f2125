"""The factor after a few changes, against the factor of the changed matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from hcr.powerflow.factor import factor
from hcr.powerflow.factor_kernels import ancestors_of, solve_one
from hcr.powerflow.ordering import eliminate
from hcr.powerflow.refactor import Refactoring

NODES = 40


def tree(seed: int) -> csc_array:
    """Return the matrix of a random tree of admittances with a few loops, grounded everywhere."""
    random = np.random.default_rng(seed)
    near = np.concatenate([np.arange(1, NODES), random.integers(0, NODES, 5)])
    far = np.concatenate([[random.integers(0, at) for at in range(1, NODES)], random.integers(0, NODES, 5)])
    y = random.uniform(1, 5, len(near)) - 1j * random.uniform(1, 9, len(near))
    rows = np.concatenate([near, far, near, far, np.arange(NODES)])
    columns = np.concatenate([near, far, far, near, np.arange(NODES)])
    values = np.concatenate([y, y, -y, -y, np.full(NODES, 0.1 + 0.2j)])
    return csc_array((values, (rows, columns)), shape=(NODES, NODES))


def solved(found: object, right: np.ndarray) -> np.ndarray:
    elimination = found.elimination  # type: ignore[attr-defined]
    volts = right[elimination.order].astype(np.complex128)
    solve_one(elimination.first, elimination.rows, found.lower, found.inverse_pivot, volts)  # type: ignore[attr-defined]
    return volts[elimination.position]


@settings(deadline=None)  # the first run compiles the loops
@given(st.integers(0, 10_000), st.integers(1, NODES - 1))
def test_changed_entries_give_the_factor_of_the_changed_matrix(seed: int, node: int) -> None:
    matrix = tree(seed)
    links = matrix.tocoo()
    active = np.arange(NODES) % 3 == 0
    elimination = eliminate(NODES, (links.row, links.col), active)
    whole = factor(matrix, elimination)[0]
    other = int(links.col[(links.row == node) & (links.col != node)][0])
    change = 0.7 - 1.3j
    row = np.array([node, node, other, other])
    column = np.array([node, other, node, other])
    values = np.array([change, -change, -change, change])
    refactoring = Refactoring(matrix, whole)
    below, entries, columns = refactoring.stored(row, column)
    found = refactoring.with_changes(entries, columns, values[below])
    right = np.random.default_rng(seed).standard_normal(NODES) + 0j
    changed = matrix + csc_array((values, (row, column)), shape=(NODES, NODES))
    np.testing.assert_allclose(solved(found, right), np.linalg.solve(changed.toarray(), right), rtol=1e-9)
    np.testing.assert_allclose(solved(whole, right), np.linalg.solve(matrix.toarray(), right), rtol=1e-9)


def test_no_change_gives_the_same_solution() -> None:
    matrix = tree(1)
    links = matrix.tocoo()
    whole = factor(matrix, eliminate(NODES, (links.row, links.col), np.ones(NODES, bool)))[0]
    refactoring = Refactoring(matrix, whole)
    below, entries, columns = refactoring.stored(np.array([5]), np.array([5]))
    assert below.tolist() == [0]
    found = refactoring.with_changes(entries, columns, np.zeros(1, complex))
    np.testing.assert_allclose(found.lower, whole.lower, rtol=1e-12)
    np.testing.assert_allclose(found.inverse_pivot, whole.inverse_pivot, rtol=1e-12)


def test_only_a_column_and_its_ancestors_are_redone() -> None:
    first, rows = np.array([0, 1, 3, 4, 4]), np.array([2, 2, 3, 3])
    assert ancestors_of(first, rows, np.array([0])).tolist() == [0, 2, 3]
    assert ancestors_of(first, rows, np.array([1])).tolist() == [1, 2, 3]
    assert ancestors_of(first, rows, np.array([3])).tolist() == [3]


def test_a_node_without_a_way_to_ground_stays_at_zero() -> None:
    matrix = csc_array(np.array([[2.0 + 0j, 0, 0], [0, 1, -1], [0, -1, 1]]))
    links = matrix.tocoo()
    whole, vanished = factor(matrix, eliminate(3, (links.row, links.col), np.ones(3, bool)))
    assert len(vanished) == 1
    refactoring = Refactoring(matrix, whole)
    _, entries, columns = refactoring.stored(np.array([0]), np.array([0]))
    found = refactoring.with_changes(entries, columns, np.array([2.0 + 0j]))
    assert solved(found, np.array([4.0, 0, 0]))[0] == pytest.approx(1.0)
