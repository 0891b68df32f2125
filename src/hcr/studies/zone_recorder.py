"""Turns solutions into zone series, block by block, so that a year never holds every voltage at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.network.zones import Zone
from hcr.powerflow.circuit import Circuit, ComplexArray, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.studies.zone_series import Extreme, ZoneSeries

PHASES = 3

NO_MEMBERS = np.empty(0, np.int64)

DEAD_PU = 0.1
"""Nodes below this voltage carry no supply and enter no statistic [pu]."""


class ZoneRecorder:
    """Records the series of all zones of a circuit over a known number of lanes."""

    def __init__(self, circuit: Circuit, zones: tuple[Zone, ...], lanes: int) -> None:
        self.circuit, self.zones = circuit, zones
        count = len(zones)
        self._phase_groups = _Groups.of([zone.nodes for zone in zones], [zone.phases for zone in zones])
        self._mean, self._max, self._min = (np.full((count * PHASES, lanes), np.nan) for _ in range(3))
        self._head, self._load, self._generation = (np.zeros((count, lanes), complex) for _ in range(3))
        self._over_normal, self._over_emergency = (np.zeros((count, lanes)) for _ in range(2))
        self._extremes = NodeExtremes(circuit)
        self._meters = _meter_conductors(circuit, zones)
        self._branches = _BranchEnds.of(circuit)
        self._branch_zones = _Groups.of([zone.branches for zone in zones])
        self._loads, self._generators = _injectors_by_role(circuit, zones)

    def add(self, solution: Solution) -> None:
        """Take one block of lanes."""
        span = slice(solution.first_lane, solution.first_lane + solution.lanes)
        per_unit = self._extremes.add(solution)
        self._voltages(per_unit, span)
        self._powers(solution, span)
        self._overloads(solution, span)

    def series(self) -> list[ZoneSeries]:
        """Return the series of every zone, in the order of the zones."""
        return [self._series(place, zone) for place, zone in enumerate(self.zones)]

    def _voltages(self, per_unit: FloatArray, span: slice) -> None:
        groups = self._phase_groups
        values = per_unit[groups.members]
        live = ~np.isnan(values)
        counts = groups.reduce(np.add, live.astype(float))
        with np.errstate(invalid="ignore"):
            self._mean[groups.keys, span] = groups.reduce(np.add, np.where(live, values, 0.0)) / counts
            self._max[groups.keys, span] = groups.reduce(np.fmax, values)
            self._min[groups.keys, span] = groups.reduce(np.fmin, values)

    def _powers(self, solution: Solution, span: slice) -> None:
        conductors, nodes, signs, groups = self._meters
        flow = solution.voltage_v[nodes] * solution.current_a[conductors].conj() * signs[:, None]
        self._head[groups.keys, span] = groups.reduce(np.add, flow[groups.members]) * 1e-3
        for groups, target, sign in (
            (self._loads, self._load, 1.0),
            (self._generators, self._generation, -1.0),
        ):
            power = solution.injector_va[groups.members]
            target[groups.keys, span] = groups.reduce(np.add, power) * (sign * 1e-3)

    def _overloads(self, solution: Solution, span: slice) -> None:
        current, power = self._branches.loading(solution)
        branches, groups = self.circuit.branches, self._branch_zones
        for rating, target in (
            (branches.normal_a, self._over_normal),
            (branches.emergency_a, self._over_emergency),
        ):
            excess = _beyond(current, power, rating)
            target[groups.keys, span] = groups.reduce(np.maximum, excess[groups.members])

    def _series(self, place: int, zone: Zone) -> ZoneSeries:
        phases = slice(place * PHASES, (place + 1) * PHASES)
        return ZoneSeries(
            zone=zone,
            mean_pu=self._mean[phases],
            max_pu=self._max[phases],
            min_pu=self._min[phases],
            power_kw=self._head[place].real,
            power_kvar=self._head[place].imag,
            load_kw=self._load[place].real,
            load_kvar=self._load[place].imag,
            generation_kw=self._generation[place].real,
            generation_kvar=self._generation[place].imag,
            overload_normal_kw=self._over_normal[place],
            overload_emergency_kw=self._over_emergency[place],
            lowest=self._extremes.lowest(zone.nodes),
            highest=self._extremes.highest(zone.nodes),
        )


class NodeExtremes:
    """Lowest and highest voltage of every node so far, and the lane of each."""

    def __init__(self, circuit: Circuit) -> None:
        nodes = circuit.nodes
        self._names = nodes.names
        self._scale = np.where(nodes.base_v > 0, 1.0 / np.where(nodes.base_v > 0, nodes.base_v, 1.0), np.nan)
        self.low, self.high = np.full(len(nodes), np.inf), np.full(len(nodes), -np.inf)
        self.low_lane, self.high_lane = np.zeros(len(nodes), np.int64), np.zeros(len(nodes), np.int64)

    def add(self, solution: Solution) -> FloatArray:
        """Take one block and return its voltages, (nodes, lanes) [pu]; NaN where there is no supply."""
        per_unit = np.abs(solution.voltage_v) * self._scale[:, None]
        per_unit[per_unit < DEAD_PU] = np.nan
        low, high = np.nan_to_num(per_unit, nan=np.inf), np.nan_to_num(per_unit, nan=-np.inf)
        self._keep(low.argmin(axis=1), low, solution.first_lane, lowest=True)
        self._keep(high.argmax(axis=1), high, solution.first_lane, lowest=False)
        return per_unit

    def lowest(self, nodes: IntArray) -> Extreme:
        """Return the lowest voltage among some nodes."""
        return self._among(
            nodes, self.low, self.low_lane, int(np.argmin(self.low[nodes])) if len(nodes) else 0
        )

    def highest(self, nodes: IntArray) -> Extreme:
        """Return the highest voltage among some nodes."""
        return self._among(
            nodes, self.high, self.high_lane, int(np.argmax(self.high[nodes])) if len(nodes) else 0
        )

    def _keep(self, at: IntArray, values: FloatArray, first: int, *, lowest: bool) -> None:
        found = values[np.arange(len(values)), at]
        best, lanes = (self.low, self.low_lane) if lowest else (self.high, self.high_lane)
        better = found < best if lowest else found > best
        best[better] = found[better]
        lanes[better] = at[better] + first

    def _among(self, nodes: IntArray, values: FloatArray, lanes: IntArray, at: int) -> Extreme:
        if not len(nodes) or not np.isfinite(values[nodes[at]]):
            return Extreme(float("nan"), "", 0)
        node = int(nodes[at])
        return Extreme(float(values[node]), self._names[node], int(lanes[node]))


@dataclass(frozen=True, slots=True)
class _Groups:
    """Members sorted by group, so that one `reduceat` reduces all groups.

    Attributes
    ----------
    members : (m,) int, indices into some array, group after group.
    starts : (g,) int, where each group begins; keys : (g,) int, row of each group in the target. Groups
        without members are left out.
    """

    members: IntArray
    starts: IntArray
    keys: IntArray

    @classmethod
    def of(cls, parts: list[IntArray], phases: list[IntArray] | None = None) -> "_Groups":
        """Return groups of parts, one key a part; with phases, `PHASES` keys a part."""
        if phases is None:
            keys = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        else:
            keys = np.concatenate(
                [NO_MEMBERS, *(place * PHASES + phase for place, phase in enumerate(phases))]
            )
        members = np.concatenate([NO_MEMBERS, *parts])
        order = np.argsort(keys, kind="stable")
        unique, starts = np.unique(keys[order], return_index=True)
        return cls(members[order], starts.astype(np.int64), unique.astype(np.int64))

    def reduce(self, function: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """Return the reduction of each group's rows, (groups, lanes); `values` follows `members`."""
        if not len(self.keys):
            return np.empty((0, values.shape[1]), values.dtype)
        return np.asarray(function.reduceat(values, self.starts, axis=0))


@dataclass(frozen=True, slots=True)
class _BranchEnds:
    """Terminal 1 of every branch: its conductors on phases and on all wires."""

    phase_conductors: IntArray
    phases: _Groups
    conductors: IntArray
    nodes: IntArray
    wires: _Groups
    count: int

    @classmethod
    def of(cls, circuit: Circuit) -> "_BranchEnds":
        elements, number = circuit.branches.elements, circuit.nodes.number
        ends = [elements.conductors(branch, 1) for branch in range(len(elements))]
        wires = [end[elements.node[end] >= 0] for end in ends]
        phases = [end[number[elements.node[end]] <= PHASES] for end in wires]
        wire_groups, phase_groups = _Groups.of(wires), _Groups.of(phases)
        return cls(
            phase_groups.members,
            phase_groups,
            wire_groups.members,
            elements.node[wire_groups.members],
            wire_groups,
            len(elements),
        )

    def loading(self, solution: Solution) -> tuple[FloatArray, FloatArray]:
        """Return the largest phase current [A] and the power into terminal 1 [kW], (branches, lanes)."""
        current, power = (np.zeros((self.count, solution.lanes)) for _ in range(2))
        magnitude = np.abs(solution.current_a[self.phase_conductors])
        current[self.phases.keys] = self.phases.reduce(np.maximum, magnitude)
        flow: ComplexArray = solution.voltage_v[self.nodes] * solution.current_a[self.conductors].conj()
        power[self.wires.keys] = self.wires.reduce(np.add, flow.real) * 1e-3
        return current, power


def _beyond(current_a: FloatArray, power_kw: FloatArray, rating_a: FloatArray) -> FloatArray:
    """Return the power beyond rating, |P| (1 - rated / I) where I exceeds it, else 0 [kW]."""
    rated = np.where(rating_a > 0, rating_a, np.inf)[:, None]
    over = current_a > rated
    share = np.subtract(
        1.0,
        np.divide(rated, current_a, where=over, out=np.ones_like(current_a)),
        where=over,
        out=np.zeros_like(current_a),
    )
    return np.abs(power_kw) * share


def _meter_conductors(
    circuit: Circuit, zones: tuple[Zone, ...]
) -> tuple[IntArray, IntArray, IntArray, _Groups]:
    """Return the metered conductors, their nodes and signs, and their groups by zone."""
    elements = circuit.branches.elements
    rows = [
        (place, int(conductor), meter.sign)
        for place, zone in enumerate(zones)
        for meter in zone.meters
        for conductor in elements.conductors(meter.branch, meter.terminal)
        if elements.node[conductor] >= 0
    ]
    table = np.array(rows, np.int64).reshape(-1, 3)
    parts = [np.flatnonzero(table[:, 0] == place) for place in range(len(zones))]
    return table[:, 1], elements.node[table[:, 1]], table[:, 2], _Groups.of(parts)


def _injectors_by_role(circuit: Circuit, zones: tuple[Zone, ...]) -> tuple[_Groups, _Groups]:
    """Return the loads, and the generators and PV systems, of each zone; storage is in neither."""
    kinds = np.array([name.partition(".")[0].lower() for name in circuit.injectors.elements.names], object)
    loads = [zone.injectors[kinds[zone.injectors] == "load"] for zone in zones]
    producers = [zone.injectors[np.isin(kinds[zone.injectors], ("generator", "pvsystem"))] for zone in zones]
    return _Groups.of(loads), _Groups.of(producers)
