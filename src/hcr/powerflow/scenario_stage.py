"""An engine made ready for scenarios, and the room in which a block of them walks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import FloatArray, Parts
from hcr.powerflow.control_arrays import ControlArrays
from hcr.powerflow.control_state import where_at_first
from hcr.powerflow.draw_table import draw_ends
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lane_clock import hours_of_day, seconds_of
from hcr.powerflow.lanes import Injections, LaneFailure, SolveOptions
from hcr.powerflow.scenario_kernels import walk_side_by_side
from hcr.powerflow.scenario_layout import layout_of
from hcr.powerflow.scenario_tally import Tally
from hcr.powerflow.scenarios import Watch
from hcr.powerflow.unit_rows import UnitRows
from hcr.powerflow.walk_kernels import UNSETTLED


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """The steps that all scenarios walk through.

    Attributes
    ----------
    given : as `BatchEngine.given`; hours, seconds : of each step, see `lane_clock`.
    """

    injections: Injections
    given: tuple[object, ...]
    hours: FloatArray
    seconds: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Working arrays of one block at a time.

    Attributes
    ----------
    own : the lanes' own end of the factor.
    plain, power : (injectors, LANES); states : (all places + 1, LANES).
    moving : currents of the moved branches, real and imaginary; work : (4, LANES).
    """

    controls: ControlArrays
    own: tuple[FloatArray, ...]
    plain: Parts
    power: Parts
    states: Parts
    moving: Parts
    work: FloatArray

    @classmethod
    def of(cls, engine: BatchEngine) -> "Room":
        """Return room for a block of an engine's lanes."""
        nodes, _, injectors = engine.sizes

        def pair(rows: int) -> Parts:
            return np.zeros((rows, LANES)), np.zeros((rows, LANES))

        return cls(
            controls=ControlArrays(engine),
            own=engine.tail.lanes(LANES),
            plain=pair(injectors),
            power=pair(injectors),
            states=pair(nodes + 1),
            moving=pair(len(engine.tail.moved.node)),
            work=np.zeros((4, LANES)),
        )


class Stage:
    """An engine with what is watched of its lanes.

    Attributes
    ----------
    layout : names of what is watched.
    """

    def __init__(self, engine: BatchEngine, options: SolveOptions, watch: Watch) -> None:
        self._engine, self._options = engine, options
        self.layout, self._watched = layout_of(engine, watch)
        self._spare: list[Room] = []

    def day(self, injections: Injections) -> Day:
        """Return the steps of some injections."""
        seconds = seconds_of(injections, self._options.mode)
        return Day(injections, self._engine.given(injections), hours_of_day(seconds), seconds)

    def walk(self, day: Day, units: UnitRows, count: int) -> Tally:
        """Return what some scenarios, at most `LANES`, come to over a day."""
        tally = Tally.of(self.layout, day.injections.lanes)
        with self._room() as room:
            network, inner = self._network(room, units)
            walk_side_by_side(
                *(network, room.controls.moving, room.controls.of_loops()),
                (day.given, day.hours, day.seconds, units.output, count),
                self._limits,
                self._engine.jumps,
                (self._engine.whole, (*self._watched, self._moved(room))),
                (*(room.plain, room.power, room.states, inner), (room.moving, room.work), *self._at_first()),
                tally.columns(),
            )
        return tally

    def failure(self, injections: Injections, step: int, fate: int, restless: int) -> LaneFailure:
        """Return why a step has no solution."""
        if fate == UNSETTLED:
            most = self._options.max_control_iterations
            return LaneFailure(step, "", f"controls do not settle within {most} iterations")
        return self._engine.failure(injections, step, restless)

    @contextmanager
    def _room(self) -> Iterator[Room]:
        """Lend working arrays, each to one thread at a time."""
        room = self._spare.pop() if self._spare else Room.of(self._engine)
        try:
            yield room
        finally:
            self._spare.append(room)

    def _network(self, room: Room, units: UnitRows) -> tuple[tuple[Any, ...], tuple[FloatArray, ...]]:
        """Return the circuit with the units of a block, and scratch, as `solve_block` takes them."""
        engine = self._engine
        _, node, other, *_ = engine.draws
        columns, places = units.columns(engine.active_places, len(node))
        ground = len(engine.volts[0]) - 1
        ends = draw_ends(
            np.concatenate([node, places]), np.concatenate([other, np.full(len(places), ground)]), ground
        )
        network = (*engine.network[:2], ends, *engine.network[3:8], room.own, columns)
        yr, yi, _, _, work = engine.scratch()
        rows = (len(node) + len(places), LANES)
        return network, (yr, yi, np.zeros(rows), np.zeros(rows), work)

    def _moved(self, room: Room) -> tuple[object, ...]:
        """Return the moved branches as `moved_currents` takes them."""
        return room.controls.ends, room.controls.values, np.arange(len(self._engine.tail.moved.node))

    def _at_first(self) -> tuple[object, ...]:
        """Return where controls stand before the first step, and last solutions: there are none."""
        places = len(self._engine.volts[0]) if len(self._engine.jumps[0]) else 0
        before = np.zeros((places, LANES)), np.zeros((places, LANES))
        return where_at_first(self._engine.live, LANES), before

    @property
    def _limits(self) -> tuple[float, int, int]:
        options = self._options
        return options.tolerance**2, options.max_iterations, options.max_control_iterations
