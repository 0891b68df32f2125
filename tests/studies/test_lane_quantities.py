from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr.results.enhanced_table import ENHANCED
from hcr.studies.lane_quantities import MONEY, breaches, directed_overloads, energies, price_named, wanted
from hcr.studies.limits import VoltageLimits
from hcr.studies.metric_options import EnhancedOptions, Prices
from hcr.studies.zone_series import ZoneSeries


@pytest.fixture
def powers(eventful: ZoneSeries, round_limits: VoltageLimits) -> dict[str, np.ndarray]:
    """Return the energies of the eventful zone, lane by lane."""
    return energies(eventful, round_limits.in_pu(eventful.zone))


@pytest.mark.parametrize(
    ("column", "kw"),
    [
        ("load_kwh", [60, 12, 80, 8]),
        ("load_overvoltage_kwh", [30, 0, 0, 4]),  # one of two phases
        ("load_undervoltage_kwh", [0, 0, 40, 0]),
        ("load_undervoltage_normal_kwh", [0, 0, 20, 0]),  # L(0.85) = 0.5
        ("load_exceeding_normal_voltage_kwh", [30, 0, 40, 8]),  # W = 0.5, 0, 0.5, 1
        ("load_exceeding_normal_thermal_kwh", [6, 0, 65, 0]),
        ("load_exceeding_emerg_thermal_kwh", [0, 0, 7, 0]),
        ("load_exceeding_normal_thermal_voltage_kwh", [30, 0, 65, 8]),
        ("load_exceeding_emerg_thermal_voltage_kwh", [30, 0, 40, 8]),
        ("generation_kwh", [20, 2, 20, 58]),
        ("gen_overvoltage_kwh", [5, 0, 0, 29]),
        ("gen_exceeding_normal_voltage_kwh", [10, 0, 10, 58]),
        ("gen_exceeding_normal_thermal_kwh", [0, 0, 0, 70]),
        ("gen_exceeding_emerg_thermal_kwh", [0, 0, 0, 3]),
        ("gen_exceeding_normal_thermal_voltage_kwh", [10, 0, 10, 70]),
        ("gen_exceeding_emerg_thermal_voltage_kwh", [10, 0, 10, 58]),
    ],
)
def test_power_behind_each_energy(powers: dict[str, np.ndarray], column: str, kw: list[float]):
    assert powers[column] == pytest.approx(kw)


def test_each_energy_is_a_column_and_each_column_has_its_energy(powers: dict[str, np.ndarray]):
    documented = {column.name for column in ENHANCED.columns if column.unit == "kWh"}

    assert set(powers) == documented - {"load_exceeding_normal_een_kwh"}


def test_each_dollar_column_names_its_energy_and_price(powers: dict[str, np.ndarray]):
    documented = {column.name for column in ENHANCED.columns if column.unit == "$"}

    assert {column for column, _, _ in MONEY} == documented - {"load_exceeding_normal_een_vcr"}
    assert {energy for _, energy, _ in MONEY} <= set(powers)
    assert all(column.endswith(f"_{price}") for column, _, price in MONEY)


def test_a_zone_without_nodes_has_energy_but_none_at_voltage_risk(
    eventful: ZoneSeries, round_limits: VoltageLimits
):
    nothing = np.full((3, 4), np.nan)
    blind = replace(eventful, mean_pu=nothing, max_pu=nothing, min_pu=nothing)

    powers = energies(blind, round_limits.in_pu(blind.zone))

    assert powers["load_kwh"].tolist() == [60, 12, 80, 8]
    assert powers["load_overvoltage_kwh"].tolist() == [0, 0, 0, 0]
    assert powers["load_exceeding_normal_voltage_kwh"].tolist() == [0, 0, 0, 0]


def test_an_overload_belongs_to_the_direction_of_the_head(eventful: ZoneSeries):
    overloads = directed_overloads(eventful)

    assert overloads["load_normal"].tolist() == [6, 0, 65, 0]
    assert overloads["gen_normal"].tolist() == [0, 0, 0, 70]
    assert overloads["load_emergency"].tolist() == [0, 0, 7, 0]
    assert overloads["gen_emergency"].tolist() == [0, 0, 0, 3]


def test_no_flow_counts_as_load(quiet: Callable[[int], ZoneSeries]):
    idle = replace(quiet(1), overload_normal_kw=np.array([10.519]))

    assert directed_overloads(idle)["load_normal"].tolist() == [10.519]


def test_breaches_lane_by_lane(eventful: ZoneSeries, round_limits: VoltageLimits):
    found = breaches(eventful, round_limits.in_pu(eventful.zone))

    assert {kind: lanes.tolist() for kind, lanes in found.items()} == {
        "voltage_over": [True, False, False, True],
        "voltage_under": [False, False, True, False],
        "load_normal": [True, False, True, False],
        "load_emergency": [False, False, True, False],
        "gen_normal": [False, False, False, True],
        "gen_emergency": [False, False, False, True],
    }


@pytest.mark.parametrize("kind", ["load_normal", "load_emergency", "gen_normal", "gen_emergency"])
def test_thermal_kinds_need_their_flag(kind: str):
    assert not wanted(kind, EnhancedOptions())
    assert wanted(kind, replace(EnhancedOptions(), **{kind: True}))


def test_voltage_has_no_flag():
    assert wanted("voltage_over", EnhancedOptions())


def test_prices_are_per_kwh():
    options = EnhancedOptions(prices=Prices(vcr=np.array([40000.0, 20000.0])))

    assert np.asarray(price_named("vcr", options)).tolist() == [40.0, 20.0]


@pytest.mark.parametrize("name", ["vcr", "cvvr", "cecv", "co2"])
def test_a_price_without_table_is_unknown(name: str):
    assert np.isnan(price_named(name, EnhancedOptions()))


def test_emissions_have_a_price_only_with_their_flag():
    prices = Prices(co2=np.array([50000.0]))

    assert np.isnan(price_named("co2", EnhancedOptions(prices=prices)))
    assert np.asarray(price_named("co2", EnhancedOptions(prices=prices, emissions=True))).tolist() == [50.0]
