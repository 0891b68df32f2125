"""What controls read, on hand-written voltages and currents of one lane."""

import math

import numpy as np
import pytest

from hcr.powerflow.control_kinds import HIGHEST, LOWEST, MEAN
from hcr.powerflow.reading_kernels import (
    chosen_phase,
    combined,
    measured_amperes,
    measured_volts,
    power_factor,
    power_into,
)

GROUND = 3


def lane(*values: complex) -> tuple[np.ndarray, np.ndarray]:
    """Return values at nodes 0, 1, …, and 0 at the ground behind them, in one lane."""
    column = np.array([*values, 0j])[:, None]
    return column.real.copy(), column.imag.copy()


def test_a_regulator_goes_by_the_phase_it_names_or_the_first_of_the_extreme_ones() -> None:
    volts = lane(118 + 0j, 121j, 119 + 0j)
    pairs = np.array([[0, GROUND], [1, GROUND], [2, GROUND]])
    assert [chosen_phase(volts, pairs, 0, 3, phase, 0) for phase in (1, 2, 3)] == [0, 1, 2]
    assert chosen_phase(volts, pairs, 0, 3, HIGHEST, 0) == 1
    assert chosen_phase(volts, pairs, 0, 3, LOWEST, 0) == 0
    same = lane(120 + 0j, 120j, -120 + 0j)
    assert chosen_phase(same, pairs, 0, 3, HIGHEST, 0) == 0
    assert chosen_phase(same, pairs, 0, 3, LOWEST, 0) == 0


def test_voltages_are_taken_across_pairs_and_combined() -> None:
    volts = lane(100 + 0j, 100j, -80 + 0j)
    pairs = np.array([[0, 1], [0, GROUND], [2, GROUND]])
    assert measured_volts(volts, pairs[:1], 1, 0) == pytest.approx(100 * math.sqrt(2))
    assert measured_volts(volts, pairs[1:], MEAN, 0) == pytest.approx(90)
    assert measured_volts(volts, pairs[1:], HIGHEST, 0) == 100
    assert measured_volts(volts, pairs[1:], LOWEST, 0) == 80
    assert measured_volts(volts, pairs[:0], MEAN, 0) == 0


def test_currents_are_combined_alike() -> None:
    current = lane(3 + 4j, 12 + 5j, 0j)
    assert measured_amperes(current, np.array([0]), 1, 0) == 5
    assert measured_amperes(current, np.array([0, 1]), MEAN, 0) == 9
    assert measured_amperes(current, np.array([0, 1]), LOWEST, 0) == 5
    assert combined(np.array([2.0, 7.0]), HIGHEST) == 7


def test_power_into_a_terminal_is_summed_over_its_conductors() -> None:
    volts, current = lane(100 + 0j, 100j, 0j), lane(1 - 2j, 2 + 1j, 0j)
    watts, var = power_into(np.array([0, 1]), np.array([0, 1, 2]), volts, current, 0)
    assert complex(watts, var) == 100 * (1 + 2j) + 100j * (2 - 1j)
    assert power_into(np.array([], np.int64), np.array([0]), volts, current, 0) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("watts", "var", "factor"),
    [(4, 3, 0.8), (4, -3, 1.2), (-4, 3, 0.8), (5, 0, 1.0), (0, 0, 1.0), (0, -1, 2.0)],
)
def test_leading_power_factors_lie_between_one_and_two(watts: float, var: float, factor: float) -> None:
    assert power_factor(watts, var) == pytest.approx(factor)
