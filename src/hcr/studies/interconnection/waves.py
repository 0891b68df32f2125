"""Buses in waves, so that a search can begin where that of a bus near by ended."""

from collections.abc import Collection, Iterable, Sequence

from hcr.studies.interconnection.feeder_graph import FeederGraph

STRIDES = (16, 4, 1)
"""Every how many buses a wave has one, along the feeder."""


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


def nearest(graph: FeederGraph, known: Collection[str]) -> dict[str, str]:
    """Return the bus among some known ones that is the fewest hops from each bus; none where no way leads."""
    found = {bus: bus for bus in sorted(known)}
    layer = list(found)
    while layer:
        following = []
        for bus in layer:
            for other in graph.neighbours[bus]:
                if other not in found:
                    found[other] = found[bus]
                    following.append(other)
        layer = following
    return found


def _along(graph: FeederGraph) -> Iterable[str]:
    """Return the buses in the order of a walk down each branch of the feeder in turn."""
    seen = dict.fromkeys(bus.name for bus in graph.buses if bus.source)
    ahead = list(seen)
    while ahead:
        bus = ahead.pop()
        seen.setdefault(bus)
        yield bus
        fresh = [other for other in graph.neighbours[bus] if other not in seen]
        seen |= dict.fromkeys(fresh)
        ahead += fresh
