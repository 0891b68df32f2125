"""A walk through time with live controls, on the batch engine.

Each lane of a block has taps and steps of its own (`tail`), so lanes at different ones are solved side by
side. Of consecutive lanes those before the first in which a control acts are taken as they are, and the
others are tried again at the taps and steps that this one comes to; independent lanes all begin from the
model's. The loops are in `walk_kernels`, the rules in `control_kernels` and `control_loop_kernels`.

A lane is solved afresh at its own taps and steps or, where it could have a second solution, from the state
before it in the walk (`second_solutions`); how a walk was cut into blocks does not change a bit of it.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hcr.powerflow.batch import BatchEngine, Outputs
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray, Parts
from hcr.powerflow.control_arrays import ControlArrays
from hcr.powerflow.covered import followed
from hcr.powerflow.jumps import forget
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lane_clock import hours_of_day, seconds_of
from hcr.powerflow.lanes import Injections, LaneFailure, Solution, SolveOptions
from hcr.powerflow.second_solutions import engine_for
from hcr.powerflow.tail_kernels import moved_currents
from hcr.powerflow.walk_kernels import FINE, UNSETTLED, settle_lanes, walk_lanes
from hcr.powerflow.walk_reduction_kernels import reduce_walk


@dataclass(slots=True)
class Block:
    """Some lanes side by side, and what becomes of them.

    Attributes
    ----------
    lanes : how many count; the others, up to `LANES`, are not looked at.
    given, power : watts and var of every injector as given, and what inverters come to, (injectors, LANES).
    change : change from the voltages at rest, (places + 1, LANES).
    iterations, restless, fate : (LANES,) of the last solution, the place that moved most, see `walk_kernels`.
    """

    lanes: int
    given: Parts
    power: Parts
    change: Parts
    iterations: IntArray = field(default_factory=lambda: np.zeros(LANES, np.int64))
    restless: IntArray = field(default_factory=lambda: np.zeros(LANES, np.int64))
    fate: IntArray = field(default_factory=lambda: np.zeros(LANES, np.int64))


class Walk:
    """The lanes of some injections, walked through or each for itself.

    Parameters
    ----------
    engine : of the same circuit and options, `moving`; saves factoring again.

    Raises
    ------
    ModelError
        The circuit has elements or controls that the engine does not cover; they are named.
    """

    def __init__(
        self,
        circuit: Circuit,
        injections: Injections,
        options: SolveOptions,
        *,
        engine: BatchEngine | None = None,
    ) -> None:
        followed(circuit)
        self.engine = engine_for(circuit, injections, options, engine, moving=True)
        self._injections, self._options = injections, options
        self.controls = ControlArrays(self.engine)
        self._seconds = seconds_of(injections, options.mode)
        self._hours = hours_of_day(self._seconds)
        self._scratch = self.engine.scratch()

    def solve(self, first: int, last: int) -> Solution:
        """Return the solution of lanes `first` to `last` (exclusive).

        Blocks of a walk follow one another: each begins with the taps and steps that the one before left,
        and lane 0 with the model's. A lane without a solution is listed in `failures`, its numbers are NaN,
        and it leaves taps and steps as they were.
        """
        lanes, sizes = last - first, self.engine.sizes
        volts, current, drawn = (np.empty((size, lanes), np.complex128) for size in sizes)
        iterations = np.zeros(lanes, np.int64)
        positions = self.controls.where[0], self.controls.where[2]
        taps, steps = np.empty((len(positions[0]) - 1, lanes)), np.empty((len(positions[1]), lanes), np.int64)
        failures: list[LaneFailure] = []
        for begin in range(first, last, LANES):
            block = self.advance(begin, min(begin + LANES, last))
            span, columns = slice(begin - first, begin - first + block.lanes), slice(0, block.lanes)
            found = self._outputs(block)
            volts[:, span], current[:, span], drawn[:, span] = (part[:, columns] for part in found)
            iterations[span] = block.iterations[columns]
            taps[:, span], steps[:, span] = positions[0][:-1, columns], positions[1][:, columns]
            failures += [
                self.failure(begin + k, int(block.fate[k]), int(block.restless[k]))
                for k in np.flatnonzero(block.fate[columns]).tolist()
            ]
        failed = [failure.lane - first for failure in failures]
        for array in (volts, current, drawn, taps):
            array[:, failed] = np.nan
        iterations[failed], steps[:, failed] = 0, 0
        return Solution(
            *(first, volts, current, drawn, iterations, tuple(failures)), taps=taps, capacitor_steps=steps
        )

    def advance(self, first: int, last: int) -> Block:
        """Return a block of at most `LANES` lanes, taken from where the one before it ended."""
        if first == 0:
            self._reset()
        given = self.engine.padded(self.engine.powers(self._injections, first, last))
        block = Block(last - first, given, (given[0].copy(), given[1].copy()), self.engine.states())
        missing = (0, LANES - block.lanes)
        hours, seconds = (
            np.pad(times[first:last], missing, mode="edge") for times in (self._hours, self._seconds)
        )
        run = walk_lanes if self._injections.walk else settle_lanes
        run(
            self.engine.network,
            self.controls.moving,
            self.controls.of_loops(),
            (
                *(given, block.power, block.change, self._scratch, (hours, seconds)),
                *(block.lanes, block.iterations, block.restless, block.fate, self.controls.moves),
            ),
            self._limits,
            self.controls.carried,
            self.engine.jumps,
        )
        block.iterations[block.fate != FINE] = 0
        return block

    def reduce(self, wanted: tuple[Any, ...], scratch: Any, tally: tuple[Any, ...]) -> IntArray:
        """Walk through all lanes and keep what is wanted of them; return what becomes of each, (lanes,).

        The arguments are those of `reduce_block`.
        """
        self._reset()
        engine, injections = self.engine, self._injections
        fates, block = np.zeros(injections.lanes, np.int64), np.zeros((3, LANES), np.int64)
        times, powers = np.zeros((2, LANES)), (np.empty(scratch[0][0].shape), np.empty(scratch[0][1].shape))
        lanes = (
            *(injections.walk, engine.given(injections), self._hours, self._seconds, fates),
            *((block[0], block[1], block[2]), (times[0], times[1]), powers, self.controls.moves),
        )
        reduce_walk(
            *(engine.network, self.controls.moving, self.controls.of_loops(), lanes, self._limits),
            *(self.controls.carried, engine.jumps, engine.whole, wanted, scratch, tally),
        )
        return fates

    def failure(self, lane: int, fate: int, restless: int) -> LaneFailure:
        """Return why a lane has no solution."""
        if fate == UNSETTLED:
            most = self._options.max_control_iterations
            return LaneFailure(lane, "", f"controls do not settle within {most} iterations")
        return self.engine.failure(self._injections, lane, restless)

    def _reset(self) -> None:
        """Begin before the first lane."""
        self.controls.reset()
        forget(self.engine.jumps)

    @property
    def _limits(self) -> tuple[float, int, int]:
        options = self._options
        return options.tolerance**2, options.max_iterations, options.max_control_iterations

    def _outputs(self, block: Block) -> Outputs:
        """Return what a block comes to, the branches that controls change at each lane's taps and steps."""
        volts, current, drawn = self.engine.outputs(block.change, block.power)
        moved = self.engine.tail.moved
        shape = (len(moved.conductor), LANES)
        parts: tuple[FloatArray, FloatArray] = np.empty(shape), np.empty(shape)
        rows = np.arange(len(moved.conductor))
        moved_currents(self.controls.ends, self.controls.values, self.engine.volts, block.change, rows, parts)
        current[moved.conductor] = parts[0] + 1j * parts[1]
        return volts, current, drawn
