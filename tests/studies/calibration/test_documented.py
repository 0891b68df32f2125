"""The rule of the original service, on numbers that can be checked by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hcr.network.tap_changer import TapChanger
from hcr.studies.calibration.documented import _rounded, find_by_rule
from hcr.studies.calibration.metering import Metering, documented_band

SIMULATED = 240.0
TAP = TapChanger("Transformer.t", 1, True, tuple(1.0 - 0.025 * (p - 4) for p in range(1, 9)), 1.0)


def found(measured: list[float], before: int = 4) -> tuple[int | None, str]:
    """Return position and reason for a transformer whose customers all should read 240 V."""
    volts = np.array(measured)[:, None]
    metering = Metering(
        volts, documented_band(len(volts)), np.zeros(len(volts), int), (TAP,), np.zeros(1, int)
    )
    findings = find_by_rule(metering, {0: before}, lambda _: np.full(volts.shape, SIMULATED))
    (tap,) = findings.taps
    return tap.found, tap.reason


@pytest.mark.parametrize(
    ("percent", "steps"), [(0.0, 0), (1.2, 0), (1.3, 1), (2.5, 1), (3.7, 1), (3.8, 2), (-1.3, -1), (-5.0, -2)]
)
def test_steps_change_at_1_25_and_3_75_percent(percent: float, steps: int):
    assert found([SIMULATED * (1 + percent / 100)] * 3) == (4 + steps, "")


@pytest.mark.parametrize(("value", "whole"), [(0.5, 1), (-0.5, -1), (1.5, 2), (0.49, 0), (-2.5, -3)])
def test_halves_go_away_from_zero(value: float, whole: int):
    assert _rounded(value) == whole


def test_the_mean_is_unweighted_over_customers():
    assert found([240.0, 240.0, 264.0 * 0.99])[0] == 5  # mean 247.1: 2.96 %


def test_positions_stay_within_the_limits():
    assert found([262.9] * 3, before=7)[0] == 8
    assert found([181.0] * 3, before=3)[0] == 1


def test_a_quarter_of_the_customers_is_too_few():
    assert found([250.0, np.nan, 0.0, 300.0]) == (
        None,
        "1 of 4 customers have a valid voltage, more than a quarter is needed",
    )
    assert found([252.1, 252.1, 0.0, 300.0])[0] == 6


def test_voltages_of_other_transformers_do_not_count(street: Callable[..., Any]):
    one = street((4, 6), noise=0.0, times=1)

    findings = find_by_rule(one.metering, one.before, one.simulate)

    assert findings.positions() == one.truth
    assert findings.solves == 2
    np.testing.assert_allclose(findings.last_v, one.metering.read_v)
