"""What each customer draws and exports in each lane: load data, then defaults, overrides, power factors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from hcr.network.exports import export_name
from hcr.network.load_data import LoadData, Period
from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray
from hcr.powerflow.lanes import Injections
from hcr.studies.seasons import Stamps
from hcr.studies.task import ModelSettings, Override, Task

YEAR_START = (1, 1)
"""Month and day at which a list of a year begins."""

Channels = Sequence[FloatArray]
"""Import W and var, then export W and var, each (customers, lanes)."""

Series = FloatArray | None
"""Values of one channel in each lane; None where nothing is given."""


@dataclass(frozen=True, slots=True)
class Connections:
    """The customers whose load is in service, in the order of the circuit's elements.

    Attributes
    ----------
    load_ids, elements : (customers,) names.
    places : (customers,) int, places of the loads among the injectors.
    stated_w, stated_var : (customers,) float, power as the model states it [W], [var].
    """

    load_ids: tuple[str, ...]
    elements: tuple[str, ...]
    places: IntArray
    stated_w: FloatArray
    stated_var: FloatArray

    def __len__(self) -> int:
        return len(self.load_ids)


@dataclass(frozen=True, slots=True)
class CustomerPowers:
    """Power of each customer and lane.

    Attributes
    ----------
    import_w, import_var, export_w, export_var : (customers, lanes) float [W], [var]; positive var lags,
        which is to say it is consumed, on either side.
    own : (customers,) bool, customers without any value; their loads follow the model.
    defaulted : number of customers that take the default series.
    unknown_overrides : load_ids of overrides that name no load in service.
    missing : share of the readings that were missing and filled, 0 to 1.
    """

    import_w: FloatArray
    import_var: FloatArray
    export_w: FloatArray
    export_var: FloatArray
    own: BoolArray
    defaulted: int
    unknown_overrides: tuple[str, ...]
    missing: float = 0.0

    @classmethod
    def of(cls, data: LoadData, task: Task, *, customers: Connections, period: Period) -> "CustomerPowers":
        """Return powers after defaults, overrides and power factors, in that order."""
        instant = task.load_time.end is None
        lanes = task.load_time.entries if instant else period.intervals
        channels = [np.array(np.broadcast_to(c, (len(customers), lanes))) for c in data.channels()]
        own = ~data.known
        interval = task.model.interval_minutes
        defaults = [profile(one, interval, period) if one else None for one in task.model.defaults]
        defaulted = apply_defaults(channels, own, defaults)
        places = {load_id: place for place, load_id in enumerate(customers.load_ids)}
        unknown = tuple(o.load_id for o in task.load_time.overrides if o.load_id not in places)
        for override in task.load_time.overrides:
            if override.load_id not in places or not override.entries:
                continue
            place = places[override.load_id]
            if own[place]:  # values that the override leaves out stay what the model states
                channels[0][place], channels[1][place] = (
                    customers.stated_w[place],
                    customers.stated_var[place],
                )
                own[place] = False
            series = _entries(override, lanes) if instant else _intervals(override, task.model, period)
            _apply_override(channels, place, series)
        apply_power_factors(channels, task.model)
        import_w, import_var, export_w, export_var = channels
        return cls(import_w, import_var, export_w, export_var, own, defaulted, unknown, data.missing)

    @property
    def lanes(self) -> int:
        """Return the number of lanes."""
        return int(self.import_w.shape[1])

    def exporters(self) -> IntArray:
        """Return the customers that export at any time."""
        exports = (self.export_w != 0).any(axis=1) | (self.export_var != 0).any(axis=1)
        return np.flatnonzero(exports & ~self.own)

    def injections(self, customers: Connections, period: Period, *, walk: bool) -> Injections:
        """Return the injections of all customers that do not follow the model.

        OpenDSS counts vars of a generator as produced, load data counts them as consumed.
        """
        given, exporters = np.flatnonzero(~self.own), self.exporters()
        elements = [customers.elements[row] for row in given]
        elements += [f"Generator.{export_name(int(customers.places[row]))}" for row in exporters]
        first = (period.start - datetime(period.start.year, *YEAR_START)) / timedelta(hours=1)
        steps = np.arange(1, period.intervals + 1) if walk else np.ones(self.lanes)
        return Injections(
            hours=np.asarray(first + period.hours * steps, float),
            elements=tuple(elements),
            power_w=np.concatenate([self.import_w[given], self.export_w[exporters]]),
            power_var=np.concatenate([self.import_var[given], -self.export_var[exporters]]),
            step_hours=period.hours,
            walk=walk,
        )


def profile(values: tuple[float, ...], minutes: int, period: Period) -> FloatArray:
    """Return a list of values, one an interval, at the steps of a period, (steps,) float.

    A list that is as long as the period belongs to it, value by value. Any other list repeats by the clock:
    a day's list begins at midnight, a year's list on 1 January.

    Parameters
    ----------
    minutes : length of an interval of the list; longer steps take the mean, shorter ones hold the value.
        The period begins with an interval.
    """
    series = np.array(values, float)
    into_year = period.start - datetime(period.start.year, *YEAR_START)
    fits = len(series) * minutes == period.intervals * period.minutes
    first = 0 if fits else into_year // timedelta(minutes=minutes)
    if period.minutes < minutes:
        held = np.arange(period.intervals) // (minutes // period.minutes)
        return np.asarray(series[(first + held) % len(series)])
    share = period.minutes // minutes
    inside = np.arange(period.intervals * share).reshape(period.intervals, share)
    return np.asarray(series[(first + inside) % len(series)].mean(axis=1))


def profile_at(values: tuple[float, ...], minutes: int, stamps: Stamps) -> FloatArray:
    """Return a list of values, one an interval, in the intervals that end at some stamps, (stamps,) float.

    The list repeats by the clock, as in `profile`.

    Parameters
    ----------
    minutes : length of an interval, of the list and of the stamps.
    """
    interval = np.timedelta64(minutes, "m")
    begin = stamps - interval
    place = (begin - begin.astype("datetime64[Y]")) // interval
    return np.asarray(np.array(values, float)[place % len(values)])


def apply_defaults(channels: Channels, own: BoolArray, defaults: Sequence[Series]) -> int:
    """Give customers without data the default series, where the request has one; return how many.

    Parameters
    ----------
    own : (customers,) bool, customers without data; none is left where defaults were given.
    defaults : series of each channel, None for zero.
    """
    if all(series is None for series in defaults) or not own.any():
        return 0
    for channel, series in zip(channels, defaults, strict=True):
        channel[own] = 0.0 if series is None else series
    count = int(own.sum())
    own[:] = False
    return count


def _entries(override: Override, lanes: int) -> list[Series]:
    """Return the series of an override of an instant, an entry a lane; a shorter list repeats."""
    return [np.resize(np.array(one, float), lanes) if one else None for one in _lists(override)]


def _intervals(override: Override, settings: ModelSettings, period: Period) -> list[Series]:
    """Return the series of an override of a period, by `profile`."""
    return [profile(one, settings.interval_minutes, period) if one else None for one in _lists(override)]


def _lists(override: Override) -> tuple[tuple[float, ...] | None, ...]:
    return override.load_w, override.load_var, override.gen_w, override.gen_var


def _apply_override(channels: Channels, place: int, series: list[Series]) -> None:
    """Replace a customer's channels; negative load is export, negative generation is import."""
    load, load_var, gen, gen_var = series
    import_w, import_var, export_w, export_var = channels
    if load is not None or gen is not None:
        load = import_w[place].copy() if load is None else load
        gen = export_w[place].copy() if gen is None else gen
        import_w[place] = np.maximum(load, 0.0) + np.maximum(-gen, 0.0)
        export_w[place] = np.maximum(gen, 0.0) + np.maximum(-load, 0.0)
    if load_var is not None:
        import_var[place] = load_var
    if gen_var is not None:
        export_var[place] = gen_var


def apply_power_factors(channels: Channels, settings: ModelSettings) -> None:
    """Set var from a power factor: positive lags (consumes), negative leads (produces)."""
    for watts, var, factor in (
        (channels[0], channels[1], settings.power_factor_imports),
        (channels[2], channels[3], settings.power_factor_exports),
    ):
        if factor is not None:
            var[:] = watts * np.copysign(np.tan(np.arccos(abs(factor))), factor)
