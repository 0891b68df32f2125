"""A compiled circuit as an interconnection study sees it: a graph, its reclosers, what can be upgraded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import GROUND, Circuit, Elements
from hcr.powerflow.equipment import Equipment
from hcr.studies.interconnection.feeder_graph import Bus, Edge, EdgeKind, FeederGraph, components
from hcr.studies.interconnection.island_screen import Islands, Recloser

PROTECTION = {
    "recloser": EdgeKind.RECLOSER,
    "fuse": EdgeKind.FUSE,
    "swtcontrol": EdgeKind.CONTROLLED_SWITCH,
}
"""What a line is that carries a device, by the device's class in OpenDSS."""

PHASES = 3
"""Nodes 1 to 3 of a bus are phases."""


@dataclass(frozen=True, slots=True, eq=False)
class Feeder:
    """A feeder.

    Attributes
    ----------
    circuit : with the ratings of OpenDSS, which the study judges loadings by.
    graph : buses in the circuit's order, which the study draws by.
    reclosers : element and terminal at which the power of each is metered; recloser_buses : bus of each.
    islands : parts that reclosers bound, by the same order of reclosers.
    """

    circuit: Circuit
    equipment: Equipment
    graph: FeederGraph
    reclosers: tuple[tuple[str, int], ...]
    recloser_buses: tuple[str, ...]
    islands: Islands

    @classmethod
    def of(cls, circuit: Circuit) -> "Feeder":
        """Return the feeder of a compiled circuit.

        Raises
        ------
        ModelError
            The circuit was not read from a model, so nothing is known of its equipment.
        """
        equipment = equipment_of(circuit)
        graph = FeederGraph(tuple(_buses(circuit)), tuple(_edges(circuit, equipment)))
        edges = {edge.element: edge for edge in graph.edges}
        devices = [
            (edges[one.element], one.terminal)
            for one in equipment.protection
            if one.kind == "recloser" and one.element in edges and not edges[one.element].open
        ]
        reclosers = [
            Recloser(edge.element, edge.first, edge.second, terminal == 2) for edge, terminal in devices
        ]
        return cls(
            circuit=rated_by_opendss(circuit),
            equipment=equipment,
            graph=graph,
            reclosers=tuple((edge.element, terminal) for edge, terminal in devices),
            recloser_buses=tuple(edge.second if terminal == 2 else edge.first for edge, terminal in devices),
            islands=Islands.of(components(graph), reclosers),
        )


def equipment_of(circuit: Circuit) -> Equipment:
    """Return the equipment of a circuit.

    Raises
    ------
    ModelError
        The circuit was not read from a model.
    """
    if circuit.equipment is None:
        raise ModelError(f"{circuit.name} was not compiled from a model, so its equipment is not known")
    return circuit.equipment


def rated_by_opendss(circuit: Circuit) -> Circuit:
    """Return a circuit whose branches have the ratings of OpenDSS: those of the method."""
    equipment = equipment_of(circuit)
    branches = replace(
        circuit.branches,
        normal_a=np.where(equipment.normal_a > 0.0, equipment.normal_a, np.nan),
        emergency_a=np.where(equipment.emergency_a > 0.0, equipment.emergency_a, np.nan),
    )
    return replace(circuit, branches=branches)


def bus_nodes(circuit: Circuit) -> Mapping[str, tuple[str, ...]]:
    """Return the nodes of the phases of each bus, in the circuit's order."""
    found: dict[str, list[str]] = {}
    for name, bus, number in zip(circuit.nodes.names, circuit.nodes.buses, circuit.nodes.number, strict=True):
        nodes = found.setdefault(bus, [])
        if 1 <= number <= PHASES:
            nodes.append(name)
    return {bus: tuple(nodes) for bus, nodes in found.items()}


def _buses(circuit: Circuit) -> Iterator[Bus]:
    attached: dict[str, list[str]] = {}
    shunt = np.flatnonzero(circuit.branches.shunt & circuit.branches.closed)
    for elements, places in (
        (circuit.injectors.elements, range(len(circuit.injectors.elements))),
        (circuit.branches.elements, shunt.tolist()),
    ):
        for at in places:
            if _connected(elements, at):
                attached.setdefault(elements.buses[at][0].lower(), []).append(elements.names[at])
    base = dict(zip(circuit.nodes.buses, circuit.nodes.base_v.tolist(), strict=True))
    for bus, nodes in bus_nodes(circuit).items():
        kv = base[bus] * np.sqrt(3.0) / 1e3
        yield Bus(bus, len(nodes), float(kv), tuple(attached.get(bus, ())), bus == circuit.source_bus)


def _edges(circuit: Circuit, equipment: Equipment) -> Iterator[Edge]:
    kinds = {one.transformer: EdgeKind.REGULATOR for one in equipment.regulators}
    kinds |= {one.name: EdgeKind.SWITCH for one in equipment.lines if one.switch}
    kinds |= {one.element: PROTECTION[one.kind] for one in equipment.protection}
    table = circuit.branches.elements
    for at in np.flatnonzero(~circuit.branches.shunt).tolist():
        name, (first, *others) = table.names[at], [bus.lower() for bus in table.buses[at]]
        kind = kinds.get(name) or _kind(name)
        if _connected(table, at):
            for second in dict.fromkeys(others):
                yield Edge(kind, name, first, second, open=not bool(circuit.branches.closed[at]))


def _kind(name: str) -> EdgeKind:
    """Return what an element is by its class in OpenDSS; any but lines and transformers is a reactor."""
    known = {"line": EdgeKind.LINE, "transformer": EdgeKind.TRANSFORMER}
    return known.get(name.partition(".")[0].lower(), EdgeKind.REACTOR)


def _connected(elements: Elements, at: int) -> bool:
    """Return whether an element is in service."""
    return bool((elements.node[elements.first[at] : elements.first[at + 1]] != GROUND).any())
