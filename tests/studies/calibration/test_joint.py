"""Many times at once, on streets on paper whose truth is known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hcr.network.tap_changer import TapChanger
from hcr.studies.calibration.checks import check
from hcr.studies.calibration.joint import find_jointly, hold_back, log_gains

Maker = Callable[..., Any]


@pytest.mark.parametrize("seed", range(5))
def test_all_taps_are_found_whatever_the_upstream_level(street: Maker, seed: int):
    rng = np.random.default_rng(seed)
    truth = tuple(int(one) for one in rng.integers(1, 9, 15))
    one = street(truth, level=float(rng.uniform(-0.008, 0.008)), seed=seed)

    findings = find_jointly(one.metering, one.before, one.simulate)

    assert findings.positions() == one.truth
    assert not any(tap.doubtful for tap in findings.taps)
    assert findings.solves == 2


def test_nothing_moves_where_the_model_is_right(street: Maker):
    one = street((4,) * 6)

    findings = find_jointly(one.metering, one.before, one.simulate)

    assert findings.positions() == one.before
    assert findings.solves == 1


def test_wrong_meters_are_named_and_move_nothing(street: Maker):
    one = street((4, 6, 2), customers=20)
    read = one.metering.read_v.copy()
    read[3] = 241.0
    read[[25, 45]] = read[[45, 25]]  # swapped with one of another transformer
    read[50] = np.nan
    metering = replace(one.metering, read_v=read)

    findings = find_jointly(metering, one.before, one.simulate)

    assert findings.positions() == one.truth
    assert findings.reasons[3] == "it always reads 241.0 V"
    assert findings.reasons[25].endswith("% from its neighbours")
    assert findings.reasons[50] == "no valid voltage"
    assert not findings.used[[3, 50]].any()


def test_few_customers_leave_a_doubt_in_words(street: Maker):
    one = street((4, 5, 6), customers=2)

    findings = find_jointly(one.metering, one.before, one.simulate)

    assert findings.positions() == one.truth
    assert all(tap.reason == "only 2 meters counted" and tap.doubtful for tap in findings.taps)


def test_too_few_voltages_leave_the_tap_where_it_is(street: Maker):
    one = street((6, 6, 6))
    read = one.metering.read_v.copy()
    read[3:12] = np.nan

    findings = find_jointly(replace(one.metering, read_v=read), one.before, one.simulate)

    assert findings.taps[0].found is None
    assert findings.taps[0].reason == "3 of 12 meters can be used, more than a quarter is needed"
    assert findings.positions() == {0: 4, 1: 6, 2: 6}


def test_half_a_step_upstream_is_reported_as_doubt(street: Maker):
    one = street((3, 4, 5, 6, 4), level=0.0125, noise=0.002)

    findings = find_jointly(one.metering, one.before, one.simulate)

    (ambiguity,) = findings.ambiguities
    assert ambiguity.other_probability > 0.2
    assert not ambiguity.anchored
    assert all("the upstream voltage may be another" in tap.reason for tap in findings.taps)


def test_a_transformer_without_taps_ends_that_doubt(street: Maker):
    one = street((3, 4, 5, 6, None), level=0.0125, noise=0.002)

    findings = find_jointly(one.metering, one.before, one.simulate)

    assert findings.positions() == one.truth
    (ambiguity,) = findings.ambiguities
    assert ambiguity.level == pytest.approx(0.0125, abs=1.5e-3)
    assert ambiguity.anchored
    assert not any(tap.doubtful for tap in findings.taps)


def test_voltages_beyond_the_last_position_are_doubtful(street: Maker):
    one = street((4, 4, 4, 4, 8))
    read = one.metering.read_v.copy()
    read[48:] *= 1.04

    findings = find_jointly(replace(one.metering, read_v=read), one.before, one.simulate)

    assert findings.positions()[4] == 8
    assert "is left over at the last position" in findings.taps[4].reason


def test_taps_that_never_stand_still_are_doubtful(street: Maker):
    one = street((4, 4, 4, 6))
    calls: list[int] = []

    def simulate(positions: dict[int, int]) -> np.ndarray:
        calls.append(1)
        return one.simulate({**positions, 3: positions[3] - (-1) ** len(calls)})  # a step off, up and down

    findings = find_jointly(one.metering, one.before, simulate)

    assert findings.solves == 8
    assert findings.taps[3].doubtful


def test_a_quarter_of_the_times_and_a_fifth_of_the_customers_are_kept_back(street: Maker):
    one = street((4, 5), customers=10, times=9)

    held = hold_back(one.metering)

    assert np.flatnonzero(held.times).tolist() == [3, 6]
    assert np.flatnonzero(held.customers).tolist() == [4, 9, 14, 19]


def test_what_is_kept_back_is_explained_after_and_not_before(street: Maker):
    one = street((3, 4, 5, 6, 2, 7), level=0.004, customers=30)

    findings = find_jointly(one.metering, one.before, one.simulate)
    checks = check(one.metering, findings)

    before, after = checks.held_times
    assert before > 4.0
    assert after < 0.2 * before
    assert checks.held_customers[1] < 0.2 * checks.held_customers[0]
    assert not (findings.used & findings.held_customers).any()


def test_what_is_kept_back_has_no_say(street: Maker):
    one = street((3, 4, 5, 6))
    held = hold_back(one.metering)
    read = one.metering.read_v.copy()
    read[held.customers] *= 1.05
    read[:, held.times] *= np.linspace(0.97, 1.03, int(held.times.sum()))

    spoilt = find_jointly(replace(one.metering, read_v=read), one.before, one.simulate)

    assert spoilt.positions() == one.truth
    assert not any(tap.doubtful for tap in spoilt.taps)


def test_a_level_behind_a_regulator_is_not_taken_for_taps(street: Maker):
    one = street((4, 5, 3, 4, 6, 4), noise=0.002)
    read = one.metering.read_v.copy()
    read[one.metering.group >= 3] *= 1.009
    metering = replace(one.metering, read_v=read, section=np.array([0, 0, 0, 1, 1, 1]))

    findings = find_jointly(metering, one.before, one.simulate)

    assert findings.positions() == one.truth
    assert [part.groups for part in findings.ambiguities] == [(0, 1, 2), (3, 4, 5)]
    assert findings.ambiguities[1].level == pytest.approx(0.009, abs=2e-3)


def test_where_taps_are_right_the_upstream_level_is_no_gain(street: Maker):
    one = street((4,) * 6, level=0.009)

    checks = check(one.metering, find_jointly(one.metering, one.before, one.simulate))

    assert checks.held_times[0] == pytest.approx(checks.held_times[1])


def test_customers_straight_on_the_upstream_network_tell_its_level(street: Maker):
    one = street((3, 4, 5, None), level=0.0125, noise=0.002)
    metering = replace(one.metering, taps=(*one.metering.taps[:3], None))

    findings = find_jointly(metering, one.before, one.simulate)

    assert findings.positions() == one.truth


def test_gains_of_a_tap_off_its_grid_are_those_of_its_moves():
    """The tap at 1.01 is taken for position 2 and stays there; the others are real places."""
    changer = TapChanger("Transformer.t", 1, True, (1.025, 1.0, 0.975), 1.01)

    assert np.exp(log_gains(changer, 2)) == pytest.approx([1.01 / 1.025, 1.0, 1.01 / 0.975])
    assert np.exp(log_gains(changer, 3)) == pytest.approx([0.975 / 1.025, 0.975 / 1.01, 1.0])
