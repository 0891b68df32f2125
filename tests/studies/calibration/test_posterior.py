"""Probabilities of positions, against what they must be in plain cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.calibration.posterior import LEVELS, Group, level_prior, posterior

STEP = 0.025
GAINS = np.arange(-3, 5) * STEP  # positions 1 to 8, now at 4
SPREAD = 0.004
PRIOR = level_prior(stated=False)


def group(errors: np.ndarray, gains: np.ndarray) -> Group:
    """Return a transformer whose customers differ by the usual spread."""
    return Group(errors, np.full(len(errors), SPREAD), gains)


def seen(position: int, *, level: float = 0.0, customers: int = 12, gains: np.ndarray = GAINS) -> Group:
    """Return a transformer that shows exactly what its position and the upstream level make of it."""
    return group(np.full(customers, gains[position - 1] + level), gains)


def test_clear_voltages_leave_no_doubt():
    found = posterior([seen(position) for position in (2, 4, 4, 5, 7)], PRIOR)

    assert [1 + int(one.argmax()) for one in found.positions] == [2, 4, 4, 5, 7]
    assert all(one.max() > 0.99 for one in found.at_level)
    assert found.level == pytest.approx(0.0, abs=1e-3)


@given(st.integers(1, 8), st.floats(-0.008, 0.008))
def test_probabilities_sum_to_one(position: int, level: float):
    found = posterior([seen(position, level=level), seen(4, level=level)], PRIOR)

    assert all(one.sum() == pytest.approx(1.0) for one in found.positions)
    assert 0.0 <= found.other_probability <= 1.0


def test_the_upstream_level_is_not_taken_for_taps():
    found = posterior([seen(position, level=-0.009) for position in (3, 4, 5, 6)], PRIOR)

    assert [1 + int(one.argmax()) for one in found.positions] == [3, 4, 5, 6]
    assert found.level == pytest.approx(-0.009, abs=1e-3)


def test_half_a_step_upstream_is_a_doubt_about_all_taps():
    found = posterior([seen(position, level=STEP / 2) for position in (3, 4, 5, 6)], PRIOR)

    assert found.other_probability == pytest.approx(0.5, abs=0.05)
    assert found.other_level == pytest.approx(found.level - np.sign(found.level) * STEP, abs=2e-3)
    assert all(one.max() < 0.6 for one in found.positions)


def test_customers_who_see_no_tap_end_that_doubt():
    fixed = group(np.full(6, STEP / 2), np.zeros(1))

    found = posterior([*(seen(position, level=STEP / 2) for position in (3, 4, 5, 6)), fixed], PRIOR)

    assert [1 + int(one.argmax()) for one in found.positions[:4]] == [3, 4, 5, 6]
    assert found.other_probability < 0.01


def test_one_wrong_meter_among_several_moves_nothing():
    errors = np.array([0.0, 0.001, -0.001, 0.002, 0.06])

    found = posterior([group(errors, GAINS), seen(4), seen(5)], PRIOR)

    assert found.at_level[0].argmax() == 3
    assert found.at_level[0].max() > 0.98


def test_two_meters_that_contradict_each_other_leave_a_doubt():
    found = posterior([group(np.array([0.0, STEP]), GAINS), seen(4), seen(5), seen(6)], PRIOR)

    assert found.positions[0].max() < 0.6
    assert found.positions[0][3] == pytest.approx(found.positions[0][4], rel=0.05)


def test_an_error_between_two_positions_is_shared_by_them():
    found = posterior([group(np.full(20, STEP / 2), GAINS), seen(4), seen(5), seen(6)], PRIOR)

    assert found.positions[0][3] == pytest.approx(found.positions[0][4], abs=0.1)


def test_a_group_says_the_same_in_any_order():
    groups = [seen(3), seen(6, customers=2), seen(4, customers=5)]

    forth, back = posterior(groups, PRIOR), posterior(groups[::-1], PRIOR)

    for one, other in zip(forth.positions, back.positions[::-1], strict=True):
        np.testing.assert_allclose(one, other)


def test_a_step_upstream_is_never_ruled_out_by_voltages_alone():
    found = posterior([seen(position) for position in (3, 4, 5, 6)], PRIOR)

    assert 0.01 < found.other_probability < 0.1
    assert abs(found.other_level) == pytest.approx(STEP, abs=2e-3)


def test_a_stated_source_ends_that_doubt():
    found = posterior([seen(position, level=0.004) for position in (3, 4, 5, 6)], level_prior(stated=True))

    assert found.other_probability < 1e-3


@pytest.mark.parametrize("stated", [True, False])
def test_the_prior_is_a_density(stated: bool):
    assert level_prior(stated=stated).sum() * (LEVELS[1] - LEVELS[0]) == pytest.approx(1.0, abs=0.01)
