from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.seasons import Slice, slices

HALF_HOUR = np.timedelta64(30, "m")


def year_of_half_hours(year: int) -> np.ndarray:
    start, end = np.datetime64(f"{year}-01-01T00:00", "us"), np.datetime64(f"{year + 1}-01-01T00:00", "us")
    return np.arange(start + HALF_HOUR, end + HALF_HOUR, HALF_HOUR)


def by_name(parts: tuple[Slice, ...]) -> dict[tuple[str, str], int]:
    return {(part.season, part.time_of_day): len(part.lanes) for part in parts}


def slices_of(stamp: str) -> set[tuple[str, str]]:
    return set(by_name(slices(np.array([stamp], "datetime64[us]"))))


def test_a_year_has_17_slices_and_the_whole_year_is_last():
    parts = slices(year_of_half_hours(2025))

    assert len(parts) == 17
    assert (parts[-1].season, parts[-1].time_of_day, len(parts[-1].lanes)) == ("annual", "all", 17520)


def test_a_day_has_48_20_28_and_11_half_hours():
    counts = by_name(slices(year_of_half_hours(2025)))

    assert counts["winter", "all"] == 92 * 48
    assert counts["winter", "day"] == 92 * 20
    assert counts["winter", "night"] == 92 * 28
    assert counts["winter", "solar_day"] == 92 * 11


def test_seasons_of_a_leap_year_have_a_day_more_in_summer():
    normal, leap = by_name(slices(year_of_half_hours(2025))), by_name(slices(year_of_half_hours(2024)))

    # The stamp 00:00 of a season's first day ends the last half hour of the season before.
    assert normal["summer", "all"] == 90 * 48
    assert leap["summer", "all"] == 91 * 48
    assert leap["annual", "all"] == 17568
    assert {key: leap[key] - normal[key] for key in normal if key[0] in ("autumn", "winter", "spring")} == {
        (season, time): 0
        for season in ("autumn", "winter", "spring")
        for time in ("all", "day", "night", "solar_day")
    }


def test_29_february_is_summer():
    assert ("summer", "all") in slices_of("2024-02-29T12:00")


@pytest.mark.parametrize(
    ("stamp", "season"),
    [
        ("2025-02-28T23:30", "summer"),
        ("2025-03-01T00:00", "autumn"),
        ("2025-05-31T23:30", "autumn"),
        ("2025-06-01T00:00", "winter"),
        ("2025-08-31T23:30", "winter"),
        ("2025-09-01T00:00", "spring"),
        ("2025-11-30T23:30", "spring"),
        ("2025-12-01T00:00", "summer"),
        ("2026-01-01T00:00", "summer"),
    ],
)
def test_the_stamp_decides_at_season_borders(stamp: str, season: str):
    assert slices_of(stamp) == {(season, "all"), (season, "night"), ("annual", "all")}


@pytest.mark.parametrize(
    ("clock", "times"),
    [
        ("06:30", {"night"}),
        ("06:59", {"night"}),
        ("07:00", {"day"}),
        ("09:30", {"day"}),
        ("10:00", {"day", "solar_day"}),
        ("15:00", {"day", "solar_day"}),
        ("15:01", {"day"}),
        ("16:30", {"day"}),
        ("16:59", {"day"}),
        ("17:00", {"night"}),
        ("00:00", {"night"}),
    ],
)
def test_both_ends_of_a_time_of_day_are_inside(clock: str, times: set[str]):
    found = {time for season, time in slices_of(f"2025-07-01T{clock}") if season == "winter"}

    assert found == times | {"all"}


def test_slices_without_an_interval_are_left_out():
    assert slices_of("2025-07-01T12:00") == {
        ("winter", "all"),
        ("winter", "day"),
        ("winter", "solar_day"),
        ("annual", "all"),
    }


def test_no_lanes_no_slices():
    assert slices(np.empty(0, "datetime64[us]")) == ()


@given(st.lists(st.integers(0, 366 * 48), unique=True, max_size=200))
def test_every_lane_is_in_one_season_and_by_day_or_night(offsets: list[int]):
    stamps = np.datetime64("2024-01-01T00:30", "us") + HALF_HOUR * np.array(sorted(offsets), np.int64)
    parts = slices(stamps)

    def lanes(time: str) -> list[int]:
        inside = [part.lanes for part in parts if part.time_of_day == time and part.season != "annual"]
        return sorted(lane for some in inside for lane in some)

    assert lanes("all") == list(range(len(stamps)))
    assert sorted(lanes("day") + lanes("night")) == list(range(len(stamps)))
    assert set(lanes("solar_day")) <= set(lanes("day"))
    assert all(first < second for part in parts for first, second in pairwise(part.lanes))
