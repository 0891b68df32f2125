"""Reduces voltages and currents, block of steps by block, to what one day leaves behind (`day`).

What counts is that of `ScenarioResult`: nodes at or below 0.1 pu are out of service, nominal voltages are to
ground, and an element's current is the largest of the phases at its first terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from hcr.errors import ModelError
from hcr.powerflow.circuit import GROUND, Circuit, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.powerflow.scenario_layout import MEDIUM_V, PHASES
from hcr.studies.interconnection.day import DayResult, Level, Loadings, Monitored

OUT_OF_SERVICE_PU = 0.1
"""Nodes at or below are left out of the extremes, as OpenDSS leaves them out [pu]."""


class DayTally:
    """One day of one circuit: add its blocks of steps in order, then ask for the result.

    Parameters
    ----------
    circuit : with the ratings that loadings are judged by.
    buses : whose voltage changes are watched; reclosers : element and metered terminal of each.

    Raises
    ------
    ModelError
        A bus has no phase with a nominal voltage, or a recloser's terminal is not in the circuit.
    """

    def __init__(
        self,
        circuit: Circuit,
        step_hours: float,
        *,
        buses: Sequence[str],
        reclosers: Sequence[tuple[str, int]],
    ) -> None:
        base = circuit.nodes.base_v
        self._step_hours = step_hours
        self._mv = _LevelTally.of(circuit, base > MEDIUM_V)
        self._lv = _LevelTally.of(circuit, (base > 0.0) & (base <= MEDIUM_V))
        self._changes = _ChangeTally.of(circuit, buses)
        self._loadings = _LoadingTally.of(circuit)
        self._flows = _FlowTally.of(circuit, reclosers)

    def add(self, block: Solution) -> None:
        """Take in the next steps."""
        volts, amperes = np.abs(block.voltage_v), block.current_a
        self._mv.add(volts)
        self._lv.add(volts)
        self._changes.add(volts)
        self._loadings.add(np.abs(amperes[self._loadings.rows]))
        self._flows.add(block)

    def result(self) -> DayResult:
        """Return what the day came to."""
        power = self._flows.power_va()
        return DayResult(
            step_hours=self._step_hours,
            mv=self._mv.level(),
            lv=self._lv.level(),
            monitored=Monitored(self._changes.buses, 100.0 * self._changes.largest_pu),
            loadings=self._loadings.loadings(self._step_hours),
            recloser_p_kw=power.real / 1e3,
            recloser_q_kvar=power.imag / 1e3,
        )


def unsolved(step_hours: float) -> DayResult:
    """Return a day of which a step has no solution."""
    none = np.empty(0)
    nowhere = Level(none, none)
    nothing = Loadings((), none, none, none)
    flows = np.empty((0, 0))
    return DayResult(
        step_hours, nowhere, nowhere, Monitored((), none), nothing, flows, flows, converged=False
    )


@dataclass(slots=True, eq=False)
class _LevelTally:
    """Extremes over some nodes, step by step, and where those of the day are."""

    nodes: IntArray
    names: tuple[str, ...]
    base_v: FloatArray
    lowest: list[FloatArray] = field(default_factory=list)
    highest: list[FloatArray] = field(default_factory=list)
    low: tuple[float, str] = (np.inf, "")
    high: tuple[float, str] = (-np.inf, "")

    @classmethod
    def of(cls, circuit: Circuit, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "_LevelTally":
        nodes = np.flatnonzero(chosen)
        names = tuple(circuit.nodes.names[node] for node in nodes.tolist())
        return cls(nodes, names, circuit.nodes.base_v[nodes])

    def add(self, volts: FloatArray) -> None:
        if not self.names:
            return
        size = volts[self.nodes] / self.base_v[:, None]
        alive = size > OUT_OF_SERVICE_PU
        low, high = np.where(alive, size, np.inf), np.where(alive, size, -np.inf)
        lowest, highest = (np.unravel_index(at, size.shape) for at in (int(low.argmin()), int(high.argmax())))
        if low[lowest] < self.low[0]:
            self.low = float(low[lowest]), self.names[int(lowest[0])]
        if high[highest] > self.high[0]:
            self.high = float(high[highest]), self.names[int(highest[0])]
        self.lowest.append(_or_nan(low.min(axis=0)))
        self.highest.append(_or_nan(high.max(axis=0)))

    def level(self) -> Level:
        none = np.empty(0)
        lowest, highest = (np.concatenate([none, *parts]) for parts in (self.lowest, self.highest))
        if not np.isfinite(lowest).any():  # nothing of the level is energised all day
            return Level(none, none)
        return Level(lowest, highest, self.low[1], self.high[1])


def _or_nan(extremes: FloatArray) -> FloatArray:
    return np.where(np.isfinite(extremes), extremes, np.nan)


@dataclass(slots=True, eq=False)
class _ChangeTally:
    """Largest change of the mean magnitude of each bus's phases [pu of nominal]."""

    buses: tuple[str, ...]
    mean: csr_array
    largest_pu: FloatArray
    before: FloatArray | None = None

    @classmethod
    def of(cls, circuit: Circuit, buses: Sequence[str]) -> "_ChangeTally":
        nodes = circuit.nodes
        counted = np.isin(nodes.number, PHASES) & (nodes.base_v > 0.0)
        phases: dict[str, list[int]] = {}
        for node in np.flatnonzero(counted).tolist():
            phases.setdefault(nodes.buses[node].lower(), []).append(node)
        spans = [phases.get(bus.lower(), []) for bus in buses]
        for bus, span in zip(buses, spans, strict=True):
            if not span:
                raise _unwatchable(f"bus {bus}", circuit, "it has no phase with a nominal voltage")
        rows = np.repeat(np.arange(len(buses)), [len(span) for span in spans])
        columns = np.array([node for span in spans for node in span], np.int64)
        shares = [1.0 / (len(span) * nodes.base_v[node]) for span in spans for node in span]
        mean = csr_array((shares, (rows, columns)), shape=(len(buses), len(nodes)))
        return cls(tuple(buses), mean, np.zeros(len(buses)))

    def add(self, volts: FloatArray) -> None:
        mean = np.asarray(self.mean @ volts)
        joined = mean if self.before is None else np.hstack([self.before, mean])
        steps = np.abs(np.diff(joined, axis=1))
        self.largest_pu = np.maximum(self.largest_pu, steps.max(axis=1, initial=0.0))
        self.before = mean[:, -1:]


@dataclass(slots=True, eq=False)
class _LoadingTally:
    """Largest current of each series element that has both ratings, and how often it is above normal.

    Attributes
    ----------
    rows : conductors that are watched; first : where those of each element begin.
    """

    names: tuple[str, ...]
    rows: IntArray
    first: IntArray
    normal_a: FloatArray
    emergency_a: FloatArray
    largest_a: FloatArray
    steps_above: FloatArray

    @classmethod
    def of(cls, circuit: Circuit) -> "_LoadingTally":
        branches, table = circuit.branches, circuit.branches.elements
        owner = np.repeat(np.arange(len(table)), np.diff(table.first))
        number = np.append(circuit.nodes.number, 0)[table.node]  # the ground, -1, is the last
        normal, emergency = branches.normal_a, branches.emergency_a
        rated = ~branches.shunt & branches.closed & (normal > 0.0) & (emergency > 0.0)
        rows = np.flatnonzero((table.terminal == 1) & np.isin(number, PHASES) & rated[owner])
        elements, first = np.unique(owner[rows], return_index=True)
        names = tuple(table.names[element] for element in elements.tolist())
        found = (normal[elements], emergency[elements], np.zeros(len(names)), np.zeros(len(names)))
        return cls(names, rows, first, *found)

    def add(self, amperes: FloatArray) -> None:
        if not self.names:
            return
        largest = np.maximum.reduceat(amperes, self.first, axis=0)
        self.largest_a = np.maximum(self.largest_a, largest.max(axis=1))
        self.steps_above = self.steps_above + (largest > self.normal_a[:, None]).sum(axis=1)

    def loadings(self, step_hours: float) -> Loadings:
        normal, emergency = (100.0 * self.largest_a / most for most in (self.normal_a, self.emergency_a))
        return Loadings(self.names, normal, emergency, self.steps_above * step_hours)


@dataclass(slots=True, eq=False)
class _FlowTally:
    """Power into some terminals: their conductors, and the node of each."""

    spans: list[IntArray]
    nodes: list[IntArray]
    blocks: list[np.ndarray[tuple[int, ...], np.dtype[np.complex128]]] = field(default_factory=list)

    @classmethod
    def of(cls, circuit: Circuit, terminals: Sequence[tuple[str, int]]) -> "_FlowTally":
        table = circuit.branches.elements
        places = {name.lower(): at for at, name in enumerate(table.names)}
        spans = []
        for element, terminal in terminals:
            at = places.get(element.lower(), -1)
            span = table.conductors(at, terminal) if at >= 0 else np.empty(0, np.int64)
            if not len(span):
                raise _unwatchable(f"terminal {terminal} of {element}", circuit, "there is no such terminal")
            spans.append(span)
        return cls(spans, [table.node[span] for span in spans])

    def add(self, block: Solution) -> None:
        power = np.zeros((len(self.spans), block.lanes), np.complex128)
        for at, (span, node) in enumerate(zip(self.spans, self.nodes, strict=True)):
            volts = np.where((node == GROUND)[:, None], 0.0, block.voltage_v[node])
            power[at] = (volts * block.current_a[span].conj()).sum(axis=0)
        self.blocks.append(power)

    def power_va(self) -> np.ndarray[tuple[int, ...], np.dtype[np.complex128]]:
        return np.hstack([np.empty((len(self.spans), 0), np.complex128), *self.blocks])


def _unwatchable(what: str, circuit: Circuit, why: str) -> ModelError:
    return ModelError(
        f"{what} of {circuit.name} cannot be watched",
        why=why,
        remedy="Name one of the circuit, and set its voltage bases.",
    )
