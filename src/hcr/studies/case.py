"""A task made ready to solve: circuit, injections, zones, customers."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from hcr.errors import FeederError
from hcr.network.exports import export_edit
from hcr.network.feeder import Customer, Feeder
from hcr.network.load_data import LoadData, Period, read_load_data
from hcr.network.zones import Zone, measurement_zones, supplied_nodes
from hcr.powerflow.circuit import GROUND, Circuit, Injectors, IntArray, Model
from hcr.powerflow.compilation import compile_model
from hcr.powerflow.lanes import Injections
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.opendss_names import quoted
from hcr.studies.customer_powers import Connections, CustomerPowers
from hcr.studies.seasons import Stamps
from hcr.studies.task import ModelSettings, TapPosition, Task

LONGEST_CUSTOMER_VOLTAGES = timedelta(days=31)
"""Longest period of which every voltage of every customer is kept; a year of 2,000 would take gigabytes."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a task solves.

    Attributes
    ----------
    zones : the zones that are metered.
    stamps : (lanes,) datetime64[us], interval-ending local standard time in the modelled year.
    entries : (lanes,) int, which override entry a lane is; 0 in a period.
    load_data_digest : SHA-256 of the load data that was read; empty where there is none.
    warnings : what a planner should know about the data and the tables.
    """

    task: Task
    feeder: Feeder
    circuit: Circuit
    injections: Injections
    zones: tuple[Zone, ...]
    period: Period
    stamps: Stamps
    entries: IntArray
    load_data_digest: str
    warnings: tuple[str, ...]

    @property
    def keeps_customer_voltages(self) -> bool:
        """Return whether `customer_voltages` is written: asked for, and not too long."""
        return self.task.outputs.customer_voltages and not _too_long(self.task)


def build_case(feeder: Feeder, task: Task, *, circuits: Path | None = None) -> Case:
    """Return the case of a task.

    Parameters
    ----------
    circuits : folder of circuits that were compiled before; without one, the model is compiled.

    Raises
    ------
    FeederError
        The load data does not cover the period, customers share a load, or there is no metered zone.
    ModelError
        The engine refuses the model.
    """
    period = period_of(task)
    bare = compiled(Model(feeder.master, settings_edits(task.model), feeder.model_digest()), circuits)
    customers = connections_of(feeder, bare.injectors)
    data, digest = _load_data(feeder, customers, period, fill_gaps=task.model.fill_gaps)
    powers = CustomerPowers.of(data, task, customers=customers, period=period)
    exports = _export_edits(bare, customers.places[powers.exporters()], task.model)
    taps, unknown = tap_edits(bare, task)
    more = (*exports, *taps)
    circuit = compiled(replace(bare.model, edits=(*bare.model.edits, *more)), circuits) if more else bare
    instant = task.load_time.end is None
    return Case(
        task=task,
        feeder=feeder,
        circuit=circuit,
        injections=powers.injections(customers, period, walk=not instant),
        zones=_metered_zones(circuit, feeder, task),
        period=period,
        stamps=_stamps(task, period, powers.lanes),
        entries=np.arange(powers.lanes) if instant else np.zeros(powers.lanes, np.int64),
        load_data_digest=digest,
        warnings=(*_warnings(feeder, circuit, customers, powers), *unknown, *_left_out(task)),
    )


def period_of(task: Task) -> Period:
    """Return the intervals that a task solves.

    An instant is the interval of load data that ends at it or is the first to end after it.

    Raises
    ------
    FeederError
        Steps, intervals of load data and the period do not fit each other.
    """
    load_time, interval = task.load_time, timedelta(minutes=task.model.interval_minutes)
    midnight = datetime.combine(load_time.start.date(), datetime.min.time())
    if load_time.end is None:
        ends = -((midnight - load_time.start) // interval)  # rounded up
        return Period(midnight + (ends - 1) * interval, 1, task.model.interval_minutes)
    step = timedelta(minutes=task.solve.step_minutes)
    span = load_time.end - load_time.start
    if step % interval and interval % step:
        raise _misfit(task, "steps neither divide nor are whole intervals")
    if (load_time.start - midnight) % interval:
        raise _misfit(task, f"the period starts at {load_time.start:%H:%M}, inside an interval")
    if span % step or span % interval:
        raise _misfit(
            task, f"the period of {span // timedelta(minutes=1)} minutes is no whole number of them"
        )
    return Period(load_time.start, span // step, task.solve.step_minutes)


def _load_data(
    feeder: Feeder, customers: Connections, period: Period, *, fill_gaps: bool
) -> tuple[LoadData, str]:
    """Return the load data of a period and the digest of the very file that it was read from."""
    before = _identity(feeder.load_data)
    digest = feeder.load_data_digest()
    data = read_load_data(feeder.load_data, customers.load_ids, period, fill_gaps=fill_gaps)
    if _identity(feeder.load_data) != before:
        raise FeederError(
            f"feeder {feeder.mrid}: the load data changed while it was read",
            remedy="Run the package again once the import of the feeder has ended.",
        )
    return data, digest


def _identity(path: Path) -> tuple[int, ...]:
    """Return what tells a file from one that took its place, empty without a file."""
    if not path.is_file():
        return ()
    facts = path.stat()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def settings_edits(settings: ModelSettings) -> tuple[str, ...]:
    """Return the OpenDSS edits that the options ask for; what is not set stays as the model has it."""
    load = {"model": settings.load_model, "vminpu": settings.load_v_min_pu, "vmaxpu": settings.load_v_max_pu}
    chosen = " ".join(f"{name}={value}" for name, value in load.items() if value is not None)
    edits = [f"batchedit load..* {chosen}"] if chosen else []
    if settings.source_pu is not None:
        edits.append(f"edit vsource.source pu={settings.source_pu}")
    return tuple(edits)


def tap_edits(circuit: Circuit, task: Task) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the OpenDSS edits that set a task's taps, and a warning of those the model does not have."""
    names = {name.lower() for name in circuit.branches.elements.names}
    known = [tap for tap in task.taps if tap.transformer.lower() in names]
    unknown = [tap.transformer for tap in task.taps if tap.transformer.lower() not in names]
    warnings = [f"{task.feeder}: tap settings have no effect, {name} is not in the model" for name in unknown]
    return tuple(tap_edit(tap) for tap in known), tuple(warnings)


def tap_edit(tap: TapPosition) -> str:
    """Return the OpenDSS edit that moves a tap."""
    return f"edit {quoted(tap.transformer)} wdg={tap.winding} tap={tap.tap_pu:.10g}"


def connections_of(feeder: Feeder, injectors: Injectors) -> Connections:
    """Return the customers whose load is in service, in the order of the circuit.

    The order of `customers.csv` is left behind here, so that it cannot change a number.

    Raises
    ------
    FeederError
        Two customers name the same load.
    """
    _refuse_shared_loads(feeder)
    by_element = {customer.element.lower(): customer for customer in feeder.customers}
    elements = injectors.elements
    found: list[tuple[int, Customer]] = []
    for place, name in enumerate(elements.names):
        customer = by_element.get(name.lower())
        if customer and (elements.node[elements.conductors(place, 1)] != GROUND).any():
            found.append((place, customer))
    places = np.array([place for place, _ in found], np.int64)
    return Connections(
        load_ids=tuple(customer.load_id for _, customer in found),
        elements=tuple(customer.element for _, customer in found),
        places=places,
        stated_w=injectors.power_w[places],
        stated_var=injectors.power_var[places],
    )


def _misfit(task: Task, why: str) -> FeederError:
    return FeederError(
        f"feeder {task.feeder}: steps of {task.solve.step_minutes} minutes and load data of "
        f"{task.model.interval_minutes} minutes do not fit the period",
        why=why,
        remedy="Choose startTime, endTime and stepSizeMinutes in whole intervals of the load data.",
    )


def _refuse_shared_loads(feeder: Feeder) -> None:
    counts = Counter(customer.element.lower() for customer in feeder.customers)
    shared = [customer for customer in feeder.customers if counts[customer.element.lower()] > 1]
    if shared:
        raise FeederError(
            f"feeder {feeder.mrid}: customers share the load {shared[0].element}",
            why="its power would be that of one of them only",
            remedy="Give every customer in customers.csv a load of its own.",
        )


def compiled(model: Model, circuits: Path | None) -> Circuit:
    """Return the circuit of a model, which keeps the digest of the feeder's whole folder.

    Parameters
    ----------
    circuits : folder of circuits that were compiled before; without one, the model is compiled.

    Raises
    ------
    ModelError
        The engine refuses the model.
    """
    if circuits is None:
        return compile_circuit(model)
    return replace(compile_model(model.master, edits=model.edits, cache=circuits), model=model)


def _export_edits(bare: Circuit, places: IntArray, settings: ModelSettings) -> tuple[str, ...]:
    """Return the edits that put a Generator beside each of these loads."""
    band_pu = settings.gen_v_min_pu, settings.gen_v_max_pu
    return tuple(export_edit(bare, int(place), band_pu) for place in places)


def _metered_zones(circuit: Circuit, feeder: Feeder, task: Task) -> tuple[Zone, ...]:
    head, transformers = task.outputs.feeder_head, task.outputs.transformers
    zones = measurement_zones(circuit, feeder.mrid, feeder.head)
    metered = tuple(zone for zone in zones if (head if zone.kind == "FEEDER_HEAD" else transformers))
    if not metered:
        raise FeederError(
            f"feeder {feeder.mrid}: there is no measurement zone, so there would be no results",
            why="`meterPlacementConfig` leaves out every zone that the feeder has",
            remedy="Set feederHead or distTransformers to true.",
        )
    return metered


def _stamps(task: Task, period: Period, lanes: int) -> Stamps:
    """Return interval-ending stamps in the modelled year: days are matched by position, not by date."""
    ends = np.resize(period.stamps(), lanes)
    of_data = np.datetime64(f"{period.start.year}-01-01", "us")
    return np.asarray(ends - of_data + np.datetime64(f"{task.year}-01-01", "us"), "datetime64[us]")


def _too_long(task: Task) -> bool:
    load_time = task.load_time
    return load_time.end is not None and load_time.end - load_time.start > LONGEST_CUSTOMER_VOLTAGES


def _left_out(task: Task) -> tuple[str, ...]:
    """Return the warning about a table that was asked for and is not written."""
    if not (task.outputs.customer_voltages and _too_long(task)):
        return ()
    days = LONGEST_CUSTOMER_VOLTAGES.days
    return (f"{task.feeder}: customer_voltages is left out, the period is longer than {days} days",)


def _warnings(
    feeder: Feeder, circuit: Circuit, customers: Connections, powers: CustomerPowers
) -> tuple[str, ...]:
    elements, supplied = circuit.injectors.elements, supplied_nodes(circuit)
    ends = [elements.node[elements.conductors(int(place), 1)] for place in customers.places]
    dark = sum(not supplied[nodes[nodes != GROUND]].any() for nodes in ends)
    total, own = len(feeder.customers), int(powers.own.sum())
    listed = ", ".join(powers.unknown_overrides[:5])
    counted = (
        (total - len(customers), f"of {total} customers are left out, their loads are not in service"),
        (dark, f"of {total} customers have no supply and are in no table of customers"),
        (own, f"of {total} customers have no load data; they keep the power that the model states"),
        (powers.defaulted, f"of {total} customers have no load data; they take the default series"),
        (len(powers.unknown_overrides), f"overrides have no effect, no load in service is called {listed}"),
    )
    warnings = [f"{feeder.mrid}: {count} {what}" for count, what in counted if count]
    if powers.missing > 0:
        warnings.append(
            f"{feeder.mrid}: {powers.missing:.1%} of the load readings in the period are missing; "
            "each takes the last one at the same clock time, zero where there is none"
        )
    return tuple(warnings)
