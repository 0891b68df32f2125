"""Buses in waves, so that a search can begin where those of buses near by ended."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from hcr.studies.interconnection.feeder_graph import FeederGraph

STRIDES = (16, 4, 1)
"""Every how many buses a wave has one, along the feeder."""

NEAR, ALIKE = 2, 0.1
"""Buses near by that tell of one between them, and by which share they may differ from the nearest."""


def waves(graph: FeederGraph, buses: Sequence[str]) -> list[list[int]]:
    """Return the places of some buses in waves: a few all over the feeder first, those between them later."""
    hops = {bus: at for at, bus in enumerate(_along(graph))}
    ordered = sorted(range(len(buses)), key=lambda at: (hops.get(buses[at], len(hops)), at))
    found, taken = [], set[int]()
    for stride in STRIDES:
        wave = [at for at in ordered[::stride] if at not in taken]
        taken.update(wave)
        found.append(wave)
    return [wave for wave in found if wave]


def between(graph: FeederGraph, known: Mapping[str, float], bus: str) -> float:
    """Return what a bus should have between those of the known ones that are nearest; 0 where no way leads.

    `NEAR` of them count, the nearer the more; one that is not like the nearest (`ALIKE`) does not.
    """
    if bus in known:
        return known[bus]
    near = list(islice(_nearest(graph, known, bus), NEAR))
    if not near:
        return 0.0
    first = known[near[0][1]]
    alike = [(1.0 / hops, known[one]) for hops, one in near if abs(known[one] - first) <= ALIKE * first]
    return sum(weight * value for weight, value in alike) / sum(weight for weight, _ in alike)


def _nearest(graph: FeederGraph, known: Container[str], bus: str) -> Iterator[tuple[int, str]]:
    """Yield the known buses by their hops from another bus, equally near ones by name."""
    seen, layer, hops = {bus}, [bus], 0
    while layer:
        hops += 1
        layer = sorted({other for one in layer for other in graph.neighbours[one]} - seen)
        seen.update(layer)
        yield from ((hops, one) for one in layer if one in known)


def _along(graph: FeederGraph) -> Iterable[str]:
    """Return the buses in the order of a walk down each branch of the feeder in turn."""
    seen = dict.fromkeys(bus.name for bus in graph.buses if bus.source)
    ahead = list(seen)
    while ahead:
        bus = ahead.pop()
        yield bus
        fresh = [other for other in graph.neighbours[bus] if other not in seen]
        seen |= dict.fromkeys(fresh)
        ahead += fresh
