"""What an inverter gives at a voltage: rating, priority, reference, rest; by hand and for any curve."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.powerflow.circuit import Elements, Injectors
from hcr.powerflow.inverter_curves import (
    IEEE_1547_B,
    STANDARD_CURVES,
    Inverter,
    InverterCurve,
    Reference,
    share_at,
)
from hcr.powerflow.inverter_kernels import limited, wanted
from hcr.powerflow.inverter_table import inverter_columns
from hcr.powerflow.passive import Draws

RATING = 5000.0
ANY_CURVE = st.sampled_from(list(STANDARD_CURVES.values()))


def given_by(curve: InverterCurve, volts: float, watt: float, var: float = 0.0) -> tuple[float, float]:
    """Return what an inverter of 5 kVA gives [W], [var]."""
    first, one, volt = np.zeros(1, np.int64), np.ones(1, np.int64), np.ones(1)
    element = Elements(("Generator.pv",), (("b",),), np.array([0, 1]), one, first)
    injectors = Injectors(element, 0 * volt, 0 * volt, 0 * volt, one, one == 0)
    draws = Draws(
        injector=first,
        node=first,
        other=first - 1,
        share=-volt,
        kind=first,
        base_v=volt,
        low_v=volt,
        min_v=volt,
        max_v=volt,
        coefficients=np.zeros((1, 7)),
    )
    inverter = Inverter("Generator.pv", curve, RATING)
    columns = inverter_columns([inverter], [], injectors=injectors, draws=draws)
    numbers, choices, var_curve, watt_curve, x, y = columns[3:]
    found = wanted(volts, watt, var, numbers[0], choices[0], var_curve[0], watt_curve[0], x, y)
    return float(found[0]), float(found[1])


def test_between_the_curves_it_gives_what_it_could() -> None:
    assert given_by(IEEE_1547_B, 1.0, 3000.0) == (3000.0, 0.0)


def test_volt_var_is_a_share_of_the_rating() -> None:
    assert given_by(IEEE_1547_B, 1.05, 3000.0) == pytest.approx((3000.0, -0.22 * RATING))
    assert given_by(IEEE_1547_B, 0.9, 3000.0) == pytest.approx((3000.0, 0.44 * RATING))


def test_volt_watt_is_a_share_of_the_rating_and_no_less_than_the_sun_gives() -> None:
    curve = InverterCurve(volt_watt=((1.06, 1.0), (1.1, 0.2)))
    assert given_by(curve, 1.08, 4000.0) == pytest.approx((0.6 * RATING, 0.0))
    assert given_by(curve, 1.08, 1000.0) == (1000.0, 0.0)


def test_var_first_takes_from_the_power() -> None:
    expected = math.sqrt(1 - 0.44**2) * RATING
    assert given_by(InverterCurve(IEEE_1547_B.volt_var), 1.2, 6000.0) == pytest.approx(
        (expected, -0.44 * RATING)
    )


def test_watt_first_takes_from_the_reactive_power() -> None:
    curve = InverterCurve(IEEE_1547_B.volt_var, watt_first=True)
    assert given_by(curve, 1.2, 4800.0) == pytest.approx((4800.0, -math.sqrt(RATING**2 - 4800.0**2)))
    assert given_by(curve, 1.2, 6000.0) == pytest.approx((RATING, 0.0))


def test_a_share_of_what_is_left_beside_the_power() -> None:
    curve = InverterCurve(IEEE_1547_B.volt_var, reference=Reference.VARAVAL)
    assert given_by(curve, 1.05, 4000.0) == pytest.approx((4000.0, -0.22 * 3000.0))
    assert given_by(curve, 1.05, 5000.0) == (5000.0, 0.0)


def test_reactive_power_is_limited() -> None:
    curve = InverterCurve(((0.9, 1.0), (1.1, -1.0)), reference=Reference.VARAVAL, var_limit=0.3)
    assert given_by(curve, 1.2, 0.0) == pytest.approx((0.0, -0.3 * RATING))
    assert given_by(InverterCurve(var_limit=0.3), 1.0, 0.0, 4000.0) == pytest.approx((0.0, 0.3 * RATING))


def test_volt_var_rests_below_a_power() -> None:
    curve = InverterCurve(IEEE_1547_B.volt_var, quiet_below=0.1)
    assert given_by(curve, 1.2, 499.0) == (499.0, 0.0)
    assert given_by(curve, 1.2, 500.0)[1] == pytest.approx(-0.44 * RATING)


def test_charging_is_left_alone_but_for_the_rating() -> None:
    curve = InverterCurve(volt_watt=((1.06, 1.0), (1.1, 0.2)))
    assert given_by(curve, 1.2, -3000.0) == (-3000.0, 0.0)
    assert given_by(curve, 1.2, -7000.0) == (-RATING, 0.0)


@pytest.mark.parametrize("lost", [(np.nan, 1.0, 0.0), (1.0, np.nan, 0.0), (1.0, 1.0, np.nan)])
def test_what_is_not_a_number_stays_so(lost: tuple[float, float, float]) -> None:
    assert np.isnan(given_by(IEEE_1547_B, *lost)).all()


@given(
    ANY_CURVE,
    st.floats(0.7, 1.3),
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.booleans(),
    st.sampled_from(Reference),
)
def test_nothing_leaves_the_rating_or_exceeds_the_sun(
    curve: InverterCurve, volts: float, watt: float, var: float, watt_first: bool, reference: Reference
) -> None:
    settings = InverterCurve(curve.volt_var, curve.volt_watt, reference, watt_first)
    p, q = given_by(settings, volts, watt * RATING, var * RATING)
    assert math.hypot(p, q) <= RATING * (1 + 1e-12)
    assert p <= max(watt * RATING, 0.0) + 1e-9
    share = float(share_at(curve.volt_var, np.array([volts]))[0])
    assert q * share >= 0.0
    assert abs(q) <= abs(share) * RATING * (1 + 1e-12)


@given(st.floats(-2, 2), st.floats(-2, 2), st.booleans())
def test_the_rating_keeps_signs_and_what_fits(watt: float, var: float, watt_first: bool) -> None:
    p, q = limited(watt, var, 1.0, watt_first)
    assert math.hypot(p, q) <= 1 + 1e-12
    assert p * watt >= 0
    assert q * var >= 0
    if math.hypot(watt, var) <= 1:
        assert (p, q) == (watt, var)


@given(ANY_CURVE, st.floats(0.8, 1.2), st.floats(0.0001, 0.1))
def test_a_higher_voltage_never_gives_more(curve: InverterCurve, volts: float, more: float) -> None:
    low, high = (given_by(curve, volts + step, 0.3 * RATING) for step in (0.0, more))
    assert high[0] <= low[0] + 1e-9
    assert high[1] <= low[1] + 1e-9
