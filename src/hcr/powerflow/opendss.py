"""The OpenDSS engine: the oracle behind the lanes interface. The only module that speaks to OpenDSS.

Each object owns an engine context of its own, so several circuits live side by side in a process. A model
is compiled once; lanes set powers in memory, and voltages, currents and powers are read as whole arrays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from dss import DSS, DSSException
from numpy.typing import NDArray

from hcr.errors import HcrError, ModelError, NotConvergedError
from hcr.powerflow.circuit import (
    GROUND,
    Branches,
    Circuit,
    ComplexArray,
    Elements,
    FloatArray,
    Injectors,
    IntArray,
    Model,
    Nodes,
)
from hcr.powerflow.lanes import Injections, Solution, SolveOptions

MAX_CONTROL_ITERATIONS_WARNING = 485
"""Number of the engine's warning that control actions did not settle within the limit."""

INJECTOR_CLASSES = ("load", "generator", "pvsystem", "storage")


def engine_version() -> str:
    """Return the version line of the OpenDSS library."""
    return str(DSS.Version).splitlines()[0]


def compile_circuit(model: Model) -> Circuit:
    """Return the circuit of a model.

    Raises
    ------
    ModelError
        The engine refuses the model; the message carries the engine's words with file and line.
    """
    return OpenDss(model).circuit


class OpenDss:
    """One compiled model in an engine context of its own."""

    def __init__(self, model: Model, *, edits: Sequence[str] = ()) -> None:
        self._dss: Any = DSS.NewContext()
        self._dss.AllowForms = False
        self._dss.AllowChangeDir = False
        self._dss.AllowEditor = False
        self._compile(model.master, (*model.edits, *edits))
        self.circuit = _read_circuit(self._dss, model)
        self._injectors = self._injector_batches()
        self._controls = _ControlState.read(self._dss)

    def _compile(self, master: Path, edits: Iterable[str]) -> None:
        for command in ("clear", f'compile "{master}"', *edits):
            try:
                self._dss.Text.Command = command
            except DSSException as error:
                if not _is_unsettled(error):
                    raise _refused(master, error) from error
        if self._dss.NumCircuits == 0:
            raise ModelError(
                f"{master.name} defines no circuit",
                why="the file has no `New Circuit.…`",
                remedy="Name the entry file of the model, the one that begins with `New Circuit`.",
            )
        self._solve_once(master)

    def _solve_once(self, master: Path) -> None:
        """Solve with controls off, so that nodes and branches are known and taps stay as written."""
        try:
            self._dss.Text.Command = "set mode=snapshot controlmode=off"
            self._dss.ActiveCircuit.Solution.Solve()
        except DSSException as error:
            if not _is_unsettled(error):
                raise _refused(master, error) from error

    def _injector_batches(self) -> list[Any]:
        # The batch interface warns that it is young; it is the engine makers' own fast path to arrays.
        alternative = self._dss.to_altdss()
        kinds = (alternative.Load, alternative.Generator, alternative.PVSystem, alternative.Storage)
        return [kind.batch() for kind in kinds if len(kind)]

    def prepare(self, injections: Injections, options: SolveOptions) -> None:
        """Take the injections and set the solution mode for lanes.

        Raises
        ------
        ModelError
            An element of the injections is not in the model.
        """
        self._injections = injections
        self._settings(options)
        self._rows = _ElementSetter.of(self._dss, injections.elements)
        self._dss.ActiveCircuit.Solution.Number = 1

    def _settings(self, options: SolveOptions) -> None:
        step = f"{self._injections.step_hours * 3600:.0f}"
        for setting in (
            f"mode={options.mode} number=1 stepsize={step}s controlmode=static",  # `mode` resets the control mode
            f"maxiterations={options.max_iterations} maxcontroliter={options.max_control_iterations}",
            f"tolerance={options.tolerance:g}",
        ):
            self._dss.Text.Command = f"set {setting}"

    def solve_block(self, first: int, last: int) -> Solution:
        """Return the solution of lanes `first` to `last` (exclusive).

        Raises
        ------
        NotConvergedError
            A lane has no solution.
        """
        circuit, lanes = self.circuit, last - first
        voltage = np.empty((len(circuit.nodes), lanes), complex)
        current = np.empty((len(circuit.branches.elements.node), lanes), complex)
        power = np.empty((len(circuit.injectors.elements), lanes), complex)
        iterations = np.empty(lanes, np.int64)
        for column, lane in enumerate(range(first, last)):
            iterations[column] = self._solve_lane(lane)
            voltage[:, column] = self._voltages()
            current[:, column] = self._currents()
            power[:, column] = self._injector_powers()
        return Solution(first, voltage, current, power, iterations)

    def _solve_lane(self, lane: int) -> int:
        injections = self._injections
        if not injections.walk:
            self._controls.restore(self._dss)
        solution = self._dss.ActiveCircuit.Solution
        before = float(injections.hours[lane]) - injections.step_hours  # the engine adds a step, then solves
        solution.Hour = int(np.floor(before + 1e-9))
        solution.Seconds = max(0.0, (before - solution.Hour) * 3600.0)
        self._rows.set(injections.power_w[:, lane], injections.power_var[:, lane])
        try:
            solution.Solve()
        except DSSException as error:
            raise _not_converged(lane, injections, str(error)) from error
        if not solution.Converged:
            why = f"no solution within {solution.MaxIterations} iterations"
            raise _not_converged(lane, injections, why)
        return int(solution.Iterations)

    def _voltages(self) -> ComplexArray:
        return _complex(self._dss.ActiveCircuit.YNodeVarray)

    def _currents(self) -> ComplexArray:
        return _complex(self._dss.ActiveCircuit.PDElements.AllCurrents)

    def _injector_powers(self) -> ComplexArray:
        parts = [np.asarray(batch.TotalPowers(), complex) for batch in self._injectors]
        return 1e3 * np.concatenate(parts) if parts else np.empty(0, complex)


@dataclass(frozen=True, slots=True)
class _ControlState:
    """Taps and capacitor steps as the model's first solution left them."""

    taps: tuple[tuple[str, int, float], ...]
    capacitors: tuple[tuple[str, tuple[int, ...]], ...]

    @classmethod
    def read(cls, dss: Any) -> "_ControlState":
        """Return the present state of every transformer winding and capacitor bank."""
        transformers, capacitors = dss.ActiveCircuit.Transformers, dss.ActiveCircuit.Capacitors
        taps = []
        for transformer in transformers:
            for winding in range(1, transformer.NumWindings + 1):
                transformer.Wdg = winding
                taps.append((transformer.Name, winding, float(transformer.Tap)))
        states = tuple((bank.Name, tuple(int(step) for step in bank.States)) for bank in capacitors)
        return cls(tuple(taps), states)

    def restore(self, dss: Any) -> None:
        """Set taps and capacitor steps back; only what differs, so that Ybus is rebuilt only when needed."""
        transformers, capacitors = dss.ActiveCircuit.Transformers, dss.ActiveCircuit.Capacitors
        for name, winding, tap in self.taps:
            transformers.Name = name
            transformers.Wdg = winding
            if transformers.Tap != tap:
                transformers.Tap = tap
        for name, states in self.capacitors:
            capacitors.Name = name
            if tuple(capacitors.States) != states:
                capacitors.States = states


@dataclass(frozen=True, slots=True)
class _ElementSetter:
    """Sets the power of chosen Load and Generator elements, row by row."""

    dss: Any
    loads: tuple[tuple[int, int], ...]
    generators: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, dss: Any, elements: Sequence[str]) -> "_ElementSetter":
        """Return a setter for elements given by full name; their load shapes are switched off."""
        places = {
            "load": {name.lower(): at for at, name in enumerate(_names(dss.ActiveCircuit.Loads), 1)},
            "generator": {name.lower(): at for at, name in enumerate(_names(dss.ActiveCircuit.Generators), 1)},
        }
        rows: dict[str, list[tuple[int, int]]] = {"load": [], "generator": []}
        if elements:
            dss.Text.Command = "new loadshape.hcr_as_given npts=1 interval=1 mult=[1.0]"
        for row, element in enumerate(elements):
            kind, _, name = element.lower().partition(".")
            if name not in places.get(kind, {}):
                raise ModelError(
                    f"element {element} is not in the model",
                    why="the customer list of the feeder names it",
                    remedy="Correct customers.csv of the feeder, or import the feeder again.",
                )
            dss.Text.Command = f"edit {kind}.{name} daily=hcr_as_given yearly=hcr_as_given"
            rows[kind].append((places[kind][name], row))
        return cls(dss, tuple(rows["load"]), tuple(rows["generator"]))

    def set(self, power_w: FloatArray, power_var: FloatArray) -> None:
        """Set one lane's powers [W], [var]."""
        circuit = self.dss.ActiveCircuit
        scale = 1e-3 / float(circuit.Solution.LoadMult)  # the engine multiplies loads by `loadmult`
        loads, generators = circuit.Loads, circuit.Generators
        for place, row in self.loads:
            loads.idx = place
            loads.kW = power_w[row] * scale
            loads.kvar = power_var[row] * scale
        for place, row in self.generators:
            generators.idx = place
            generators.kW = power_w[row] * 1e-3
            generators.kvar = power_var[row] * 1e-3


def _read_circuit(dss: Any, model: Model) -> Circuit:
    circuit = dss.ActiveCircuit
    nodes = _read_nodes(circuit)
    places = {name: place for place, name in enumerate(nodes.names)}
    return Circuit(
        model=model,
        name=str(circuit.Name),
        frequency_hz=float(circuit.Solution.Frequency),
        nodes=nodes,
        branches=_read_branches(dss, places),
        injectors=_read_injectors(dss, places),
        source_bus=_source_bus(circuit),
    )


def _read_nodes(circuit: Any) -> Nodes:
    names = tuple(name.lower() for name in circuit.YNodeOrder)
    split = [name.rpartition(".") for name in names]
    bases = {}
    for bus in circuit.ActiveBus:
        bases[bus.Name.lower()] = float(bus.kVBase) * 1e3
    return Nodes(
        names=names,
        buses=tuple(bus for bus, _, _ in split),
        number=np.array([int(number) for _, _, number in split], np.int64),
        base_v=np.array([bases.get(bus, 0.0) for bus, _, _ in split]),
    )


def _read_branches(dss: Any, places: dict[str, int]) -> Branches:
    circuit = dss.ActiveCircuit
    names = [name for name in circuit.PDElements.AllNames if name]
    elements = _read_elements(circuit, names, places)
    ratings = [_rating(circuit, name) for name in names]
    normal, emergency, kva = (np.array([row[k] for row in ratings], float) for k in range(3))
    shunt = np.array([len(set(buses)) == 1 for buses in elements.buses], bool)
    closed = np.array([_is_closed(circuit, name) for name in names], bool)
    found = len(_complex(circuit.PDElements.AllCurrents))
    if found != len(elements.node):
        raise ModelError(
            f"{circuit.Name}: the engine lists {found} branch currents for {len(elements.node)} conductors",
            remedy="Please report this model: its branches cannot be read safely.",
        )
    return Branches(elements, normal, emergency, kva, shunt, closed)


def _is_closed(circuit: Any, name: str) -> bool:
    """Return whether a branch is in service and no terminal of it is open in all phases."""
    circuit.SetActiveElement(name)
    element = circuit.ActiveCktElement
    if not element.Enabled:
        return False
    phases = range(1, int(element.NumPhases) + 1)
    ends = range(1, int(element.NumTerminals) + 1)
    return not any(all(element.IsOpen(end, phase) for phase in phases) for end in ends)


def _rating(circuit: Any, name: str) -> tuple[float, float, float]:
    """Return normal and emergency current at terminal 1 [A] and nameplate [kVA], NaN where there is none.

    Lines carry the ratings of the model. For transformers the engine assumes 110 and 150 % of nameplate
    unless told otherwise; planners count from 100 and 150 %, so these are computed here.
    """
    circuit.SetActiveElement(name)
    element = circuit.ActiveCktElement
    kind = name.partition(".")[0].lower()
    if kind == "transformer":
        transformers = circuit.Transformers
        transformers.Name = name.partition(".")[2]
        transformers.Wdg = 1
        kva, kv = float(transformers.kVA), float(transformers.kV)
        phases = int(element.NumPhases)
        volts = kv * 1e3 * (np.sqrt(3.0) if phases > 1 else 1.0)
        rated = kva * 1e3 / volts
        return rated, 1.5 * rated, kva
    if kind == "line":
        return float(element.NormalAmps), float(element.EmergAmps), np.nan
    return np.nan, np.nan, np.nan


def _read_injectors(dss: Any, places: dict[str, int]) -> Injectors:
    circuit = dss.ActiveCircuit
    classes = (circuit.Loads, circuit.Generators, circuit.PVSystems, circuit.Storages)
    names = [f"{kind}.{name}" for kind, group in zip(INJECTOR_CLASSES, classes, strict=True) for name in _names(group)]
    elements = _read_elements(circuit, names, places)
    stated: list[tuple[float, float, float]] = []
    for group in classes[:2]:
        stated += [(float(item.kW) * 1e3, float(item.kvar) * 1e3, float(item.kV) * 1e3) for item in group]
    stated += [(np.nan, np.nan, np.nan)] * (len(names) - len(stated))
    columns = np.array(stated, float).reshape(len(names), 3).T
    phases = [_phases(circuit, name) for name in names]
    delta = [bool(getattr(item, "IsDelta", False)) for group in classes[:2] for item in group]
    delta += [False] * (len(names) - len(delta))
    return Injectors(elements, *columns, _integers(phases), np.array(delta, bool))


def _phases(circuit: Any, name: str) -> int:
    circuit.SetActiveElement(name)
    return int(circuit.ActiveCktElement.NumPhases)


def _read_elements(circuit: Any, names: Sequence[str], places: dict[str, int]) -> Elements:
    buses: list[tuple[str, ...]] = []
    counts: list[int] = []
    terminals: list[int] = []
    nodes: list[int] = []
    for name in names:
        circuit.SetActiveElement(name)
        element = circuit.ActiveCktElement
        ends = [str(bus).partition(".")[0].lower() for bus in element.BusNames]
        wires = int(element.NumConductors)
        # A disabled element keeps its place in the engine's arrays, but is connected to nothing.
        live = bool(element.Enabled)
        order = [int(number) for number in element.NodeOrder] if live else [0] * (wires * len(ends))
        buses.append(tuple(ends))
        counts.append(len(order))
        for place, number in enumerate(order):
            end = place // wires
            terminals.append(end + 1)
            nodes.append(places.get(f"{ends[end]}.{number}", GROUND) if number else GROUND)
    first = np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype(np.int64)
    return Elements(tuple(names), tuple(buses), first, _integers(terminals), _integers(nodes))


def _source_bus(circuit: Any) -> str:
    circuit.SetActiveElement("Vsource.source")
    return str(circuit.ActiveCktElement.BusNames[0]).partition(".")[0].lower()


def _names(group: Any) -> list[str]:
    return [name for name in group.AllNames if name and name.lower() != "none"] if group.Count else []


def _complex(values: Any) -> ComplexArray:
    array: NDArray[np.float64] = np.asarray(values)
    return array if np.iscomplexobj(array) else array.view(complex)


def _integers(values: list[int]) -> IntArray:
    return np.array(values, np.int64)


def _is_unsettled(error: DSSException) -> bool:
    """Return whether the engine only says that controls did not settle in a snapshot of the model."""
    return bool(error.args) and error.args[0] == MAX_CONTROL_ITERATIONS_WARNING


def _refused(master: Path, error: DSSException) -> HcrError:
    words = " ".join(str(part) for part in error.args[1:]) or str(error)
    return ModelError(
        f"OpenDSS cannot read {master.name}",
        why=words.strip().replace(str(master.parent), ".").replace("\n", " "),
        remedy="Correct the model, or run `hcr DIR feeder check` to see what the importer rewrites.",
    )


def _not_converged(lane: int, injections: Injections, why: str) -> NotConvergedError:
    hour = float(injections.hours[lane])
    return NotConvergedError(
        f"the power flow did not converge in lane {lane} (hour {hour:g} of the year)",
        lane=lane,
        why=why.strip().replace("\n", " "),
        remedy="Look for loads far beyond what the feeder can carry, or raise `maxIter` and `maxControlIter`.",
    )
