"""A feeder as its map shows it."""

from collections.abc import Iterable

from hcr.studies.interconnection.setup import Setup
from hcr.studies.interconnection.study_result import MapBus, MapEdge


def map_buses(setup: Setup) -> Iterable[MapBus]:
    """Yield the buses with their coordinates, in the circuit's order."""
    nodes = setup.feeder.circuit.nodes
    places = dict(zip(nodes.buses, zip(nodes.x.tolist(), nodes.y.tolist(), strict=True), strict=True))
    for bus in setup.feeder.graph.buses:
        x, y = places[bus.name]
        known = x == x and y == y  # NaN where the model has none
        yield MapBus(bus.name, bus.kv, bus.phases, x if known else None, y if known else None)


def map_edges(setup: Setup) -> Iterable[MapEdge]:
    """Yield the series elements."""
    for edge in setup.feeder.graph.edges:
        yield MapEdge(edge.element, edge.kind, edge.first, edge.second, edge.open)
