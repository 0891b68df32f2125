"""Curves: the standards' corners, what is refused, and what holds for any curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ModelError
from hcr.powerflow.inverter_curves import (
    AS_4777_A,
    AS_4777_B,
    AS_4777_C,
    IEEE_1547_A,
    IEEE_1547_B,
    STANDARD_CURVES,
    Inverter,
    InverterCurve,
    Points,
    Reference,
    share_at,
)


@st.composite
def curves(draw: st.DrawFn) -> Points:
    volts = draw(st.lists(st.integers(800, 1200), min_size=1, max_size=6, unique=True))
    shares = draw(st.lists(st.floats(-1, 1), min_size=len(volts), max_size=len(volts)))
    return tuple((volt / 1000, share) for volt, share in zip(sorted(volts), shares, strict=True))


def at(points: Points, *volts: float) -> list[float]:
    return [round(float(share), 12) for share in share_at(points, np.array(volts))]


def test_ieee_1547_table_8_and_10() -> None:
    assert at(IEEE_1547_A.volt_var, 0.85, 0.9, 1.0, 1.1, 1.2) == [0.25, 0.25, 0.0, -0.25, -0.25]
    assert at(IEEE_1547_B.volt_var, 0.9, 0.92, 0.98, 1.02, 1.08, 1.2) == [0.44, 0.44, 0, 0, -0.44, -0.44]
    assert at(IEEE_1547_B.volt_var, 0.95, 1.05) == [0.22, -0.22]
    for curve in (IEEE_1547_A, IEEE_1547_B):
        assert at(curve.volt_watt, 1.0, 1.06, 1.08, 1.1, 1.2) == [1.0, 1.0, 0.6, 0.2, 0.2]


@pytest.mark.parametrize(
    ("curve", "volt_var", "volt_watt"),
    [
        (AS_4777_A, {207: 0.44, 220: 0.0, 240: 0.0, 258: -0.6}, {253: 1.0, 260: 0.2}),
        (AS_4777_B, {205: 0.3, 220: 0.0, 235: 0.0, 255: -0.4}, {250: 1.0, 260: 0.2}),
        (AS_4777_C, {215: 0.44, 230: 0.0, 240: 0.0, 255: -0.6}, {253: 1.0, 260: 0.2}),
    ],
    ids=["A", "B", "C"],
)
def test_as_4777_tables_3_6_and_3_7(
    curve: InverterCurve, volt_var: dict[int, float], volt_watt: dict[int, float]
) -> None:
    assert at(curve.volt_var, *(volts / 230 for volts in volt_var)) == list(volt_var.values())
    assert at(curve.volt_watt, *(volts / 230 for volts in volt_watt)) == list(volt_watt.values())


def test_a_curve_moves_to_another_base_and_keeps_its_volts() -> None:
    moved = AS_4777_A.on_base(230.0, 240.0)
    assert at(moved.volt_var, 240 / 240, 258 / 240) == [0.0, -0.6]
    assert at(moved.volt_watt, 253 / 240, 260 / 240) == [1.0, 0.2]
    assert moved.reference is Reference.VARMAX
    assert InverterCurve().on_base(230.0, 240.0) == InverterCurve()


@pytest.mark.parametrize("name", STANDARD_CURVES)
def test_a_standard_never_gives_more_at_a_higher_voltage(name: str) -> None:
    volts = np.linspace(0.8, 1.2, 401)
    for points in (STANDARD_CURVES[name].volt_var, STANDARD_CURVES[name].volt_watt):
        assert (np.diff(share_at(points, volts)) <= 0).all()


@given(curves(), st.floats(0.5, 1.5))
def test_any_curve_stays_between_its_corners_and_is_flat_outside(points: Points, volts: float) -> None:
    shares = [share for _, share in points]
    (found,) = share_at(points, np.array([volts]))
    assert min(shares) <= found <= max(shares)
    if volts <= points[0][0]:
        assert found == shares[0]
    if volts >= points[-1][0]:
        assert found == shares[-1]


@given(curves())
def test_any_curve_goes_through_its_corners(points: Points) -> None:
    volts, shares = np.array(points).T
    np.testing.assert_allclose(share_at(points, volts), shares, atol=1e-12)


def test_no_voltage_gives_no_share() -> None:
    assert np.isnan(share_at(IEEE_1547_B.volt_var, np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (((1.0, 0.0), (1.0, 0.1)), "equal voltages"),
        (((1.1, 0.0), (1.0, 0.1)), "falling voltages"),
        (((1.0, 1.2),), "above one"),
        (((1.0, float("nan")),), "no number"),
    ],
)
def test_points_that_are_no_curve_are_refused(points: Points, why: str) -> None:
    with pytest.raises(ModelError, match="volt-var"):
        InverterCurve(volt_var=points)
    with pytest.raises(ModelError, match="volt-watt"):
        InverterCurve(volt_watt=points)


def test_a_volt_watt_curve_below_zero_is_refused() -> None:
    with pytest.raises(ModelError, match="between 0 and 1"):
        InverterCurve(volt_watt=((1.0, 1.0), (1.1, -0.1)))


@pytest.mark.parametrize("limits", [{"var_limit": 1.1}, {"quiet_below": -0.1}])
def test_shares_out_of_range_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ModelError, match="no share"):
        InverterCurve(**limits)


@pytest.mark.parametrize("rating", [0.0, -5.0, float("nan"), float("inf")])
def test_an_inverter_has_a_rating(rating: float) -> None:
    with pytest.raises(ModelError, match=r"Generator\.pv"):
        Inverter("Generator.pv", IEEE_1547_A, rating)
