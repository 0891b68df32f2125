"""Lanes in, extremes out: nothing of a lane is written but what it changes in the extremes.

    extremes(circuit, injections, options) -> Extremes

Writing every voltage of every lane costs as much as solving; a year on 9,500 nodes would be 2.7 GB.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.batch_kernels import LANES
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray
from hcr.powerflow.lanes import Injections, LaneFailure, SolveOptions
from hcr.powerflow.reduction_kernels import reduce_lanes

WORST = tuple[FloatArray, IntArray]


@dataclass(frozen=True, slots=True)
class Extremes:
    """The extremes over all lanes.

    Attributes
    ----------
    low_v, high_v : (nodes,) float, lowest and highest voltage to ground [V].
    low_lane, high_lane : (nodes,) int, the first lane with it; -1 where no lane has a solution.
    branch, conductor : (rows,) int, monitored phase conductors at terminal 1: branch and conductor.
    current_a : (rows,) float, largest current [A]; current_lane : (rows,) int.
    iterations : (lanes,) int; 0 for a lane without a solution.
    failures : lanes without a solution.
    """

    low_v: FloatArray
    low_lane: IntArray
    high_v: FloatArray
    high_lane: IntArray
    branch: IntArray
    conductor: IntArray
    current_a: FloatArray
    current_lane: IntArray
    iterations: IntArray
    failures: tuple[LaneFailure, ...]


@dataclass(slots=True)
class _Tally:
    """Extremes of some lanes: squared values and their lanes."""

    low: WORST
    high: WORST
    current: WORST

    @classmethod
    def empty(cls, nodes: int, rows: int) -> "_Tally":
        """Return a tally that any lane changes."""
        return cls(_worst(nodes, np.inf), _worst(nodes, -1.0), _worst(rows, -1.0))

    def take(self, other: "_Tally") -> None:
        """Take the extremes of later lanes in; of equal ones the first stays."""
        for mine, theirs, sign in (
            (self.low, other.low, 1.0),
            (self.high, other.high, -1.0),
            (self.current, other.current, -1.0),
        ):
            better = sign * theirs[0] < sign * mine[0]
            mine[0][better], mine[1][better] = theirs[0][better], theirs[1][better]


def extremes(
    circuit: Circuit,
    injections: Injections,
    options: SolveOptions,
    *,
    threads: int = 1,
    engine: BatchEngine | None = None,
) -> Extremes:
    """Return the extremes over all lanes, taps and switches held where the model has them.

    Lanes without a solution count for nothing and are listed. The result does not depend on `threads`. An
    `engine` of the same circuit and options saves factoring again.

    Raises
    ------
    ModelError
        The circuit has elements that the batch engine does not cover.
    """
    chosen = engine or BatchEngine(circuit, options)
    monitored = _monitored(circuit, chosen)
    lanes = injections.lanes
    iterations, restless = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
    given = chosen.given(injections)
    limits = (options.tolerance**2, options.max_iterations)

    def work(span: tuple[int, int]) -> _Tally:
        tally = _Tally.empty(len(circuit.nodes), len(monitored.rows))
        target = (tally.low, tally.high, tally.current, iterations, restless)
        reduce_lanes(chosen.network, given, monitored.table, limits, span, target)
        return tally

    spans = _spans(lanes, threads)
    if len(spans) > 1:
        with ThreadPoolExecutor(len(spans)) as pool:
            tallies = list(pool.map(work, spans))
    else:
        tallies = [work(span) for span in spans]
    total = _Tally.empty(len(circuit.nodes), len(monitored.rows))
    for tally in tallies:
        total.take(tally)
    failed = [
        chosen.failure(injections, int(lane), int(restless[lane])) for lane in np.flatnonzero(iterations == 0)
    ]
    return _extremes(total, chosen.places, monitored, (iterations, tuple(failed)))


def _spans(lanes: int, threads: int) -> list[tuple[int, int]]:
    """Return spans of whole blocks, one a thread."""
    blocks = np.array_split(np.arange(0, lanes, LANES), max(1, threads))
    return [(int(part[0]), min(int(part[-1]) + LANES, lanes)) for part in blocks if len(part)]


@dataclass(frozen=True, slots=True)
class _Monitored:
    """Rows of primitive matrices that give the phase currents at terminal 1 of series branches."""

    branch: IntArray
    conductor: IntArray
    rows: IntArray
    table: tuple[IntArray, FloatArray, FloatArray, IntArray]


def _monitored(circuit: Circuit, engine: BatchEngine) -> _Monitored:
    """Return every phase conductor at terminal 1 of a closed series branch."""
    table, branches = circuit.branches.elements, circuit.branches
    sizes = np.diff(table.first)
    owner = np.repeat(np.arange(len(table)), sizes)
    number = np.append(circuit.nodes.number, 0)[table.node]
    wanted = (
        (table.terminal == 1)
        & (number >= 1)
        & (number <= 3)
        & ~branches.shunt[owner]
        & branches.closed[owner]
    )
    conductor = np.flatnonzero(wanted)
    branch = owner[conductor]
    _, ends, block, br, bi = engine.branch_tables
    entry = block[branch] + (conductor - table.first[branch]) * sizes[branch]
    rows = np.stack([entry, sizes[branch], table.first[branch]], axis=1).astype(np.int64)
    return _Monitored(branch, conductor, rows, (rows, br, bi, engine.places[ends]))


def _extremes(
    tally: _Tally,
    places: IntArray,
    monitored: _Monitored,
    lanes: tuple[IntArray, tuple[LaneFailure, ...]],
) -> Extremes:
    nodes = places[:-1]
    return Extremes(
        low_v=np.sqrt(tally.low[0])[nodes],
        low_lane=tally.low[1][nodes],
        high_v=np.sqrt(np.maximum(tally.high[0], 0.0))[nodes],
        high_lane=tally.high[1][nodes],
        branch=monitored.branch,
        conductor=monitored.conductor,
        current_a=np.sqrt(np.maximum(tally.current[0], 0.0)),
        current_lane=tally.current[1],
        iterations=lanes[0],
        failures=lanes[1],
    )


def _worst(count: int, value: float) -> WORST:
    return np.full(count, value), np.full(count, -1, np.int64)
