"""Lanes that stored tables speak of, and what the tables should say if these lanes were all there are."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.powerflow.circuit import IntArray
from hcr.powerflow.lanes import Solution
from hcr.powerflow.verify import pick
from hcr.studies.case import Case
from hcr.studies.customer_recorder import CustomerRecorder
from hcr.studies.limits import VoltageLimits
from hcr.studies.meter_tables import energy_meters
from hcr.studies.seasons import Stamps
from hcr.studies.solve_task import calendar_of
from hcr.studies.zone_recorder import ZoneRecorder
from hcr.studies.zone_summary import zone_summary

Rows = Mapping[str, NDArray[Any]]

TIMES_OF_EXTREMES = ("min_voltage_timestamp", "max_voltage_timestamp")
"""Columns of the summaries that say when the extremes were."""

MOST_EXTREMES = 96
"""Times of extremes that are solved again for one table; those that most rows name come first."""


def lanes_of_extremes(utc: Stamps, tables: Iterable[Rows]) -> IntArray:
    """Return the lanes in which the tables place their extremes, ascending.

    All lanes of a time are taken: the entries of an instant share theirs.

    Parameters
    ----------
    utc : (lanes,) times of the lanes.
    """
    found = [np.empty(0, np.int64)]
    for rows in tables:
        named = [known_times(rows[column]) for column in TIMES_OF_EXTREMES if column in rows]
        times, counts = np.unique(np.concatenate([np.empty(0, utc.dtype), *named]), return_counts=True)
        often = times[np.argsort(-counts, kind="stable")][:MOST_EXTREMES]
        found.append(np.flatnonzero(np.isin(utc, often)))
    return np.unique(np.concatenate(found))


def known_times(column: NDArray[Any]) -> Stamps:
    """Return the times of a column that are not NULL, UTC."""
    values = np.ma.getdata(column).astype("datetime64[us]")
    return np.asarray(values[~np.ma.getmaskarray(column) & ~np.isnat(values)])


def tables_of(case: Case, lanes: IntArray, solution: Solution) -> dict[str, Rows]:
    """Return what the tables would say if these lanes, solved here, were all there are.

    Extremes are those among the lanes; hours and energies only those of the lanes.
    """
    part = replace(
        case,
        injections=pick(case.injections, lanes),
        stamps=case.stamps[lanes],
        entries=case.entries[lanes],
    )
    zones = ZoneRecorder(part.circuit, part.zones, len(lanes))
    customers = CustomerRecorder(part, VoltageLimits(), keep_all=False)
    zones.add(solution)
    customers.add(solution)
    calendar, series = calendar_of(part), zones.series()
    return {
        "zone_summary": zone_summary(series, calendar, customers={}),
        "customer_summary": customers.summary(calendar),
        "energy_meters_raw": energy_meters(series, calendar),
    }
