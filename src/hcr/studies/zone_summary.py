"""The rows of `zone_summary`: extremes, hours beyond limits, energy and loading of each zone."""

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np

from hcr.network.zones import Zone
from hcr.powerflow.circuit import BoolArray, FloatArray
from hcr.results.table_writer import Array, stacked
from hcr.studies.calendar import Calendar
from hcr.studies.limits import PuLimits, VoltageLimits
from hcr.studies.voltage_ramp import any_above, any_below
from hcr.studies.zone_identity import zone_identity
from hcr.studies.zone_series import Extreme, ZoneSeries


def zone_summary(
    series: Sequence[ZoneSeries],
    calendar: Calendar,
    *,
    customers: Mapping[str, int],
    beyond: Mapping[str, tuple[int, int]] | None = None,
    limits: VoltageLimits | None = None,
) -> dict[str, Array]:
    """Return the columns of `zone_summary`, one row per zone.

    Parameters
    ----------
    customers : energy consumers of each zone, by zone name; a zone that is not named has none.
    beyond : how many customers of each zone were ever over and under the normal limits, by zone name; a
        zone that is not named has none.
    limits : the documented ones without.
    """
    chosen = limits or VoltageLimits()
    return stacked(
        [
            {
                **zone_identity(one.zone, 1),
                **_nameplate(one.zone, customers=customers.get(one.zone.name, 0), steps=one.lanes),
                **_extreme("min", one.lowest, zone=one.zone, calendar=calendar),
                **_extreme("max", one.highest, zone=one.zone, calendar=calendar),
                **_voltage_hours(one, chosen.in_pu(one.zone), hours=calendar.hours),
                **_thermal_hours(one, calendar.hours),
                **_flow(one, calendar),
                **_customers_beyond(*(beyond or {}).get(one.zone.name, (0, 0))),
            }
            for one in series
        ]
    )


def _nameplate(zone: Zone, *, customers: int, steps: int) -> dict[str, Array]:
    return {
        "zone": np.array([zone.label], object),
        "v_base": np.array([zone.v_base]),
        "rated_kva": np.array([zone.rated_kva]),
        "customers": np.array([customers]),
        "steps": np.array([steps]),
    }


def _extreme(kind: str, extreme: Extreme, *, zone: Zone, calendar: Calendar) -> dict[str, Array]:
    return {
        f"{kind}_voltage_pu": np.array([extreme.value_pu]),
        f"{kind}_voltage_v": np.array([extreme.value_pu * zone.v_base / sqrt(3.0)]),
        f"{kind}_voltage_node": np.array([extreme.place], object),
        f"{kind}_voltage_timestamp": calendar.utc[[extreme.lane]],
    }


def _voltage_hours(series: ZoneSeries, limits: PuLimits, *, hours: float) -> dict[str, Array]:
    broken = {
        "hours_over_normal": any_above(series.mean_pu, limits.normal_max),
        "hours_under_normal": any_below(series.mean_pu, limits.normal_min),
        "hours_over_emergency": any_above(series.mean_pu, limits.emergency_max),
        "hours_under_emergency": any_below(series.mean_pu, limits.emergency_min),
        "hours_any_node_over_normal": any_above(series.max_pu, limits.normal_max),
        "hours_any_node_under_normal": any_below(series.min_pu, limits.normal_min),
    }
    return _counted(broken, hours)


def _thermal_hours(series: ZoneSeries, hours: float) -> dict[str, Array]:
    importing = series.power_kw >= 0.0
    normal, emergency = series.overload_normal_kw != 0.0, series.overload_emergency_kw != 0.0
    broken = {
        "thermal_load_normal_hours": normal & importing,
        "thermal_load_emergency_hours": emergency & importing,
        "thermal_gen_normal_hours": normal & ~importing,
        "thermal_gen_emergency_hours": emergency & ~importing,
    }
    return _counted(broken, hours)


def _counted(broken: Mapping[str, BoolArray], hours: float) -> dict[str, Array]:
    return {name: np.array([hours * np.count_nonzero(lanes)]) for name, lanes in broken.items()}


def _flow(series: ZoneSeries, calendar: Calendar) -> dict[str, Array]:
    power = series.power_kw
    kva = float(np.hypot(power, series.power_kvar).max())
    return {
        **_peak("peak_import", np.where(power >= 0.0, power, np.nan), calendar=calendar),
        **_peak("peak_export", np.where(power < 0.0, power, np.nan), calendar=calendar),
        "import_kwh": np.array([calendar.hours * power[power >= 0.0].sum()]),
        "export_kwh": np.array([calendar.hours * np.abs(power[power < 0.0]).sum()]),
        "load_kwh": np.array([calendar.hours * series.load_kw.sum()]),
        "generation_kwh": np.array([calendar.hours * series.generation_kw.sum()]),
        "peak_kva": np.array([kva]),
        "peak_loading_percent": np.array([100.0 * kva / series.zone.rated_kva]),
    }


def _customers_beyond(over: int, under: int) -> dict[str, Array]:
    return {"customers_over_normal": np.array([over]), "customers_under_normal": np.array([under])}


def _peak(name: str, power_kw: FloatArray, *, calendar: Calendar) -> dict[str, Array]:
    """Return the power that is farthest from zero and its time; NULL for both where all is NaN."""
    size = np.nan_to_num(np.abs(power_kw), nan=-1.0)
    lane = int(size.argmax())
    found = size[lane] >= 0.0
    return {
        f"{name}_kw": power_kw[[lane]],
        f"{name}_timestamp": calendar.utc[[lane]] if found else np.array(["NaT"], "datetime64[us]"),
    }
