"""Load data of a feeder: what its customers import and export, interval by interval.

`load_data.parquet` is a long table: load_id, time (local standard time, interval-ending), import_w,
import_var, export_w, export_var, and optionally v_v (metered voltage). Import and export stay apart, as
meters record them: import becomes load, export becomes generation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from hcr.errors import FeederError
from hcr.network.reading_grid import Spacing, fill_gaps_from_days_before, mean_over
from hcr.network.stored_readings import CHANNELS, StoredReadings, columns_of
from hcr.powerflow.circuit import BoolArray, FloatArray

PART_MINUTES = 200 * 365 * 1440
"""Minutes of all customers that are read at a time: a year of 200, some 300 MB."""


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
    missing : share of the readings that known customers lack in the period, 0 to 1; they were filled.
    """

    import_w: FloatArray
    import_var: FloatArray
    export_w: FloatArray
    export_var: FloatArray
    known: BoolArray
    missing: float = 0.0

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
    order = np.array(sorted(range(len(load_ids)), key=load_ids.__getitem__), np.int64)
    stored = StoredReadings(path, [load_ids[at] for at in order], period.start, period.end)
    divisors = (period.minutes, period.start.minute)
    parts = list(_parts(len(load_ids), period))
    whole = stored.rows(parts[0]) if len(parts) == 1 else None  # the file is read once where it fits
    row, minute = (whole["place"], whole["minute"]) if whole else stored.ends()
    spacing = Spacing.of(row, minute, customers=len(load_ids), divisors=divisors)
    channels = np.zeros((len(CHANNELS), len(load_ids), period.intervals))
    found, missing = False, np.zeros(len(load_ids))
    for part in parts:
        grids = stored.of(part, spacing, whole).grids(CHANNELS, period.minutes * period.intervals)
        gaps = _gaps(grids)
        found = found or not gaps.all()
        missing[order[part]] = gaps[0].mean(axis=1)
        rows = np.flatnonzero(gaps.any(axis=(0, 2)))
        before = stored.latest(part, rows, spacing) if fill_gaps and len(rows) else {}
        for channel, (name, grid) in zip(channels, grids.items(), strict=True):
            filled = fill_gaps_from_days_before(grid, before.get(name))
            channel[order[part]] = mean_over(filled, period.minutes // spacing.step)
    if not found:
        raise _no_readings(path, period)
    known = np.zeros(len(load_ids), bool)
    known[order] = stored.known(row)
    import_w, import_var, export_w, export_var = channels
    share = float(missing[known].mean()) if known.any() else 0.0
    return LoadData(import_w, import_var, export_w, export_var, known, share)


def known_load_ids(path: Path) -> set[str]:
    """Return the load_ids that occur in the load data.

    Raises
    ------
    FeederError
        The file cannot be read.
    """
    rows = columns_of(path, "DISTINCT load_id", where="WHERE load_id IS NOT NULL")
    return {str(load_id) for load_id in rows["load_id"]}


def covered_period(path: Path) -> tuple[datetime, datetime]:
    """Return the first and the last stamp of the load data.

    Raises
    ------
    FeederError
        The file cannot be read, or has no rows.
    """
    ends = columns_of(path, "min(time) AS first, max(time) AS last")
    if np.ma.getmaskarray(ends["first"]).any():
        raise FeederError(f"load data {path} has no rows", remedy="Import the feeder again.")
    first, last = (ends[name].astype("datetime64[us]")[0].item() for name in ("first", "last"))
    return first, last


def _parts(customers: int, period: Period) -> Iterator[slice]:
    """Yield the customers in parts of about `PART_MINUTES`, which keeps the memory of a year small."""
    size = max(PART_MINUTES // (period.minutes * period.intervals), 1)
    for first in range(0, customers, size):
        yield slice(first, min(first + size, customers))


def _gaps(grids: Mapping[str, FloatArray]) -> BoolArray:
    """Return where channels have gaps, (channels, customers, slots) bool."""
    return np.stack([np.isnan(grid) for grid in grids.values()])


def _no_readings(path: Path, period: Period) -> FeederError:
    return FeederError(
        f"load data {path.name} has no reading between {period.start:%Y-%m-%d %H:%M} and "
        f"{period.end:%Y-%m-%d %H:%M}",
        remedy="Choose a period that the load data covers; `hcr DIR feeder show` tells which.",
    )
