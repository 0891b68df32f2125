"""The control loop of one step: ask all controls, queue what they want, do the nearest, solve again.

    while something is wanted:
        every control looks at the solution and queues an action, or takes back the one it has queued
        the actions that are due first are done, all of them; later ones keep waiting
        the circuit is solved with the new taps and steps

This is OpenDSS's static control mode (Solution.pas, ControlQueue.pas, RegControl.pas and CapControl.pas of
the DSS C-API): time stands still, delays only say who comes first. Actions due at the same time are done last
in, first out.
"""

import math
from dataclasses import dataclass, replace
from enum import IntEnum

from hcr.powerflow import control_kernels as rules
from hcr.powerflow.control_state import ControlState
from hcr.powerflow.control_table import ControlTable
from hcr.powerflow.controls import RegControl
from hcr.powerflow.readings import Readings

SHARE = 0.7
"""A regulator goes this share of the way at once, so as not to overshoot; at least one step."""

LARGEST_INVERSE = 10.0
"""A regulator with inverse time is at most this much faster."""


class Action(IntEnum):
    """What a control has queued."""

    TAP = 0
    TURN = 1
    BANK = 2


@dataclass(frozen=True, slots=True)
class Due:
    """A queued action: when [s since the start of the model year], by which control, and what."""

    seconds: float
    control: int
    action: Action


class ActionQueue:
    """Actions in the order of their time; of those due together, the last one in comes first."""

    def __init__(self) -> None:
        self._waiting: list[Due] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, due: Due) -> None:
        """Queue an action."""
        later = (at for at, other in enumerate(self._waiting) if due.seconds <= other.seconds)
        self._waiting.insert(next(later, len(self._waiting)), due)

    def drop(self, control: int, action: Action) -> None:
        """Take back an action of a control."""
        self._waiting = [due for due in self._waiting if (due.control, due.action) != (control, action)]

    def nearest(self) -> list[Due]:
        """Remove and return the actions that are due first."""
        if not self._waiting:
            return []
        soon = self._waiting[0].seconds
        taken = [due for due in self._waiting if due.seconds <= soon]
        self._waiting = [due for due in self._waiting if due.seconds > soon]
        return taken


def tap_change(wanted: float, increment: float, most_steps: int) -> float:
    """Return the tap change to make at once [pu]: 70 % of the wanted one, at least one step, at most some."""
    steps = min(max(int(SHARE * abs(wanted) / increment), 1), most_steps)
    return math.copysign(steps * increment, wanted)


def delay_of(control: RegControl, volts: float) -> float:
    """Return how long a regulator waits before it moves [s]."""
    if not control.inverse:
        return control.delay_s
    far = 2.0 * abs(control.target.volts - volts) / control.target.band
    return control.delay_s / min(LARGEST_INVERSE, far)


class ControlLoop:
    """The control loop of one step, from the state that the step before left."""

    def __init__(self, table: ControlTable, state: ControlState, *, seconds: float) -> None:
        self._table, self._controls = table, table.controls
        self.state, self._now = state, seconds
        self._queue = ActionQueue()
        count = len(self._controls.regulators)
        self._wanted = [0.0] * count
        self._armed = [False] * count
        self._turning = [False] * count
        self._pending = [rules.REST] * len(self._controls.capacitors)
        self._ready = [False] * len(self._controls.capacitors)

    def act(self, readings: Readings, lane: int) -> bool:
        """Let all controls look at a lane and do the nearest actions; return whether there were any."""
        regulators = len(self._controls.regulators)
        for control in self._controls.order:
            if control < regulators:
                self._ask_regulator(control, readings.regulator(control, lane))
            else:
                self._ask_bank(control - regulators, readings.capacitor(control - regulators, lane))
        due = self._queue.nearest()
        for one in due:
            self._do(one)
        return bool(due)

    def _ask_regulator(self, at: int, seen: tuple[float, float, float]) -> None:
        numbers, choices = self._table.regulator_numbers[at], self._table.regulator_choices[at]
        control, looks = self._controls.regulators[at], self.state.looks[at]
        if control.most_steps == 0:
            return
        tap = self.state.positions.taps[control.changer]
        volts, local, watts = seen
        if control.reversal:
            self._mind_direction(at, wants=bool(rules.wants_to_turn(numbers, choices, looks, watts)))
        if rules.goes_neutral(choices, looks):
            self._seek_neutral(at, rules.to_neutral(numbers, tap))
            return
        change, outside = rules.steps_wanted(numbers, choices, looks, tap, volts, local)
        self._wanted[at] = change
        if not outside:
            self._queue.drop(at, Action.TAP)
            self._armed[at] = False
        elif not self._armed[at] and rules.can_move(numbers, tap, change):
            actual = volts / tap if looks == rules.TURNED else volts
            self._queue.add(Due(self._now + delay_of(control, actual), at, Action.TAP))
            self._armed[at] = True

    def _mind_direction(self, at: int, *, wants: bool) -> None:
        reversal = self._controls.regulators[at].reversal
        if wants and not self._turning[at] and reversal:
            self._queue.add(Due(self._now + reversal.delay_s, at, Action.TURN))
        elif not wants and self._turning[at]:
            self._queue.drop(at, Action.TURN)
        self._turning[at] = wants

    def _seek_neutral(self, at: int, change: float) -> None:
        reversal = self._controls.regulators[at].reversal
        if self._armed[at] or reversal is None:
            return
        self._wanted[at] = change
        if change != 0.0:
            self._queue.add(Due(self._now + reversal.neutral_delay_s, at, Action.TAP))
            self._armed[at] = True

    def _ask_bank(self, at: int, seen: tuple[float, float, float]) -> None:
        control, positions = self._controls.capacitors[at], self.state.positions
        left = self._controls.banks[control.bank].size - positions.steps[control.bank]
        kind, closed = int(control.kind), positions.closed[control.bank]
        wish = rules.bank_wanted(self._table.capacitor_numbers[at], kind, closed, left, seen)
        if wish != rules.KEEP:
            self._pending[at] = wish
        number = at + len(self._controls.regulators)
        if wish in (rules.OPEN, rules.CLOSE) and not self._ready[at]:
            self._queue.add(Due(self._now + self._switching_delay(at, wish), number, Action.BANK))
            self._ready[at] = True
        if self._ready[at] and self._pending[at] == rules.REST:
            self._queue.drop(number, Action.BANK)
            self._ready[at] = False

    def _switching_delay(self, at: int, wish: int) -> float:
        control = self._controls.capacitors[at]
        if wish == rules.OPEN:
            return control.off_delay_s
        since = self._now - self.state.opened_s[at]
        if since < control.dead_s:
            return max(control.on_delay_s, control.dead_s + control.on_delay_s - since)
        return control.on_delay_s

    def _do(self, due: Due) -> None:
        if due.action is Action.TAP:
            self._move_tap(due.control)
        elif due.action is Action.TURN:
            self._turn(due.control)
        else:
            self._switch_bank(due.control - len(self._controls.regulators))

    def _move_tap(self, at: int) -> None:
        control, positions = self._controls.regulators[at], self.state.positions
        changer = self._controls.changers[control.changer]
        if self._wanted[at] != 0.0:
            change = tap_change(self._wanted[at], changer.increment, control.most_steps)
            tap = min(max(positions.taps[control.changer] + change, changer.lowest), changer.highest)
            self.state = replace(self.state, positions=positions.with_tap(control.changer, tap))
        self._wanted[at] = 0.0
        self._armed[at] = False

    def _turn(self, at: int) -> None:
        reversal = self._controls.regulators[at].reversal
        if not self._turning[at] or reversal is None:
            return
        other = rules.COGENERATING if reversal.cogeneration else rules.TURNED
        looks = list(self.state.looks)
        looks[at] = other if looks[at] == rules.AHEAD else rules.AHEAD
        self.state = replace(self.state, looks=tuple(looks))
        self._turning[at] = False

    def _switch_bank(self, at: int) -> None:
        control, positions = self._controls.capacitors[at], self.state.positions
        bank = self._controls.banks[control.bank]
        steps, closed = positions.steps[control.bank], positions.closed[control.bank]
        if self._pending[at] == rules.OPEN and closed:
            steps = max(steps - 1, 0)
            closed = bank.size > 1 and steps > 0
            if bank.size == 1:
                opened = list(self.state.opened_s)
                opened[at] = self._now
                self.state = replace(self.state, opened_s=tuple(opened))
        elif self._pending[at] == rules.CLOSE:
            steps, closed = min(steps + 1, bank.size), True
        moved = positions.with_bank(control.bank, steps, closed=closed)
        self.state = replace(self.state, positions=moved)
        self._ready[at] = False
