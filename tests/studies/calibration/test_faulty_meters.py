"""Meters that are not to be believed are named with the reason; the others are not."""

import numpy as np

from hcr.studies.calibration.faulty_meters import deviation, far_off, spread_of, unsteady
from hcr.studies.calibration.metering import Metering, documented_band

RNG = np.random.default_rng(3)
TIMES = 40


def readings(customers: int) -> np.ndarray:
    """Return voltages with the usual noise, (customers, times) [V]."""
    return 240.0 * (1.0 + 0.005 * RNG.standard_normal((customers, TIMES)))


def test_a_stuck_meter_is_named_with_what_it_reads():
    volts = readings(6)
    volts[2] = 241.3

    reasons = unsteady(volts, np.log(volts / 240.0))

    assert reasons[2] == "it always reads 241.3 V"
    assert not any(reasons[:2] + reasons[3:])


def test_a_meter_that_does_not_follow_the_network_is_named():
    volts = readings(6)
    volts[4] *= 1.0 + 0.04 * np.sin(np.arange(TIMES))

    reasons = unsteady(volts, np.log(volts / 240.0))

    assert reasons[4].startswith("it wanders by ")
    assert not any(reasons[:4])


def test_few_readings_may_be_alike():
    volts = np.full((3, TIMES), np.nan)
    volts[:, :4] = 240.0

    assert unsteady(volts, np.zeros_like(volts)) == ["", "", ""]


def test_a_meter_far_from_its_neighbours_is_named():
    offsets = np.array([0.0, 0.001, -0.001, 0.0, 0.031])
    metering = Metering(np.ones((5, 1)), documented_band(5), np.zeros(5, int), (None,), np.zeros(1, int))

    assert far_off(offsets, metering, np.ones(5, bool)) == [*[""] * 4, "it is 3.1 % from its neighbours"]


def test_spreads_are_standard_deviations_of_normal_noise():
    noise = RNG.standard_normal((3, 20_000))

    np.testing.assert_allclose(spread_of(noise), 1.0, rtol=0.05)
    np.testing.assert_allclose(deviation(noise[0]), 1.0, rtol=0.05)
    assert deviation(np.empty(0)) == 0.0
