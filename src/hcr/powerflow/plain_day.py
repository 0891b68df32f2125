"""The plain day of some scenarios: the one without units of their own, walked through once for all of them.

A scenario is solved only where it differs. Its steps before the first power of its units are those of the
plain day, and so are those after the last, from where its controls stand as on the plain day. What is kept of
a scenario is put together from the three parts: see `begin_with` and `end_with`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray, Parts
from hcr.powerflow.control_state import Where
from hcr.powerflow.scenario_layout import Layout
from hcr.powerflow.scenario_tally import NEVER, Tally
from hcr.powerflow.walk_kernels import FINE


@dataclass(frozen=True, slots=True)
class Span:
    """What some consecutive steps of the plain day come to, as the columns of a `Tally` hold it."""

    day_low: FloatArray
    low_node: IntArray
    day_high: FloatArray
    high_node: IntArray
    change: FloatArray
    square_a: FloatArray
    above: FloatArray
    tap_moves: IntArray
    bank_moves: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class PlainDay:
    """A day step by step; the last axis is the step. Names are those of `Tally`.

    Attributes
    ----------
    low_square, high_square : (2, steps) [pu²], infinite where there is none.
    mean, change : (buses, steps), of each step; change from the step before, 0 where one has no solution.
    where, before : where controls stand, and x of the last solution, before each step and after the last.
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
    low_square: FloatArray
    low_node: IntArray
    high_square: FloatArray
    high_node: IntArray
    mean: FloatArray
    change: FloatArray
    square_a: FloatArray
    above: BoolArray
    watts: FloatArray
    var: FloatArray
    where: Where
    before: Parts
    _spans: dict[tuple[int, int], Span] = field(default_factory=dict)

    @classmethod
    def of(cls, layout: Layout, steps: int, at_first: Where, places: int) -> "PlainDay":
        """Return a day of which nothing is known yet.

        Parameters
        ----------
        at_first : where controls stand before the first step, (rows, 1); places : whose x is kept.
        """
        changers, banks, terminals = len(layout.changers), len(layout.banks), len(layout.terminals)
        buses, elements = len(layout.buses), len(layout.elements)
        return cls(
            fates=np.zeros(steps, np.int64),
            iterations=np.zeros(steps, np.int64),
            restless=np.zeros(steps, np.int64),
            taps=np.full((changers, steps), np.nan),
            capacitor_steps=np.zeros((banks, steps), np.int64),
            tap_moves=np.zeros((changers, steps), np.int64),
            bank_moves=np.zeros((banks, steps), np.int64),
            low=np.full((2, steps), np.nan),
            high=np.full((2, steps), np.nan),
            low_square=np.full((2, steps), np.inf),
            low_node=np.full((2, steps), -1),
            high_square=np.full((2, steps), -np.inf),
            high_node=np.full((2, steps), -1),
            mean=np.zeros((buses, steps)),
            change=np.zeros((buses, steps)),
            square_a=np.zeros((elements, steps)),
            above=np.zeros((elements, steps), bool),
            watts=np.full((terminals, steps), np.nan),
            var=np.full((terminals, steps), np.nan),
            where=_chosen(at_first, np.zeros(steps + 1, np.int64)),
            before=(np.zeros((places, steps + 1)), np.zeros((places, steps + 1))),
        )

    def keep(
        self, steps: slice, solved: tuple[IntArray, IntArray, IntArray], moves: tuple[IntArray, ...]
    ) -> None:
        """Keep what becomes of some steps, a lane each: fates, iterations and restless places; and moves."""
        lanes = steps.stop - steps.start
        for own, found in zip((self.fates, self.iterations, self.restless), solved, strict=True):
            own[steps] = found[:lanes]
        for kept, counted in zip((self.tap_moves, self.bank_moves), moves, strict=True):
            kept[:, steps] = counted[:, :lanes]

    def stand(self, steps: slice, where: Where, fine: BoolArray) -> None:
        """Keep where controls stand after some steps: as before where one has no solution."""
        _carry(self.where, where, steps, fine)
        lanes = np.flatnonzero(fine)
        at = steps.start + lanes
        self.taps[:, at], self.capacitor_steps[:, at] = where[0][:-1, lanes], where[2][:, lanes]

    def remember(self, steps: slice, change: Parts, solved: BoolArray) -> None:
        """Keep x of the last solution after some steps, where it is of account."""
        if len(self.before[0]):
            _carry(self.before, change, steps, solved)

    def watch(self, steps: slice, tally: Tally, fine: BoolArray) -> None:
        """Keep what is watched of some steps, of lanes that each are a day of one step."""
        lanes = np.flatnonzero(fine)
        at = steps.start + lanes
        for name in ("low", "high", "watts", "var"):
            getattr(self, name)[:, at] = getattr(tally, name)[:, 0, lanes]
        for name in ("low_node", "high_node", "mean", "square_a"):
            getattr(self, name)[:, at] = getattr(tally, name)[:, lanes]
        self.above[:, at] = tally.above[:, lanes] > 0.0
        self.low_square[:, at] = _or(np.inf, tally.day_low[:, lanes])
        self.high_square[:, at] = _or(-np.inf, tally.day_high[:, lanes])

    def link(self) -> None:
        """Set how far each bus moves from step to step, once all steps are known."""
        fine = self.fates == FINE
        linked = fine[1:] & fine[:-1]
        self.change[:, 1:][:, linked] = np.abs(np.diff(self.mean))[:, linked]

    def at(self, steps: IntArray) -> tuple[Where, Parts]:
        """Return where controls stand and x of the last solution before some steps, (rows, steps given)."""
        return _chosen(self.where, steps), _chosen(self.before, steps)

    def span(self, first: int, last: int) -> Span:
        """Return what steps `first` to `last` (exclusive) come to; the change into the first is left out."""
        if (first, last) not in self._spans:
            self._spans[first, last] = self._span(first, last)
        return self._spans[first, last]

    def _span(self, first: int, last: int) -> Span:
        within = slice(first, last)
        low, high = self.low_square[:, within], self.high_square[:, within]
        classes = np.arange(2)
        lowest, highest = first + low.argmin(axis=1), first + high.argmax(axis=1)
        return Span(
            day_low=_known(self.low_square[classes, lowest]),
            low_node=self.low_node[classes, lowest],
            day_high=_known(self.high_square[classes, highest]),
            high_node=self.high_node[classes, highest],
            change=self.change[:, first + 1 : last].max(axis=1, initial=0.0),
            square_a=self.square_a[:, within].max(axis=1, initial=0.0),
            above=self.above[:, within].sum(axis=1).astype(float),
            tap_moves=self.tap_moves[:, within].sum(axis=1),
            bank_moves=self.bank_moves[:, within].sum(axis=1),
        )

    def begin_with(self, tally: Tally, lanes: IntArray, step: int) -> None:
        """Set what some lanes come to before a step."""
        if step == 0:
            return
        self._copy(tally, lanes, slice(0, step))
        span = self.span(0, step)
        for name in Span.__slots__:
            getattr(tally, name)[..., lanes] = getattr(span, name)[..., None]
        linked = self.fates[step - 1] == FINE
        tally.mean[:, lanes] = self.mean[:, step - 1, None]
        tally.step_before[lanes] = step - 1 if linked else NEVER

    def end_with(self, tally: Tally, lanes: IntArray, step: int) -> None:
        """Add what some lanes come to from a step on."""
        steps = len(self.fates)
        if step >= steps:
            return
        self._copy(tally, lanes, slice(step, steps))
        span = self.span(step, steps)
        below = span.day_low[:, None] < _or(np.inf, tally.day_low[:, lanes])
        above = span.day_high[:, None] > _or(-np.inf, tally.day_high[:, lanes])
        for better, names in ((below, ("day_low", "low_node")), (above, ("day_high", "high_node"))):
            for name in names:
                own = getattr(tally, name)
                own[:, lanes] = np.where(better, getattr(span, name)[:, None], own[:, lanes])
        for name in ("above", "tap_moves", "bank_moves"):
            getattr(tally, name)[:, lanes] += getattr(span, name)[:, None]
        for name in ("change", "square_a"):
            own = getattr(tally, name)
            own[:, lanes] = np.maximum(own[:, lanes], getattr(span, name)[:, None])
        linked = lanes[tally.step_before[lanes] == step - 1]
        if len(linked) and self.fates[step] == FINE:
            joint = np.abs(self.mean[:, step, None] - tally.mean[:, linked])
            tally.change[:, linked] = np.maximum(tally.change[:, linked], joint)

    def _copy(self, tally: Tally, lanes: IntArray, steps: slice) -> None:
        """Set what is kept step by step."""
        for name in ("fates", "iterations", "restless"):
            getattr(tally, name)[steps, lanes] = getattr(self, name)[steps, None]
        for name in ("taps", "capacitor_steps", "low", "high", "watts", "var"):
            getattr(tally, name)[:, steps][..., lanes] = getattr(self, name)[:, steps, None]


def _carry(kept: Sequence[Any], found: Sequence[Any], steps: slice, good: BoolArray) -> None:
    """Set each array after some steps to what was found in the last good lane, else to what it was before."""
    lanes = np.arange(steps.stop - steps.start)
    last = np.maximum.accumulate(np.where(good[lanes], lanes, -1))
    for own, new in zip(kept, found, strict=True):
        own[:, 1 + steps.start + lanes] = np.where(last < 0, own[:, steps.start, None], new[:, last])


def _or(otherwise: float, numbers: FloatArray) -> FloatArray:
    """Return numbers, and something else where there is none."""
    return np.where(np.isnan(numbers), otherwise, numbers)


def _chosen(arrays: Sequence[Any], columns: IntArray) -> Any:
    """Return some columns of each array."""
    return tuple(np.ascontiguousarray(array[:, columns]) for array in arrays)


def _known(squares: FloatArray) -> FloatArray:
    return np.where(np.isfinite(squares), squares, np.nan)
