"""When the lanes of a task are: local stamps, their UTC, seasons, and which lanes follow one another."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from hcr.powerflow.circuit import BoolArray
from hcr.studies.seasons import Slice, Stamps, slices


@dataclass(frozen=True, slots=True)
class Calendar:
    """The time of each lane.

    Attributes
    ----------
    stamps : (lanes,) datetime64[us], interval-ending local standard time, labelled in the modelled year.
    hours : length of an interval [h].
    utc_offset : local standard time minus UTC.
    year : modelled year.
    slices : the parts of the year that hold at least one lane.
    """

    stamps: Stamps
    hours: float
    utc_offset: timedelta
    year: int
    slices: tuple[Slice, ...]

    @classmethod
    def of(cls, stamps: Stamps, *, hours: float, utc_offset: timedelta, year: int) -> "Calendar":
        """Return the calendar of lanes with these stamps; see the attributes."""
        exact = stamps.astype("datetime64[us]")
        return cls(exact, hours, utc_offset, year, slices(exact))

    @property
    def utc(self) -> Stamps:
        """Return the interval-ending stamps in UTC, (lanes,) datetime64[us]."""
        return self.stamps - np.timedelta64(self.utc_offset)

    @property
    def first_of_year(self) -> np.datetime64:
        """Return the stamp of rows about the year: its 1 January, 00:00 UTC (results_tables, A1)."""
        return np.datetime64(f"{self.year:04d}-01-01T00:00", "us")

    @property
    def step(self) -> np.timedelta64:
        """Return the length of an interval."""
        return np.timedelta64(round(self.hours * 3600e6), "us")

    @property
    def start(self) -> datetime:
        """Return the beginning of the first interval, UTC, without a zone."""
        return _moment(self.utc.min() - self.step)

    @property
    def end(self) -> datetime:
        """Return the end of the last interval, UTC, without a zone."""
        return _moment(self.utc.max())

    def first_of_run(self, active: BoolArray) -> BoolArray:
        """Return the lanes that begin an event: active, and the interval before is not.

        Decided on the whole series, not per slice (results_tables, A11). A lane whose interval does not
        follow that of the lane before begins anew.
        """
        before = np.zeros_like(active)
        before[1:] = active[:-1] & (np.diff(self.stamps) == self.step)
        return active & ~before


def _moment(stamp: np.datetime64) -> datetime:
    return datetime.fromisoformat(str(stamp.astype("datetime64[s]")))
