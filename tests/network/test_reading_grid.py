import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hcr.network.reading_grid import Readings, Spacing, fill_gaps_from_days_before, mean_over, reading_lengths

NAN = np.nan


def integers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_reading_lasts_as_long_as_the_median_spacing() -> None:
    row = integers(0, 0, 0, 0, 1, 1, 1, 2)
    minute = integers(30, 60, 61, 120, 15, 30, 45, 30)
    assert reading_lengths(row, minute, 4).tolist() == [30, 15, 15, 15]


def test_the_order_of_readings_tells_nothing() -> None:
    row, minute = integers(1, 0, 1, 0, 0), integers(45, 60, 15, 120, 30)
    assert reading_lengths(row, minute, 2).tolist() == [30, 30]


def test_the_grid_divides_every_length_and_the_period() -> None:
    row, minute = integers(0, 0, 1, 1), integers(30, 60, 60, 120)
    spacing = Spacing.of(row, minute, customers=2, divisors=(30, 45))
    assert (spacing.lasts.tolist(), spacing.step) == ([30, 60], 15)
    assert spacing.of_customers(slice(1, 2)) == Spacing(integers(60), 15)


def test_readings_far_apart_last_an_hour_at_most() -> None:
    assert reading_lengths(integers(0, 0), integers(0, 1440), 1).tolist() == [60]


def test_a_reading_that_stands_alone_lasts_half_an_hour() -> None:
    assert reading_lengths(integers(0), integers(30), 2).tolist() == [30, 30]


def test_a_cyclic_grid_brings_back_what_reaches_before_its_beginning() -> None:
    readings = Readings(integers(0), integers(30), {"w": np.array([5.0])}, Spacing(integers(60), step=30))
    assert np.isnan(readings.grid("w", 120)[0]).tolist() == [False, True, True, True]
    assert np.isnan(readings.grid("w", 120, cyclic=True)[0]).tolist() == [False, True, True, False]


def test_gaps_take_the_day_before() -> None:
    grid = np.array([[1.0, NAN, NAN, 4.0, 5.0]])
    assert fill_gaps_from_days_before(grid, np.array([[8.0, 9.0]])).tolist() == [[1.0, 9.0, 1.0, 4.0, 5.0]]
    assert fill_gaps_from_days_before(grid, None).tolist() == [[1.0, 0.0, 0.0, 4.0, 5.0]]


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=30), st.integers(1, 5))
def test_filling_keeps_readings_and_leaves_no_gap(values: list[float | None], per_day: int) -> None:
    grid = np.array([[NAN if value is None else value for value in values]])
    filled = fill_gaps_from_days_before(grid.copy(), np.full((1, per_day), NAN))
    read = ~np.isnan(grid)
    assert filled.shape == grid.shape
    assert np.isfinite(filled).all()
    np.testing.assert_array_equal(filled[read], grid[read])


def test_means_are_of_neighbours() -> None:
    assert mean_over(np.array([[1.0, 3.0, 5.0, 7.0]]), 2).tolist() == [[2.0, 6.0]]
