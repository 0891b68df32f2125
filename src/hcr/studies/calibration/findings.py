"""What a calibration found, as both methods tell it."""

from dataclasses import dataclass, field

import numpy as np

from hcr.powerflow.circuit import BoolArray, FloatArray

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class FoundTap:
    """What was found for the tap of one group.

    Attributes
    ----------
    before : position before the run; found : position found, None where none was.
    reason : why none was found, or why it is doubtful; empty otherwise.
    doubtful : whether the position found should be looked at before it is used.
    deviation, deviation_error : error before the run with the upstream level taken off, and its standard
        error (logarithmic); NaN where not told.
    probabilities : (positions,) float, of each position from 1; left_over : (positions,) float, error that
        would be left there (logarithmic). Both empty where the method tells none.
    """

    group: int
    before: int
    found: int | None
    reason: str = ""
    doubtful: bool = False
    deviation: float = NAN
    deviation_error: float = NAN
    probabilities: FloatArray = field(default_factory=lambda: np.empty(0))
    left_over: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """How well the upstream voltage of some groups is known; all their taps depend on it.

    Attributes
    ----------
    groups : that share it; level : likeliest, beyond the model's; other_level : likeliest of those half a tap
        step or more away; other_probability : of all those (logarithmic).
    anchored : whether some of the groups see no tap, and so tell the level.
    """

    groups: tuple[int, ...]
    level: float
    other_level: float
    other_probability: float
    anchored: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What a calibration of one feeder found.

    Attributes
    ----------
    taps : of the groups that have one.
    used : (customers,) bool, meters that counted; reasons : why the others did not.
    held_customers : (customers,) bool and held_times : (times,) bool, kept back to check the result.
    first_v, last_v : (customers, times) float, simulated voltages before and after [V].
    first_level, level : (groups, times) float, upstream voltage beyond the model's, before and after
        (logarithmic); 0 where the method takes it to be the model's. At times kept back that which the other
        groups tell, NaN where there is none.
    ambiguities : what else would explain the voltages, for each part of the feeder with a level of its own.
    solves : simulations that were needed.
    """

    method: str
    taps: tuple[FoundTap, ...]
    used: BoolArray
    reasons: tuple[str, ...]
    held_customers: BoolArray
    held_times: BoolArray
    first_v: FloatArray
    last_v: FloatArray
    first_level: FloatArray
    level: FloatArray
    ambiguities: tuple["Ambiguity", ...] = ()
    solves: int = 1

    @property
    def widest(self) -> "Ambiguity | None":
        """Return the ambiguity of the part with most groups; None where the method tells none."""
        return max(self.ambiguities, key=lambda one: len(one.groups), default=None)

    def positions(self) -> dict[int, int]:
        """Return the position of each group that has a tap: that found, else that before."""
        return {tap.group: tap.before if tap.found is None else tap.found for tap in self.taps}


Positions = dict[int, int]
"""Tap positions by group."""
