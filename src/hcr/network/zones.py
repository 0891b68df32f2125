"""Measurement zones of a circuit: the feeder head and every distribution transformer.

A zone starts at its head and runs to the next head or the network's end. Take the distribution transformers
out of the graph of closed branches: every connected part that remains is one zone, and the transformers that
feed it are its heads. In a radial feeder that is the trace an OpenDSS EnergyMeter makes; where several
transformers feed one meshed LV network, they share a zone.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from hcr.errors import FeederError
from hcr.network.feeder import Head
from hcr.powerflow.circuit import Circuit, IntArray

LV_LIMIT_V = 1000.0
"""Buses below this phase-to-phase voltage are low voltage [V]."""

BASE_TOLERANCE = 0.01
"""Bases that differ by less belong to one voltage group (results_tables, section 4)."""

NOWHERE = -1
"""Part number of what belongs to no zone."""

ZONE_NAMESPACE = uuid.UUID("6f0c1f64-0b2e-5a38-9f5c-0f6f2d6a7f11")
"""Namespace of the zone UUIDs, so that one feeder gives the same names on every machine."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One metered terminal of a zone's head; power is counted into `branch` there.

    `sign` is -1 where the terminal's power counts against the zone (the far end of a branch).
    """

    branch: int
    terminal: int
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Zone:
    """A measurement zone.

    Attributes
    ----------
    name : UUID text, `measurement_zone_name` of the tables; label : what people call it.
    kind : `mz_type`: FEEDER_HEAD or TRANSFORMER.
    head_mrid, head_terminal : the head asset.
    v_base : phase-to-phase volts of the zone's one voltage level, rounded [V].
    rated_kva : nameplate of the transformers feeding it [kVA], NaN for the feeder head.
    meters : metered head terminals.
    nodes, phases : (n,) int, nodes at `v_base` and their phase 0 to 2.
    branches : (b,) int, branches inside, heads included.
    injectors : (i,) int, loads and generators inside.
    upstream : names of the zones above, nearest the feeder head first.
    """

    name: str
    label: str
    kind: str
    head_mrid: str
    head_terminal: int
    v_base: int
    rated_kva: float
    meters: tuple[Meter, ...]
    nodes: IntArray
    phases: IntArray
    branches: IntArray
    injectors: IntArray
    upstream: tuple[str, ...]

    @property
    def is_lv(self) -> bool:
        """Return whether the zone's voltage level is low voltage."""
        return self.v_base < LV_LIMIT_V


def measurement_zones(circuit: Circuit, feeder: str, head: Head | None = None) -> list[Zone]:
    """Return the zones of a circuit, the feeder head first, then transformers by name.

    Parameters
    ----------
    feeder : mRID; part of the zones' UUIDs.
    head : metered element of the feeder; without one, everything that the source delivers.

    Raises
    ------
    FeederError
        The head is not in the model, or no bus is supplied.
    """
    return _ZoneBuilder(circuit, feeder, head).zones()


def supplied_nodes(circuit: Circuit) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which nodes have a closed path to the source, (nodes,) bool."""
    graph = _BusGraph.of(circuit, skip=frozenset())
    part = graph.part[graph.places[circuit.source_bus]]
    return np.array([graph.part[graph.places[bus]] == part for bus in circuit.nodes.buses], bool)


@dataclass(frozen=True, slots=True)
class _BusGraph:
    """Connected parts of the buses over closed branches, some branches left out."""

    places: dict[str, int]
    part: IntArray

    @classmethod
    def of(cls, circuit: Circuit, *, skip: frozenset[int]) -> "_BusGraph":
        places = {bus: place for place, bus in enumerate(dict.fromkeys(circuit.nodes.buses))}
        ends = [
            (places[buses[0]], places[other])
            for branch, buses in enumerate(circuit.branches.elements.buses)
            if circuit.branches.closed[branch] and branch not in skip
            for other in buses[1:]
            if buses[0] in places and other in places
        ]
        near, far = np.array(ends, np.int64).reshape(-1, 2).T
        links = coo_array((np.ones(len(near), np.int8), (near, far)), shape=(len(places), len(places)))
        return cls(places, connected_components(links, directed=False)[1].astype(np.int64))


class _ZoneBuilder:
    """Builds the zones of one circuit; holds what several steps need."""

    def __init__(self, circuit: Circuit, feeder: str, head: Head | None) -> None:
        self.circuit, self.feeder, self.head = circuit, feeder, head
        self.base = _bus_bases(circuit)
        self.transformers = self._distribution_transformers()
        self.graph = _BusGraph.of(circuit, skip=self.transformers)
        self.node_part = self._parts_of(circuit.nodes.buses)
        self.branch_part = self._parts_of([ends[0] for ends in circuit.branches.elements.buses])
        self.branch_part[~circuit.branches.closed] = NOWHERE
        self.branch_part[sorted(self.transformers)] = NOWHERE  # heads are added to the zone they feed
        self.injector_part = self._parts_of([ends[0] for ends in circuit.injectors.elements.buses])

    def zones(self) -> list[Zone]:
        source = int(self.graph.part[self.graph.places[self.circuit.source_bus]])
        heads = self._heads_of_parts(source)
        order = sorted((part for part in heads if part != source), key=lambda part: self._label(heads[part]))
        parents = self._parents(source, heads)
        names = {part: self._uuid(self._label(heads[part])) for part in order}
        names[source] = self._uuid("feeder head")
        return [
            self._zone(part, heads.get(part, []), tuple(names[above] for above in parents[part]))
            for part in (source, *order)
            if part in parents
        ]

    def _distribution_transformers(self) -> frozenset[int]:
        """Return closed transformers whose windings lie on both sides of the LV limit."""
        names = self.circuit.branches.elements.names
        return frozenset(
            branch
            for branch, name in enumerate(names)
            if name.lower().startswith("transformer.")
            and self.circuit.branches.closed[branch]
            and self._spans_lv(self.circuit.branches.elements.buses[branch])
        )

    def _spans_lv(self, buses: Sequence[str]) -> bool:
        bases = [self.base.get(bus, 0.0) for bus in buses]
        return max(bases) >= LV_LIMIT_V > min(bases) > 0.0

    def _heads_of_parts(self, source: int) -> dict[int, list[int]]:
        heads: dict[int, list[int]] = {}
        for branch in sorted(self.transformers):
            buses = self.circuit.branches.elements.buses[branch]
            lv = min(buses, key=lambda bus: self.base[bus])
            part = int(self.graph.part[self.graph.places[lv]])
            if part != source:
                heads.setdefault(part, []).append(branch)
        return heads

    def _parents(self, source: int, heads: dict[int, list[int]]) -> dict[int, tuple[int, ...]]:
        """Return the chain of zones above each zone that has a path to the source."""
        pairs = [
            (int(self.graph.part[self.graph.places[bus]]), part)
            for part, branches in heads.items()
            for branch in branches
            for bus in self.circuit.branches.elements.buses[branch]
        ]
        count = int(self.graph.part.max()) + 1
        near, far = np.array([*pairs, (source, source)], np.int64).T
        links = coo_array((np.ones(len(near), np.int8), (near, far)), shape=(count, count)).tocsr()
        reached, before = breadth_first_order(links, source, directed=False)
        chains: dict[int, tuple[int, ...]] = {source: ()}
        for part in reached[1:]:
            above = int(before[part])
            chains[int(part)] = (*chains[above], above)
        return chains

    def _zone(self, part: int, heads: list[int], upstream: tuple[str, ...]) -> Zone:
        nodes = np.flatnonzero((self.node_part == part) & (self.circuit.nodes.number <= 3))
        v_base = self._voltage_level(nodes, lv=bool(heads))
        at_level = self.circuit.nodes.base_v[nodes] * np.sqrt(3.0)
        nodes = nodes[np.abs(at_level - v_base) <= BASE_TOLERANCE * v_base]
        meters = self._meters(heads)
        names = self.circuit.branches.elements.names
        first = names[meters[0].branch]
        inside = np.flatnonzero(self.branch_part == part)
        ratings = self.circuit.branches.rated_kva[heads]
        return Zone(
            name=self._uuid(self._label(heads) if heads else "feeder head"),
            label=self._label(heads) if heads else "feeder head",
            kind="TRANSFORMER" if heads else "FEEDER_HEAD",
            head_mrid=first.partition(".")[2],
            head_terminal=meters[0].terminal,
            v_base=round(v_base),
            rated_kva=float(ratings.sum()) if heads else float("nan"),
            meters=meters,
            nodes=nodes,
            phases=self.circuit.nodes.number[nodes] - 1,
            branches=np.union1d(inside, heads).astype(np.int64),
            injectors=np.flatnonzero(self.injector_part == part).astype(np.int64),
            upstream=upstream,
        )

    def _voltage_level(self, nodes: IntArray, *, lv: bool) -> float:
        """Return the phase-to-phase volts of the level with most nodes, on one side of the LV limit."""
        volts = self.circuit.nodes.base_v[nodes] * np.sqrt(3.0)
        side = volts[(volts > 0) & ((volts < LV_LIMIT_V) == lv)]
        candidates = side if len(side) else volts[volts > 0]
        if not len(candidates):
            raise FeederError(
                f"feeder {self.feeder}: no voltage base is known for a zone",
                why="the model sets no voltage bases",
                remedy="Add `Set VoltageBases=[…]` and `CalcVoltageBases` to the model.",
            )
        levels, counts = np.unique(np.round(candidates, 1), return_counts=True)
        return float(levels[counts.argmax()])

    def _meters(self, heads: list[int]) -> tuple[Meter, ...]:
        if not heads:
            return (self._declared_head(self.head),) if self.head else self._source_meters()
        return tuple(Meter(branch, self._hv_terminal(branch)) for branch in heads)

    def _hv_terminal(self, branch: int) -> int:
        bases = [self.base.get(bus, 0.0) for bus in self.circuit.branches.elements.buses[branch]]
        return 1 + int(np.argmax(bases))

    def _declared_head(self, head: Head) -> Meter:
        wanted = head.element.lower()
        for branch, name in enumerate(self.circuit.branches.elements.names):
            if name.lower() == wanted:
                return Meter(branch, head.terminal)
        raise FeederError(
            f"feeder {self.feeder}: head {head.element} is not in the model",
            remedy="Correct `head` in the feeder's feeder.yaml.",
        )

    def _source_meters(self) -> tuple[Meter, ...]:
        """Return a meter on each closed series branch at the source bus."""
        meters = [
            Meter(branch, 1 + buses.index(self.circuit.source_bus))
            for branch, buses in enumerate(self.circuit.branches.elements.buses)
            if self.circuit.source_bus in buses
            and self.circuit.branches.closed[branch]
            and not self.circuit.branches.shunt[branch]
        ]
        if not meters:
            raise FeederError(
                f"feeder {self.feeder}: nothing is connected to the source bus {self.circuit.source_bus}",
                remedy="Connect the source in the model, or close the switch at the feeder's head.",
            )
        return tuple(meters)

    def _parts_of(self, buses: Sequence[str]) -> IntArray:
        """Return the connected part of each bus, `NOWHERE` for a bus that has no node."""
        places = (self.graph.places.get(bus) for bus in buses)
        return np.array([NOWHERE if at is None else self.graph.part[at] for at in places], np.int64)

    def _label(self, heads: list[int]) -> str:
        names = sorted(self.circuit.branches.elements.names[branch].partition(".")[2] for branch in heads)
        return names[0]

    def _uuid(self, label: str) -> str:
        return str(uuid.uuid5(ZONE_NAMESPACE, f"{self.feeder}/{label}"))


def _bus_bases(circuit: Circuit) -> dict[str, float]:
    """Return the phase-to-phase base of each bus [V]."""
    return {
        bus: float(base) * float(np.sqrt(3.0))
        for bus, base in zip(circuit.nodes.buses, circuit.nodes.base_v, strict=True)
    }
