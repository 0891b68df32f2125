"""The order in which nodes are eliminated: greedy minimum degree, nodes without draws first.

Nodes without draws have no right-hand side in the iteration: eliminated first, they need no work until they
are recovered once at the end, and the iteration runs on the rest alone. Only those of small degree go first;
eliminating all of them would fill the matrix (IEEE 9500: 3.4 million entries instead of 38 thousand).
"""

import functools
import heapq
from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import IntArray

KEPT_ORDERS = 16
"""Orders that are kept: circuits that differ in values alone, as many upgrades do, share one."""

DEGREE_LIMIT = 8
"""Largest degree of a node without draws that still goes first: two three-phase neighbours and itself."""


@dataclass(frozen=True, slots=True)
class Elimination:
    """An order and the structure of the factor it gives.

    Attributes
    ----------
    order : (nodes,) int, node eliminated at each step; position : its inverse.
    first : (nodes + 1,) int; rows : int, places below the diagonal of each column, ascending.
    passive : number of leading steps; they eliminate nodes without draws.
    """

    order: IntArray
    position: IntArray
    first: IntArray
    rows: IntArray
    passive: int


def eliminate(
    nodes: int,
    links: tuple[IntArray, IntArray],
    active: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    *,
    last: IntArray | None = None,
    limit: int = DEGREE_LIMIT,
) -> Elimination:
    """Return an elimination order of a symmetric matrix.

    Parameters
    ----------
    links : row and column of its entries; the diagonal may be among them.
    active : (nodes,) bool, nodes with draws: they are eliminated after the others.
    last : nodes that are eliminated after all others.
    limit : largest degree of a node that is eliminated ahead of the draws.
    """
    pinned = np.empty(0, np.int64) if last is None else last
    arrays = (*links, np.flatnonzero(active), pinned)
    return _eliminated(nodes, tuple(np.asarray(array, np.int64).tobytes() for array in arrays), limit)


@functools.lru_cache(maxsize=KEPT_ORDERS)
def _eliminated(nodes: int, given: tuple[bytes, ...], limit: int) -> Elimination:
    """Return an elimination order; `given` are rows and columns of links, nodes with draws, and last ones."""
    near_ends, far_ends, active, pinned = (np.frombuffer(part, np.int64) for part in given)
    neighbours: list[set[int]] = [set() for _ in range(nodes)]
    for near, far in zip(near_ends.tolist(), far_ends.tolist(), strict=True):
        if near != far:
            neighbours[near].add(far)
            neighbours[far].add(near)
    order: list[int] = []
    columns: list[list[int]] = []
    free = np.setdiff1d(np.arange(nodes), np.concatenate([active, pinned]))
    _eliminate_part(neighbours, free.tolist(), order, columns, limit=limit)
    passive = len(order)
    rest = np.setdiff1d(np.arange(nodes), np.concatenate([np.array(order, np.int64), pinned]))
    _eliminate_part(neighbours, rest.tolist(), order, columns, limit=nodes)
    _eliminate_part(neighbours, pinned.tolist(), order, columns, limit=nodes)
    position = np.empty(nodes, np.int64)
    position[order] = np.arange(nodes)
    rows = [np.sort(position[column]) for column in columns]
    first = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    flat = np.concatenate(rows) if rows else np.empty(0, np.int64)
    return Elimination(np.array(order, np.int64), position, first, flat.astype(np.int64), passive)


def _eliminate_part(
    neighbours: list[set[int]], chosen: list[int], order: list[int], columns: list[list[int]], *, limit: int
) -> None:
    """Eliminate some nodes, always one with the fewest neighbours left; ties go to the lowest number."""
    waiting = set(chosen)
    heap = [(len(neighbours[node]), node) for node in chosen]
    heapq.heapify(heap)
    while heap:
        degree, node = heapq.heappop(heap)
        if node not in waiting or degree != len(neighbours[node]):
            continue  # an entry that was overtaken
        if degree > limit:
            return
        waiting.remove(node)
        around = neighbours[node]
        order.append(node)
        columns.append(list(around))
        for other in around:
            mine = neighbours[other]
            mine |= around
            mine.discard(other)
            mine.discard(node)
            if other in waiting:
                heapq.heappush(heap, (len(mine), other))
        neighbours[node] = set()
