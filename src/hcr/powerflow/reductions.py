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
from hcr.powerflow.reduction_kernels import current_extremes, node_extremes

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
    circuit: Circuit, injections: Injections, options: SolveOptions, *, threads: int = 1
) -> Extremes:
    """Return the extremes over all lanes, taps and switches held where the model has them.

    Lanes without a solution count for nothing and are listed. The result does not depend on `threads`.

    Raises
    ------
    ModelError
        The circuit has elements that the batch engine does not cover.
    """
    engine = BatchEngine(circuit, options)
    monitored = _monitored(circuit)
    iterations = np.zeros(injections.lanes, np.int64)
    starts = list(range(0, injections.lanes, LANES))

    def work(part: list[int]) -> tuple[_Tally, list[LaneFailure]]:
        tally = _Tally.empty(len(circuit.nodes), len(monitored.rows))
        failures: list[LaneFailure] = []
        for first in part:
            failures += _reduce_block(engine, injections, first, (monitored, tally, iterations))
        return tally, failures

    chunks = [part.tolist() for part in np.array_split(starts, threads) if len(part)]
    with ThreadPoolExecutor(max(1, len(chunks))) as pool:
        done = list(pool.map(work, chunks))
    total = done[0][0] if done else _Tally.empty(len(circuit.nodes), len(monitored.rows))
    for tally, _ in done[1:]:
        total.take(tally)
    return _extremes(total, monitored, iterations, tuple(failure for _, part in done for failure in part))


@dataclass(frozen=True, slots=True)
class _Monitored:
    """Rows of primitive matrices that give the phase currents at terminal 1 of series branches."""

    branch: IntArray
    conductor: IntArray
    rows: IntArray


def _monitored(circuit: Circuit) -> _Monitored:
    table, batch = circuit.branches.elements, circuit.batch
    found = []
    for branch in range(len(table)):
        if circuit.branches.shunt[branch] or not circuit.branches.closed[branch] or batch is None:
            continue
        size = int(table.first[branch + 1] - table.first[branch])
        for conductor in table.conductors(branch, 1):
            node = table.node[conductor]
            if node >= 0 and circuit.nodes.number[node] <= 3:
                row = int(conductor - table.first[branch])
                found.append((branch, conductor, batch.network.block[branch] + row * size, size, table.first[branch]))
    listed = np.array(found, np.int64).reshape(-1, 5)
    return _Monitored(listed[:, 0].copy(), listed[:, 1].copy(), listed[:, 2:].copy())


def _reduce_block(
    engine: BatchEngine, injections: Injections, first: int, target: tuple[_Monitored, _Tally, IntArray]
) -> list[LaneFailure]:
    monitored, tally, iterations = target
    last = min(first + LANES, injections.lanes)
    volts, steps, worst = engine.state(engine.powers(injections, first, last))
    iterations[first:last] = steps[: last - first]
    failed = np.flatnonzero(steps[: last - first] == 0)
    for part in volts:
        part[:, steps == 0] = np.nan  # compares false with every extreme
    _, node, _, br, bi = engine.branch_tables
    node_extremes(volts, last - first, first, tally.low, tally.high)
    current_extremes(monitored.rows, br, bi, node, volts, last - first, first, tally.current)
    return [engine.failure(injections, first + int(lane), int(worst[lane])) for lane in failed]


def _extremes(
    tally: _Tally, monitored: _Monitored, iterations: IntArray, failures: tuple[LaneFailure, ...]
) -> Extremes:
    return Extremes(
        low_v=np.sqrt(tally.low[0]),
        low_lane=tally.low[1],
        high_v=np.sqrt(np.maximum(tally.high[0], 0.0)),
        high_lane=tally.high[1],
        branch=monitored.branch,
        conductor=monitored.conductor,
        current_a=np.sqrt(np.maximum(tally.current[0], 0.0)),
        current_lane=tally.current[1],
        iterations=iterations,
        failures=failures,
    )


def _worst(count: int, value: float) -> WORST:
    return np.full(count, value), np.full(count, -1, np.int64)
