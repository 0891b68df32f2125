"""Errors before and after, on streets on paper."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hcr.studies.calibration.checks import check
from hcr.studies.calibration.documented import find_by_rule
from hcr.studies.calibration.joint import find_jointly

Maker = Callable[..., Any]


def test_a_street_without_noise_has_no_error_left(street: Maker) -> None:
    one = street((4, 6, 2), level=0.004, noise=0.0)
    checks = check(one.metering, find_jointly(one.metering, one.before, one.simulate))
    before, after = checks.groups
    expected = [100 * (gain - 1) for gain in (1.0, 1 / 0.95, 1 / 1.05)]  # the level is taken off
    assert before == pytest.approx(np.abs(expected), abs=0.06)
    assert after == pytest.approx(0.0, abs=0.06)  # the level is told in steps of 0.05 %
    assert checks.held_times[0] == pytest.approx(np.sqrt(np.mean(np.square(expected))), abs=0.06)
    assert checks.held_times[1] < 0.06


def test_errors_lie_by_group_time_and_customer(street: Maker) -> None:
    one = street((3, 5), customers=7, times=9)
    checks = check(one.metering, find_jointly(one.metering, one.before, one.simulate))
    shapes = [pair.shape for part in (checks.groups, checks.times, checks.customers) for pair in part]
    assert shapes == [(2,)] * 2 + [(9,)] * 2 + [(14,)] * 2


def test_only_what_was_kept_back_counts(street: Maker) -> None:
    """Errors at the times that were fitted may be anything."""
    one = street((3, 5), noise=0.0)
    findings = find_jointly(one.metering, one.before, one.simulate)
    fitted = ~findings.held_times
    spoiled = findings.last_v.copy()
    spoiled[:, fitted] *= 1.1
    good, bad = (check(one.metering, replace(findings, last_v=volts)) for volts in (findings.last_v, spoiled))
    assert good.held_times == bad.held_times
    np.testing.assert_array_equal(good.groups[1], bad.groups[1])
    np.testing.assert_array_equal(good.customers[1], bad.customers[1])
    assert (bad.times[1][fitted] > good.times[1][fitted]).all()


def test_all_times_count_where_none_was_kept_back(street: Maker) -> None:
    one = street((3, 5), times=1, noise=0.0)
    checks = check(one.metering, find_by_rule(one.metering, one.before, one.simulate))
    assert np.isnan(checks.held_times).all()
    assert np.isnan(checks.held_customers).all()
    assert checks.groups[0] == pytest.approx([100 * (1 / 1.025 - 1) * -1, 100 * (1 / 0.975 - 1)])
    assert checks.groups[1] == pytest.approx(0.0, abs=1e-9)


def test_a_wrong_meter_moves_no_group(street: Maker) -> None:
    one = street((4, 4), noise=0.0)
    read = one.metering.read_v.copy()
    read[0] *= 1.2
    metering = replace(one.metering, read_v=read)
    checks = check(metering, find_jointly(metering, one.before, one.simulate))
    assert checks.groups[1].max() < 0.06
    assert checks.customers[1][0] == pytest.approx(20.0, abs=0.1)
