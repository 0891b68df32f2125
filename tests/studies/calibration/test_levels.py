"""What all transformers share is told from what one has alone."""

from dataclasses import replace

import numpy as np

from hcr.studies.calibration.levels import group_errors, polish
from hcr.studies.calibration.metering import NOWHERE, Metering, documented_band


def metering(groups: int, customers: int, times: int) -> Metering:
    """Return meters of several groups; their readings do not matter here."""
    count = groups * customers
    group = np.repeat(np.arange(groups), customers)
    return Metering(
        np.full((count, times), 240.0), documented_band(count), group, (None,) * groups, np.zeros(groups, int)
    )


def test_places_and_times_come_apart():
    place, time = np.array([-0.05, 0.0, 0.025]), np.array([0.01, -0.01, 0.0, 0.002, -0.002])
    errors = np.repeat(place, 4)[:, None] + time

    levels = polish(errors, metering(3, 4, 5), np.ones(5, bool))

    np.testing.assert_allclose(levels.by_time, np.tile(time, (3, 1)), atol=1e-12)


def test_a_transformer_far_off_does_not_pull_the_level():
    errors = np.zeros((12, 6))
    errors[:4] += 0.2

    levels = polish(errors, metering(3, 4, 6), np.ones(6, bool))

    np.testing.assert_allclose(levels.by_time, 0.0, atol=1e-12)


def test_the_level_of_a_time_that_is_not_fitted_follows_from_the_others():
    errors = np.repeat([0.0, 0.025, 0.05], 4)[:, None] + np.array([0.0, 0.0, 0.03])

    levels = polish(errors, metering(3, 4, 3), np.array([True, True, False]))

    np.testing.assert_allclose(levels.by_time, np.tile([0.0, 0.0, 0.03], (3, 1)), atol=1e-12)


def test_a_group_without_readings_has_no_error():
    errors = np.zeros((8, 2))
    errors[4:] = np.nan

    assert np.isnan(group_errors(errors, metering(2, 4, 2))[1]).all()
    assert np.isfinite(polish(errors, metering(2, 4, 2), np.ones(2, bool)).by_time).all()


def test_at_a_time_kept_back_a_group_has_no_say_in_its_own_level():
    errors = np.zeros((12, 3))
    errors[:4, 2] = 0.1

    levels = polish(errors, metering(3, 4, 3), np.array([True, True, False]))

    np.testing.assert_allclose(levels.by_time[:, 2], [0.0, 0.05, 0.05], atol=1e-12)
    assert np.isnan(polish(errors[:4], metering(1, 4, 3), np.array([True, True, False])).by_time[0, 2])


def test_groups_that_share_no_times_are_not_compared():
    errors = np.full((16, 8), np.nan)
    errors[:8, :4], errors[8:, 4:] = 0.0, 0.02

    levels = polish(errors, metering(4, 4, 8), np.ones(8, bool))

    assert levels.block.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(levels.by_time, 0.0, atol=1e-12)


def test_a_regulator_between_groups_parts_their_levels():
    meters = replace(metering(4, 4, 5), section=np.array([7, 7, 3, NOWHERE]))

    levels = polish(np.zeros((16, 5)), meters, np.ones(5, bool))

    assert levels.block.tolist() == [0, 0, 1, 2]
