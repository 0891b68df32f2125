from dataclasses import replace
from math import sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ConfigError
from hcr.network.zones import Zone
from hcr.studies.limits import VoltageLimits, reference_volts

PAGE = Path(__file__).parents[2] / "docs" / "results.md"


def test_on_400_volts_the_limits_hold_in_volts(zone: Zone):
    limits = VoltageLimits().in_pu(zone)

    assert limits.normal_max == pytest.approx(1.0955, abs=5e-5)
    assert limits.normal_max * 400 / sqrt(3) == pytest.approx(253.0)
    assert limits.emergency_max * 400 / sqrt(3) == pytest.approx(260.0)
    assert limits.normal_min * 400 / sqrt(3) == pytest.approx(216.0)
    assert limits.emergency_min * 400 / sqrt(3) == pytest.approx(207.0)


def test_on_medium_voltage_they_are_volts_over_230(zone: Zone):
    limits = VoltageLimits().in_pu(replace(zone, v_base=11000))

    assert limits.normal_max == pytest.approx(1.1, abs=1e-12)
    assert limits.emergency_max == pytest.approx(1.130, abs=5e-4)
    assert limits.normal_min == pytest.approx(0.939, abs=5e-4)
    assert limits.emergency_min == pytest.approx(0.9, abs=1e-12)


@pytest.mark.parametrize("base", [380, 400, 415, 433, 440])
def test_every_base_of_the_400_volt_world_has_the_same_volts(zone: Zone, base: int):
    assert reference_volts(replace(zone, v_base=base)) == pytest.approx(base / sqrt(3))


@pytest.mark.parametrize("base", [208, 230, 379, 441, 480, 600, 999, 1000, 4160, 22000])
def test_every_other_base_keeps_the_percentages_of_230_volts(zone: Zone, base: int):
    assert reference_volts(replace(zone, v_base=base)) == 230.0


def test_own_limits_are_kept(zone: Zone):
    limits = VoltageLimits(normal_max_v=250.0).in_pu(replace(zone, v_base=11000))

    assert limits.normal_max == pytest.approx(250 / 230)


@pytest.mark.parametrize(
    "wrong",
    [
        {"normal_max_v": 260.0},
        {"emergency_max_v": 250.0},
        {"normal_min_v": 206.0},
        {"emergency_min_v": 216.0},
        {"emergency_min_v": 0.0},
        {"normal_min_v": float("nan")},
    ],
)
def test_limits_out_of_order_are_refused(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match="out of order") as caught:
        VoltageLimits(**wrong)

    assert caught.value.remedy


def test_the_record_for_the_manifest_holds_all_four():
    record = VoltageLimits().assumption()

    assert record.name == "voltage_limits"
    assert record.values == {
        "emergency_max_v": 260.0,
        "emergency_min_v": 207.0,
        "normal_max_v": 253.0,
        "normal_min_v": 216.0,
    }


def test_the_page_states_the_same_volts():
    page, limits = PAGE.read_text(encoding="utf-8"), VoltageLimits()

    assert (
        f"upper limit, normal and emergency: {limits.normal_max_v:g} and {limits.emergency_max_v:g} V" in page
    )
    assert (
        f"lower limit, normal and emergency: {limits.normal_min_v:g} and {limits.emergency_min_v:g} V" in page
    )


@given(base=st.integers(100, 66000))
def test_order_survives_the_conversion(base: int):
    # The zone is made here, since hypothesis draws many bases within one test.
    none: tuple[()] = ()
    zone = Zone("u", "z", "TRANSFORMER", "z", 1, base, 1.0, none, *[None] * 4, none)  # type: ignore[arg-type]
    limits = VoltageLimits().in_pu(zone)

    assert limits.emergency_min < limits.normal_min < limits.normal_max < limits.emergency_max
