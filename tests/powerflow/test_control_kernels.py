"""What regulators and capacitor controls decide, on hand-written numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.powerflow.control_kernels import (
    AHEAD,
    BACKWARDS,
    BLOCKED,
    CLOSE,
    COGENERATING,
    CURRENT,
    KEEP,
    KVAR,
    NEUTRAL,
    OPEN,
    POWER_FACTOR,
    REST,
    REVERSIBLE,
    TIME,
    TURNED,
    VOLTAGE,
    bank_wanted,
    can_move,
    goes_neutral,
    steps_wanted,
    to_neutral,
    wants_to_turn,
)

STEP = 0.00625


def numbers(limit: float = 0.0, reverse: tuple[float, float] = (119.0, 3.0)) -> np.ndarray:
    """Return a regulator for 7200 V behind a ratio of 60, so that a step is 0.75 V: 122 V, band 2 V."""
    return np.array(
        [60, 60, 300, 7200, limit, 100e3, STEP, 0.9, 1.1, 122, 2, 0, 0, 0, *reverse, 0, 0, 0], float
    )


def choices(**chosen: int) -> np.ndarray:
    row = np.zeros(7, np.int64)
    row[0] = 1
    for name, value in chosen.items():
        row[
            {"backwards": BACKWARDS, "blocked": BLOCKED, "reversible": REVERSIBLE, "neutral": NEUTRAL}[name]
        ] = value
    return row


@pytest.mark.parametrize("volts", [121.0, 121.5, 122.0, 123.0])
def test_a_voltage_on_or_inside_the_band_is_left_alone(volts: float) -> None:
    assert steps_wanted(numbers(), choices(), AHEAD, 1.0, volts, volts) == (0.0, False)


@pytest.mark.parametrize(("volts", "steps"), [(120.9, 1), (120.4, 2), (119.0, 4), (123.5, -2), (126.0, -5)])
def test_the_change_is_the_distance_to_the_middle_in_whole_steps(volts: float, steps: int) -> None:
    change, outside = steps_wanted(numbers(), choices(), AHEAD, 1.0, volts, volts)
    assert outside
    assert change == pytest.approx(steps * STEP)


def test_half_a_step_is_rounded_to_the_even_number() -> None:
    row = numbers()
    row[6] = 0.00625
    row[10] = 0.1
    change, _ = steps_wanted(row, choices(), AHEAD, 1.0, 122.0 - 0.375 * (1 - 1e-12), 0.0)
    assert change == 0.0
    change, _ = steps_wanted(row, choices(), AHEAD, 1.0, 122.0 - 1.125 * (1 + 1e-12), 0.0)
    assert change == pytest.approx(2 * STEP)


def test_a_band_narrower_than_a_step_asks_for_nothing_near_the_middle() -> None:
    row = numbers()
    row[10] = 0.2
    assert steps_wanted(row, choices(), AHEAD, 1.0, 121.8, 121.8) == (0.0, True)


def test_a_tap_on_the_other_winding_moves_the_other_way() -> None:
    change, _ = steps_wanted(numbers(), choices(backwards=1), AHEAD, 1.0, 119.0, 119.0)
    assert change == pytest.approx(-4 * STEP)


def test_the_limit_counts_even_inside_the_band() -> None:
    change, outside = steps_wanted(numbers(limit=122.5), choices(), AHEAD, 1.0, 122.9, 124.0)
    assert outside
    assert change == pytest.approx(-2 * STEP)
    assert steps_wanted(numbers(limit=122.5), choices(), AHEAD, 1.0, 122.9, 122.5) == (0.0, False)


def test_turned_it_goes_by_the_source_side_and_moves_the_other_way() -> None:
    change, _ = steps_wanted(numbers(), choices(), TURNED, 1.05, 122.0, 122.0)
    assert change == pytest.approx(-np.rint((119 - 122 / 1.05) * 60 / 7200 / STEP) * STEP)


def test_cogenerating_it_keeps_its_direction_with_the_other_target() -> None:
    change, _ = steps_wanted(numbers(), choices(), COGENERATING, 1.05, 122.0, 122.0)
    assert change == pytest.approx(-4 * STEP)


@settings(deadline=None)  # the first run compiles the loops
@given(volts=st.floats(90, 150), tap=st.floats(0.9, 1.1))
def test_a_change_always_leads_towards_the_middle(volts: float, tap: float) -> None:
    change, outside = steps_wanted(numbers(), choices(), AHEAD, tap, volts, volts)
    assert outside == (abs(volts - 122) > 1)
    assert change * (122 - volts) >= 0
    after = volts + change * 7200 / 60
    assert abs(after - 122) <= max(abs(volts - 122), 0.375 + 1e-9)


def test_a_tap_moves_only_within_its_range() -> None:
    assert can_move(numbers(), 1.1 - STEP, STEP)
    assert not can_move(numbers(), 1.1, STEP)
    assert can_move(numbers(), 1.1, -STEP)
    assert not can_move(numbers(), 0.9, -STEP)
    assert not can_move(numbers(), 1.0, 0.0)


def test_a_regulator_turns_when_power_beyond_the_threshold_flows_where_it_does_not_look() -> None:
    row, both = numbers(), choices(reversible=1)
    assert not wants_to_turn(row, choices(), AHEAD, -1e9)
    assert not wants_to_turn(row, both, AHEAD, -99e3)
    assert wants_to_turn(row, both, AHEAD, -101e3)
    assert wants_to_turn(row, both, TURNED, 101e3)
    assert wants_to_turn(row, both, COGENERATING, 101e3)
    assert not wants_to_turn(row, both, TURNED, -101e3)


def test_the_neutral_tap_is_sought_only_while_turned() -> None:
    chosen = choices(reversible=1, neutral=1)
    assert not goes_neutral(chosen, AHEAD)
    assert goes_neutral(chosen, TURNED)
    assert not goes_neutral(choices(reversible=1), TURNED)
    assert to_neutral(numbers(), 1.05) == pytest.approx(-8 * STEP)
    assert to_neutral(numbers(), 1.0) == 0.0


def bank(on: float, off: float, low: float = -np.inf, high: float = np.inf) -> np.ndarray:
    return np.array([on, off, low, high, 150.0, 300.0, 60.0, 60.0])


@pytest.mark.parametrize(
    ("kind", "settings", "value", "opened", "closed"),
    [
        (VOLTAGE, (115, 125), 114.0, CLOSE, REST),
        (VOLTAGE, (115, 125), 120.0, REST, REST),
        (VOLTAGE, (115, 125), 126.0, REST, OPEN),
        (KVAR, (600, -300), 700.0, CLOSE, REST),
        (KVAR, (600, -300), -400.0, REST, OPEN),
        (CURRENT, (300, 200), 310.0, CLOSE, REST),
        (CURRENT, (300, 200), 250.0, REST, REST),
        (CURRENT, (300, 200), 190.0, REST, OPEN),
        (TIME, (8, 20), 8.0, CLOSE, REST),
        (TIME, (8, 20), 20.0, REST, OPEN),
        (TIME, (8, 20), 7.9, REST, OPEN),
        (TIME, (20, 8), 23.9, CLOSE, REST),
        (TIME, (20, 8), 8.0, REST, OPEN),
        (TIME, (20, 8), 2.0, REST, REST),
        (POWER_FACTOR, (0.95, 1.05), 0.94, CLOSE, REST),
        (POWER_FACTOR, (0.95, 1.05), 1.06, REST, OPEN),
    ],
)
def test_a_bank_with_one_step(
    kind: int, settings: tuple[float, float], value: float, opened: int, closed: int
) -> None:
    assert bank_wanted(bank(*settings), kind, False, 1, (0.0, value, 200.0)) == opened
    assert bank_wanted(bank(*settings), kind, True, 0, (0.0, value, 200.0)) == closed


def test_a_power_factor_control_waits_for_enough_reactive_power() -> None:
    assert bank_wanted(bank(0.95, 1.05), POWER_FACTOR, False, 1, (0.0, 0.9, 149.0)) == REST
    assert bank_wanted(bank(0.95, 1.05), POWER_FACTOR, False, 1, (0.0, 0.9, 151.0)) == CLOSE
    assert bank_wanted(bank(0.95, 1.05), POWER_FACTOR, True, 1, (0.0, 0.9, 299.0)) == KEEP
    assert bank_wanted(bank(0.95, 1.05), POWER_FACTOR, True, 1, (0.0, 0.9, 301.0)) == CLOSE


@pytest.mark.parametrize(("kind", "between"), [(VOLTAGE, REST), (KVAR, KEEP), (CURRENT, KEEP)])
def test_a_connected_bank_with_steps_left_takes_the_next_one_or_keeps_what_it_waits_for(
    kind: int, between: int
) -> None:
    settings = bank(115, 125) if kind == VOLTAGE else bank(600, -300)
    wanting = 110.0 if kind == VOLTAGE else 700.0
    middle = 120.0 if kind == VOLTAGE else 100.0
    assert bank_wanted(settings, kind, True, 1, (0.0, wanting, 0.0)) == CLOSE
    assert bank_wanted(settings, kind, True, 1, (0.0, middle, 0.0)) == between


def test_the_override_comes_before_everything_but_a_voltage_control() -> None:
    settings = bank(600, -300, low=115, high=126)
    assert bank_wanted(settings, KVAR, False, 1, (114.0, 0.0, 0.0)) == CLOSE
    assert bank_wanted(settings, KVAR, True, 0, (127.0, 700.0, 700.0)) == OPEN
    assert bank_wanted(settings, KVAR, True, 0, (114.0, 0.0, 0.0)) == REST
    assert bank_wanted(bank(100, 140, low=115, high=126), VOLTAGE, False, 1, (114.0, 120.0, 0.0)) == REST
