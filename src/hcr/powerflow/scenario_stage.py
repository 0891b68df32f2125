"""An engine made ready for scenarios: the plain day, and blocks of scenarios that walk apart from it."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.control_state import where_at_first
from hcr.powerflow.draw_table import draw_ends
from hcr.powerflow.lane_block import LANES, WIDTHS, width_of
from hcr.powerflow.lane_clock import hours_of_day, seconds_of
from hcr.powerflow.lanes import Injections, LaneFailure, SolveOptions
from hcr.powerflow.plain_day import PlainDay
from hcr.powerflow.plain_walk import PlainWalk
from hcr.powerflow.scenario_kernels import walk_in
from hcr.powerflow.scenario_layout import layout_of
from hcr.powerflow.scenario_room import Day, Room
from hcr.powerflow.scenario_tally import Tally
from hcr.powerflow.scenarios import Scenario, Unit, Watch
from hcr.powerflow.unit_rows import BlockUnits, CommonUnits, UnitNodes
from hcr.powerflow.walk_kernels import UNSETTLED

KEPT_DAYS = 8
"""Days whose plain walk is kept: those of a study, with the units that are installed by now."""


class Stage:
    """An engine with what is watched of its lanes.

    Attributes
    ----------
    layout : names of what is watched.
    """

    def __init__(self, engine: BatchEngine, options: SolveOptions, watch: Watch) -> None:
        self._engine, self._options = engine, options
        self.layout, self._watched = layout_of(engine, watch)
        self._spare: dict[int, list[Room]] = {width: [] for width in WIDTHS}
        self._days: OrderedDict[Hashable, Day] = OrderedDict()
        self._plain: WeakKeyDictionary[Day, PlainDay] = WeakKeyDictionary()

    def day(self, injections: Injections, common: tuple[Unit, ...], places: UnitNodes) -> Day:
        """Return the steps of some injections, with units that all scenarios have; the last few are kept."""
        *stated, watts, var = self._engine.given(injections)  # whose inverters the engine now follows
        key = id(injections), tuple(unit.content() for unit in common)
        if key not in self._days:
            seconds = seconds_of(injections, self._options.mode)
            given = (*stated, np.ascontiguousarray(watts.T), np.ascontiguousarray(var.T))
            units = CommonUnits.of(common, places, injections.lanes)
            self._days[key] = Day(injections, given, hours_of_day(seconds), seconds, units)
            if len(self._days) > KEPT_DAYS:
                self._days.popitem(last=False)
        self._days.move_to_end(key)
        return self._days[key]

    def unknown(self) -> PlainDay:
        """Return a plain day of which only the state before the first step is known."""
        places = len(self._engine.volts[0]) if len(self._engine.jumps[0]) else 0
        return PlainDay.of(self.layout, 0, where_at_first(self._engine.live, 1), places)

    def plain(self, day: Day, places: UnitNodes) -> PlainDay:
        """Return the day without units of any scenario's own."""
        if day not in self._plain:
            units = BlockUnits.of([Scenario()] * LANES, day.units, places, day.injections.lanes)
            with self._room(LANES) as room:
                network, inner = self._network(room, units)
                walk = PlainWalk(
                    *(self._engine, self.layout, room, network, inner, self._reducing(room), self._limits)
                )
                self._plain[day] = walk.walk(day, units)
        return self._plain[day]

    def walk(self, day: Day, units: BlockUnits, plain: PlainDay, *, stop: bool) -> Tally:
        """Return what some scenarios, at most `LANES`, come to over a day.

        Parameters
        ----------
        plain : what each of them is before the first power of its units, and after the last; at least of the
            state before the first step.
        stop : whether a scenario ends at its first step without a solution.
        """
        count, width = len(units.begins), width_of(len(units.begins))
        tally = Tally.of(self.layout, day.injections.lanes, width)
        missing = np.zeros(width - count, np.int64)
        begins, ends = (np.append(part, missing) for part in (units.begins, units.ends))
        for step, same in _alike(begins[:count]):
            plain.begin_with(tally, same, step)
            if stop and plain.fates[:step].any():
                begins[same] = day.injections.lanes
        joins = np.full(width, day.injections.lanes)
        with self._room(width) as room:
            network, inner = self._network(room, units)
            walk_in(width)(
                *(network, room.controls.moving, room.controls.of_loops()),
                (
                    *(day.given, day.hours, day.seconds, (units.own.output, units.shared.output)),
                    (count, int(stop)),
                ),
                *(self._limits, self._engine.jumps, self._reducing(room)),
                (
                    *(room.plain, room.power, room.states, inner, (room.moving, room.work)),
                    *plain.at(begins),
                ),
                (*tally.columns(), (begins, ends, joins, plain.where, plain.before)),
            )
        for step, same in _alike(joins[:count]):
            plain.end_with(tally, same, step)
        return tally

    def failure(self, injections: Injections, step: int, fate: int, restless: int) -> LaneFailure:
        """Return why a step has no solution."""
        if fate == UNSETTLED:
            most = self._options.max_control_iterations
            return LaneFailure(step, "", f"controls do not settle within {most} iterations")
        return self._engine.failure(injections, step, restless)

    @contextmanager
    def _room(self, lanes: int) -> Iterator[Room]:
        """Lend working arrays of some width, each to one thread at a time."""
        spare = self._spare[lanes]
        room = spare.pop() if spare else Room.of(self._engine, lanes)
        try:
            yield room
        finally:
            spare.append(room)

    def _network(self, room: Room, units: BlockUnits) -> tuple[tuple[Any, ...], tuple[FloatArray, ...]]:
        """Return the circuit with the units of a block, and scratch, as `solve_block` takes them."""
        engine = self._engine
        _, node, other, *_ = engine.draws
        columns, places = units.columns(engine.active_places, len(node), room.lanes)
        ground = len(engine.volts[0]) - 1
        ends = draw_ends(
            np.concatenate([node, places]), np.concatenate([other, np.full(len(places), ground)]), ground
        )
        network = (*engine.network[:2], ends, *engine.network[3:8], room.own, columns)
        yr, yi, _, _, work = engine.scratch(room.lanes)
        rows = (len(node) + len(places), room.lanes)
        return network, (yr, yi, np.zeros(rows), np.zeros(rows), work)

    def _reducing(self, room: Room) -> tuple[Any, ...]:
        """Return the whole factor and what is watched, as `reduce_steps` takes them."""
        moved = room.controls.ends, room.controls.values, np.arange(len(self._engine.tail.moved.node))
        return self._engine.whole, (*self._watched, moved)

    @property
    def _limits(self) -> tuple[float, int, int]:
        options = self._options
        return options.tolerance**2, options.max_iterations, options.max_control_iterations


def _alike(steps: IntArray) -> list[tuple[int, IntArray]]:
    """Return each step that some lanes have, and those lanes."""
    return [(step, np.flatnonzero(steps == step)) for step in sorted(set(steps.tolist()))]
