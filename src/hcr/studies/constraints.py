"""The rows of `constraints`: each event in which a zone breaks a limit.

Types run independently and may overlap. Voltage types look at the extreme nodes of the zone, where the
enhanced metrics look at means (results_tables, section 9).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray
from hcr.results.table_writer import Array, stacked
from hcr.studies.calendar import Calendar
from hcr.studies.lane_quantities import directed_overloads, price_named, wanted
from hcr.studies.limits import PuLimits
from hcr.studies.metric_options import EnhancedOptions
from hcr.studies.voltage_ramp import highest_phase, lowest_phase, phase_mean, share_high, share_low
from hcr.studies.zone_identity import zone_identity
from hcr.studies.zone_series import ZoneSeries

THERMAL_TYPES = {
    "load_normal": "LOAD_THERMAL_NORMAL",
    "gen_normal": "GEN_THERMAL_NORMAL",
    "load_emergency": "LOAD_THERMAL_EMERG",
    "gen_emergency": "GEN_THERMAL_EMERG",
}
"""`constraint_type` of each direction and rating."""


@dataclass(frozen=True, slots=True)
class _Breach:
    """One type of constraint in one zone, lane by lane.

    Attributes
    ----------
    kind : `constraint_type`; active : (lanes,) bool.
    thermal_kw : (lanes,) float, the overload reported beside it.
    load_kw, generation_kw : (lanes,) float, power at risk, valued as load and as generation.
    """

    kind: str
    active: BoolArray
    thermal_kw: FloatArray
    load_kw: FloatArray
    generation_kw: FloatArray


def constraints(
    series: Sequence[ZoneSeries], calendar: Calendar, *, options: EnhancedOptions
) -> dict[str, Array]:
    """Return the columns of `constraints`, one row an event, by zone and type, then by time.

    VOLTAGE_HIGH begins at VH1: the documented VH2 is taken for a typing error (results_tables, A14). Thermal
    types are there if their flag is set. `value_dollars` is NaN without the price tables it needs.
    """
    return stacked(
        [
            _events(one, breach, calendar=calendar, options=options)
            for one in series
            for breach in _breaches(one, options)
        ]
    )


def _breaches(series: ZoneSeries, options: EnhancedOptions) -> list[_Breach]:
    limits = options.limits.in_pu(series.zone)
    none = np.zeros(series.lanes)
    thermal = [
        _Breach(
            THERMAL_TYPES[kind],
            overload != 0.0,
            overload,
            overload if kind.startswith("load") else none,
            none if kind.startswith("load") else overload,
        )
        for kind, overload in directed_overloads(series).items()
        if wanted(kind, options)
    ]
    return [*_voltage_breaches(series, limits), *thermal]


def _voltage_breaches(series: ZoneSeries, limits: PuLimits) -> list[_Breach]:
    lowest, highest = lowest_phase(series.min_pu), highest_phase(series.max_pu)
    sides = (
        ("VOLTAGE_LOW", lowest < limits.normal_min, share_low(lowest, limits)),
        ("VOLTAGE_HIGH", highest > limits.normal_max, share_high(highest, limits)),
    )
    return [
        _Breach(kind, active, series.overload_normal_kw, share * series.load_kw, share * series.generation_kw)
        for kind, active, share in sides
    ]


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of consecutive active lanes: `first` and `last` lane of each, (runs,) int."""

    first: IntArray
    last: IntArray

    @classmethod
    def of(cls, active: BoolArray, calendar: Calendar) -> "_Runs":
        begins = calendar.first_of_run(active)
        ends = np.zeros_like(active)
        ends[:-1] = active[:-1] & (~active[1:] | begins[1:])
        ends[-1:] = active[-1:]
        return cls(np.flatnonzero(begins).astype(np.int64), np.flatnonzero(ends).astype(np.int64))

    def reduce(self, values: FloatArray, how: np.ufunc) -> FloatArray:
        """Return a reduction of the values over each run, (runs,) float."""
        if not len(self.first):
            return np.empty(0)
        borders = np.stack([self.first, self.last + 1], axis=1).ravel()
        padded = np.append(values, values[-1])  # so that the border after the last lane exists
        return np.asarray(how.reduceat(padded, borders)[::2], np.float64)


def _events(
    series: ZoneSeries, breach: _Breach, *, calendar: Calendar, options: EnhancedOptions
) -> dict[str, Array]:
    runs = _Runs.of(breach.active, calendar)
    count = len(runs.first)
    at_risk = breach.load_kw + breach.generation_kw
    return {
        "timestamp": calendar.utc[runs.first],
        **zone_identity(series.zone, count),
        "constraint_type": np.full(count, breach.kind, object),
        "ended": calendar.utc[runs.last],
        "v_base": np.full(count, series.zone.v_base),
        "voltage_max": runs.reduce(phase_mean(series.max_pu), np.fmax),
        "voltage_min": runs.reduce(phase_mean(series.min_pu), np.fmin),
        **_range("load", series.load_kw, runs=runs),
        **_range("gen", series.generation_kw, runs=runs),
        "thermal_max_kw": runs.reduce(breach.thermal_kw, np.maximum),
        "energy_kwh": calendar.hours * runs.reduce(at_risk, np.add),
        "value_dollars": calendar.hours * runs.reduce(_worth(breach, options), np.add),
    }


def _range(name: str, power_kw: FloatArray, *, runs: _Runs) -> dict[str, Array]:
    highest = runs.reduce(power_kw, np.maximum)
    return {f"{name}_max_kw": highest, f"{name}_delta_kw": highest - runs.reduce(power_kw, np.minimum)}


def _worth(breach: _Breach, options: EnhancedOptions) -> FloatArray:
    """Return the value of the power at risk, (lanes,) float [$/h]; NaN where a price it needs is unknown.

    Load is worth VCR; generation CECV, and CO2 on top if emissions are asked for (results_tables, A23).
    """
    emissions = price_named("co2", options) if options.emissions else 0.0
    load = _valued(breach.load_kw, price_named("vcr", options))
    return load + _valued(breach.generation_kw, price_named("cecv", options) + emissions)


def _valued(power_kw: FloatArray, price: FloatArray | float) -> FloatArray:
    """Return power times price; no power is worth nothing even where the price is unknown."""
    return np.where(power_kw == 0.0, 0.0, power_kw * price)
