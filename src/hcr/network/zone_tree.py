"""Connected parts of a circuit between its distribution transformers, and which part feeds which.

Take the distribution transformers, and the declared head, out of the graph of closed branches: every
connected part that remains is one zone. A breadth-first walk from the feeder head tells which end of a
transformer faces the source, whichever way it steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from hcr.powerflow.circuit import Circuit, IntArray

LV_LIMIT_V = 1000.0
"""Buses below this phase-to-phase voltage are low voltage [V]."""

NOWHERE = -1
"""Part number of what belongs to no zone."""


@dataclass(frozen=True, slots=True)
class BusParts:
    """The connected part of every bus over closed branches, some branches left out."""

    part: dict[str, int]

    @classmethod
    def of(cls, circuit: Circuit, *, skip: frozenset[int] = frozenset()) -> "BusParts":
        """Return the parts that remain without the branches to skip."""
        places = {bus: place for place, bus in enumerate(dict.fromkeys(circuit.nodes.buses))}
        links = [
            (places[buses[0]], places[other])
            for branch, buses in enumerate(circuit.branches.elements.buses)
            if circuit.branches.closed[branch] and branch not in skip
            for other in buses[1:]
            if buses[0] in places and other in places
        ]
        part = connected_components(_matrix(links, len(places)), directed=False)[1]
        return cls({bus: int(part[place]) for bus, place in places.items()})

    def of_buses(self, buses: Sequence[str]) -> IntArray:
        """Return the part of each bus, `NOWHERE` for a bus without nodes."""
        return np.array([self.part.get(bus, NOWHERE) for bus in buses], np.int64)


@dataclass(frozen=True, slots=True)
class Feed:
    """A distribution transformer that feeds a part: through which terminals, and whether it feeds others."""

    branch: int
    from_terminal: int
    into_terminal: int
    feeds_others: bool


@dataclass(frozen=True, slots=True)
class ZoneTree:
    """Parts with a path to the feeder head.

    Attributes
    ----------
    root : part of the feeder head.
    above : for each part the parts above it, nearest the feeder head first.
    feeds : for each part but the root the transformers that feed it.
    """

    root: int
    above: dict[int, tuple[int, ...]]
    feeds: dict[int, tuple[Feed, ...]]

    @classmethod
    def grow(cls, ends: dict[int, IntArray], *, root: int, beyond: int = NOWHERE) -> "ZoneTree":
        """Return the tree of parts.

        Parameters
        ----------
        ends : for each distribution transformer the part at each terminal.
        beyond : the part on the source's side of a declared head; the tree does not reach into it.
        """
        links = [(int(a), int(b)) for parts in ends.values() for a in parts for b in parts]
        links = [
            (a, b) for a, b in links if NOWHERE not in (a, b) and (beyond == root or beyond not in (a, b))
        ]
        count = 1 + max(root, *(max(link) for link in links), 0)
        reached, before = breadth_first_order(_matrix(links, count), root, directed=False)
        above: dict[int, tuple[int, ...]] = {root: ()}
        for part in reached[1:]:
            parent = int(before[part])
            above[int(part)] = (*above[parent], parent)
        feeds: dict[int, list[Feed]] = {part: [] for part in above if part != root}
        for branch, parts in ends.items():
            for part, feed in _feeds(branch, [int(one) for one in parts], above):
                feeds[part].append(feed)
        return cls(root, above, {part: tuple(found) for part, found in feeds.items()})


def distribution_transformers(circuit: Circuit, base_v: dict[str, float]) -> frozenset[int]:
    """Return closed transformers whose windings lie on both sides of the LV limit.

    Parameters
    ----------
    base_v : phase-to-phase base of each bus [V].
    """
    elements = circuit.branches.elements
    return frozenset(
        branch
        for branch, name in enumerate(elements.names)
        if name.lower().startswith("transformer.")
        and circuit.branches.closed[branch]
        and _spans_lv([base_v.get(bus, 0.0) for bus in elements.buses[branch]])
    )


def _spans_lv(bases: Sequence[float]) -> bool:
    return max(bases) >= LV_LIMIT_V > min(bases) > 0.0


def _feeds(branch: int, parts: list[int], above: dict[int, tuple[int, ...]]) -> list[tuple[int, Feed]]:
    """Return the parts that one transformer feeds: all it touches but the one nearest the feeder head."""
    depth = [len(above[part]) if part in above else len(above) for part in parts]
    if any(part not in above for part in parts):  # it is fed from outside the tree
        depth = [-1 if part not in above else at for part, at in zip(parts, depth, strict=True)]
    nearest = depth.index(min(depth))
    fed = {part: end for end, part in reversed(list(enumerate(parts))) if depth[end] > depth[nearest]}
    return [(part, Feed(branch, nearest + 1, end + 1, len(fed) > 1)) for part, end in sorted(fed.items())]


def _matrix(links: Sequence[tuple[int, int]], count: int) -> "coo_array":
    near, far = np.array(links, np.int64).reshape(-1, 2).T
    return coo_array((np.ones(len(near), np.int8), (near, far)), shape=(count, count)).tocsr()
