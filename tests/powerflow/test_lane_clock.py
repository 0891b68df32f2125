"""When a lane is."""

import numpy as np
import pytest

from hcr.powerflow.lane_clock import hours_of_day, seconds_of
from hcr.powerflow.lanes import Injections


def injections(hours: list[float], step: float) -> Injections:
    nothing = np.empty((0, len(hours)))
    return Injections(np.array(hours), (), nothing, nothing, step)


@pytest.mark.parametrize("mode", ["daily", "yearly"])
def test_a_lane_is_at_the_end_of_its_interval(mode: str) -> None:
    assert seconds_of(injections([0.5, 1.0, 24.0], 0.5), mode).tolist() == [1800.0, 3600.0, 86400.0]


def test_in_a_snapshot_the_clock_stands_at_its_beginning() -> None:
    assert seconds_of(injections([1.0, 2.0], 1.0), "snapshot").tolist() == [0.0, 3600.0]


def test_five_minutes_add_up() -> None:
    hours = (np.arange(1, 289) / 12).tolist()
    np.testing.assert_allclose(seconds_of(injections(hours, 1 / 12), "daily"), 300.0 * np.arange(1, 289))


@pytest.mark.parametrize(
    ("hour", "of_day"),
    [(0.5, 0.5), (7.25, 7.25), (24.0, 24.0), (24.5, 0.5), (25.0, 1.0), (47.5, 23.5), (48.0, 24.0)],
)
def test_the_time_of_day_counts_hours_up_to_24(hour: float, of_day: float) -> None:
    assert hours_of_day(np.array([3600.0 * hour]))[0] == pytest.approx(of_day)
