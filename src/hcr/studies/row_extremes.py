"""The extreme value of each row of an array that comes block by block, and the lane of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class RowExtremes:
    """Extremes so far; NaN counts for nothing.

    Attributes
    ----------
    values : (rows,) float, infinite where there was none yet.
    lanes : (rows,) int, the first lane with that value.
    """

    values: FloatArray
    lanes: IntArray
    _over_lanes: np.ufunc
    _worse: np.ufunc
    _place: Callable[..., Any]

    @classmethod
    def lowest(cls, rows: int) -> Self:
        """Return the lowest values of no lanes yet."""
        return cls(np.full(rows, np.inf), np.zeros(rows, np.int64), np.fmin, np.less, np.nanargmin)

    @classmethod
    def highest(cls, rows: int) -> Self:
        """Return the highest values of no lanes yet."""
        return cls(np.full(rows, -np.inf), np.zeros(rows, np.int64), np.fmax, np.greater, np.nanargmax)

    def take(self, block: FloatArray, first: int) -> FloatArray:
        """Take one block, (rows, lanes) from lane `first` on, and return its own extremes, (rows,)."""
        found: FloatArray = self._over_lanes.reduce(block, axis=1)
        rows = np.flatnonzero(self._worse(found, self.values))
        if len(rows):  # few blocks are worse than all before, so few are searched for the lane
            self.values[rows] = found[rows]
            self.lanes[rows] = first + self._place(block[rows], axis=1)
        return found
