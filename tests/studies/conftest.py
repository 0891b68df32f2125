"""Hand-made zones, series and calendars."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from hcr.network.zones import Zone
from hcr.studies.calendar import Calendar
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
