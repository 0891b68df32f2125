"""Readings of some customers out of a load data file, as numbers.

Identifiers stay in the database: it joins the file with the customers that are wanted and gives back their
numbers. A year of 2,000 customers is 35 million rows; as Python text their names alone take gigabytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from hcr.errors import FeederError, UnreadableTableError
from hcr.network.reading_grid import DAY, LONGEST_READING, Readings, Spacing
from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray
from hcr.results.parquet import Columns, read_parquet

CHANNELS = ("import_w", "import_var", "export_w", "export_var")

MARGIN = timedelta(minutes=LONGEST_READING)
"""Readings this far outside a span are read too: an hourly one may reach into it."""

Rows = dict[str, Any]
"""Columns of readings by name; missing values are masked."""

_MINUTE_US = 60_000_000
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class StoredReadings:
    """The readings of some customers between two moments.

    Attributes
    ----------
    path : load data file.
    load_ids : of the customers, sorted as the file is; the place here is the row of a reading.
    start, end : local standard time; readings end after `start` and not after `end`.
    """

    path: Path
    load_ids: Sequence[str]
    start: datetime
    end: datetime

    def ends(self) -> tuple[IntArray, IntArray]:
        """Return customer and end of each reading [min after the start], (readings,) int each."""
        columns = self._within(f"place, {self._minute()}", slice(None))
        return columns["place"], columns["minute"]

    def rows(self, customers: slice) -> Rows:
        """Return `place`, `minute` and channels of some of the customers, numbered from the first of them."""
        return self._within(f"place, {self._minute()}, {', '.join(CHANNELS)}", customers)

    def of(self, customers: slice, spacing: Spacing, rows: Rows | None = None) -> Readings:
        """Return the readings of some of the customers; `rows` are theirs where they were read before."""
        columns = self.rows(customers) if rows is None else rows
        return Readings(
            columns["place"], columns["minute"], _numbers(columns), spacing.of_customers(customers)
        )

    def latest(self, customers: slice, gaps: IntArray, spacing: Spacing) -> dict[str, FloatArray]:
        """Return each channel's last reading before the start at each clock time, (customers, slots a day).

        Parameters
        ----------
        gaps : those of `customers` that have gaps, counted from the first; the others' are not looked up.
        """
        read = "FILTER (WHERE NOT isnan(CAST({name} AS DOUBLE)))"
        last = ", ".join(f"arg_max({name}, time) {read.format(name=name)} AS {name}" for name in CHANNELS)
        clock = "CAST(date_part('hour', time) * 60 + date_part('minute', time) AS INTEGER) AS clock"
        columns = columns_of(
            self.path,
            f"place, {clock}, {last}",
            where="JOIN wanted USING (load_id) WHERE time <= ? GROUP BY place, clock",
            parameters=(self.start,),
            joined=_wanted([self.load_ids[customers][at] for at in gaps], gaps),
        )
        start = self.start.hour * 60 + self.start.minute
        minute = (columns["clock"] - start - 1) % DAY + 1
        readings = Readings(columns["place"], minute, _numbers(columns), spacing.of_customers(customers))
        return readings.grids(CHANNELS, DAY, cyclic=True)

    def known(self, seen: IntArray) -> BoolArray:
        """Return which customers have a reading at any time, (customers,) bool.

        Parameters
        ----------
        seen : customers of whom a reading was read already; the file is asked about the others only.
        """
        known = np.zeros(len(self.load_ids), bool)
        known[seen] = True
        others = np.flatnonzero(~known)
        if len(others):
            joined = _wanted([self.load_ids[at] for at in others.tolist()], others)
            rows = columns_of(self.path, "DISTINCT place", where="JOIN wanted USING (load_id)", joined=joined)
            known[rows["place"]] = True
        return known

    def _minute(self) -> str:
        start = (self.start - _EPOCH) // timedelta(minutes=1)
        return f"CAST(epoch_us(time) // {_MINUTE_US} - {start} AS INTEGER) AS minute"

    def _within(self, select: str, customers: slice) -> Rows:
        load_ids = self.load_ids[customers]
        return columns_of(
            self.path,
            select,
            # The bounds let the database skip the parts of a sorted file that hold other customers only.
            where="JOIN wanted USING (load_id) WHERE load_id BETWEEN ? AND ? AND time > ? AND time <= ?",
            parameters=(load_ids[0], load_ids[-1], self.start - MARGIN, self.end + MARGIN),
            joined=_wanted(load_ids, np.arange(len(load_ids))),
        )


def columns_of(
    path: Path,
    select: str,
    *,
    where: str = "",
    parameters: Sequence[object] = (),
    joined: Mapping[str, Columns] | None = None,
) -> dict[str, Any]:
    """Return columns of a load data file; see `read_parquet`.

    Raises
    ------
    FeederError
        The file cannot be read.
    """
    try:
        return read_parquet(path, select, where=where, parameters=parameters, joined=joined)
    except UnreadableTableError as error:
        raise FeederError(
            f"load data {path} cannot be read",
            why=error.why,
            remedy="It needs columns load_id, time, import_w, import_var, export_w, export_var.",
        ) from error


def _wanted(load_ids: Sequence[str], places: IntArray) -> dict[str, Columns]:
    return {"wanted": {"load_id": np.array(load_ids, object), "place": places.astype(np.int32)}}


def _numbers(columns: Mapping[str, Any]) -> dict[str, FloatArray]:
    return {name: np.ma.filled(columns[name].astype(float, copy=False), np.nan) for name in CHANNELS}
