"""Load data of a feeder: what its customers import and export, interval by interval.

`load_data.parquet` is a long table: load_id, time (local standard time, interval-ending), import_w,
import_var, export_w, export_var, and optionally v_v (metered voltage). Import and export stay apart, as
meters record them: import becomes load, export becomes generation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from hcr.errors import FeederError
from hcr.network.reading_grid import Readings, fill_gaps_from_days_before, mean_over
from hcr.powerflow.circuit import FloatArray
from hcr.results.parquet import UnreadableTableError, read_parquet

CHANNELS = ("import_w", "import_var", "export_w", "export_var")

MARGIN = timedelta(hours=1)
"""Readings this far outside a period are read too: an hourly one may reach into it."""


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
    is zero. Readings shorter than the interval are averaged over it; longer ones, up to an hour, are held.

    Raises
    ------
    FeederError
        The file cannot be read, or has no reading of these customers in the period.
    """
    if not path.is_file() or not load_ids:
        empty = np.zeros((len(load_ids), period.intervals))
        return LoadData(empty, empty, empty, empty, np.zeros(len(load_ids), bool))
    columns = _columns(
        path,
        "load_id, time, " + ", ".join(CHANNELS),
        where="WHERE load_id IS NOT NULL AND time > ? AND time <= ?",
        parameters=(period.start - MARGIN, period.end + MARGIN),
    )
    readings = _readings(columns, load_ids, period)
    grids = [readings.grid(name, period.minutes * period.intervals) for name in CHANNELS]
    if all(np.isnan(grid).all() for grid in grids):
        raise _no_readings(path, period)
    before = _before(path, load_ids, period, readings) if fill_gaps and _has_gaps(grids) else {}
    import_w, import_var, export_w, export_var = (
        mean_over(fill_gaps_from_days_before(grid, before.get(name)), period.minutes // readings.step)
        for name, grid in zip(CHANNELS, grids, strict=True)
    )
    present = known_load_ids(path)
    known = np.array([load_id in present for load_id in load_ids], bool)
    return LoadData(import_w, import_var, export_w, export_var, known)


def known_load_ids(path: Path) -> set[str]:
    """Return the load_ids that occur in the load data.

    Raises
    ------
    FeederError
        The file cannot be read.
    """
    rows = _columns(path, "DISTINCT load_id", where="WHERE load_id IS NOT NULL")
    return {str(load_id) for load_id in rows["load_id"]}


def covered_period(path: Path) -> tuple[datetime, datetime]:
    """Return the first and the last stamp of the load data.

    Raises
    ------
    FeederError
        The file cannot be read, or has no rows.
    """
    ends = _columns(path, "min(time) AS first, max(time) AS last")
    if np.ma.getmaskarray(ends["first"]).any():
        raise FeederError(f"load data {path} has no rows", remedy="Import the feeder again.")
    first, last = (ends[name].astype("datetime64[us]")[0].item() for name in ("first", "last"))
    return first, last


def _readings(columns: Mapping[str, Any], load_ids: Sequence[str], period: Period) -> Readings:
    row = _rows_of(columns["load_id"], load_ids)
    kept = row >= 0
    since = columns["time"].astype("datetime64[m]") - np.datetime64(period.start, "m")
    values = {name: np.ma.filled(columns[name].astype(float), np.nan)[kept] for name in CHANNELS}
    return Readings.of(
        row[kept],
        since.astype(np.int64)[kept],
        values,
        customers=len(load_ids),
        divisors=(period.minutes, period.start.minute),
    )


def _before(path: Path, load_ids: Sequence[str], period: Period, readings: Readings) -> dict[str, FloatArray]:
    """Return each channel's last reading before the period at each clock time, (customers, slots a day)."""
    read = "FILTER (WHERE NOT isnan(CAST({name} AS DOUBLE)))"
    latest = ", ".join(f"arg_max({name}, time) {read.format(name=name)} AS {name}" for name in CHANNELS)
    clock = "CAST(date_part('hour', time) * 60 + date_part('minute', time) AS BIGINT) AS clock"
    columns = _columns(
        path,
        f"load_id, {clock}, {latest}",
        where="WHERE load_id IS NOT NULL AND time <= ? GROUP BY ALL",
        parameters=(period.start,),
    )
    row = _rows_of(columns["load_id"], load_ids)
    kept = row >= 0
    start = period.start.hour * 60 + period.start.minute
    minute = (np.asarray(columns["clock"], np.int64)[kept] - start - 1) % 1440 + 1
    values = {name: np.ma.filled(columns[name].astype(float), np.nan)[kept] for name in CHANNELS}
    day_before = readings.like(row[kept], minute, values)
    return {name: day_before.grid(name, 1440, cyclic=True) for name in CHANNELS}


def _has_gaps(grids: Sequence[FloatArray]) -> bool:
    return any(bool(np.isnan(grid).any()) for grid in grids)


def _rows_of(
    names: "np.ndarray[tuple[int], np.dtype[Any]]", load_ids: Sequence[str]
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the place of each name among the load_ids, -1 for strangers."""
    places = {load_id: place for place, load_id in enumerate(load_ids)}
    found, inverse = np.unique(names.astype(str), return_inverse=True)
    return np.array([places.get(str(name), -1) for name in found], np.int64)[inverse]


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


def _no_readings(path: Path, period: Period) -> FeederError:
    return FeederError(
        f"load data {path.name} has no reading between {period.start:%Y-%m-%d %H:%M} and "
        f"{period.end:%Y-%m-%d %H:%M}",
        remedy="Choose a period that the load data covers; `hcr DIR feeder show` tells which.",
    )
