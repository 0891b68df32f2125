"""Which lanes the referee takes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.checked_lanes import LimitDistance, RefereeRules, closest, near_limit_lanes, sampled_lanes
from hcr.studies.limits import VoltageLimits
from hcr.studies.zone_series import ZoneSeries


@given(total=st.integers(1, 2000), wanted=st.integers(0, 100), seed=st.integers(0, 2**31))
def test_a_sample_has_the_ends_and_no_lane_twice(total: int, wanted: int, seed: int):
    lanes = sampled_lanes(total, wanted, seed=seed)
    assert {0, total - 1} <= set(lanes.tolist())
    assert len(lanes) == min(total, max(wanted, 2))
    assert (np.diff(lanes) > 0).all()
    assert 0 <= lanes.min() <= lanes.max() < total


def test_a_sample_is_that_of_its_seed():
    one = sampled_lanes(1000, 24, seed=1)
    assert one.tolist() == sampled_lanes(1000, 24, seed=1).tolist()
    assert one.tolist() != sampled_lanes(1000, 24, seed=2).tolist()


def test_lanes_close_to_a_limit_come_with_the_closest_first(quiet: Callable[[int], ZoneSeries]):
    series = quiet(6)
    limits = VoltageLimits()
    high = limits.in_pu(series.zone).normal_max
    low = limits.in_pu(series.zone).normal_min
    highest, lowest = np.ones((3, 6)), np.ones((3, 6))
    highest[1] = [1.0, high + 0.0015, high + 0.003, high - 0.0001, 1.0, 1.0]
    lowest[2, 5] = low + 0.001
    found = near_limit_lanes([replace(series, max_pu=highest, min_pu=lowest)], limits, rules=RefereeRules())
    assert found.tolist() == [3, 5, 1]
    few = RefereeRules(near_limit_lanes=2)
    found = near_limit_lanes([replace(series, max_pu=highest, min_pu=lowest)], limits, rules=few)
    assert found.tolist() == [3, 5]


def test_a_mean_close_to_a_limit_counts_as_the_hours_do(quiet: Callable[[int], ZoneSeries]):
    series = quiet(2)
    mean = np.ones((3, 2))
    mean[0, 1] = VoltageLimits().in_pu(series.zone).emergency_max
    assert near_limit_lanes(
        [series, replace(series, mean_pu=mean)], VoltageLimits(), rules=RefereeRules()
    ).tolist() == [1]


def test_phases_without_nodes_are_close_to_nothing(quiet: Callable[[int], ZoneSeries]):
    series = quiet(2)
    none = np.full((3, 2), np.nan)
    dark = replace(series, mean_pu=none, max_pu=none, min_pu=none)
    assert not len(near_limit_lanes([dark], VoltageLimits(), rules=RefereeRules()))
    assert not len(near_limit_lanes([], VoltageLimits(), rules=RefereeRules()))


def test_the_distance_is_that_of_the_nearest_limit(quiet: Callable[[int], ZoneSeries]):
    zone = quiet(1).zone
    pu = VoltageLimits().in_pu(zone)
    mean = np.array([[1.0, np.nan], [1.0, np.nan], [pu.normal_min + 0.01, np.nan]])
    none = np.full((3, 2), np.nan)

    distance = LimitDistance.of([zone], VoltageLimits()).nearest(mean, none, none)

    np.testing.assert_allclose(distance, [0.01, np.inf])


def test_every_lane_that_a_tolerance_could_tip_over_a_limit_is_taken() -> None:
    distance = np.array([5e-6, 1e-3, 1e-5, 9e-6, 5e-4, 0.1])
    assert closest(distance, RefereeRules(near_limit_lanes=1)).tolist() == [0, 3, 2]
    assert closest(distance, RefereeRules(near_limit_lanes=4)).tolist() == [0, 3, 2, 4]
    assert closest(distance, RefereeRules()).tolist() == [0, 3, 2, 4, 1]
