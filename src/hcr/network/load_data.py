"""Load data of a feeder: what its customers import and export, interval by interval.

`load_data.parquet` is a long table: load_id, time (local standard time, interval-ending), import_w,
import_var, export_w, export_var, and optionally v_v (metered voltage). Import and export stay apart, as
meters record them: import becomes load, export becomes generation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from hcr.errors import FeederError
from hcr.powerflow.circuit import FloatArray
from hcr.results.parquet import UnreadableTableError, read_parquet

CHANNELS = ("import_w", "import_var", "export_w", "export_var")


@dataclass(frozen=True, slots=True)
class Period:
    """Consecutive intervals of equal length; `start` is the beginning of the first, local standard time."""

    start: datetime
    intervals: int
    minutes: int

    @property
    def end(self) -> datetime:
        """Return the end of the last interval."""
        return self.start + timedelta(minutes=self.minutes * self.intervals)

    @property
    def hours(self) -> float:
        """Return the length of an interval [h]."""
        return self.minutes / 60.0

    def stamps(self) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
        """Return the interval-ending stamps, (intervals,) datetime64[us], local standard time."""
        step = np.timedelta64(self.minutes, "m")
        ends = np.datetime64(self.start, "us") + step * np.arange(1, self.intervals + 1)
        return ends.astype("datetime64[us]")


@dataclass(frozen=True, slots=True)
class LoadData:
    """Power of each customer in each interval.

    Attributes
    ----------
    import_w, import_var, export_w, export_var : (customers, intervals) float [W], [var]; positive var lags.
    known : (customers,) bool, false for a customer without any reading in the data.
    """

    import_w: FloatArray
    import_var: FloatArray
    export_w: FloatArray
    export_var: FloatArray
    known: "np.ndarray[tuple[int], np.dtype[np.bool_]]"

    def channels(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return import W and var, then export W and var."""
        return self.import_w, self.import_var, self.export_w, self.export_var


def read_load_data(
    path: Path, load_ids: Sequence[str], period: Period, *, fill_gaps: bool = True
) -> LoadData:
    """Return the load data of the given customers in a period.

    Gaps are filled with the last reading at the same clock time, each channel alone; before a customer's
    first reading there is none, so zero (HCM processing rules, section 4); with `fill_gaps` off every gap
    is zero. Readings shorter than the
    interval are averaged over it; longer ones are held.

    Raises
    ------
    FeederError
        The file cannot be read, or has no reading at all in the period.
    """
    if not path.is_file():
        empty = np.zeros((len(load_ids), period.intervals))
        return LoadData(empty, empty, empty, empty, np.zeros(len(load_ids), bool))
    readings = _Readings.of(path, load_ids, period)
    if not readings.known.any() or not readings.in_period:
        raise _no_readings(path, period)
    import_w, import_var, export_w, export_var = (
        readings.matrix(name, period, fill_gaps=fill_gaps) for name in CHANNELS
    )
    return LoadData(import_w, import_var, export_w, export_var, readings.known)


def known_load_ids(path: Path) -> set[str]:
    """Return the load_ids that occur in the load data.

    Raises
    ------
    FeederError
        The file cannot be read.
    """
    return {str(load_id) for load_id in _columns(path, "DISTINCT load_id")["load_id"]}


def covered_period(path: Path) -> tuple[datetime, datetime]:
    """Return the first and the last stamp of the load data.

    Raises
    ------
    FeederError
        The file cannot be read.
    """
    ends = _columns(path, "min(time) AS first, max(time) AS last")
    first, last = (ends[name].astype("datetime64[us]")[0].item() for name in ("first", "last"))
    return first, last


@dataclass(frozen=True, slots=True)
class _Readings:
    """Raw rows of the period and of the days before it, from which gaps are filled."""

    row: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    minute: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    values: dict[str, FloatArray]
    known: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    data_minutes: int
    in_period: bool
    customers: int

    @classmethod
    def of(cls, path: Path, load_ids: Sequence[str], period: Period) -> "_Readings":
        lookback = period.start - timedelta(days=FILL_DAYS)
        columns = _read(path, lookback, period.end)
        places = {load_id: place for place, load_id in enumerate(load_ids)}
        names, inverse = np.unique(columns["load_id"].astype(str), return_inverse=True)
        row = np.array([places.get(str(name), -1) for name in names], np.int64)[inverse]
        kept = row >= 0
        since = columns["time"].astype("datetime64[m]") - np.datetime64(lookback, "m")
        minute = since.astype(np.int64)[kept]
        known = np.zeros(len(load_ids), bool)
        known[row[kept]] = True
        values = {name: np.ma.filled(columns[name].astype(float), np.nan)[kept] for name in CHANNELS}
        in_period = bool((minute > FILL_DAYS * 1440).any())
        return cls(row[kept], minute, values, known, _spacing(minute), in_period, len(load_ids))

    def matrix(self, name: str, period: Period, *, fill_gaps: bool) -> FloatArray:
        """Return one channel, (customers, intervals), without gaps."""
        step = self.data_minutes
        slots = (FILL_DAYS * 1440 + period.minutes * period.intervals) // step
        grid = np.full((self.customers, slots), np.nan)
        grid[self.row, self.minute // step - 1] = self.values[name]
        if np.isnan(grid).any():
            grid = _fill(grid, 1440 // step) if fill_gaps else np.nan_to_num(grid, nan=0.0)
        inside = grid[:, FILL_DAYS * 1440 // step :]
        return _resample(inside, step, period)


FILL_DAYS = 7
"""Days before the period in which a gap looks for the last reading at the same clock time."""


def _read(path: Path, after: datetime, until: datetime) -> dict[str, Any]:
    select = "load_id, time, " + ", ".join(CHANNELS)
    return _columns(path, select, where="WHERE time > ? AND time <= ?", parameters=(after, until))


def _columns(
    path: Path, select: str, *, where: str = "", parameters: Sequence[object] = ()
) -> dict[str, Any]:
    try:
        return read_parquet(path, select, where=where, parameters=parameters)
    except UnreadableTableError as error:
        raise FeederError(
            f"load data {path} cannot be read",
            why=error.why,
            remedy="It needs columns load_id, time, import_w, import_var, export_w, export_var.",
        ) from error


def _spacing(minute: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    """Return the spacing of the readings [min]: the greatest step that all stamps share, 30 at most."""
    return int(np.gcd.reduce(np.append(minute, 30))) if len(minute) else 30


def _fill(grid: FloatArray, per_day: int) -> FloatArray:
    """Return the grid with gaps filled from the same clock time of the day before, and zero before that."""
    customers, slots = grid.shape
    pad = (-slots) % per_day
    days = np.pad(grid, ((0, 0), (0, pad)), constant_values=np.nan).reshape(customers, -1, per_day)
    for day in range(1, days.shape[1]):
        gap = np.isnan(days[:, day])
        days[:, day][gap] = days[:, day - 1][gap]
    filled = days.reshape(customers, -1)[:, :slots]
    return np.nan_to_num(filled, nan=0.0)


def _resample(grid: FloatArray, minutes: int, period: Period) -> FloatArray:
    """Return the grid at the period's interval: means of shorter readings, longer ones held."""
    if period.minutes == minutes:
        return np.ascontiguousarray(grid)
    if period.minutes % minutes == 0:
        count = period.minutes // minutes
        return np.asarray(grid.reshape(len(grid), period.intervals, count).mean(axis=2))
    return np.repeat(grid, minutes // period.minutes, axis=1)[:, : period.intervals]


def _no_readings(path: Path, period: Period) -> FeederError:
    return FeederError(
        f"load data {path.name} has no reading between {period.start:%Y-%m-%d %H:%M} and "
        f"{period.end:%Y-%m-%d %H:%M}",
        remedy="Choose a period that the load data covers; `hcr DIR feeder show` tells which.",
    )
