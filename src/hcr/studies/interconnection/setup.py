"""What all trials of a study share, made ready once: the feeder, its days, where it is watched.

set_up(model, mrid, settings) -> Setup
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from hcr.errors import ConfigError, ModelError
from hcr.powerflow.circuit import Circuit, FloatArray
from hcr.powerflow.compilation import compile_model, load_shapes
from hcr.powerflow.lanes import Injections, SolveOptions
from hcr.powerflow.load_shapes import LoadShape
from hcr.powerflow.opendss_names import quoted
from hcr.studies.interconnection.draws import Draws
from hcr.studies.interconnection.feeder import Feeder
from hcr.studies.interconnection.feeder_graph import FeederGraph, candidates, depths
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.settings import Curve, DaySettings, Monitors, StudySettings
from hcr.studies.interconnection.trial import Placed
from hcr.studies.interconnection.unit_inverter import inverter_of

OPTIONS = SolveOptions(mode="daily", tolerance=1e-6, max_control_iterations=1000)
"""How days are solved; the method's limit on control iterations."""


@dataclass(frozen=True, slots=True, eq=False)
class DayInputs:
    """One day that is simulated for every trial.

    Attributes
    ----------
    injections : power of all loads in each step.
    output : by kind of unit, (steps,) float, output in units of the nameplate.
    """

    name: str
    injections: Injections
    output: Mapping[Kind, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What all trials of a study share.

    Attributes
    ----------
    mrid : of the feeder.
    candidates : buses whose capacity is sought, in the order of draws.
    monitors : buses whose voltage changes are watched whatever is tried, each once.
    draws : the generator after the monitors were drawn.
    circuits : folder of compiled circuits; None for the user's own.
    """

    mrid: str
    settings: StudySettings
    feeder: Feeder
    days: tuple[DayInputs, ...]
    candidates: tuple[str, ...]
    monitors: tuple[str, ...]
    draws: Draws
    circuits: Path | None = None

    @property
    def var_per_watt(self) -> float:
        """Return the reactive power of units per watt; a negative power factor absorbs it."""
        factor = self.settings.resource.power_factor
        return float(np.sign(factor) * np.tan(np.arccos(min(abs(factor), 1.0))))


def set_up(model: Path, mrid: str, settings: StudySettings, *, circuits: Path | None = None) -> Setup:
    """Return what all trials of a study share.

    Parameters
    ----------
    model : entry file of the feeder's OpenDSS model; mrid : of the feeder, which seeds the draws unless the
        settings do.
    circuits : folder of compiled circuits.

    Raises
    ------
    ModelError
        The model cannot be read, or has no such load shape, or no element that is to be left out.
    ConfigError
        A bus of the settings is not in it, or has not three phases; or a kind of unit cannot follow the
        inverter curves that are asked for, or there are none of that name.
    """
    out = [command for name in settings.leave_out for command in _out(name)]
    for kind in _kinds(settings):
        hours = 1.0 if kind is Kind.BATTERY else None
        inverter_of(Placed(kind, "", Size.of(kind, 1.0, hours=hours)), "", settings.resource)
    circuit = _compiled(model, out, circuits)
    feeder = Feeder.of(circuit)
    monitors, draws = _monitors(feeder, settings, Draws.seeded(settings.seed or mrid))
    return Setup(
        mrid=mrid,
        settings=settings,
        feeder=feeder,
        days=_days(feeder, settings, load_shapes(circuit.model, _shapes(settings), cache=circuits)),
        candidates=_candidates(feeder.graph, settings),
        monitors=monitors,
        draws=draws,
        circuits=circuits,
    )


def _compiled(model: Path, out: Sequence[str], circuits: Path | None) -> Circuit:
    """Return the feeder's circuit without what is to be left out.

    Raises
    ------
    ModelError
        The model cannot be read, or has no such element.
    """
    try:
        return compile_model(model, edits=list(out), cache=circuits)
    except ModelError as error:
        if not out or "not found" not in str(error):
            raise
        raise ModelError(
            "leaveOut names an element that the model does not have",
            why=str(error),
            remedy="Name elements as the OpenDSS model does, by class and name, such as Storage.battery1.",
        ) from error


def _out(element: str) -> tuple[str, str]:
    """Return the commands that take an element out of service; the first is refused where there is none.

    Raises
    ------
    ConfigError
        This is no full name of an element.
    """
    if not all(element.partition(".")[::2]) or any(mark in element for mark in "\"'\n"):
        raise ConfigError(
            f"{element!r} cannot be left out",
            why="elements go by class and name",
            remedy="Write such as Storage.battery1.",
        )
    return f"Select {quoted(element)}", f"Edit {quoted(element)} enabled=no"


def _candidates(graph: FeederGraph, settings: StudySettings) -> tuple[str, ...]:
    named = tuple(bus.lower() for bus in settings.candidates)
    _check_buses(graph, "candidates", named, phases=3)
    _check_buses(graph, "queue", [unit.bus.lower() for unit in settings.queue], phases=3)
    return tuple(dict.fromkeys(named)) or candidates(graph)


def _monitors(feeder: Feeder, settings: StudySettings, draws: Draws) -> tuple[tuple[str, ...], Draws]:
    """Return the buses at which voltage changes are watched (interconnection method, sections 2 and 3)."""
    named = tuple(bus.lower() for bus in settings.monitored_buses)
    _check_buses(feeder.graph, "monitoredBuses", named, phases=1)
    if settings.monitors is Monitors.ALL:
        everywhere = tuple(bus.name for bus in feeder.graph.buses if bus.phases and bus.kv > 0.0)
        return everywhere, draws
    drawn = []
    for buses in depths(feeder.graph):
        bus, draws = draws.one_of(buses)
        drawn.append(bus)
    return tuple(dict.fromkeys((*feeder.recloser_buses, *drawn, *named))), draws


def _check_buses(graph: FeederGraph, key: str, names: Sequence[str], *, phases: int) -> None:
    there = {bus.name: bus for bus in graph.buses}
    for name in names:
        if name not in there:
            raise ConfigError(
                f"the feeder has no bus {name!r}",
                why=f"{key} names it; there are {len(there)} buses, such as {', '.join(_like(name, there))}",
                remedy="Name buses as the OpenDSS model does.",
            )
        if there[name].phases < phases:
            raise ConfigError(
                f"no unit can connect at bus {name}",
                why=f"units have three phases, and the bus, which {key} names, has {there[name].phases}",
                remedy="Name three-phase buses.",
            )


def _like(name: str, names: Collection[str]) -> list[str]:
    """Return some names, those like a mistyped one if there are any."""
    return get_close_matches(name, names, n=3) or list(names)[:3]


def _shapes(settings: StudySettings) -> tuple[str, ...]:
    curves = [settings.resource.curve_of(kind) for kind in _kinds(settings)]
    curves += [day.load_curve for day in settings.days if day.load_curve is not None]
    return tuple(dict.fromkeys(curve.shape for curve in curves if curve.shape))


def _kinds(settings: StudySettings) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys((settings.resource.kind, *(unit.kind for unit in settings.queue))))


def _days(feeder: Feeder, settings: StudySettings, shapes: Mapping[str, LoadShape]) -> tuple[DayInputs, ...]:
    found = []
    for day in settings.days:
        step_hours = day.step_minutes / 60.0
        hours = np.asarray(day.first_hour + np.arange(1, day.steps + 1) * day.step_minutes / 60.0, np.float64)
        output = {kind: _along(settings.resource.curve_of(kind), hours, shapes) for kind in _kinds(settings)}
        found.append(DayInputs(day.name, _loads(feeder, day, hours, step_hours, shapes), output))
    return tuple(found)


def _loads(
    feeder: Feeder, day: DaySettings, hours: FloatArray, step_hours: float, shapes: Mapping[str, LoadShape]
) -> Injections:
    injectors = feeder.circuit.injectors
    loads = [at for at in range(len(injectors.elements)) if injectors.is_load(at)]
    along = np.ones(len(hours)) if day.load_curve is None else _along(day.load_curve, hours, shapes)
    factor = day.load_multiplier * along
    return Injections(
        hours,
        tuple(injectors.elements.names[at] for at in loads),
        injectors.power_w[loads, None] * factor,
        injectors.power_var[loads, None] * factor,
        step_hours,
    )


def _along(curve: Curve, hours: FloatArray, shapes: Mapping[str, LoadShape]) -> FloatArray:
    """Return a curve at the ends of steps, (steps,) float; listed values share the day evenly."""
    if curve.shape:
        return shapes[curve.shape].at(hours)
    values = np.array(curve.values)
    place = np.ceil(np.mod(hours, 24.0) / 24.0 * len(values) - 1e-9).astype(np.int64) - 1
    return np.asarray(values[place])
