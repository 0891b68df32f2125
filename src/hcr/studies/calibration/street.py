"""What a calibration begins with: a feeder's meters at the times asked for, and who hangs on which tap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from hcr.errors import FeederError
from hcr.network.feeder import Feeder
from hcr.network.load_data import covered_period
from hcr.network.meter_readings import MeterReadings, Stamps, read_meters
from hcr.network.metered_phases import MeteredPhases
from hcr.network.tap_changer import NoTaps, TapChanger, off_load_taps
from hcr.network.voltage_section import voltage_sections
from hcr.network.zones import Zone, measurement_zones
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray, Model
from hcr.studies.calibration.documented import DOCUMENTED
from hcr.studies.calibration.metering import NOWHERE, Metering, Taps, documented_band, nominal_band
from hcr.studies.case import compiled, connections_of, settings_edits, tap_edits
from hcr.studies.customer_powers import Connections
from hcr.studies.task import CalibrationSettings, Task

LISTED = 5
"""Times that a sentence names."""

MOST_READINGS = 5_000_000
"""Customers times times of a run; each is a row of a table and some 500 bytes while it is made."""


@dataclass(frozen=True, slots=True)
class Street:
    """A feeder with its meters.

    Attributes
    ----------
    circuit : with the taps that the run begins with, without exports.
    zones : of the feeder, the head first.
    stamps : (times,) datetime64, ends of the intervals, local standard time.
    readings : of the customers at these times, as read.
    transformers : (customers,) transformers above each customer, joined by commas.
    warnings : what was left out.
    """

    task: Task
    feeder: Feeder
    circuit: Circuit
    zones: tuple[Zone, ...]
    customers: Connections
    stamps: Stamps
    readings: MeterReadings
    metering: Metering
    transformers: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def settings(self) -> CalibrationSettings:
        """Return what the calibration looks at."""
        return settings_of(self.task)


def read_street(feeder: Feeder, task: Task, *, circuits: Path | None = None) -> Street:
    """Return the street of a task.

    Parameters
    ----------
    circuits : folder of circuits that were compiled before; without one, the model is compiled.

    Raises
    ------
    FeederError
        There is no load data, none at these times, or none with a voltage; customers share a load, or are
        too many for so many times.
    ModelError
        The engine refuses the model.
    """
    settings = settings_of(task)
    stamps, late = _covered(feeder, settings, minutes=task.model.interval_minutes)
    circuit, unknown = _circuit(feeder, task, circuits)
    customers = connections_of(feeder, circuit.injectors)
    _refuse_too_many(feeder, len(customers), len(stamps))
    readings = read_meters(feeder.load_data, customers.load_ids, stamps)
    told = np.asarray(np.isfinite(readings.voltage_v).any(axis=0))
    if not told.any():
        raise _no_voltages(feeder, stamps)
    zones = measurement_zones(circuit, feeder.mrid, feeder.head)
    group, taps, transformers = _groups(circuit, zones, customers.places)
    kept, band_v = _at_times(readings, told), _band(circuit, customers, settings)
    silent = _sentence(feeder, stamps[~told], "have no metered voltage and are left out")
    return Street(
        task=task,
        feeder=feeder,
        circuit=circuit,
        zones=tuple(zones),
        customers=customers,
        stamps=stamps[told],
        readings=kept,
        metering=Metering(
            kept.voltage_v,
            band_v,
            group,
            taps,
            section=_sections(circuit, taps),
            source_stated=task.model.source_pu is not None,
        ),
        transformers=transformers,
        warnings=(*unknown, *late, *silent, *_without_taps(feeder, taps)),
    )


def _sections(circuit: Circuit, taps: Sequence[Taps]) -> IntArray:
    """Return the section of each group; that of customers without a transformer only if there is but one."""
    places = {name: at for at, name in enumerate(circuit.branches.elements.names)}
    groups = [at for at, one in enumerate(taps) if one is not None]
    transformers = [places[one.transformer] for one in taps if one is not None]
    found = voltage_sections(circuit, transformers)
    only = int(found[0]) if len(set(found.tolist())) == 1 else NOWHERE
    section = np.full(len(taps), only, np.int64)
    section[groups] = found
    return section


def settings_of(task: Task) -> CalibrationSettings:
    """Return what a task says of its calibration.

    Raises
    ------
    ValueError
        The task is none.
    """
    if task.calibration is None:
        raise ValueError(f"{task.label} is no calibration")
    return task.calibration


def _circuit(feeder: Feeder, task: Task, circuits: Path | None) -> tuple[Circuit, tuple[str, ...]]:
    """Return the circuit with the taps that the run begins with, and a warning of those it does not have."""
    model = Model(feeder.master, settings_edits(task.model), feeder.model_digest())
    bare = compiled(model, circuits)
    edits, unknown = tap_edits(bare, task)
    return (compiled(replace(model, edits=(*model.edits, *edits)), circuits) if edits else bare), unknown


def _refuse_too_many(feeder: Feeder, customers: int, times: int) -> None:
    if customers * times > MOST_READINGS:
        raise FeederError(
            f"feeder {feeder.mrid} is too large for {times} times",
            why=f"{customers} customers at {times} times are more than {MOST_READINGS:,} readings",
            remedy=f"Choose {MOST_READINGS // customers} times or fewer; mostly 48 are plenty.",
        )


def _covered(
    feeder: Feeder, settings: CalibrationSettings, *, minutes: int
) -> tuple[Stamps, tuple[str, ...]]:
    """Return the intervals that the load data covers, and a warning about the others."""
    if not feeder.load_data.is_file():
        raise FeederError(
            f"feeder {feeder.mrid} has no load data, so there is no metered voltage",
            remedy="Import the feeder again with `--load-data`, with voltages in its column v_v.",
        )
    stamps = np.unique(np.array([_interval_end(time, minutes) for time in settings.times], "datetime64[us]"))
    first, last = covered_period(feeder.load_data)
    inside = (stamps >= np.datetime64(first)) & (stamps <= np.datetime64(last))
    if not inside.any():
        raise FeederError(
            f"feeder {feeder.mrid}: the load data does not cover {_listed(stamps)}",
            why=f"it reaches from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}",
            remedy="Choose times within the load data.",
        )
    outside = _sentence(feeder, stamps[~inside], "are outside the load data and are left out")
    return stamps[inside], outside


def _interval_end(time: datetime, minutes: int) -> datetime:
    """Return the end of the interval that ends at a time, or is the first to end after it."""
    midnight = datetime.combine(time.date(), datetime.min.time())
    interval = timedelta(minutes=minutes)
    return midnight - ((midnight - time) // interval) * interval  # rounded up


def _band(circuit: Circuit, customers: Connections, settings: CalibrationSettings) -> FloatArray:
    """Return between which voltages each customer's count, measured or simulated."""
    if settings.method == DOCUMENTED:
        return documented_band(len(customers))
    phases = MeteredPhases.of(circuit, customers.places)
    nominal = np.full(len(customers), np.nan)
    nominal[phases.customer] = circuit.nodes.base_v[phases.node]
    return nominal_band(np.where(nominal > 0.0, nominal, np.nan))


def _at_times(readings: MeterReadings, kept: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> MeterReadings:
    return MeterReadings(
        import_w=readings.import_w[:, kept],
        import_var=readings.import_var[:, kept],
        export_w=readings.export_w[:, kept],
        export_var=readings.export_var[:, kept],
        voltage_v=readings.voltage_v[:, kept],
    )


def _groups(
    circuit: Circuit, zones: Sequence[Zone], places: IntArray
) -> tuple[IntArray, tuple[Taps, ...], tuple[str, ...]]:
    """Return the group of each customer, the tap of each group, and the transformers above each customer.

    A zone that several transformers feed is no group: its voltages do not tell which tap is where. Each of
    them is a group of nobody instead, with the reason.
    """
    taps_of = off_load_taps(circuit, list(zones))
    names = circuit.branches.elements.names
    taps: list[Taps] = []
    group_of: dict[tuple[int, ...], int] = {}
    above: list[str] = []
    heads_of = [_heads(zone) for zone in zones]
    for heads in heads_of:
        above.append(",".join(names[branch].partition(".")[2] for branch in heads))
        if len(heads) > 1:
            group_of[heads] = NOWHERE
            taps += [NoTaps(names[branch], "other transformers feed its network too") for branch in heads]
        elif heads not in group_of:
            group_of[heads] = len(taps)
            taps.append(taps_of[heads[0]] if heads else None)
    place = {int(injector): at for at, zone in enumerate(zones) for injector in zone.injectors}
    at_zone = [place.get(int(injector), NOWHERE) for injector in places]
    group = np.array([group_of[heads_of[at]] if at != NOWHERE else NOWHERE for at in at_zone], np.int64)
    return group, tuple(taps), tuple(above[at] if at != NOWHERE else "" for at in at_zone)


def _heads(zone: Zone) -> tuple[int, ...]:
    """Return the transformers that feed a zone, by their places among the branches."""
    return tuple(meter.branch for meter in zone.meters) if zone.kind == "TRANSFORMER" else ()


def _without_taps(feeder: Feeder, taps: Sequence[Taps]) -> tuple[str, ...]:
    return tuple(
        f"{feeder.mrid}: transformer {one.mrid} is left as it is, {one.why}"
        for one in taps
        if isinstance(one, NoTaps)
    )


def _sentence(feeder: Feeder, stamps: Stamps, what: str) -> tuple[str, ...]:
    return (f"{feeder.mrid}: {_listed(stamps)} {what}",) if len(stamps) else ()


def _listed(stamps: Stamps) -> str:
    texts = [str(stamp).replace("T", " ") for stamp in stamps[:LISTED].astype("datetime64[m]")]
    more = f" and {len(stamps) - LISTED} more" if len(stamps) > LISTED else ""
    return ", ".join(texts) + more


def _no_voltages(feeder: Feeder, stamps: Stamps) -> FeederError:
    return FeederError(
        f"feeder {feeder.mrid} has no metered voltage at {_listed(stamps)}",
        why="column v_v of its load data is empty there",
        remedy="Choose times with voltages, or import load data that has them.",
    )


def changers(street: Street) -> dict[int, TapChanger]:
    """Return the taps that can be found, by group."""
    found = enumerate(street.metering.taps)
    return {group: tap for group, tap in found if isinstance(tap, TapChanger)}
