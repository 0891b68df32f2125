"""Quantities of a zone lane by lane, under the names of the columns that sum or count them.

The formulas are those of results_tables, section 8; symbols as in docs/results.md.
"""

import numpy as np

from hcr.powerflow.circuit import BoolArray, FloatArray
from hcr.studies.limits import PuLimits
from hcr.studies.metric_options import EnhancedOptions
from hcr.studies.voltage_ramp import (
    any_above,
    any_below,
    phases_present,
    share_at_risk,
    share_high,
    share_low,
)
from hcr.studies.zone_series import ZoneSeries

MONEY: tuple[tuple[str, str, str], ...] = (
    ("load_overvoltage_cvvr", "load_overvoltage_kwh", "cvvr"),
    ("load_exceeding_normal_voltage_vcr", "load_exceeding_normal_voltage_kwh", "vcr"),
    ("load_exceeding_normal_thermal_vcr", "load_exceeding_normal_thermal_kwh", "vcr"),
    ("load_exceeding_normal_thermal_voltage_vcr", "load_exceeding_normal_thermal_voltage_kwh", "vcr"),
    ("gen_overvoltage_cecv", "gen_overvoltage_kwh", "cecv"),
    ("gen_overvoltage_co2", "gen_overvoltage_kwh", "co2"),
    ("gen_exceeding_normal_voltage_cecv", "gen_exceeding_normal_voltage_kwh", "cecv"),
    ("gen_exceeding_normal_voltage_co2", "gen_exceeding_normal_voltage_kwh", "co2"),
    ("gen_exceeding_normal_thermal_cecv", "gen_exceeding_normal_thermal_kwh", "cecv"),
    ("gen_exceeding_normal_thermal_co2", "gen_exceeding_normal_thermal_kwh", "co2"),
    ("gen_exceeding_normal_thermal_voltage_cecv", "gen_exceeding_normal_thermal_voltage_kwh", "cecv"),
    ("gen_exceeding_emerg_thermal_voltage_cecv", "gen_exceeding_emerg_thermal_voltage_kwh", "cecv"),
    ("gen_exceeding_normal_thermal_voltage_co2", "gen_exceeding_normal_thermal_voltage_kwh", "co2"),
    ("gen_exceeding_emerg_thermal_voltage_co2", "gen_exceeding_emerg_thermal_voltage_kwh", "co2"),
    ("gen_exceeding_emerg_thermal_cecv", "gen_exceeding_emerg_thermal_kwh", "cecv"),
    ("gen_exceeding_emerg_thermal_co2", "gen_exceeding_emerg_thermal_kwh", "co2"),
)
"""Columns in dollars: the column of the energy, and the price it is multiplied by."""


def energies(series: ZoneSeries, limits: PuLimits) -> dict[str, FloatArray]:
    """Return what each kWh column sums, (lanes,) float each [kW]."""
    return {
        **_phase_energies(series, limits),
        **_interval_energies(series, share_at_risk(series.mean_pu, limits)),
        "load_kwh": series.load_kw,
        "generation_kwh": series.generation_kw,
    }


def _phase_energies(series: ZoneSeries, limits: PuLimits) -> dict[str, FloatArray]:
    """Return the energies split evenly over the phases present, each gated by its own voltage."""
    mean = series.mean_pu
    phases = max(phases_present(mean), 1)
    load, generation = series.load_kw / phases, series.generation_kw / phases
    return {
        "load_overvoltage_kwh": load * (mean > limits.normal_max).sum(axis=0),
        "load_undervoltage_kwh": load * (mean < limits.normal_min).sum(axis=0),
        "load_undervoltage_normal_kwh": load * share_low(mean, limits).sum(axis=0),
        "gen_overvoltage_kwh": generation * share_high(mean, limits).sum(axis=0),
    }


def _interval_energies(series: ZoneSeries, at_risk: FloatArray) -> dict[str, FloatArray]:
    """Return the energies of whole intervals; the head's direction decides between load and generation."""
    load, generation = at_risk * series.load_kw, at_risk * series.generation_kw
    overloads = directed_overloads(series)
    return {
        "load_exceeding_normal_voltage_kwh": load,
        "load_exceeding_normal_thermal_kwh": overloads["load_normal"],
        "load_exceeding_emerg_thermal_kwh": overloads["load_emergency"],
        "load_exceeding_normal_thermal_voltage_kwh": np.maximum(load, overloads["load_normal"]),
        "load_exceeding_emerg_thermal_voltage_kwh": np.maximum(load, overloads["load_emergency"]),
        "gen_exceeding_normal_voltage_kwh": generation,
        "gen_exceeding_normal_thermal_kwh": overloads["gen_normal"],
        "gen_exceeding_emerg_thermal_kwh": overloads["gen_emergency"],
        "gen_exceeding_normal_thermal_voltage_kwh": np.maximum(generation, overloads["gen_normal"]),
        "gen_exceeding_emerg_thermal_voltage_kwh": np.maximum(generation, overloads["gen_emergency"]),
    }


def directed_overloads(series: ZoneSeries) -> dict[str, FloatArray]:
    """Return the overload in each direction of the head, (lanes,) float [kW]; keys as in EnhancedOptions."""
    importing = series.power_kw >= 0.0
    return {
        "load_normal": np.where(importing, series.overload_normal_kw, 0.0),
        "load_emergency": np.where(importing, series.overload_emergency_kw, 0.0),
        "gen_normal": np.where(importing, 0.0, series.overload_normal_kw),
        "gen_emergency": np.where(importing, 0.0, series.overload_emergency_kw),
    }


def breaches(series: ZoneSeries, limits: PuLimits) -> dict[str, BoolArray]:
    """Return the lanes that break a limit, (lanes,) bool each; thermal keys as in EnhancedOptions."""
    thermal = {kind: overload != 0.0 for kind, overload in directed_overloads(series).items()}
    return {
        "voltage_over": any_above(series.mean_pu, limits.normal_max),
        "voltage_under": any_below(series.mean_pu, limits.normal_min),
        **thermal,
    }


def wanted(kind: str, options: EnhancedOptions) -> bool:
    """Return whether the flags ask for this kind of breach; voltage has no flag."""
    flags = {
        "load_normal": options.load_normal,
        "load_emergency": options.load_emergency,
        "gen_normal": options.gen_normal,
        "gen_emergency": options.gen_emergency,
    }
    return flags.get(kind, True)


def price_named(name: str, options: EnhancedOptions) -> FloatArray | float:
    """Return a price of each lane [$/kWh]; NaN if there is no table or its flag is off."""
    prices = options.prices
    tables = {
        "vcr": prices.vcr,
        "cvvr": prices.cvvr,
        "cecv": prices.cecv,
        "co2": prices.co2 if options.emissions else None,
    }
    table = tables[name]
    return float("nan") if table is None else table / 1000.0
