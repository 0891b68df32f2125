"""Which readings count, and the plain numbers that everything rests on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hcr.studies.calibration.metering import (
    Metering,
    documented_band,
    documented_valid,
    medians,
    nominal_band,
    percent,
    rms,
)

TABLES = arrays.arrays(float, (4, 7), elements=st.floats(-5, 5) | st.just(float("nan")), fill=st.nothing())


def test_voltages_outside_180_to_263_do_not_count_by_the_rule():
    volts = np.array([179.9, 180.0, 263.0, 263.1, np.nan])

    assert documented_valid(volts).tolist() == [False, True, True, False, False]


def test_otherwise_the_band_is_about_the_nominal_voltage():
    metering = Metering(
        np.array([[268.0], [268.0]]),
        nominal_band(np.array([250.0, 120.0])),
        np.zeros(2, int),
        (None,),
        np.zeros(1, int),
    )

    assert np.isfinite(metering.measured_v[:, 0]).tolist() == [True, False]


def test_errors_are_logarithms_where_both_sides_count():
    metering = Metering(
        np.array([[242.0, 300.0, 240.0]]), documented_band(1), np.zeros(1, int), (None,), np.zeros(1, int)
    )

    errors = metering.errors(np.array([[220.0, 240.0, 100.0]]))

    np.testing.assert_allclose(errors, [[np.log(1.1), np.nan, np.nan]])
    np.testing.assert_allclose(percent(errors[0, :1]), [10.0])


def test_more_than_a_quarter_of_the_customers_is_enough():
    metering = Metering(np.ones((8, 1)), documented_band(8), np.zeros(8, int), (None,), np.zeros(1, int))

    assert not metering.enough(np.arange(8) < 2, 0)
    assert metering.enough(np.arange(8) < 3, 0)


@given(TABLES)
def test_medians_are_those_of_numpy(table: np.ndarray):
    for axis in (0, 1):
        told = np.isfinite(table).any(axis=axis)
        found = medians(table, axis=axis)
        assert np.isnan(found[~told]).all()
        rows = np.moveaxis(table, axis, 0)[:, told]
        np.testing.assert_allclose(found[told], np.nanmedian(rows, axis=0))


def test_the_root_mean_square_leaves_out_what_is_not_told():
    assert rms(np.array([3.0, np.nan, 4.0])) == np.sqrt(12.5)
    assert np.isnan(rms(np.array([np.nan])))
