"""The factor of a matrix of which a few entries have changed: only the columns that this reaches are redone.

Changing an entry of a column changes the factor in that column and in its ancestors in the elimination tree,
and nowhere else. Moving one tap of the IEEE 9500 feeder redoes some hundred of 9549 columns.
"""

import numpy as np
from scipy.sparse import csc_array

from hcr.powerflow.circuit import ComplexArray, IntArray
from hcr.powerflow.factor import Factor, inverse_of, permuted
from hcr.powerflow.factor_kernels import ancestors_of, refactorise


class Refactoring:
    """A matrix and its factor, ready to have entries changed.

    Parameters
    ----------
    matrix : as it was factored; entries that will change are among its stored ones.
    """

    def __init__(self, matrix: csc_array, factor: Factor) -> None:
        self._factor, elimination = factor, factor.elimination
        self._columns = permuted(matrix, elimination)
        vanished = factor.inverse_pivot == 0.0
        self._pivot = np.where(vanished, 0.0, 1.0 / np.where(vanished, 1.0, factor.inverse_pivot))
        counts = np.diff(elimination.first)
        columns = np.repeat(np.arange(len(counts)), counts)
        order = np.argsort(elimination.rows, kind="stable")
        in_row = np.bincount(elimination.rows, minlength=len(counts))
        self._rows = (
            np.concatenate(([0], np.cumsum(in_row))).astype(np.int64),
            columns[order].astype(np.int64),
            order.astype(np.int64),
        )
        begin = elimination.first[elimination.passive]
        passive = elimination.passive
        self.active_structure = (elimination.first[passive:] - begin, elimination.rows[begin:] - passive)
        active = np.flatnonzero(self._rows[2] >= begin)
        in_row = np.bincount(elimination.rows[begin:] - passive, minlength=len(counts) - passive)
        self.active_rows = (
            np.concatenate(([0], np.cumsum(in_row))).astype(np.int64),
            self._rows[1][active] - passive,
            self._rows[2][active] - begin,
        )

    def stored(self, row: IntArray, column: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return which of some entries, given by nodes, lie on or below the diagonal, and where they are.

        Returns
        -------
        below : which they are; entries, columns : their places in the matrix as stored, and their columns.
        """
        first, rows, _ = self._columns
        position = self._factor.elimination.position
        i, j = position[row], position[column]
        below = np.flatnonzero(i >= j)
        entries = [
            first[at] + int(np.searchsorted(rows[first[at] : first[at + 1]], i[k]))
            for k, at in zip(below.tolist(), j[below].tolist(), strict=True)
        ]
        return below, np.array(entries, np.int64), j[below]

    def with_changes(self, entries: IntArray, columns: IntArray, change: ComplexArray) -> Factor:
        """Return the factor with some stored entries changed by so much; see `stored`."""
        elimination, (first, rows, values) = self._factor.elimination, self._columns
        values = values.copy()
        np.add.at(values, entries, change)
        reached = ancestors_of(elimination.first, elimination.rows, columns)
        lower, pivot = self._factor.lower.copy(), self._pivot.copy()
        start = refactorise(
            *(elimination.first, elimination.rows, self._rows, (first, rows, values)),
            *(reached, lower, pivot),
        )
        inverse = self._factor.inverse_pivot.copy()
        inverse[reached] = inverse_of(pivot[reached], start)[0]
        return Factor(elimination, lower, inverse)
