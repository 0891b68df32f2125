from datetime import datetime, timedelta

import numpy as np
import pytest

from hcr.network.load_data import Period
from hcr.studies.calendar import Calendar


def calendar_of(*stamps: str) -> Calendar:
    return Calendar.of(
        np.array(stamps, "datetime64[us]"), hours=0.5, utc_offset=timedelta(hours=10), year=2025
    )


def test_a_period_gives_one_lane_an_interval():
    period = Period(datetime(2025, 1, 1), intervals=48, minutes=30)

    calendar = Calendar.of(period.stamps(), hours=period.hours, utc_offset=timedelta(hours=10), year=2025)

    assert calendar.hours == 0.5
    assert str(calendar.stamps[0]) == "2025-01-01T00:30:00.000000"
    assert str(calendar.utc[0]) == "2024-12-31T14:30:00.000000"
    assert calendar.start == datetime(2024, 12, 31, 14)
    assert calendar.end == datetime(2025, 1, 1, 14)
    assert calendar.slices[-1].season == "annual"


def test_offsets_with_half_hours_work():
    calendar = Calendar.of(
        np.array(["2025-01-01T09:30"], "datetime64[us]"),
        hours=0.5,
        utc_offset=timedelta(hours=9.5),
        year=2025,
    )

    assert str(calendar.utc[0]) == "2025-01-01T00:00:00.000000"


def test_rows_about_the_year_are_stamped_at_its_first_moment_in_utc():
    assert str(calendar_of("2025-07-01T12:00").first_of_year) == "2025-01-01T00:00:00.000000"


def test_an_event_begins_where_the_interval_before_is_not_active():
    calendar = calendar_of(
        *(f"2025-07-01T{hour:02d}:{minute}" for hour in (1, 2, 3) for minute in ("00", "30"))
    )
    active = np.array([True, True, False, True, False, True])

    assert calendar.first_of_run(active).tolist() == [True, False, False, True, False, True]


def test_an_event_does_not_reach_over_a_gap_in_time():
    calendar = calendar_of("2025-07-01T01:00", "2025-07-01T01:30", "2025-07-03T01:00", "2025-07-03T01:30")

    assert calendar.first_of_run(np.ones(4, bool)).tolist() == [True, False, True, False]


@pytest.mark.parametrize("active", [True, False])
def test_a_single_interval_is_an_event_if_active(active: bool):
    assert calendar_of("2025-07-01T01:00").first_of_run(np.array([active])).tolist() == [active]
