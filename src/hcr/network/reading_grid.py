"""Meter readings on a regular grid of time: how long each lasts, where gaps are and what fills them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray

LONGEST_READING = 60
"""Readings last an hour at most [min]; what is further apart has a gap between."""

USUAL_READING = 30
"""Length of a reading that stands alone [min]."""

DAY = 1440


@dataclass(frozen=True, slots=True)
class Spacing:
    """How long readings last, and the grid that they share.

    Attributes
    ----------
    lasts : (customers,) int, length of each customer's readings [min].
    step : width of the grid's slots [min]; divides all lengths.
    """

    lasts: IntArray
    step: int

    @classmethod
    def of(cls, row: IntArray, minute: IntArray, *, customers: int, divisors: Sequence[int]) -> "Spacing":
        """Return what the ends of the readings tell; the step divides `divisors` as well."""
        lasts = reading_lengths(row, minute, customers)
        return cls(lasts, int(np.gcd.reduce(np.array([LONGEST_READING, *divisors, *np.unique(lasts)]))))

    def of_customers(self, customers: slice) -> "Spacing":
        """Return the spacing of some of the customers, on the grid of all."""
        return Spacing(self.lasts[customers], self.step)


@dataclass(frozen=True, slots=True)
class Readings:
    """Interval-ending readings of several customers.

    Attributes
    ----------
    row : (readings,) int, customer of each reading.
    minute : (readings,) int, its end, minutes after the start of the grid.
    values : (readings,) float by channel; NaN where a channel was not read.
    """

    row: IntArray
    minute: IntArray
    values: Mapping[str, FloatArray]
    spacing: Spacing

    def grid(self, channel: str, minutes: int, *, cyclic: bool = False) -> FloatArray:
        """Return one channel, see `grids`."""
        return self.grids((channel,), minutes, cyclic=cyclic)[channel]

    def grids(self, channels: Sequence[str], minutes: int, *, cyclic: bool = False) -> dict[str, FloatArray]:
        """Return channels by name, (customers, minutes / step) each, NaN in gaps.

        A reading that ends between slots counts for the slot it ends in. On a `cyclic` grid what reaches
        beyond the beginning comes back at the end.
        """
        lasts, step = self.spacing.lasts, self.spacing.step
        slots = minutes // step
        found = {channel: np.full(len(lasts) * slots, np.nan) for channel in channels}
        last = -(-self.minute // step) - 1
        lengths = lasts[self.row] // step
        for back in range(int(lengths.max(initial=0)) - 1, -1, -1):  # a reading's own end is written last
            slot = (last - back) % slots if cyclic else last - back
            inside = np.flatnonzero((back < lengths) & (slot >= 0) & (slot < slots))
            place = self.row[inside].astype(np.int64) * slots + slot[inside]
            for channel, grid in found.items():
                values = self.values[channel][inside]
                told = ~np.isnan(values)
                grid[place[told]] = values[told]
        return {channel: grid.reshape(len(lasts), slots) for channel, grid in found.items()}


def reading_lengths(row: IntArray, minute: IntArray, customers: int) -> IntArray:
    """Return how long each customer's readings last [min], (customers,): their median spacing.

    The median, so that neither gaps nor a stray reading change the length of all others; of two in the
    middle, the shorter.
    """
    if not _in_order(row, minute):
        order = np.lexsort((minute, row))
        row, minute = row[order], minute[order]
    spacing = np.minimum(np.diff(minute), LONGEST_READING)
    told = (np.diff(row) == 0) & (spacing > 0)
    place = row[1:][told].astype(np.int64) * (LONGEST_READING + 1) + spacing[told]
    width = LONGEST_READING + 1
    counts = np.bincount(place, minlength=customers * width).reshape(customers, width)
    usual = _lower_median(counts.sum(axis=0, keepdims=True), otherwise=USUAL_READING)
    return _lower_median(counts, otherwise=int(usual[0]))


def _in_order(row: IntArray, minute: IntArray) -> bool:
    """Return whether readings are sorted by customer and time, as a library's file has them."""
    step = np.diff(row)
    return bool(((step > 0) | ((step == 0) & (np.diff(minute) >= 0))).all())


def _lower_median(counts: IntArray, *, otherwise: int) -> IntArray:
    """Return the lower median of each histogram over 0, 1, 2, …, (rows,); `otherwise` for an empty one."""
    upto = counts.cumsum(axis=1)
    middle = (upto[:, -1:] + 1) // 2
    return np.where(upto[:, -1] > 0, (upto >= middle).argmax(axis=1), otherwise)


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
