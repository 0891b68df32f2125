"""Meter readings on a regular grid of time: how long each lasts, where gaps are and what fills them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

LONGEST_READING = 60
"""Readings last an hour at most [min]; what is further apart has a gap between."""

USUAL_READING = 30
"""Length of a reading that stands alone [min]."""

DAY = 1440


@dataclass(frozen=True, slots=True)
class Readings:
    """Interval-ending readings of several customers.

    Attributes
    ----------
    row : (readings,) int, customer of each reading.
    minute : (readings,) int, its end, minutes after the start of the grid.
    values : (readings,) float by channel; NaN where a channel was not read.
    lasts : (customers,) int, length of each customer's readings [min].
    step : width of the grid's slots [min]; divides all lengths.
    """

    row: IntArray
    minute: IntArray
    values: Mapping[str, FloatArray]
    lasts: IntArray
    step: int

    @classmethod
    def of(
        cls,
        row: IntArray,
        minute: IntArray,
        values: Mapping[str, FloatArray],
        *,
        customers: int,
        divisors: Sequence[int],
    ) -> "Readings":
        """Return readings whose lengths are found from their spacing; the step divides `divisors` as well."""
        lasts = reading_lengths(row, minute, customers)
        step = int(np.gcd.reduce(np.array([LONGEST_READING, *divisors, *np.unique(lasts)])))
        return cls(row, minute, values, lasts, step)

    def like(self, row: IntArray, minute: IntArray, values: Mapping[str, FloatArray]) -> "Readings":
        """Return other readings of the same customers, with the same lengths and step."""
        return Readings(row, minute, values, self.lasts, self.step)

    def grid(self, channel: str, minutes: int, *, cyclic: bool = False) -> FloatArray:
        """Return one channel, (customers, minutes / step), NaN in gaps.

        A reading that ends between slots counts for the slot it ends in. On a `cyclic` grid what reaches
        beyond the beginning comes back at the end.
        """
        slots = minutes // self.step
        grid = np.full((len(self.lasts), slots), np.nan)
        last = -(-self.minute // self.step) - 1
        lengths = self.lasts[self.row] // self.step
        for back in range(int(lengths.max(initial=0)) - 1, -1, -1):  # a reading's own end is written last
            slot = (last - back) % slots if cyclic else last - back
            kept = (back < lengths) & (slot >= 0) & (slot < slots) & ~np.isnan(self.values[channel])
            grid[self.row[kept], slot[kept]] = self.values[channel][kept]
        return grid


def reading_lengths(row: IntArray, minute: IntArray, customers: int) -> IntArray:
    """Return how long each customer's readings last [min], (customers,): their median spacing.

    The median, so that neither gaps nor a stray reading change the length of all others.
    """
    order = np.lexsort((minute, row))
    same = np.diff(row[order]) == 0
    spacing, owner = np.diff(minute[order])[same], row[order][1:][same]
    owner, spacing = owner[spacing > 0], spacing[spacing > 0]
    usual = int(np.median(spacing)) if len(spacing) else USUAL_READING
    lengths = np.full(customers, min(usual, LONGEST_READING), np.int64)
    spacing = spacing[np.lexsort((spacing, owner))]
    counts = np.bincount(owner, minlength=customers)
    middle = np.cumsum(counts) - counts + (counts - 1) // 2
    found = counts > 0
    lengths[found] = np.minimum(spacing[middle[found]], LONGEST_READING)
    return lengths


def fill_gaps_from_days_before(grid: FloatArray, before: FloatArray | None) -> FloatArray:
    """Return the grid without gaps: the last value at the same clock time, zero where there is none.

    Parameters
    ----------
    grid : (customers, slots) float, NaN in gaps.
    before : (customers, slots of a day) float, last values before the grid; None fills every gap with zero.
    """
    if before is None:
        return np.nan_to_num(grid, nan=0.0)
    customers, slots = grid.shape
    per_day = before.shape[1]
    padded = np.pad(grid, ((0, 0), (0, -slots % per_day)), constant_values=np.nan)
    days = padded.reshape(customers, -1, per_day)
    latest = before
    for day in range(days.shape[1]):
        latest = days[:, day] = np.where(np.isnan(days[:, day]), latest, days[:, day])
    return np.nan_to_num(padded[:, :slots], nan=0.0)


def mean_over(grid: FloatArray, slots: int) -> FloatArray:
    """Return means over so many neighbouring slots, (customers, slots of the grid / slots)."""
    if slots == 1:
        return grid
    return np.asarray(grid.reshape(len(grid), -1, slots).mean(axis=2))
