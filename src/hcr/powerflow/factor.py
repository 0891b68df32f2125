"""L D Lᵀ of a sparse complex symmetric matrix, for many right-hand sides at once."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from hcr.powerflow.circuit import ComplexArray, FloatArray, IntArray
from hcr.powerflow.factor_kernels import SINGULAR, factorise
from hcr.powerflow.ordering import Elimination


@dataclass(frozen=True, slots=True)
class Factor:
    """The factor, in the order of the elimination.

    Attributes
    ----------
    elimination : order and structure.
    lower : (entries,) complex, L below its unit diagonal, column by column.
    inverse_pivot : (nodes,) complex, 1 / D.
    """

    elimination: Elimination
    lower: ComplexArray
    inverse_pivot: ComplexArray


def factor(matrix: csc_array, elimination: Elimination) -> tuple[Factor, IntArray]:
    """Return the factor of a matrix, and the nodes whose pivot vanished.

    A node without a way to ground has no pivot: its inverse is set to zero, so that it stays at 0 V.
    """
    first, rows, values = permuted(matrix, elimination)
    lower, pivot, start = factorise(elimination.first, elimination.rows, first, rows, values)
    inverse, vanished = inverse_of(pivot, start)
    return Factor(elimination, lower, inverse), elimination.order[vanished]


def permuted(matrix: csc_array, elimination: Elimination) -> tuple[IntArray, IntArray, ComplexArray]:
    """Return a matrix in the order of the elimination: first entry of each column, rows ascending, values."""
    ordered = csc_array(matrix[elimination.order][:, elimination.order])
    ordered.sum_duplicates()
    ordered.sort_indices()
    return (
        ordered.indptr.astype(np.int64),
        ordered.indices.astype(np.int64),
        ordered.data.astype(np.complex128),
    )


def inverse_of(
    pivot: ComplexArray, start: ComplexArray
) -> tuple[ComplexArray, "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    """Return the inverse pivots, 0 for those that vanished, and which these are.

    Parameters
    ----------
    start : the diagonal before the elimination, against which a pivot counts as zero.
    """
    vanished = np.abs(pivot) <= SINGULAR * np.maximum(np.abs(start), np.finfo(float).tiny)
    return np.where(vanished, 0.0, 1.0 / np.where(vanished, 1.0, pivot)), vanished


def active_part(factor: Factor, passive: int, end: int) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return the factor of the places with draws up to an end, column by column and row by row.

    Returns
    -------
    first, rows, lr, li, dr, di of the columns; first, columns, lr, li of the rows, those past the end
    included.
    """
    elimination = factor.elimination
    begin, stop = elimination.first[passive], elimination.first[end]
    first = elimination.first[passive : end + 1] - begin
    rows = elimination.rows[begin:stop] - passive
    lower, pivot = parts_of(factor.lower[begin:stop]), parts_of(factor.inverse_pivot[passive:end])
    order = np.argsort(rows, kind="stable")
    columns = np.repeat(np.arange(end - passive), np.diff(first))
    counts = np.bincount(rows, minlength=len(elimination.order) - passive)
    row_first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    by_row = (row_first, columns[order], lower[0][order], lower[1][order])
    return (first, rows, *lower, *pivot), by_row


def parts_of(values: ComplexArray) -> tuple[FloatArray, FloatArray]:
    """Return the real and the imaginary parts of an array."""
    return np.ascontiguousarray(values.real), np.ascontiguousarray(values.imag)
