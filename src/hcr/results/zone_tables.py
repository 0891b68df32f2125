"""The other documented tables of zones: meter readings, links to the inputs, duration curves, constraints.

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
    zone_keys,
)

GROUPS = range(1, 6)
"""Voltage groups of a meter; ours have one, the rest stays NULL."""

_KEYS = zone_keys("End of the interval.")


def _kw(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "kW", meaning)


def _kvar(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "kvar", meaning)


def _kva(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "kVA", meaning)


def _group(k: int) -> tuple[Column, ...]:
    unknown = f"Voltage group {k}: {{}}. NULL: not computed."
    return (
        Column(f"voltage_class_{k}", INTEGER, "V", f"Voltage group {k}: nominal phase-to-phase voltage."),
        _kw(f"losses_{k}", unknown.format("all losses")),
        _kw(f"line_loss_{k}", unknown.format("losses of lines")),
        _kw(f"load_loss_{k}", unknown.format("load losses of transformers")),
        _kw(f"no_load_loss_{k}", unknown.format("no-load losses of transformers")),
        _kw(f"load_energy_{k}", unknown.format("load")),
    )


METERS = Table(
    "energy_meters_raw",
    "One row per zone and interval: mean power in the interval, in kW although names say kWh.",
    (
        *_KEYS,
        _kw("kwh", "P: power at the zone's head, import positive."),
        _kvar("kvarh", "Reactive power at the zone's head."),
        _kw("max_kw", "Largest P since the run began; 0 before the first import."),
        _kva("max_kva", "Largest apparent power at the head since the run began."),
        _kw("zone_kwh", "Z: load inside the zone."),
        _kvar("zone_kvarh", "Reactive load inside the zone."),
        _kw("zone_max_kw", "Largest Z since the run began."),
        _kva("zone_max_kva", "Largest apparent load of the zone since the run began."),
        _kw("overload_kwh_normal", "ON: power beyond the normal rating."),
        _kw("overload_kwh_emerg", "OE: power beyond the emergency rating."),
        _kw("load_een", "NULL: not computed."),
        _kw("load_ue", "NULL: not computed."),
        _kw("zone_losses_kwh", "NULL: not computed."),
        _kvar("zone_losses_kvarh", "NULL: not computed."),
        _kw("load_losses_kwh", "NULL: not computed."),
        _kvar("load_losses_kvarh", "NULL: not computed."),
        _kw("no_load_losses_kwh", "NULL: not computed."),
        _kvar("no_load_losses_kvarh", "NULL: not computed."),
        _kw("line_losses", "NULL: not computed."),
        _kw("transformer_losses", "NULL: not computed."),
        _kw("gen_kwh", "G: generation inside the zone."),
        _kvar("gen_kvarh", "Reactive generation inside the zone."),
        _kw("gen_max_kw", "Largest G since the run began."),
        _kva("gen_max_kva", "Largest apparent generation of the zone since the run began."),
        *(column for k in GROUPS for column in _group(k)),
    ),
    "raw",
)


def _voltages(k: int) -> tuple[Column, ...]:
    kinds = {"max": "largest", "min": "smallest", "avg": "mean"}
    return (
        Column(f"vbase_{k}", INTEGER, "V", f"Voltage group {k}: nominal phase-to-phase voltage."),
        *(
            Column(
                f"phs{phase}_{kind}_{k}", DOUBLE, "pu", f"Voltage group {k}: {word} voltage on phase {phase}."
            )
            for phase in (1, 2, 3)
            for kind, word in kinds.items()
        ),
    )


METER_VOLTAGES = Table(
    "energy_meter_voltages_raw",
    "One row per zone and interval: voltages over the zone's nodes. NULL for a phase without nodes.",
    (
        SCENARIO,
        Column("timestamp", TIME, "UTC", "End of the interval."),
        FEEDER,
        Column("measurement_zone_name", TEXT, "", "UUID of the zone's meter, as text."),
        *(column for k in GROUPS for column in _voltages(k)),
    ),
    "raw",
)

LINK_TO_INPUT = Table(
    "link_to_input",
    "One row per zone and year: what is connected inside the zone.",
    (
        SCENARIO,
        YEAR,
        FEEDER,
        *ZONE_IDENTITY,
        Column(
            "upstream_measurement_zone_names", f"{TEXT}[]", "", "Zones above, nearest the feeder head first."
        ),
        V_BASE,
        Column("ec_count", INTEGER, "", "Energy consumers inside the zone."),
        _kw("total_panel_output_kw", "PV panels (DC)."),
        _kva("pv_inverter_capacity_kva", "PV inverters."),
        _kw("peak_ev_charger_capacity_kw", "EV chargers."),
        Column("installed_bess_capacity_kwh", DOUBLE, "kWh", "Batteries."),
        _kw("bess_inverter_capacity_kva", "Battery inverters, in kW despite the name."),
    ),
    "plain",
)

DURATION_CURVES = Table(
    "duration_curves",
    "100 rows per zone and year: the load duration curve at the zone's head.",
    (
        *zone_keys("1 January of the modelled year, 00:00 UTC."),
        V_BASE,
        Column("percentage_of_time", INTEGER, "%", "p, 1 to 100."),
        _kw("kw", "Element ceil(p·N/100) of P sorted descending: 100 % is the minimum."),
    ),
    "metrics",
)

CONSTRAINTS = Table(
    "constraints",
    "One row per event in which a zone breaks a limit; types run independently.",
    (
        *zone_keys("End of the first interval of the event."),
        Column(
            "constraint_type",
            TEXT,
            "",
            "VOLTAGE_LOW (min over φ of n < VL1), VOLTAGE_HIGH (max over φ of x > VH1), "
            "LOAD_THERMAL_NORMAL, LOAD_THERMAL_EMERG, GEN_THERMAL_NORMAL, GEN_THERMAL_EMERG "
            "(ON or OE ≠ 0 with P ≥ 0 or P < 0, each if its flag is set).",
        ),
        Column("ended", TIME, "UTC", "End of the last interval of the event."),
        V_BASE,
        Column("voltage_max", DOUBLE, "pu", "max over the event of mean over φ of x."),
        Column("voltage_min", DOUBLE, "pu", "min over the event of mean over φ of n."),
        _kw("load_max_kw", "max Z."),
        _kw("load_delta_kw", "max Z - min Z within the event."),
        _kw("gen_max_kw", "max G."),
        _kw("gen_delta_kw", "max G - min G within the event."),
        _kw("thermal_max_kw", "max OE for emergency types, max ON for all others."),
        Column(
            "energy_kwh",
            DOUBLE,
            "kWh",
            "h Σ ON or OE for thermal types; h Σ (Z + G)·L(min over φ of n) for VOLTAGE_LOW, "
            "h Σ (Z + G)·H(max over φ of x) for VOLTAGE_HIGH.",
        ),
        Column(
            "value_dollars",
            DOUBLE,
            "$",
            "Thermal: energy · VCR if load, · (CECV + CO2) if generation. Voltage: Z with VCR, "
            "G with CECV + CO2. CO2 only if `calculateCO2`. NULL without price tables.",
        ),
    ),
    "metrics",
)
