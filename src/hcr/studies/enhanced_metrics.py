"""The rows of `network_performance_metrics_enhanced`: one per zone and slice of the year."""

from collections.abc import Mapping, Sequence

import numpy as np

from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray
from hcr.results.table_writer import Array, stacked
from hcr.studies.calendar import Calendar
from hcr.studies.lane_quantities import MONEY, breaches, directed_overloads, energies, price_named, wanted
from hcr.studies.metric_options import EnhancedOptions
from hcr.studies.seasons import Slice
from hcr.studies.voltage_ramp import highest_phase, lowest_phase
from hcr.studies.zone_identity import zone_identity
from hcr.studies.zone_series import ZoneSeries

HOURS_AND_EVENTS = {
    "voltage_over": ("voltage_over_limit_hours", "num_voltage_over_limit_events"),
    "voltage_under": ("voltage_under_limit_hours", "num_voltage_under_limit_events"),
    "load_normal": ("thermal_load_limit_hours", "num_thermal_load_limit_events"),
    "load_emergency": ("thermal_emerg_load_limit_hours", "num_thermal_emerg_load_limit_events"),
    "gen_normal": ("thermal_gen_limit_hours", "num_thermal_gen_limit_events"),
    "gen_emergency": ("thermal_emerg_gen_limit_hours", "num_thermal_emerg_gen_limit_events"),
}
"""Columns of hours and of events for each kind of breach."""

NOT_COMPUTED = ("load_exceeding_normal_een_kwh", "load_exceeding_normal_een_vcr")
"""Columns whose documented formula is known to be wrong."""

QUANTILES = {"v50": 50, "v99": 99, "v95": 95, "v5": 5, "v1": 1}
"""Percent of the quantile columns `…_avg_section_voltage`."""

MAXIMA = {
    "load_exceeding_normal_thermal_max_kw": "load_normal",
    "load_exceeding_emerg_thermal_max_kw": "load_emergency",
    "gen_exceeding_normal_thermal_max_kw": "gen_normal",
    "gen_exceeding_emerg_thermal_max_kw": "gen_emergency",
}
"""Columns of largest overloads: direction and rating."""


def enhanced_table(
    series: Sequence[ZoneSeries], calendar: Calendar, *, options: EnhancedOptions
) -> dict[str, Array]:
    """Return the rows of all zones below each other; see `enhanced_metrics`."""
    return stacked([enhanced_metrics(one, calendar, options=options) for one in series])


def enhanced_metrics(series: ZoneSeries, calendar: Calendar, *, options: EnhancedOptions) -> dict[str, Array]:
    """Return the columns of one zone, a row for each slice of the calendar.

    A whole year has 17 slices: four seasons by four times of day, and the year itself. A shorter span has
    those that hold at least one of its intervals. Columns without what they need are NaN: the flag of a
    thermal column, the price table of a dollar column, and the EEN columns always, whose documented formula
    is known to be wrong.
    """
    return {
        **zone_identity(series.zone, len(calendar.slices)),
        **_slice_columns(series, calendar),
        **_voltage_columns(series, calendar.slices),
        **_breach_columns(series, calendar, options=options),
        **_energy_columns(series, calendar, options=options),
        **_power_columns(series, calendar.slices),
        **_time_columns(series, calendar),
    }


def _slice_columns(series: ZoneSeries, calendar: Calendar) -> dict[str, Array]:
    rows = len(calendar.slices)
    return {
        "timestamp": np.full(rows, calendar.first_of_year),
        "season": np.array([part.season for part in calendar.slices], object),
        "time_of_day": np.array([part.time_of_day for part in calendar.slices], object),
        "interval_count": np.array([len(part.lanes) for part in calendar.slices]),
        "v_base": np.full(rows, series.zone.v_base),
    }


def _voltage_columns(series: ZoneSeries, slices: Sequence[Slice]) -> dict[str, Array]:
    highest, lowest = highest_phase(series.max_pu), lowest_phase(series.min_pu)
    spread = highest_phase(series.max_pu - series.min_pu)
    quantiles = np.array([_quantiles(series.mean_pu[:, part.lanes]) for part in slices]).T
    return {
        "maximum_section_voltage": np.array([np.fmax.reduce(highest[part.lanes]) for part in slices]),
        "minimum_section_voltage": np.array([np.fmin.reduce(lowest[part.lanes]) for part in slices]),
        "voltage_delta_avg": np.array([_mean(spread[part.lanes]) for part in slices]),
        "voltage_delta_max": np.array([np.fmax.reduce(spread[part.lanes]) for part in slices]),
        **{f"{name}_avg_section_voltage": row for name, row in zip(QUANTILES, quantiles, strict=True)},
    }


def _mean(values: FloatArray) -> float:
    """Return the mean of what is there; NaN where nothing is, as in a zone without supply."""
    present = values[~np.isnan(values)]
    return float(present.mean()) if len(present) else float("nan")


def _quantiles(mean_pu: FloatArray) -> list[float]:
    """Return the quantiles over all phases and lanes by nearest rank: sorted element ceil(q·N)."""
    pool = mean_pu[~np.isnan(mean_pu)]
    if not len(pool):
        return [float("nan")] * len(QUANTILES)
    # In whole percent, since 0.07 * 100 is more than 7 in floating point.
    places = [-(-percent * len(pool) // 100) - 1 for percent in QUANTILES.values()]
    ordered = np.partition(pool, places)
    return [float(ordered[place]) for place in places]


def _breach_columns(series: ZoneSeries, calendar: Calendar, *, options: EnhancedOptions) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for kind, lanes in breaches(series, options.limits.in_pu(series.zone)).items():
        hours, events = HOURS_AND_EVENTS[kind]
        if wanted(kind, options):
            columns[hours] = calendar.hours * _counts(lanes, calendar.slices)
            columns[events] = _counts(calendar.first_of_run(lanes), calendar.slices)
        else:
            columns[hours] = columns[events] = np.full(len(calendar.slices), np.nan)
    return columns


def _counts(lanes: BoolArray, slices: Sequence[Slice]) -> Array:
    return np.array([np.count_nonzero(lanes[part.lanes]) for part in slices])


def _energy_columns(series: ZoneSeries, calendar: Calendar, *, options: EnhancedOptions) -> dict[str, Array]:
    powers = energies(series, options.limits.in_pu(series.zone))
    prices = {name: price_named(name, options) for _, _, name in MONEY}
    worth = {
        column: powers[energy] * price
        for column, energy, name in MONEY
        if isinstance(price := prices[name], np.ndarray)
    }
    null = np.full(len(calendar.slices), np.nan)
    unpriced = {column: null for column, _, _ in MONEY if column not in worth}
    return {**_sums({**powers, **worth}, calendar), **unpriced, **dict.fromkeys(NOT_COMPUTED, null)}


def _sums(rates: Mapping[str, FloatArray], calendar: Calendar) -> dict[str, Array]:
    """Return h·Σ of each rate over each slice."""
    table = np.stack(list(rates.values()), axis=1)
    sums = calendar.hours * np.array([table[part.lanes].sum(axis=0) for part in calendar.slices])
    return dict(zip(rates, sums.T, strict=True))


def _power_columns(series: ZoneSeries, slices: Sequence[Slice]) -> dict[str, Array]:
    power = series.power_kw
    overloads = directed_overloads(series)
    lanes = [part.lanes for part in slices]
    used = np.array([np.abs(power[part]).mean() for part in lanes])
    return {
        **{name: _most(overloads[kind], lanes) for name, kind in MAXIMA.items()},
        "peak_import": np.where((highest := _most(power, lanes)) >= 0.0, highest, np.nan),
        "peak_export": np.where((lowest := -_most(-power, lanes)) < 0.0, lowest, np.nan),
        # NaN at the feeder head, which has no nameplate.
        "transformer_utilisation": used / series.zone.rated_kva,
    }


def _most(values: FloatArray, lanes: Sequence[IntArray]) -> FloatArray:
    """Return the largest value in each set of lanes."""
    return np.array([values[part].max() for part in lanes])


def _time_columns(series: ZoneSeries, calendar: Calendar) -> dict[str, Array]:
    """Return the largest load and generation of each slice, and when they were."""
    columns: dict[str, Array] = {}
    for name, power in (("load_max", series.load_kw), ("gen_max", series.generation_kw)):
        peaks = np.array([part.lanes[power[part.lanes].argmax()] for part in calendar.slices], np.int64)
        columns[f"{name}_kw"] = power[peaks]
        columns[f"{name}_timestamp"] = calendar.utc[peaks]
    return columns
