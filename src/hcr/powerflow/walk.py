"""A walk through time with live controls, on the batch engine.

Controls act seldom. So the next lanes are solved side by side with taps and steps where they are now, every
control is asked in every lane, and the lanes before the first in which one would act are taken as they are.
That lane goes through the control loop alone, and the walk goes on from its taps and steps. Independent lanes
all begin from the model's.

Every lane taken was solved afresh at its own taps and steps, so what it comes to depends on how the walk was
cut in its last bits alone.
"""

from dataclasses import dataclass

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray
from hcr.powerflow.control_loop import ControlLoop
from hcr.powerflow.control_state import ControlState
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lane_clock import hours_of_day, seconds_of
from hcr.powerflow.lanes import Injections, LaneFailure, Solution, SolveOptions
from hcr.powerflow.readings import Readings, quiet_lanes, read

Parts = tuple[FloatArray, FloatArray]

SHORTEST = 4
"""Lanes tried after a control has acted; each trial without action doubles them, up to `LANES`."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """Some lanes solved at one state of the controls, and what the controls read there."""

    power: Parts
    change: Parts
    iterations: IntArray
    worst: IntArray
    readings: Readings


class Walk:
    """The lanes of some injections, walked through or each for itself.

    Raises
    ------
    ModelError
        The circuit has elements or controls that the engine does not cover; they are named.
    """

    def __init__(self, circuit: Circuit, injections: Injections, options: SolveOptions) -> None:
        followed(circuit)
        self._engine = BatchEngine(circuit, options)
        self._injections, self._options = injections, options
        self._table = self._engine.table
        self._seconds = seconds_of(injections, options.mode)
        self._hours = hours_of_day(self._seconds)
        self._initial = ControlState.initial(self._table.controls)
        self._state = self._initial
        self._width = LANES

    def solve(self, first: int, last: int) -> Solution:
        """Return the solution of lanes `first` to `last` (exclusive).

        Blocks of a walk follow one another: each begins with the taps and steps that the one before left,
        and lane 0 with the model's. A lane without a solution is listed in `failures`, its numbers are NaN,
        and it leaves taps and steps as they were.
        """
        block = _Block(self._engine, self._injections, first, last)
        if first == 0:
            self._state, self._width = self._initial, LANES
        at = first
        while at < last:
            at = self._advance(block, at) if self._injections.walk else self._advance_apart(block, at)
        return block.solution()

    def _advance(self, block: "_Block", at: int) -> int:
        """Take the lanes that pass with the present taps and steps; return the first of the others."""
        width = min(self._width, block.last - at)
        trial = self._try(block, self._state, at, width)
        quiet = self._quiet(self._state, trial)
        if quiet == 0:
            return self._settle_and_take(block, at, trial)
        block.take(at, trial, self._state, slice(0, quiet))
        self._width = min(2 * self._width, LANES) if quiet == width else SHORTEST
        return at + quiet

    def _settle_and_take(self, block: "_Block", at: int, trial: _Trial) -> int:
        """Let the controls act in one lane; take it, and those after it that pass with what they moved."""
        settled = self._settled(block, self._state, at, trial, 0)
        if isinstance(settled, LaneFailure):
            block.fail(settled)
            return at + 1
        self._state = settled
        width = min(self._width, block.last - at)
        again = self._try(block, settled, at, width)
        if again.iterations[0] == 0:
            block.fail(self._engine.failure(self._injections, at, int(again.worst[0])))
            return at + 1
        quiet = max(1, self._quiet(settled, again))  # this lane has settled: it is not asked once more
        block.take(at, again, settled, slice(0, quiet))
        self._width = min(2 * self._width, LANES) if quiet == width else SHORTEST
        return at + quiet

    def _advance_apart(self, block: "_Block", at: int) -> int:
        """Solve independent lanes from the model's taps and steps; return the first lane after them."""
        width = min(LANES, block.last - at)
        trial = self._try(block, self._initial, at, width)
        done = 0
        while done < width:
            quiet = self._quiet(self._initial, trial, done)
            if quiet > done:
                block.take(at + done, trial, self._initial, slice(done, quiet))
            if quiet < width:
                self._take_apart(
                    block, at + quiet, self._settled(block, self._initial, at + quiet, trial, quiet)
                )
            done = quiet + 1
        return at + width

    def _take_apart(self, block: "_Block", lane: int, settled: ControlState | LaneFailure) -> None:
        if isinstance(settled, LaneFailure):
            block.fail(settled)
            return
        trial = self._try(block, settled, lane, 1)
        if trial.iterations[0] == 0:
            block.fail(self._engine.failure(self._injections, lane, int(trial.worst[0])))
        else:
            block.take(lane, trial, settled, slice(0, 1))

    def _quiet(self, state: ControlState, trial: _Trial, begin: int = 0) -> int:
        """Return the first lane from one on that has no solution or in which a control would act."""
        failed = np.flatnonzero(trial.iterations[begin:] == 0)
        ends = int(failed[0]) if len(failed) else len(trial.iterations) - begin
        return begin + min(ends, quiet_lanes(self._table, state, trial.readings.since(begin)))

    def _settled(
        self, block: "_Block", before: ControlState, lane: int, trial: _Trial, column: int
    ) -> ControlState | LaneFailure:
        """Return where the controls come to rest in a lane, or why they do not."""
        loop = ControlLoop(self._table, before, seconds=float(self._seconds[lane]))
        for _ in range(self._options.max_control_iterations - 1):
            if trial.iterations[column] == 0:
                return self._engine.failure(self._injections, lane, int(trial.worst[column]))
            if not loop.act(trial.readings, column):
                return loop.state
            near = _repeated(trial.change[0], column), _repeated(trial.change[1], column)
            trial, column = self._try(block, loop.state, lane, 1, begin=near), 0
        why = f"controls do not settle within {self._options.max_control_iterations} iterations"
        return LaneFailure(lane, "", why)

    def _try(
        self, block: "_Block", state: ControlState, at: int, width: int, *, begin: Parts | None = None
    ) -> _Trial:
        network = self._engine.networks.at(state.positions)
        power = self._engine.padded(block.power(at, width))
        change, iterations, worst = self._engine.change(power, network, begin=begin)
        readings = read(
            self._table,
            state,
            volts=self._engine.sensed(change, network),
            watched=network.watched,
            hours=np.append(
                self._hours[at : at + width], np.full(LANES - width, self._hours[at + width - 1])
            ),
        )
        return _Trial(power, change, iterations[:width], worst[:width], readings)


class _Block:
    """The lanes of one `Solution`, filled in span by span."""

    def __init__(self, engine: BatchEngine, injections: Injections, first: int, last: int) -> None:
        self._engine, self.first, self.last = engine, first, last
        self._power = engine.powers(injections, first, last)
        lanes, controls = last - first, engine.table.controls
        nodes, conductors, injectors = engine.sizes
        self._volts = np.full((nodes, lanes), np.nan, np.complex128)
        self._current = np.full((conductors, lanes), np.nan, np.complex128)
        self._drawn = np.full((injectors, lanes), np.nan, np.complex128)
        self._iterations = np.zeros(lanes, np.int64)
        self._taps = np.full((len(controls.changers), lanes), np.nan)
        self._steps = np.zeros((len(controls.banks), lanes), np.int64)
        self._failures: list[LaneFailure] = []

    def power(self, at: int, width: int) -> Parts:
        """Return a copy of watts and var of all injectors in some lanes."""
        span = slice(at - self.first, at - self.first + width)
        return self._power[0][:, span].copy(), self._power[1][:, span].copy()

    def take(self, at: int, trial: _Trial, state: ControlState, columns: slice) -> None:
        """Take over some lanes of a trial, the first of which is `at`."""
        network = self._engine.networks.at(state.positions)
        lanes = columns.stop - columns.start
        span = slice(at - self.first, at - self.first + lanes)
        volts, current, drawn = self._engine.outputs(trial.change, trial.power, network)
        self._volts[:, span], self._current[:, span] = volts[:, columns], current[:, columns]
        self._drawn[:, span] = drawn[:, columns]
        self._iterations[span] = trial.iterations[columns]
        self._taps[:, span], self._steps[:, span] = state.positions.repeated(lanes)

    def fail(self, failure: LaneFailure) -> None:
        """Note a lane without a solution."""
        self._failures.append(failure)

    def solution(self) -> Solution:
        """Return all lanes."""
        return Solution(
            self.first,
            self._volts,
            self._current,
            self._drawn,
            self._iterations,
            tuple(self._failures),
            taps=self._taps,
            capacitor_steps=self._steps,
        )


def _repeated(states: FloatArray, column: int) -> FloatArray:
    """Return one lane of some states in every lane."""
    return np.repeat(states[:, [column]], states.shape[1], axis=1)


def followed(circuit: Circuit) -> None:
    """Make sure that the engine follows all controls of a circuit.

    Raises
    ------
    ModelError
        It does not; those that it cannot follow are named, with the reasons.
    """
    missing = circuit.controls.uncovered if circuit.controls else ()
    if missing:
        more = f"; and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise ModelError(
            f"the batch engine does not follow {len(missing)} controls of {circuit.name}",
            why="; ".join(str(one) for one in missing[:5]) + more,
            remedy="Solve with `--engine opendss`.",
        )
