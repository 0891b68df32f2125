"""What is kept of a block of scenarios while they walk, and what it comes to for each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.lanes import LaneFailure
from hcr.powerflow.scenario_layout import Layout
from hcr.powerflow.scenarios import ScenarioResult

NEVER = -2
"""Step before any that could be the one before another."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Arrays that `walk_side_by_side` fills; the last axis is the lane.

    Attributes
    ----------
    fates, iterations, restless : (steps, lanes) int.
    taps : (tap changers, steps, lanes) [pu]; capacitor_steps : (banks, steps, lanes); tap_moves, bank_moves.
    low, high : (2, steps, lanes) [pu]; low_node, high_node : (2, lanes) int; day_low, day_high their squares.
    mean, change : (buses, lanes), mean voltage at the step before, `step_before`, and largest change [pu].
    square_a : (elements, lanes), largest squared current [A²]; above : steps above normal; by the rows of the
        loops, see `Layout`.
    watts, var : (terminals, steps, lanes).
    """

    fates: IntArray
    iterations: IntArray
    restless: IntArray
    taps: FloatArray
    capacitor_steps: IntArray
    tap_moves: IntArray
    bank_moves: IntArray
    low: FloatArray
    high: FloatArray
    day_low: FloatArray
    low_node: IntArray
    day_high: FloatArray
    high_node: IntArray
    mean: FloatArray
    change: FloatArray
    step_before: IntArray
    square_a: FloatArray
    above: FloatArray
    watts: FloatArray
    var: FloatArray

    @classmethod
    def of(cls, layout: Layout, steps: int, lanes: int) -> "Tally":
        """Return a tally of a block of some width before the first step."""
        changers, banks, terminals = len(layout.changers), len(layout.banks), len(layout.terminals)
        buses, elements = len(layout.buses), len(layout.elements)
        return cls(
            fates=np.zeros((steps, lanes), np.int64),
            iterations=np.zeros((steps, lanes), np.int64),
            restless=np.zeros((steps, lanes), np.int64),
            taps=np.full((changers, steps, lanes), np.nan),
            capacitor_steps=np.zeros((banks, steps, lanes), np.int64),
            tap_moves=np.zeros((changers, lanes), np.int64),
            bank_moves=np.zeros((banks, lanes), np.int64),
            low=np.full((2, steps, lanes), np.nan),
            high=np.full((2, steps, lanes), np.nan),
            day_low=np.full((2, lanes), np.nan),
            low_node=np.full((2, lanes), -1),
            day_high=np.full((2, lanes), np.nan),
            high_node=np.full((2, lanes), -1),
            mean=np.zeros((buses, lanes)),
            change=np.zeros((buses, lanes)),
            step_before=np.full(lanes, NEVER),
            square_a=np.zeros((elements, lanes)),
            above=np.zeros((elements, lanes)),
            watts=np.full((terminals, steps, lanes), np.nan),
            var=np.full((terminals, steps, lanes), np.nan),
        )

    def columns(self) -> tuple[object, ...]:
        """Return it as `walk_side_by_side` takes it."""
        return (
            (self.fates, self.iterations, self.restless),
            (self.taps, self.capacitor_steps),
            (self.tap_moves, self.bank_moves),
            (
                (self.low, self.high),
                (self.day_low, self.low_node, self.day_high, self.high_node),
                (self.mean, self.change, self.step_before),
                (self.square_a, self.above),
                (self.watts, self.var),
            ),
        )

    def results(
        self, lanes: int, layout: Layout, step_hours: float, failure: Callable[[int, int, int], LaneFailure]
    ) -> list[ScenarioResult]:
        """Return what the first few lanes come to, a scenario each.

        Parameters
        ----------
        failure : tells of a step, its fate and its restless place why it has no solution.
        """
        percent = 100.0 * np.sqrt(self.square_a[layout.element_rows])
        columns: dict[str, Any] = {
            "low_pu": self.low,
            "high_pu": self.high,
            "change_percent": 100.0 * self.change,
            "normal_percent": percent / layout.normal_a[:, None],
            "emergency_percent": percent / layout.emergency_a[:, None],
            "hours_above_normal": self.above[layout.element_rows] * step_hours,
            "terminal_va": self.watts + 1j * self.var,
            "taps": self.taps,
            "capacitor_steps": self.capacitor_steps,
            "tap_moves": self.tap_moves,
            "bank_moves": self.bank_moves,
            "iterations": self.iterations,
        }
        of_lane = {name: _by_lane(part[..., :lanes]) for name, part in columns.items()}
        failures: list[list[LaneFailure]] = [[] for _ in range(lanes)]
        for lane, step in np.argwhere(self.fates.T[:lanes]).tolist():
            failures[lane].append(failure(step, int(self.fates[step, lane]), int(self.restless[step, lane])))
        nodes = (*layout.nodes, "")
        low, high = (
            [(nodes[above], nodes[below]) for above, below in at.T.tolist()]
            for at in (self.low_node, self.high_node)
        )
        return [
            ScenarioResult(
                layout=layout,
                low_node=low[lane],
                high_node=high[lane],
                failures=tuple(failures[lane]),
                **{name: part[lane] for name, part in of_lane.items()},
            )
            for lane in range(lanes)
        ]


def _by_lane(part: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(np.moveaxis(part, -1, 0))
