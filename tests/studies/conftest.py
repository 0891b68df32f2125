"""Hand-made zones, series and calendars."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from hcr.network.zones import Zone
from hcr.studies.calendar import Calendar
from hcr.studies.limits import VoltageLimits
from hcr.studies.zone_series import Extreme, ZoneSeries

NONE = np.empty(0, np.int64)


@pytest.fixture
def zone() -> Zone:
    """Return a 400 V transformer zone of 100 kVA."""
    return Zone(
        name="11111111-1111-5111-8111-111111111111",
        label="tx1",
        kind="TRANSFORMER",
        head_mrid="tx1",
        head_terminal=1,
        v_base=400,
        rated_kva=100.0,
        meters=(),
        nodes=NONE,
        phases=NONE,
        branches=NONE,
        injectors=NONE,
        upstream=("00000000-0000-5000-8000-000000000000",),
    )


@pytest.fixture
def quiet(zone: Zone) -> Callable[[int], ZoneSeries]:
    """Return a maker of series of so many lanes: three phases at 1 pu, no power at all."""

    def make(lanes: int) -> ZoneSeries:
        flat, none = np.ones((3, lanes)), np.zeros(lanes)
        extreme = Extreme(value_pu=1.0, place="lv1.1", lane=0)
        return ZoneSeries(
            zone=zone,
            mean_pu=flat,
            max_pu=flat,
            min_pu=flat,
            power_kw=none,
            power_kvar=none,
            load_kw=none,
            load_kvar=none,
            generation_kw=none,
            generation_kvar=none,
            overload_normal_kw=none,
            overload_emergency_kw=none,
            lowest=extreme,
            highest=extreme,
        )

    return make


@pytest.fixture
def half_hours() -> Callable[..., Calendar]:
    """Return a maker of calendars: so many half hours after a local time, at UTC+10."""

    def make(lanes: int, after: str = "2025-01-15T10:00", year: int = 2025) -> Calendar:
        stamps = np.datetime64(after, "us") + np.timedelta64(30, "m") * np.arange(1, lanes + 1)
        return Calendar.of(stamps, hours=0.5, utc_offset=timedelta(hours=10), year=year)

    return make


@pytest.fixture
def eventful(quiet: Callable[[int], ZoneSeries]) -> ZoneSeries:
    """Return four lanes of an 11 kV zone with two phases, in which every kind of breach happens.

    With `round_limits` the limits are 1.2, 1.1, 0.9 and 0.8 pu:

    lane                    0      1      2      3
    phase A, mean [pu]   1.15   1.00   0.85   1.25
    phase B, mean [pu]   1.00   1.00   0.95   1.00
    voltage            H = 0.5     -  L = 0.5  H = 1
    """
    a, b, absent = [1.15, 1.0, 0.85, 1.25], [1.0, 1.0, 0.95, 1.0], [np.nan] * 4
    mean = np.array([a, b, absent])
    highest = mean + np.array([[0.02], [0.01], [0.0]])
    lowest = mean - np.array([[0.03], [0.01], [0.0]])
    lowest[1, 1] = 0.90
    still = quiet(4)
    return replace(
        still,
        zone=replace(still.zone, v_base=11000),
        mean_pu=mean,
        max_pu=highest,
        min_pu=lowest,
        power_kw=np.array([40.0, 10.0, 60.0, -50.0]),
        power_kvar=np.array([30.0, 0.0, 80.0, 120.0]),
        load_kw=np.array([60.0, 12.0, 80.0, 8.0]),
        load_kvar=np.array([0.0, 5.0, 60.0, 6.0]),
        generation_kw=np.array([20.0, 2.0, 20.0, 58.0]),
        generation_kvar=np.zeros(4),
        overload_normal_kw=np.array([6.0, 0.0, 65.0, 70.0]),
        overload_emergency_kw=np.array([0.0, 0.0, 7.0, 3.0]),
        lowest=Extreme(value_pu=0.82, place="mv3.1", lane=2),
        highest=Extreme(value_pu=1.27, place="mv7.1", lane=3),
    )


@pytest.fixture
def round_limits() -> VoltageLimits:
    """Return limits of 1.2, 1.1, 0.9 and 0.8 pu on medium voltage."""
    return VoltageLimits(normal_max_v=253.0, emergency_max_v=276.0, normal_min_v=207.0, emergency_min_v=184.0)
