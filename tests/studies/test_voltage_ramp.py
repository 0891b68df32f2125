import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.limits import PuLimits
from hcr.studies.voltage_ramp import (
    any_above,
    any_below,
    highest_phase,
    lowest_phase,
    phase_mean,
    phases_present,
    share_at_risk,
    share_high,
    share_low,
)

NAN = float("nan")
LIMITS = PuLimits(normal_max=1.10, emergency_max=1.14, normal_min=0.94, emergency_min=0.90)


def test_the_upper_ramp_rises_from_vh1_to_vh2():
    assert share_high(np.array([1.0, 1.10, 1.12, 1.14, 1.3]), LIMITS) == pytest.approx([0, 0, 0.5, 1, 1])


def test_the_lower_ramp_rises_from_vl1_down_to_vl2():
    assert share_low(np.array([1.0, 0.94, 0.92, 0.90, 0.5]), LIMITS) == pytest.approx([0, 0, 0.5, 1, 1])


def test_an_absent_phase_is_never_at_risk():
    assert share_high(np.array([NAN]), LIMITS).tolist() == [0.0]
    assert share_low(np.array([NAN]), LIMITS).tolist() == [0.0]


def test_the_worst_phase_of_either_side_counts_and_the_sum_is_capped():
    mean = np.array([[1.12, 1.11, 1.14], [1.11, 0.93, 0.90], [1.0, NAN, 1.0]])

    assert share_at_risk(mean, LIMITS) == pytest.approx([0.5, 0.5, 1.0])


def test_limits_are_broken_beyond_them_not_at_them():
    voltage = np.array([[1.10, 1.1001, NAN], [1.0, 1.0, 1.0], [NAN, NAN, NAN]])

    assert any_above(voltage, 1.10).tolist() == [False, True, False]
    assert any_below(-voltage, -1.10).tolist() == [False, True, False]


def test_phases_are_counted_and_averaged_without_the_absent_ones():
    voltage = np.array([[1.0, 1.1], [NAN, NAN], [1.2, 0.9]])

    assert phases_present(voltage) == 2
    assert phase_mean(voltage) == pytest.approx([1.1, 1.0])
    assert highest_phase(voltage).tolist() == [1.2, 1.1]
    assert lowest_phase(voltage).tolist() == [1.0, 0.9]


def test_a_zone_without_nodes_has_no_voltage_and_no_risk():
    nothing = np.full((3, 2), NAN)

    assert phases_present(nothing) == 0
    assert np.isnan(phase_mean(nothing)).all()
    assert np.isnan(highest_phase(nothing)).all()
    assert share_at_risk(nothing, LIMITS).tolist() == [0.0, 0.0]


@given(st.lists(st.floats(0.0, 2.0), min_size=3, max_size=3))
def test_shares_lie_between_nothing_and_all(phases: list[float]):
    share = share_at_risk(np.array(phases).reshape(3, 1), LIMITS)

    assert 0.0 <= share[0] <= 1.0


@given(st.floats(0.5, 1.5), st.floats(0.0, 0.3))
def test_higher_voltage_is_never_less_at_risk_above_nor_more_below(voltage: float, more: float):
    low, high = np.array([voltage]), np.array([voltage + more])

    assert share_high(high, LIMITS) >= share_high(low, LIMITS)
    assert share_low(high, LIMITS) <= share_low(low, LIMITS)
