"""A feeder as buses and edges: who is a candidate, what reclosers bound, which way leads to the source.

    candidates(graph)            buses on which resources are tried         interconnection method, section 1
    components(graph)            parts left without reclosers               section 4, the island screen
    depths(graph)                buses by their hops from the source        section 3, for monitors
    longest_path(graph, buses)   the way along which lines are upgraded     section 6, part 2a

An open edge leads nowhere in any of them. Ties go to the smaller name, however buses and edges are ordered.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from hcr.errors import ModelError


class EdgeKind(StrEnum):
    """What connects two buses; a line that carries a recloser or a fuse is that, not a line."""

    LINE = "line"
    SWITCH = "switch"
    CONTROLLED_SWITCH = "swtcontrol"
    RECLOSER = "recloser"
    FUSE = "fuse"
    NETWORK_PROTECTOR = "nwp"
    REACTOR = "reactor"
    TRANSFORMER = "transformer"
    REGULATOR = "regulator"


@dataclass(frozen=True, slots=True)
class Bus:
    """A bus of the feeder.

    Attributes
    ----------
    kv : nominal voltage, phase to phase [kV].
    attached : full names of its loads, capacitors, resources and sources.
    source : the feeder is supplied here.
    """

    name: str
    phases: int
    kv: float
    attached: tuple[str, ...] = ()
    source: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A series element between two buses, in the order of its terminals."""

    kind: EdgeKind
    element: str
    first: str
    second: str
    open: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FeederGraph:
    """Buses and the edges between them.

    Attributes
    ----------
    neighbours : by bus, the closed edges that lead away from it, by the bus they lead to.

    Raises
    ------
    ModelError
        An edge leads to a bus that is not there, or no bus is a source.
    """

    buses: tuple[Bus, ...]
    edges: tuple[Edge, ...]
    neighbours: dict[str, dict[str, tuple[Edge, ...]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not any(bus.source for bus in self.buses):
            raise ModelError(
                "the feeder has no source",
                why="no bus of its graph is one, so no path leads there",
                remedy="Name the bus that supplies the feeder.",
            )
        found: dict[str, dict[str, tuple[Edge, ...]]] = {bus.name: {} for bus in self.buses}
        for edge in sorted(self.edges, key=lambda one: one.element):
            _add(found, edge)
        object.__setattr__(self, "neighbours", found)


@dataclass(frozen=True, slots=True)
class Path:
    """The way from a bus to the nearest source.

    Attributes
    ----------
    buses : from the bus to the source.
    edges : in the same order; parallel ones by name.
    """

    buses: tuple[str, ...]
    edges: tuple[Edge, ...]


def candidates(graph: FeederGraph) -> tuple[str, ...]:
    """Return the buses with more than two phases and nothing attached, in the graph's order.

    The order matters: a study draws from it by index.
    """
    return tuple(bus.name for bus in graph.buses if bus.phases > 2 and not bus.attached and not bus.source)


def components(graph: FeederGraph) -> tuple[frozenset[str], ...]:
    """Return the buses that hang together without reclosers, the largest part first."""
    left = dict.fromkeys(sorted(graph.neighbours))
    found = []
    while left:
        part = _part(graph, next(iter(left)))
        found.append(part)
        for bus in part:
            del left[bus]
    return tuple(sorted(found, key=lambda part: (-len(part), min(part))))


def depths(graph: FeederGraph) -> tuple[tuple[str, ...], ...]:
    """Return the buses one hop from a source, two hops, and so on; names sorted."""
    layers: dict[int, list[str]] = {}
    for bus, hops in _hops(graph).items():
        layers.setdefault(hops, []).append(bus)
    return tuple(tuple(sorted(layers[hops])) for hops in sorted(layers) if hops)


def longest_path(graph: FeederGraph, buses: Iterable[str]) -> Path | None:
    """Return the longest of the buses' shortest paths to their nearest source, by hops.

    None where no source can be reached from any of them.
    """
    hops = _hops(graph)
    reached = [bus for bus in buses if bus in hops]
    if not reached:
        return None
    farthest = min(reached, key=lambda bus: (-hops[bus], bus))
    return _path(graph, farthest, hops)


def _add(found: dict[str, dict[str, tuple[Edge, ...]]], edge: Edge) -> None:
    for start, end in ((edge.first, edge.second), (edge.second, edge.first)):
        if start not in found:
            raise ModelError(
                f"{edge.element} leads to a bus that is not there",
                why=f"the feeder has no bus {start}",
                remedy="Correct the buses of the element.",
            )
        if not edge.open:
            found[start][end] = (*found[start].get(end, ()), edge)


def _part(graph: FeederGraph, start: str) -> frozenset[str]:
    seen, ahead = {start}, [start]
    while ahead:
        for bus, edges in graph.neighbours[ahead.pop()].items():
            if bus not in seen and any(edge.kind is not EdgeKind.RECLOSER for edge in edges):
                seen.add(bus)
                ahead.append(bus)
    return frozenset(seen)


def _hops(graph: FeederGraph) -> dict[str, int]:
    """Return how many hops each bus is from its nearest source; without those that none supplies."""
    found = {bus.name: 0 for bus in graph.buses if bus.source}
    layer: AbstractSet[str] = found.keys()
    hops = 0
    while layer:
        hops += 1
        layer = {bus for near in layer for bus in graph.neighbours[near] if bus not in found}
        found |= dict.fromkeys(layer, hops)
    return found


def _path(graph: FeederGraph, bus: str, hops: dict[str, int]) -> Path:
    buses, edges = [bus], list[Edge]()
    while hops[bus]:
        near = min(other for other in graph.neighbours[bus] if hops[other] == hops[bus] - 1)
        edges.extend(graph.neighbours[bus][near])
        buses.append(near)
        bus = near
    return Path(tuple(buses), tuple(edges))
