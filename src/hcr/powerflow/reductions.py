"""Lanes in, reductions out: nothing of a lane is written but what was asked for.

    solve(circuit, injections, options, wanted) -> Reduced

Writing every voltage of every lane costs as much as solving; a year on 9,500 nodes would be 2.7 GB.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import BoolArray, Circuit, IntArray
from hcr.powerflow.covered import followed
from hcr.powerflow.jumps import forget
from hcr.powerflow.lane_vectors import in_precision, lanes_of
from hcr.powerflow.lanes import SINGLE_TOLERANCE, Injections, LaneFailure, SolveOptions
from hcr.powerflow.reduced import PerLane, Reduced, Tally, Wanted, reduced
from hcr.powerflow.reduction_kernels import reduce_lanes
from hcr.powerflow.second_solutions import engine_for
from hcr.powerflow.walk import Walk
from hcr.powerflow.watched import NOTHING

LARGE_CHANGE = 0.1
"""Change of a voltage that single precision has to carry, as a share of it."""

BLUR = 1e-3
"""Largest uncertainty of a current that single precision may leave, as a share of its rating."""

NO_ENDS = (np.zeros(1, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64))
"""No branches that controls change, as `moved_currents` takes them."""


def solve(
    circuit: Circuit,
    injections: Injections,
    options: SolveOptions | None = None,
    wanted: Wanted | None = None,
    *,
    threads: int = 1,
    engine: BatchEngine | None = None,
) -> Reduced:
    """Return the reductions of all lanes.

    Controls are followed as `options.controls` says. Lanes of held controls are shared out to `threads`,
    which does not change the result; live ones go one after another, and so do consecutive lanes of circuits
    whose draws jump (`second_solutions`). An `engine` of the same circuit and options, `moving` where
    controls are live, saves factoring; where draws jump it must be of the same injections, too.

    Raises
    ------
    ModelError
        The circuit has elements or controls that the batch engine does not cover; a node or an injector
        that is wanted is not in it, or an injector in two zones; single precision is asked for with live
        controls, or edits; the engine is of another circuit or of other options.
    """
    asked, options = wanted or Wanted(), options or SolveOptions()
    found = PerLane.empty(injections.lanes, len(asked.zones), len(asked.nodes))
    if options.edits:
        raise ModelError("edits are for OpenDSS", remedy="Compile the circuit with them.")
    if options.controls and followed(circuit):
        if options.single:
            raise ModelError("single precision is for held controls", remedy="Set `controls=False`.")
        walk = Walk(circuit, injections, options, engine=engine)
        tally, failures = _walked(walk, asked, found)
        return reduced(tally, walk.engine, found, failures=failures, step_hours=injections.step_hours)
    chosen = engine_for(circuit, injections, options, engine)
    tally = _held(chosen, injections, asked, found, options=options, threads=threads)
    failures = tuple(
        chosen.failure(injections, int(lane), int(found.restless[lane]))
        for lane in np.flatnonzero(found.iterations == 0)
    )
    if options.single:
        tally.current[0][_blurred(chosen)] = np.nan
    return reduced(tally, chosen, found, failures=failures, step_hours=injections.step_hours)


def _held(
    engine: BatchEngine,
    injections: Injections,
    wanted: Wanted,
    found: PerLane,
    *,
    options: SolveOptions,
    threads: int,
) -> Tally:
    """Return the extremes of all lanes, taps and steps held, and fill in what each lane has of its own."""
    given, kind = engine.given(injections), np.float32 if options.single else np.float64
    lanes = lanes_of(kind)
    columns = _columns(engine, wanted, ((np.empty((0, lanes)),) * 2, NO_ENDS))
    tolerance = max(options.tolerance, SINGLE_TOLERANCE) if options.single else options.tolerance
    own = (engine.network[7], engine.tail.lanes(lanes), engine.network[9])
    network, whole, columns = in_precision(((*engine.network[:7], *own), engine.whole, columns), kind)

    def work(span: tuple[int, int]) -> Tally:
        tally = Tally.of(engine)
        target = (*tally.columns(), *found.columns())
        limits = (tolerance**2, options.max_iterations)
        with engine.borrowed(len(wanted.zones), kind) as scratch:
            reduce_lanes(network, whole, given, columns, limits, span, scratch, target, engine.jumps)
        return tally

    threads = 1 if len(engine.jumps[0]) else threads
    forget(engine.jumps)
    spans = _spans(injections.lanes, threads, lanes)
    total, *others = _in_threads(work, spans) if spans else [Tally.of(engine)]
    for tally in others:
        total.take(tally)
    return total


def _walked(walk: Walk, wanted: Wanted, found: PerLane) -> tuple[Tally, tuple[LaneFailure, ...]]:
    """Return the extremes of all lanes, controls live, and those without a solution; fill in the rest."""
    engine, tally = walk.engine, Tally.of(walk.engine)
    columns = _columns(engine, wanted, (walk.controls.values, walk.controls.ends))
    target = (*tally.columns(), *found.columns())
    with engine.borrowed(len(wanted.zones), np.float64) as scratch:
        fates = walk.reduce(columns, scratch, target)
    failures = [
        walk.failure(int(lane), int(fates[lane]), int(found.restless[lane])) for lane in np.flatnonzero(fates)
    ]
    return tally, tuple(failures)


def _columns(engine: BatchEngine, wanted: Wanted, moving: tuple[object, object]) -> tuple[object, ...]:
    """Return what is wanted as `reduce_block` takes it.

    Parameters
    ----------
    moving : matrices of the moved branches in each lane, and the branches as `moved_currents` takes them.
    """
    watched, circuit = engine.watched, engine.circuit
    return (
        watched.currents.columns_of_loop(),
        (watched.balance if wanted.residual else NOTHING).columns_of_loop(),
        _zone_of_draws(circuit, engine, wanted),
        _places(circuit, engine, wanted),
        (moving[1], moving[0], *engine.moved_columns),
    )


def _in_threads(work: Callable[[tuple[int, int]], Tally], spans: list[tuple[int, int]]) -> list[Tally]:
    if len(spans) <= 1:
        return [work(span) for span in spans]
    with ThreadPoolExecutor(len(spans)) as pool:
        return list(pool.map(work, spans))


def _blurred(engine: BatchEngine) -> BoolArray:
    """Return the monitored rows whose current the last bits of single precision blur by more than `BLUR`.

    A current is the sum of admittances times voltages; the last bit of a change of `LARGE_CHANGE` is a
    share of 2⁻²⁴ of it.
    """
    rows, circuit = engine.watched.currents, engine.circuit
    volts = np.append(np.hypot(*engine.start), 0.0)[rows.columns]
    sums = np.add.reduceat(np.append(np.hypot(*rows.entries) * volts, 0.0), rows.first[:-1])
    rated = circuit.branches.normal_a[engine.watched.branch]
    return np.asarray(sums * LARGE_CHANGE * 2.0**-24 > BLUR * np.nan_to_num(rated, nan=0.0))


def _spans(lanes: int, threads: int, width: int) -> list[tuple[int, int]]:
    """Return spans of whole blocks, one a thread."""
    blocks = np.array_split(np.arange(0, lanes, width), max(1, threads))
    return [(int(part[0]), min(int(part[-1]) + width, lanes)) for part in blocks if len(part)]


def _zone_of_draws(circuit: Circuit, engine: BatchEngine, wanted: Wanted) -> IntArray:
    """Return the zone of each draw, -1 for none; empty where no zones are wanted."""
    if not wanted.zones:
        return np.empty(0, np.int64)
    names = circuit.injectors.elements.names
    number = _numbers(names, "element", circuit)
    zone = np.full(len(names), -1, np.int64)
    for at, elements in enumerate(wanted.zones.values()):
        for element in elements:
            if zone[number(element)] >= 0:
                raise ModelError(
                    f"element {element} is in two of the zones", remedy="Put it into one of them."
                )
            zone[number(element)] = at
    return zone[engine.draws[0]]


def _places(circuit: Circuit, engine: BatchEngine, wanted: Wanted) -> IntArray:
    if not wanted.nodes:
        return np.empty(0, np.int64)
    number = _numbers(circuit.nodes.names, "node", circuit)
    return engine.places[np.array([number(node) for node in wanted.nodes], np.int64)]


def _numbers(names: tuple[str, ...], kind: str, circuit: Circuit) -> Callable[[str], int]:
    """Return what finds the number of a name."""
    numbers = {name.lower(): at for at, name in enumerate(names)}

    def number(name: str) -> int:
        if name.lower() not in numbers:
            raise ModelError(f"{kind} {name} is not in {circuit.name}")
        return numbers[name.lower()]

    return number
