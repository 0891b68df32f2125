"""Seasons and times of day, and which lanes fall into them (results_tables, section 5).

A lane belongs where its interval-ending local stamp lies, both ends inclusive: `day` 07:00-16:59 holds the
20 half hours stamped 07:00 to 16:30. Summer of a year is its own January, February and December, 29 February
included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hcr.powerflow.circuit import IntArray

Stamps = NDArray[np.datetime64]

SEASONS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"summer": (12, 1, 2), "autumn": (3, 4, 5), "winter": (6, 7, 8), "spring": (9, 10, 11)}
)
"""Months of each season, southern hemisphere."""

TIMES_OF_DAY: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "all": (0, 1439),
        "day": (7 * 60, 16 * 60 + 59),
        "night": (17 * 60, 6 * 60 + 59),
        "solar_day": (10 * 60, 15 * 60),
    }
)
"""First and last minute of the day, both inside; a range may run over midnight."""

ANNUAL = "annual"
"""Season of the row over the whole year; its time of day is `all`."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the year: a season at a time of day. `lanes` : (n,) int, ascending, n > 0."""

    season: str
    time_of_day: str
    lanes: IntArray


def slices(stamps: Stamps) -> tuple[Slice, ...]:
    """Return the slices that hold at least one lane, season by season, the whole year last.

    Parameters
    ----------
    stamps : (lanes,) datetime64, interval-ending local time of the modelled year.
    """
    month = stamps.astype("datetime64[M]").astype(np.int64) % 12 + 1
    minute = (stamps - stamps.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64)
    parts = [
        Slice(
            season, time, np.flatnonzero(np.isin(month, months) & _between(minute, *limits)).astype(np.int64)
        )
        for season, months in SEASONS.items()
        for time, limits in TIMES_OF_DAY.items()
    ]
    parts.append(Slice(ANNUAL, "all", np.arange(len(stamps), dtype=np.int64)))
    return tuple(part for part in parts if len(part.lanes))


def _between(minute: IntArray, first: int, last: int) -> NDArray[np.bool_]:
    inside = (minute >= first, minute <= last)
    return inside[0] & inside[1] if first <= last else inside[0] | inside[1]
