"""Tables that only hcr has: summaries of zones and customers, and voltages at customers.

Without `work_package_id` (see `table`).
"""

from hcr.results.table import (
    DOUBLE,
    FEEDER,
    INTEGER,
    SCENARIO,
    TEXT,
    TIME,
    V_BASE,
    YEAR,
    ZONE_IDENTITY,
    Column,
    Table,
)

_ZONE = Column("zone", TEXT, "", "What people call the zone.")
_LOAD_ID = Column("load_id", TEXT, "", "Identifier of the customer's connection.")
_ELEMENT = Column("element", TEXT, "", "Load element of the model.")


def _hours(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "h", meaning)


def _extreme(kind: str, word: str, *, place: str) -> tuple[Column, ...]:
    """Return value, place and time of an extreme voltage; `place` names the kind of place."""
    return (
        Column(f"{kind}_voltage_pu", DOUBLE, "pu", f"{word} voltage at any {place}."),
        Column(f"{kind}_voltage_v", DOUBLE, "V", "The same in phase volts (phase to neutral)."),
        Column(f"{kind}_voltage_node", TEXT, "", "Node where it occurred."),
        Column(f"{kind}_voltage_timestamp", TIME, "UTC", "End of the interval, the first if several."),
    )


ZONE_SUMMARY = Table(
    "zone_summary",
    "One row per zone and year: extremes, hours beyond limits, energy and loading.",
    (
        FEEDER,
        SCENARIO,
        YEAR,
        *ZONE_IDENTITY,
        _ZONE,
        V_BASE,
        Column("rated_kva", DOUBLE, "kVA", "Transformers feeding the zone; NULL at the feeder head."),
        Column("customers", INTEGER, "", "Energy consumers inside the zone."),
        Column("steps", INTEGER, "", "Intervals solved."),
        *_extreme("min", "Lowest", place="node of the zone"),
        *_extreme("max", "Highest", place="node of the zone"),
        _hours("hours_over_normal", "h · count(any a > VH1)."),
        _hours("hours_under_normal", "h · count(any a < VL1)."),
        _hours("hours_over_emergency", "h · count(any a > VH2)."),
        _hours("hours_under_emergency", "h · count(any a < VL2)."),
        _hours("hours_any_node_over_normal", "h · count(any x > VH1)."),
        _hours("hours_any_node_under_normal", "h · count(any n < VL1)."),
        _hours("thermal_load_normal_hours", "h · count(ON ≠ 0 and P ≥ 0)."),
        _hours("thermal_load_emergency_hours", "h · count(OE ≠ 0 and P ≥ 0)."),
        _hours("thermal_gen_normal_hours", "h · count(ON ≠ 0 and P < 0)."),
        _hours("thermal_gen_emergency_hours", "h · count(OE ≠ 0 and P < 0)."),
        Column("peak_import_kw", DOUBLE, "kW", "max P over P ≥ 0; NULL without import."),
        Column("peak_import_timestamp", TIME, "UTC", "When, the first time if tied."),
        Column("peak_export_kw", DOUBLE, "kW", "min P over P < 0, negative; NULL without export."),
        Column("peak_export_timestamp", TIME, "UTC", "When, the first time if tied."),
        Column("import_kwh", DOUBLE, "kWh", "h Σ P over P ≥ 0."),
        Column("export_kwh", DOUBLE, "kWh", "h Σ -P over P < 0, positive."),
        Column("load_kwh", DOUBLE, "kWh", "h ΣZ."),
        Column("generation_kwh", DOUBLE, "kWh", "h ΣG."),
        Column("peak_kva", DOUBLE, "kVA", "Largest apparent power at the head."),
        Column("peak_loading_percent", DOUBLE, "%", "peak_kva / rated_kva; NULL at the feeder head."),
        Column("customers_over_normal", INTEGER, "", "Customers with any interval above VH1 at any phase."),
        Column("customers_under_normal", INTEGER, "", "Customers with any interval below VL1 at any phase."),
    ),
    "plain",
    extension=True,
)

CUSTOMER_SUMMARY = Table(
    "customer_summary",
    "One row per customer and year: extreme voltages over the customer's phases, and hours beyond limits.",
    (
        FEEDER,
        SCENARIO,
        YEAR,
        _LOAD_ID,
        _ELEMENT,
        _ZONE,
        Column("phases", TEXT, "", "Phases connected, such as A, BC, ABC."),
        Column("min_voltage_v", DOUBLE, "V", "Lowest phase voltage (phase to neutral)."),
        Column("min_voltage_pu", DOUBLE, "pu", "The same per unit."),
        Column("min_voltage_timestamp", TIME, "UTC", "End of the interval, the first if several."),
        Column("max_voltage_v", DOUBLE, "V", "Highest phase voltage (phase to neutral)."),
        Column("max_voltage_pu", DOUBLE, "pu", "The same per unit."),
        Column("max_voltage_timestamp", TIME, "UTC", "End of the interval, the first if several."),
        _hours("hours_over_normal", "h · count(any phase > VH1)."),
        _hours("hours_under_normal", "h · count(any phase < VL1)."),
    ),
    "plain",
    extension=True,
)

CUSTOMER_VOLTAGES = Table(
    "customer_voltages",
    "One row per customer, interval and override entry: voltages and power at the connection.",
    (
        FEEDER,
        SCENARIO,
        YEAR,
        Column("timestamp", TIME, "UTC", "End of the interval."),
        Column("entry", INTEGER, "", "Index of the override entry, from 0."),
        _LOAD_ID,
        _ELEMENT,
        _ZONE,
        *(
            Column(f"voltage_{phase}_v", DOUBLE, "V", f"Phase {phase.upper()} to neutral; NULL where absent.")
            for phase in "abc"
        ),
        Column("power_kw", DOUBLE, "kW", "Power drawn less power exported."),
        Column("power_kvar", DOUBLE, "kvar", "Reactive power drawn, that of exports included."),
    ),
    "raw",
    extension=True,
)
