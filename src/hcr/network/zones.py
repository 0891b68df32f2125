"""Measurement zones of a circuit: the feeder head and every distribution transformer.

A zone starts at its head and runs to the next head or the network's end; `zone_tree` finds the parts. In a
radial feeder that is the trace an OpenDSS EnergyMeter makes; where several transformers feed one meshed LV
network, they share a zone. What lies between the source and a declared head belongs to no zone.
"""

import uuid
from dataclasses import dataclass

import numpy as np

from hcr.errors import FeederError
from hcr.network.feeder import Head
from hcr.network.zone_tree import (
    LV_LIMIT_V,
    NOWHERE,
    BusParts,
    Feed,
    ZoneTree,
    distribution_transformers,
)
from hcr.powerflow.circuit import Circuit, IntArray

BASE_TOLERANCE = 0.01
"""Bases that differ by less belong to one voltage group (results_tables, section 4)."""

DEAD_PU = 0.1
"""Nodes below this voltage carry no supply, and enter no statistic [pu]."""

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


def measurement_zones(circuit: Circuit, feeder: str, head: Head | None = None) -> list[Zone]:
    """Return the zones of a circuit, the feeder head first, then transformers by name.

    Parameters
    ----------
    feeder : mRID; part of the zones' UUIDs.
    head : metered element of the feeder; without one, everything that the source delivers.

    Raises
    ------
    FeederError
        The head is not in the model or out of service, or a zone has no voltage base.
    """
    return _ZoneBuilder(circuit, feeder, head).zones()


def supplied_nodes(circuit: Circuit) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which nodes have a closed path to the source, (nodes,) bool."""
    parts = BusParts.of(circuit)
    return np.asarray(parts.of_buses(circuit.nodes.buses) == parts.part[circuit.source_bus])


class _ZoneBuilder:
    """Builds the zones of one circuit; holds what several steps need."""

    def __init__(self, circuit: Circuit, feeder: str, head: Head | None) -> None:
        self.circuit, self.feeder = circuit, feeder
        elements = circuit.branches.elements
        self.base = _bus_bases(circuit)
        self.transformers = transformers = distribution_transformers(circuit, self.base)
        self.cut = self._declared_branch(head) if head else None
        heads = transformers if self.cut is None else transformers | {self.cut}
        self.parts = BusParts.of(circuit, skip=heads)
        source = self.parts.part[circuit.source_bus]
        root = source
        if self.cut is not None and self.cut not in transformers:
            root = self._part_behind(self.cut, source)
        ends = {branch: self.parts.of_buses(elements.buses[branch]) for branch in sorted(transformers)}
        self.tree = ZoneTree.grow(ends, root=root, beyond=source)
        self.head_meters = (self._declared_meter(head, self.cut),) if head and self.cut is not None else ()
        self.node_part = self.parts.of_buses(circuit.nodes.buses)
        self.branch_part = self.parts.of_buses([buses[0] for buses in elements.buses])
        self.branch_part[~circuit.branches.closed] = NOWHERE
        self.branch_part[sorted(heads)] = NOWHERE  # heads are added to the zone they feed
        self.injector_part = self.parts.of_buses([buses[0] for buses in circuit.injectors.elements.buses])

    def zones(self) -> list[Zone]:
        """Return the zones, the feeder head first, then transformers by name."""
        tree = self.tree
        order = sorted(tree.feeds, key=lambda part: _label(self.circuit, tree.feeds[part]))
        names = {part: self._uuid(_label(self.circuit, tree.feeds[part])) for part in order}
        names[tree.root] = self._uuid("feeder head")
        return [
            self._zone(tree.root, self._feeder_head(), ()),
            *(
                self._zone(part, self._transformers(part), tuple(names[above] for above in tree.above[part]))
                for part in order
            ),
        ]

    def _feeder_head(self) -> "_Crown":
        cut = () if self.cut is None or self.cut in self.transformers else (self.cut,)
        return _Crown("feeder head", self.head_meters or self._source_meters(), cut, lv=False)

    def _transformers(self, part: int) -> "_Crown":
        feeds = self.tree.feeds[part]
        into = self.circuit.branches.elements.buses[feeds[0].branch][feeds[0].into_terminal - 1]
        return _Crown(
            label=_label(self.circuit, feeds),
            meters=tuple(_meter(feed) for feed in feeds),
            heads=tuple(feed.branch for feed in feeds),
            lv=self.base[into] < LV_LIMIT_V,
            is_transformer=True,
        )

    def _zone(self, part: int, crown: "_Crown", upstream: tuple[str, ...]) -> Zone:
        nodes = np.flatnonzero((self.node_part == part) & (self.circuit.nodes.number <= 3))
        v_base = self._voltage_level(nodes, lv=crown.lv)
        at_level = self.circuit.nodes.base_v[nodes] * np.sqrt(3.0)
        nodes = nodes[np.abs(at_level - v_base) <= BASE_TOLERANCE * v_base]
        head = self.circuit.branches.elements.names[crown.meters[0].branch]
        rated = float(self.circuit.branches.rated_kva[list(crown.heads)].sum())
        return Zone(
            name=self._uuid(crown.label),
            label=crown.label,
            kind="TRANSFORMER" if crown.is_transformer else "FEEDER_HEAD",
            head_mrid=head.partition(".")[2],
            head_terminal=crown.meters[0].terminal,
            v_base=round(v_base),
            rated_kva=rated if crown.is_transformer else float("nan"),
            meters=crown.meters,
            nodes=nodes,
            phases=self.circuit.nodes.number[nodes] - 1,
            branches=np.union1d(np.flatnonzero(self.branch_part == part), crown.heads).astype(np.int64),
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

    def _declared_branch(self, head: Head) -> int:
        names = [name.lower() for name in self.circuit.branches.elements.names]
        if head.element.lower() not in names:
            raise FeederError(
                f"feeder {self.feeder}: head {head.element} is not in the model",
                remedy="Correct `head` in the feeder's feeder.yaml.",
            )
        branch = names.index(head.element.lower())
        if not self.circuit.branches.closed[branch]:
            raise FeederError(
                f"feeder {self.feeder}: head {head.element} is open or out of service",
                remedy="Close it in the model, or correct `head` in the feeder's feeder.yaml.",
            )
        return branch

    def _part_behind(self, branch: int, source: int) -> int:
        """Return the part on the far side of the head; the source's own where the head is in a loop."""
        ends = self.parts.of_buses(self.circuit.branches.elements.buses[branch])
        return next((int(part) for part in ends if part not in (source, NOWHERE)), source)

    def _declared_meter(self, head: Head, branch: int) -> Meter:
        """Return the meter at the declared terminal; at the end away from the source power is turned."""
        bus = self.circuit.branches.elements.buses[branch][head.terminal - 1]
        root, source = self.tree.root, self.parts.part[self.circuit.source_bus]
        return Meter(branch, head.terminal, -1 if root != source and self.parts.part[bus] == root else 1)

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

    def _uuid(self, label: str) -> str:
        return str(uuid.uuid5(ZONE_NAMESPACE, f"{self.feeder}/{label}"))


def _bus_bases(circuit: Circuit) -> dict[str, float]:
    """Return the phase-to-phase base of each bus [V]."""
    return {
        bus: float(base) * float(np.sqrt(3.0))
        for bus, base in zip(circuit.nodes.buses, circuit.nodes.base_v, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Crown:
    """What is at the top of a zone: its name, where it is metered, the branches it begins with."""

    label: str
    meters: tuple[Meter, ...]
    heads: tuple[int, ...]
    lv: bool
    is_transformer: bool = False


def _meter(feed: Feed) -> Meter:
    """Return the meter of one transformer: where it is fed, or at the zone's end if it feeds others too."""
    if feed.feeds_others:
        return Meter(feed.branch, feed.into_terminal, -1)
    return Meter(feed.branch, feed.from_terminal)


def _label(circuit: Circuit, feeds: tuple[Feed, ...]) -> str:
    """Return the first transformer's name, with its terminal where it feeds several zones."""
    names = circuit.branches.elements.names
    return min(
        names[feed.branch].partition(".")[2] + (f".{feed.into_terminal}" if feed.feeds_others else "")
        for feed in feeds
    )
