"""Compiled loops of the factorisation."""

import numpy as np

from hcr.powerflow.loops import loop

SINGULAR = 1e-12
"""A pivot below this share of the diagonal it began as counts as zero."""


@loop
def factorise(first, rows, a_first, a_rows, a_values):
    """Return L, D and the diagonal as it began, column by column, left-looking.

    Parameters
    ----------
    first, rows : structure of L below the diagonal.
    a_first, a_rows, a_values : the matrix, compressed by columns, rows ascending.
    """
    n = len(first) - 1
    lower = np.zeros(len(rows), np.complex128)
    pivot = np.zeros(n, np.complex128)
    start = np.zeros(n, np.complex128)
    work = np.zeros(n, np.complex128)
    head = np.full(n, -1, np.int64)  # columns whose next entry lies in this row, as linked lists
    following = np.full(n, -1, np.int64)
    cursor = first[:-1].copy()
    for j in range(n):
        for p in range(a_first[j], a_first[j + 1]):
            if a_rows[p] >= j:
                work[a_rows[p]] = a_values[p]
        start[j] = work[j]
        k = head[j]
        while k != -1:
            upcoming = following[k]
            p = cursor[k]
            factor = lower[p] * pivot[k]
            work[j] -= factor * lower[p]
            for q in range(p + 1, first[k + 1]):
                work[rows[q]] -= factor * lower[q]
            cursor[k] = p + 1
            if cursor[k] < first[k + 1]:
                row = rows[cursor[k]]
                following[k] = head[row]
                head[row] = k
            k = upcoming
        pivot[j] = work[j]
        work[j] = 0.0
        scale = 1.0 / pivot[j] if abs(pivot[j]) > 1e-300 else 0.0
        for p in range(first[j], first[j + 1]):
            lower[p] = work[rows[p]] * scale
            work[rows[p]] = 0.0
        if first[j] < first[j + 1]:
            row = rows[first[j]]
            following[j] = head[row]
            head[row] = j
    return lower, pivot, start


@loop
def solve_one(first, rows, lower, inverse_pivot, b):
    """Solve L D Lᵀ x = b in place for one right-hand side."""
    n = len(first) - 1
    for j in range(n):
        for p in range(first[j], first[j + 1]):
            b[rows[p]] -= lower[p] * b[j]
    for j in range(n - 1, -1, -1):
        b[j] *= inverse_pivot[j]
        for p in range(first[j], first[j + 1]):
            b[j] -= lower[p] * b[rows[p]]
