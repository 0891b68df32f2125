"""The table `network_performance_metrics_enhanced`: voltages, energies and energy at risk of each zone.

Column by column as documented, without `work_package_id` (see `table`). Symbols are those of docs/results.md.
"""

from hcr.results.table import DOUBLE, INTEGER, TEXT, TIME, V_BASE, Column, Table, zone_keys

_NO_EEN = "NULL: its documented formula is known to be wrong, so it is not computed."


def _pu(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "pu", meaning)


def _kw(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "kW", meaning)


def _kwh(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "kWh", meaning)


def _hours(name: str, meaning: str, *, flag: str = "") -> Column:
    return Column(name, DOUBLE, "h", _with_flag(meaning, flag))


def _events(name: str, of: str, *, flag: str = "") -> Column:
    return Column(name, INTEGER, "", _with_flag(f"Events of {of}.", flag))


def _money(name: str, meaning: str, *, flag: str = "") -> Column:
    return Column(name, DOUBLE, "$", _with_flag(f"{meaning} NULL without that price table.", flag))


def _with_flag(meaning: str, flag: str) -> str:
    return f"{meaning} NULL unless `{flag}`." if flag else meaning


_CO2 = "calculateCO2"
_LOAD, _LOAD_EMERGENCY = "calculateNormalForLoadThermal", "calculateEmergForLoadThermal"
_GEN, _GEN_EMERGENCY = "calculateNormalForGenThermal", "calculateEmergForGenThermal"

_SLICE = (
    Column("season", TEXT, "", "summer, autumn, winter, spring; annual in the whole-year row."),
    Column("time_of_day", TEXT, "", "all, day, night or solar_day, by local time."),
    Column("interval_count", INTEGER, "", "Intervals in the slice."),
    V_BASE,
)

_VOLTAGE = (
    _pu("maximum_section_voltage", "max over t and φ of x."),
    _pu("minimum_section_voltage", "min over t and φ of n."),
    _pu("voltage_delta_avg", "mean over t of max over φ of (x - n): spread over the zone."),
    _pu("voltage_delta_max", "max over t and φ of (x - n)."),
    _pu("v50_avg_section_voltage", "50 % quantile of all a, nearest rank."),
    _pu("v99_avg_section_voltage", "99 % quantile of all a."),
    _pu("v95_avg_section_voltage", "95 % quantile of all a."),
    _pu("v5_avg_section_voltage", "5 % quantile of all a."),
    _pu("v1_avg_section_voltage", "1 % quantile of all a."),
    _hours("voltage_over_limit_hours", "h · count(any a > VH1)."),
    _events("num_voltage_over_limit_events", "voltage_over_limit_hours"),
    _hours("voltage_under_limit_hours", "h · count(any a < VL1)."),
    _events("num_voltage_under_limit_events", "voltage_under_limit_hours"),
)

_THERMAL = (
    _hours("thermal_load_limit_hours", "h · count(ON ≠ 0 and P ≥ 0).", flag=_LOAD),
    _hours("thermal_emerg_load_limit_hours", "h · count(OE ≠ 0 and P ≥ 0).", flag=_LOAD_EMERGENCY),
    _events("num_thermal_load_limit_events", "thermal_load_limit_hours", flag=_LOAD),
    _events("num_thermal_emerg_load_limit_events", "thermal_emerg_load_limit_hours", flag=_LOAD_EMERGENCY),
    _hours("thermal_gen_limit_hours", "h · count(ON ≠ 0 and P < 0).", flag=_GEN),
    _hours("thermal_emerg_gen_limit_hours", "h · count(OE ≠ 0 and P < 0).", flag=_GEN_EMERGENCY),
    _events("num_thermal_gen_limit_events", "thermal_gen_limit_hours", flag=_GEN),
    _events("num_thermal_emerg_gen_limit_events", "thermal_emerg_gen_limit_hours", flag=_GEN_EMERGENCY),
)

_LOAD_AT_RISK = (
    _kwh("load_kwh", "h ΣZ: no losses, no through-flow."),
    _kwh("load_exceeding_normal_een_kwh", _NO_EEN),
    Column("load_exceeding_normal_een_vcr", DOUBLE, "$", _NO_EEN),
    _kwh("load_overvoltage_kwh", "h ΣΣφ (Z/m)[a > VH1], unscaled."),
    _money("load_overvoltage_cvvr", "load_overvoltage_kwh · CVVR."),
    _kwh("load_undervoltage_kwh", "h ΣΣφ (Z/m)[a < VL1], unscaled."),
    _kwh("load_undervoltage_normal_kwh", "h ΣΣφ (Z/m)·L(a)."),
    _kwh("load_exceeding_normal_voltage_kwh", "h Σ W·Z."),
    _money("load_exceeding_normal_voltage_vcr", "load_exceeding_normal_voltage_kwh · VCR."),
    _kwh("load_exceeding_normal_thermal_kwh", "h Σ ON[P ≥ 0]; through-flow included."),
    _kwh("load_exceeding_emerg_thermal_kwh", "h Σ OE[P ≥ 0]."),
    _money("load_exceeding_normal_thermal_vcr", "load_exceeding_normal_thermal_kwh · VCR."),
    _kwh("load_exceeding_normal_thermal_voltage_kwh", "h Σ max(W·Z, ON[P ≥ 0])."),
    _kwh("load_exceeding_emerg_thermal_voltage_kwh", "h Σ max(W·Z, OE[P ≥ 0]); voltage limits stay normal."),
    _money(
        "load_exceeding_normal_thermal_voltage_vcr",
        "load_exceeding_normal_thermal_voltage_kwh · VCR: main value of load at risk.",
    ),
    _kw("load_exceeding_normal_thermal_max_kw", "max ON[P ≥ 0]."),
    _kw("load_exceeding_emerg_thermal_max_kw", "max OE[P ≥ 0]."),
    _kw("load_max_kw", "max Z."),
    Column("load_max_timestamp", TIME, "UTC", "When load_max_kw, the first time if tied."),
)

_GENERATION_AT_RISK = (
    _kwh("generation_kwh", "h ΣG: measured exports and forecast generation."),
    _kwh("gen_overvoltage_kwh", "h ΣΣφ (G/m)·H(a)."),
    _money("gen_overvoltage_cecv", "gen_overvoltage_kwh · CECV."),
    _money("gen_overvoltage_co2", "gen_overvoltage_kwh · CO2.", flag=_CO2),
    _kwh("gen_exceeding_normal_voltage_kwh", "h Σ W·G, under-voltage included too."),
    _money("gen_exceeding_normal_voltage_cecv", "gen_exceeding_normal_voltage_kwh · CECV."),
    _money("gen_exceeding_normal_voltage_co2", "gen_exceeding_normal_voltage_kwh · CO2.", flag=_CO2),
    _kwh("gen_exceeding_normal_thermal_kwh", "h Σ ON[P < 0]."),
    _kwh("gen_exceeding_emerg_thermal_kwh", "h Σ OE[P < 0]."),
    _money("gen_exceeding_normal_thermal_cecv", "gen_exceeding_normal_thermal_kwh · CECV."),
    _money("gen_exceeding_normal_thermal_co2", "gen_exceeding_normal_thermal_kwh · CO2.", flag=_CO2),
    _kwh("gen_exceeding_normal_thermal_voltage_kwh", "h Σ max(W·G, ON[P < 0])."),
    _kwh("gen_exceeding_emerg_thermal_voltage_kwh", "h Σ max(W·G, OE[P < 0])."),
    _money("gen_exceeding_normal_thermal_voltage_cecv", "gen_exceeding_normal_thermal_voltage_kwh · CECV."),
    _money("gen_exceeding_emerg_thermal_voltage_cecv", "gen_exceeding_emerg_thermal_voltage_kwh · CECV."),
    _money(
        "gen_exceeding_normal_thermal_voltage_co2",
        "gen_exceeding_normal_thermal_voltage_kwh · CO2.",
        flag=_CO2,
    ),
    _money(
        "gen_exceeding_emerg_thermal_voltage_co2",
        "gen_exceeding_emerg_thermal_voltage_kwh · CO2.",
        flag=_CO2,
    ),
    _kw("gen_exceeding_normal_thermal_max_kw", "max ON[P < 0]."),
    _kw("gen_exceeding_emerg_thermal_max_kw", "max OE[P < 0]."),
    _money("gen_exceeding_emerg_thermal_cecv", "gen_exceeding_emerg_thermal_kwh · CECV."),
    _money("gen_exceeding_emerg_thermal_co2", "gen_exceeding_emerg_thermal_kwh · CO2.", flag=_CO2),
    _kw("gen_max_kw", "max G."),
    Column("gen_max_timestamp", TIME, "UTC", "When gen_max_kw, the first time if tied."),
)

_FLOW = (
    _kw("peak_import", "max P over P ≥ 0; NULL without import."),
    _kw("peak_export", "min P over P < 0, a negative number; NULL without export."),
    Column("transformer_utilisation", DOUBLE, "", "Σ|P| / (rated kVA · intervals); NULL at the feeder head."),
)

ENHANCED = Table(
    "network_performance_metrics_enhanced",
    "One row per zone, year and slice of it: four seasons by four times of day, and the whole year.",
    (
        *zone_keys("1 January of the modelled year, 00:00 UTC."),
        *_SLICE,
        *_VOLTAGE,
        *_THERMAL,
        *_LOAD_AT_RISK,
        *_GENERATION_AT_RISK,
        *_FLOW,
    ),
    "metrics",
)
