"""Walks through the plain day of some scenarios, its steps side by side, and keeps all that they can need.

Steps are solved in blocks by `walk_lanes`, as the days of a forecast are: up to the tolerance what a scenario
without units of its own comes to step by step.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray, Parts
from hcr.powerflow.jumps import forget
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.plain_day import PlainDay
from hcr.powerflow.scenario_layout import Layout
from hcr.powerflow.scenario_reduction_kernels import reduce_steps
from hcr.powerflow.scenario_room import Day, Room
from hcr.powerflow.scenario_tally import Tally
from hcr.powerflow.unit_rows import BlockUnits
from hcr.powerflow.walk_kernels import FINE, UNSOLVED, walk_lanes


@dataclass(frozen=True, slots=True, eq=False)
class PlainWalk:
    """All that a plain day is walked with.

    Attributes
    ----------
    network, inner : the circuit with the units that all lanes have, and scratch, as for `solve_block`.
    reducing, limits : as for `walk_side_by_side`.
    """

    engine: BatchEngine
    layout: Layout
    room: Room
    network: tuple[Any, ...]
    inner: tuple[FloatArray, ...]
    reducing: tuple[Any, ...]
    limits: tuple[float, int, int]

    def walk(self, day: Day, units: BlockUnits) -> PlainDay:
        """Return the day step by step; `units` are those of a block whose lanes have none of their own."""
        self.room.controls.reset()
        forget(self.engine.jumps)
        steps = day.injections.lanes
        places = len(self.engine.volts[0]) if len(self.engine.jumps[0]) else 0
        plain = PlainDay.of(self.layout, steps, self.room.controls.carried, places)
        for first in range(0, steps, LANES):
            self._block(plain, day, units, slice(first, min(first + LANES, steps)))
        plain.link()
        return plain

    def _block(self, plain: PlainDay, day: Day, units: BlockUnits, steps: slice) -> None:
        """Walk through some steps after those before them, and keep them."""
        lanes, change = steps.stop - steps.start, self._change
        done, culprit, fate = np.zeros((3, LANES), np.int64)
        self._set_powers(day, units, steps)
        for array in (*change, *self.room.controls.moves):
            array[:] = 0
        times = np.minimum(np.arange(steps.start, steps.start + LANES), steps.stop - 1)
        walk_lanes(
            *(self.network, self.room.controls.moving, self.room.controls.of_loops()),
            (
                *(self.room.plain, self.room.power, change, self.inner),
                (day.hours[times], day.seconds[times]),
                *(lanes, done, culprit, fate, self.room.controls.moves),
            ),
            *(self.limits, self.room.controls.carried, self.engine.jumps),
        )
        fine = (fate == FINE) & (np.arange(LANES) < lanes)
        plain.keep(steps, (fate, np.where(fine, done, 0), culprit), self.room.controls.moves)
        plain.stand(steps, self.room.controls.where, fine)
        plain.remember(steps, change, fate != UNSOLVED)
        plain.watch(steps, self._reduced(fine), fine)

    def _set_powers(self, day: Day, units: BlockUnits, steps: slice) -> None:
        """Set what elements and units draw or give in the lanes of some steps."""
        powers = self.engine.powers(day.injections, steps.start, steps.stop)
        for part, given in enumerate(self.engine.padded(powers)):
            self.room.plain[part][:] = given
            self.room.power[part][:] = given
            own, shared, _ = self.network[9]
            shared[2 + part][:, : steps.stop - steps.start] = units.shared.output[part][:, steps]
            times = np.minimum(steps.start + own[0], steps.stop - 1)
            own[3 + part][:] = units.own.output[part][np.arange(len(times)), times]

    def _reduced(self, fine: BoolArray) -> Tally:
        """Return what is watched of the lanes, each a day of one step."""
        tally = Tally.of(self.layout, 1, LANES)
        scratch = (self.room.states, self.inner, (self.room.moving, self.room.work))
        steps: IntArray = np.zeros(LANES, np.int64)
        reduce_steps(self.network, self.reducing, (steps, fine), scratch, tally.columns()[3])
        return tally

    @property
    def _change(self) -> Parts:
        """Return x of the places with draws, as a part of the states."""
        states, begin = self.room.states, len(self.room.states[0]) - len(self.engine.volts[0])
        return states[0][begin:], states[1][begin:]
