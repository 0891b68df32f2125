"""Rows of the tables that say what zones are and what their meters read.

`energy_meters_raw`, `energy_meter_voltages_raw`, `duration_curves` and `link_to_input`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hcr.network.zones import Zone
from hcr.powerflow.circuit import FloatArray
from hcr.results.table import Table
from hcr.results.table_writer import ADDED, Array, stacked
from hcr.results.zone_tables import METER_VOLTAGES, METERS
from hcr.studies.calendar import Calendar
from hcr.studies.zone_identity import zone_identity
from hcr.studies.zone_series import ZoneSeries


@dataclass(frozen=True, slots=True)
class ZoneAssets:
    """What is installed inside a zone as of a year; NaN for what is not known.

    Attributes
    ----------
    customers : energy consumers.
    panel_kw : PV panels [kW DC]; inverter_kva : PV inverters [kVA]; charger_kw : EV chargers [kW].
    battery_kwh : batteries [kWh]; battery_inverter_kw : their inverters [kW].
    """

    customers: int = 0
    panel_kw: float = float("nan")
    inverter_kva: float = float("nan")
    charger_kw: float = float("nan")
    battery_kwh: float = float("nan")
    battery_inverter_kw: float = float("nan")


def energy_meters(series: Sequence[ZoneSeries], calendar: Calendar) -> dict[str, Array]:
    """Return the columns of `energy_meters_raw`, lane by lane, zone after zone; NULL for what is unknown."""
    return _with_nulls(METERS, stacked([_energy_meter(one, calendar) for one in series]))


def _energy_meter(series: ZoneSeries, calendar: Calendar) -> dict[str, Array]:
    return {
        "timestamp": calendar.utc,
        **zone_identity(series.zone, series.lanes),
        "kwh": series.power_kw,
        "kvarh": series.power_kvar,
        "max_kw": _running_maximum(series.power_kw),
        "max_kva": _running_maximum(np.hypot(series.power_kw, series.power_kvar)),
        "zone_kwh": series.load_kw,
        "zone_kvarh": series.load_kvar,
        "zone_max_kw": _running_maximum(series.load_kw),
        "zone_max_kva": _running_maximum(np.hypot(series.load_kw, series.load_kvar)),
        "overload_kwh_normal": series.overload_normal_kw,
        "overload_kwh_emerg": series.overload_emergency_kw,
        "gen_kwh": series.generation_kw,
        "gen_kvarh": series.generation_kvar,
        "gen_max_kw": _running_maximum(series.generation_kw),
        "gen_max_kva": _running_maximum(np.hypot(series.generation_kw, series.generation_kvar)),
        "voltage_class_1": np.full(series.lanes, series.zone.v_base),
    }


def _running_maximum(values: FloatArray) -> FloatArray:
    """Return the largest value so far, at least 0: registers of a meter start at zero and only rise."""
    return np.maximum(np.maximum.accumulate(values), 0.0)


def energy_meter_voltages(series: Sequence[ZoneSeries], calendar: Calendar) -> dict[str, Array]:
    """Return the columns of `energy_meter_voltages_raw`, lane by lane, zone after zone."""
    return _with_nulls(METER_VOLTAGES, stacked([_meter_voltages(one, calendar) for one in series]))


def _meter_voltages(series: ZoneSeries, calendar: Calendar) -> dict[str, Array]:
    kinds = {"max": series.max_pu, "min": series.min_pu, "avg": series.mean_pu}
    return {
        "timestamp": calendar.utc,
        "measurement_zone_name": np.full(series.lanes, series.zone.name, object),
        "vbase_1": np.full(series.lanes, series.zone.v_base),
        **{
            f"phs{phase + 1}_{kind}_1": voltage[phase]
            for phase in range(3)
            for kind, voltage in kinds.items()
        },
    }


def _with_nulls(table: Table, rows: dict[str, Array]) -> dict[str, Array]:
    """Return the rows with a column of NaN for each column of the table that is not there."""
    length = len(rows["timestamp"]) if rows else 0
    # One value repeated without memory: most columns of these tables are NULL.
    null = np.broadcast_to(np.float64(np.nan), length)
    return {name: rows.get(name, null) for name in table.names if name not in ADDED}


def duration_curves(series: Sequence[ZoneSeries], calendar: Calendar) -> dict[str, Array]:
    """Return the columns of `duration_curves`, 100 rows a zone.

    Row p is element ceil(p·N/100) of the N powers sorted descending, so 100 % is the minimum
    (results_tables, A15).
    """
    percent = np.arange(1, 101)
    return stacked(
        [
            {
                "timestamp": np.full(100, calendar.first_of_year),
                **zone_identity(one.zone, 100),
                "v_base": np.full(100, one.zone.v_base),
                "percentage_of_time": percent,
                "kw": np.sort(one.power_kw)[::-1][-(-percent * one.lanes // 100) - 1],
            }
            for one in series
        ]
    )


def link_to_input(zones: Sequence[Zone], assets: Mapping[str, ZoneAssets]) -> dict[str, Array]:
    """Return the columns of `link_to_input`, one row a zone; `assets` by zone name."""
    return stacked([_link(zone, assets.get(zone.name, ZoneAssets())) for zone in zones])


def _link(zone: Zone, assets: ZoneAssets) -> dict[str, Array]:
    upstream = np.empty(1, object)
    upstream[0] = list(zone.upstream)
    return {
        **zone_identity(zone, 1),
        "upstream_measurement_zone_names": upstream,
        "v_base": np.array([zone.v_base]),
        "ec_count": np.array([assets.customers]),
        "total_panel_output_kw": np.array([assets.panel_kw]),
        "pv_inverter_capacity_kva": np.array([assets.inverter_kva]),
        "peak_ev_charger_capacity_kw": np.array([assets.charger_kw]),
        "installed_bess_capacity_kwh": np.array([assets.battery_kwh]),
        "bess_inverter_capacity_kva": np.array([assets.battery_inverter_kw]),
    }
