"""A task made ready to solve: circuit, injections, zones, customers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from hcr.errors import FeederError
from hcr.network.feeder import Customer, Feeder
from hcr.network.load_data import LoadData, Period, read_load_data
from hcr.network.zones import Zone, measurement_zones
from hcr.powerflow.circuit import Circuit, Elements, FloatArray, IntArray, Model
from hcr.powerflow.lanes import Injections
from hcr.powerflow.opendss import compile_circuit
from hcr.studies.calendar import BoolArray
from hcr.studies.seasons import Stamps
from hcr.studies.task import ModelSettings, Override, Task

BASE_SCENARIO = "base"
"""The as-built network, without forecasts."""

EXPORT_PREFIX = "hcr_export_"
"""Names of the Generator elements that carry customers' exports."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a task solves.

    Attributes
    ----------
    stamps : (lanes,) datetime64[us], interval-ending local standard time in the modelled year.
    entries : (lanes,) int, which override entry a lane is; 0 in a period.
    warnings : what a planner should know about the data.
    """

    task: Task
    feeder: Feeder
    circuit: Circuit
    injections: Injections
    zones: tuple[Zone, ...]
    period: Period
    stamps: Stamps
    entries: IntArray
    warnings: tuple[str, ...]


def build_case(feeder: Feeder, task: Task) -> Case:
    """Return the case of a task.

    Raises
    ------
    FeederError
        The load data does not cover the period, or a zone has no voltage base.
    ModelError
        The engine refuses the model.
    """
    period = period_of(task)
    bare = compile_circuit(Model(feeder.master, settings_edits(task.model), feeder.model_digest()))
    customers = _in_service(feeder.customers, bare.injectors.elements)
    data = read_load_data(
        feeder.load_data, [c.load_id for c in customers], period, fill_gaps=task.model.fill_gaps
    )
    powers = _Powers.of(data, task, customers)
    circuit = _with_exports(bare, customers, powers, task.model)
    zones = [zone for zone in measurement_zones(circuit, feeder.mrid, feeder.head) if _is_metered(zone, task)]
    lanes = powers.import_w.shape[1]
    return Case(
        task=task,
        feeder=feeder,
        circuit=circuit,
        injections=powers.injections(customers, period, walk=task.load_time.end is not None),
        zones=tuple(zones),
        period=period,
        stamps=_stamps(task, period, lanes),
        entries=np.arange(lanes) if task.load_time.end is None else np.zeros(lanes, np.int64),
        warnings=_warnings(task, customers, powers),
    )


def period_of(task: Task) -> Period:
    """Return the intervals that a task solves; an instant is the interval that ends at or after it."""
    minutes, load_time = task.solve.step_minutes, task.load_time
    if load_time.end is None:
        midnight = datetime.combine(load_time.start.date(), datetime.min.time())
        into_day = (load_time.start - midnight) // timedelta(minutes=1)
        before = -(-into_day // minutes) - 1
        return Period(midnight + timedelta(minutes=before * minutes), 1, minutes)
    span = (load_time.end - load_time.start) // timedelta(minutes=1)
    if span % minutes:
        raise FeederError(
            f"the period of {span} minutes is no whole number of steps of {minutes} minutes",
            remedy="Choose an endTime that is whole steps after startTime.",
        )
    return Period(load_time.start, span // minutes, minutes)


def settings_edits(settings: ModelSettings) -> tuple[str, ...]:
    """Return the OpenDSS edits that the options ask for; what is not set stays as the model has it."""
    load = {"model": settings.load_model, "vminpu": settings.load_v_min_pu, "vmaxpu": settings.load_v_max_pu}
    chosen = " ".join(f"{name}={value}" for name, value in load.items() if value is not None)
    edits = [f"batchedit load..* {chosen}"] if chosen else []
    if settings.source_pu is not None:
        edits.append(f"edit vsource.source pu={settings.source_pu}")
    return tuple(edits)


@dataclass(frozen=True, slots=True)
class _Powers:
    """Power of each customer and lane, (customers, lanes) [W], [var]; `own` follows the model instead."""

    import_w: FloatArray
    import_var: FloatArray
    export_w: FloatArray
    export_var: FloatArray
    own: BoolArray
    defaulted: int
    unknown_overrides: tuple[str, ...]

    @classmethod
    def of(cls, data: LoadData, task: Task, customers: tuple[Customer, ...]) -> "_Powers":
        """Return powers after defaults, overrides and power factors, in that order."""
        lanes = task.load_time.entries if task.load_time.end is None else data.import_w.shape[1]
        channels = [np.array(np.broadcast_to(c, (len(customers), lanes))) for c in data.channels()]
        own = ~data.known
        defaulted = _apply_defaults(channels, own, task.model)
        places = {customer.load_id: place for place, customer in enumerate(customers)}
        unknown = []
        for override in task.load_time.overrides:
            place = places.get(override.load_id)
            if place is None:
                unknown.append(override.load_id)
                continue
            _apply_override(channels, place, override, lanes)
            own[place] = False
        _apply_power_factor(channels, task.model)
        import_w, import_var, export_w, export_var = channels
        return cls(import_w, import_var, export_w, export_var, own, defaulted, tuple(unknown))

    def exporters(self) -> IntArray:
        """Return the customers that export at any time."""
        exports = (self.export_w != 0).any(axis=1) | (self.export_var != 0).any(axis=1)
        return np.flatnonzero(exports & ~self.own)

    def injections(self, customers: tuple[Customer, ...], period: Period, *, walk: bool) -> Injections:
        """Return the injections of all customers that do not follow the model."""
        given, exporters = np.flatnonzero(~self.own), self.exporters()
        elements = [customers[row].element for row in given]
        elements += [f"Generator.{EXPORT_PREFIX}{row}" for row in exporters]
        year = datetime(period.start.year, 1, 1)  # local standard time
        first = (period.start - year) / timedelta(hours=1)
        steps = np.arange(1, period.intervals + 1) if walk else np.ones(self.import_w.shape[1])
        return Injections(
            hours=np.asarray(first + period.hours * steps, float),
            elements=tuple(elements),
            power_w=np.concatenate([self.import_w[given], self.export_w[exporters]]),
            power_var=np.concatenate([self.import_var[given], -self.export_var[exporters]]),
            step_hours=period.hours,
            walk=walk,
        )


def _apply_defaults(channels: list[FloatArray], own: BoolArray, settings: ModelSettings) -> int:
    """Give customers without data the default series, where the request has one; return how many."""
    defaults = (
        settings.default_load_w,
        settings.default_load_var,
        settings.default_gen_w,
        settings.default_gen_var,
    )
    if not any(defaults) or not own.any():
        return 0
    for channel, values in zip(channels, defaults, strict=True):
        channel[own] = np.resize(values, channel.shape[1]) if values else 0.0
    count = int(own.sum())
    own[:] = False
    return count


def _apply_override(channels: list[FloatArray], place: int, override: Override, lanes: int) -> None:
    """Replace a customer's channels; negative load is export, negative generation is import."""
    load, load_var = _series(override.load_w, lanes), _series(override.load_var, lanes)
    gen, gen_var = _series(override.gen_w, lanes), _series(override.gen_var, lanes)
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


def _series(values: tuple[float, ...] | None, lanes: int) -> FloatArray | None:
    """Return a list stretched over the lanes; a shorter list repeats."""
    return None if not values else np.resize(np.array(values, float), lanes)


def _apply_power_factor(channels: list[FloatArray], settings: ModelSettings) -> None:
    """Set var from a power factor: positive lags (consumes), negative leads (produces)."""
    for watts, var, factor in (
        (channels[0], channels[1], settings.power_factor_imports),
        (channels[2], channels[3], settings.power_factor_exports),
    ):
        if factor is not None:
            var[:] = watts * np.copysign(np.tan(np.arccos(abs(factor))), factor)


def _with_exports(
    bare: Circuit, customers: tuple[Customer, ...], powers: _Powers, settings: ModelSettings
) -> Circuit:
    """Return the circuit with a Generator beside each load whose customer exports."""
    exporters = powers.exporters()
    if not len(exporters):
        return bare
    places = {name.lower(): place for place, name in enumerate(bare.injectors.elements.names)}
    edits = tuple(
        _export_edit(bare, places[customers[row].element.lower()], int(row), settings) for row in exporters
    )
    return compile_circuit(Model(bare.model.master, bare.model.edits + edits, bare.model.digest))


def _export_edit(bare: Circuit, place: int, row: int, settings: ModelSettings) -> str:
    injectors = bare.injectors
    return (
        f"new generator.{EXPORT_PREFIX}{row} bus1={injectors.connection(place, bare.nodes)} "
        f"phases={injectors.phases[place]} conn={'delta' if injectors.delta[place] else 'wye'} "
        f"kv={injectors.rated_v[place] / 1e3:.10g} kw=0 kvar=0 model=1 "
        f"vminpu={settings.gen_v_min_pu} vmaxpu={settings.gen_v_max_pu}"
    )


def _in_service(customers: tuple[Customer, ...], elements: Elements) -> tuple[Customer, ...]:
    known = {name.lower() for name in elements.names}
    return tuple(customer for customer in customers if customer.element.lower() in known)


def _is_metered(zone: Zone, task: Task) -> bool:
    return task.outputs.feeder_head if zone.kind == "FEEDER_HEAD" else task.outputs.transformers


def _stamps(task: Task, period: Period, lanes: int) -> Stamps:
    """Return interval-ending stamps in the modelled year: days are matched by position, not by date."""
    ends = np.resize(period.stamps(), lanes)
    of_data = np.datetime64(f"{period.start.year}-01-01", "us")
    return np.asarray(ends - of_data + np.datetime64(f"{task.year}-01-01", "us"), "datetime64[us]")


def _warnings(task: Task, customers: tuple[Customer, ...], powers: _Powers) -> tuple[str, ...]:
    found = []
    if own := int(powers.own.sum()):
        found.append(
            f"{task.feeder}: {own} of {len(customers)} customers have no load data; "
            "they keep the power that the model states"
        )
    if powers.defaulted:
        found.append(f"{task.feeder}: {powers.defaulted} customers without load data take the default series")
    if powers.unknown_overrides:
        listed = ", ".join(powers.unknown_overrides[:5])
        found.append(f"{task.feeder}: overrides without effect, there is no such load: {listed}")
    return tuple(found)
