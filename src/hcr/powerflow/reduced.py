"""What is kept of lanes, while they are solved and at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import ComplexArray, FloatArray, IntArray
from hcr.powerflow.lanes import LaneFailure

Worst = tuple[FloatArray, IntArray]
"""Extreme values and the lanes that have them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to keep of lanes besides their extremes.

    Attributes
    ----------
    zones : injectors of each zone, by full names, whose power is summed up lane by lane.
    nodes : nodes whose voltage is kept lane by lane.
    residual : whether to add up the currents at every node; costs about half an iteration.
    """

    zones: Mapping[str, Sequence[str]] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    residual: bool = True


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is left of all lanes. Lanes without a solution count for nothing and are listed.

    Attributes
    ----------
    low_v, high_v : (nodes,) float, lowest and highest voltage to ground [V]; NaN where no lane has a
    solution.
    low_lane, high_lane : (nodes,) int, the first lane with it; -1 where no lane has a solution.
    branch, conductor : (rows,) int, monitored phase conductors at terminal 1: branch and conductor.
    current_a : (rows,) float, largest current [A]; NaN where single precision cannot tell it: on branches of
        next to no impedance or without a rating, and where no lane has a solution. current_lane : (rows,)
        int.
    loading_percent : (rows,) float, that current in per cent of the normal rating; NaN without one.
    iterations : (lanes,) int; 0 for a lane without a solution.
    residual_a : (lanes,) float, largest sum of the currents at a node, which would be 0 in an exact solution
        [A]; NaN where not asked for or without a solution.
    failures : lanes without a solution.
    held : whether taps and steps were held where the model has them, though it has controls that move them.
    zone_va : (zones, lanes) complex, power that the injectors of each zone take, in the order of the wanted
        zones [VA]; NaN without a solution.
    energy_wh : (zones,) complex, its sum over the lanes times the length of a step [Wh], [varh].
    voltage_v : (nodes wanted, lanes) complex, voltage to ground [V]; NaN without a solution.
    """

    low_v: FloatArray
    low_lane: IntArray
    high_v: FloatArray
    high_lane: IntArray
    branch: IntArray
    conductor: IntArray
    current_a: FloatArray
    current_lane: IntArray
    loading_percent: FloatArray
    iterations: IntArray
    residual_a: FloatArray
    failures: tuple[LaneFailure, ...]
    held: bool
    zone_va: ComplexArray
    energy_wh: ComplexArray
    voltage_v: ComplexArray


@dataclass(frozen=True, slots=True)
class PerLane:
    """Results that have a place of their own for each lane, whichever thread fills it."""

    iterations: IntArray
    restless: IntArray
    residual_a: FloatArray
    zone_w: FloatArray
    zone_var: FloatArray
    voltage_v: ComplexArray

    @classmethod
    def empty(cls, lanes: int, zones: int, nodes: int) -> "PerLane":
        """Return results that are still to be filled."""
        return cls(
            np.zeros(lanes, np.int64),
            np.zeros(lanes, np.int64),
            np.full(lanes, np.nan),
            np.full((zones, lanes), np.nan),
            np.full((zones, lanes), np.nan),
            np.full((nodes, lanes), np.nan, np.complex128),
        )

    def columns(self) -> tuple[object, ...]:
        """Return them as `reduce_lanes` takes them."""
        return (
            *(self.iterations, self.restless, self.residual_a),
            *(self.zone_w, self.zone_var, self.voltage_v),
        )


@dataclass(slots=True)
class Tally:
    """Extremes of some lanes: squared values and their lanes, by place and by monitored row."""

    low: Worst
    high: Worst
    current: Worst

    @classmethod
    def of(cls, engine: BatchEngine) -> "Tally":
        """Return a tally that any lane changes."""
        places, rows = len(engine.circuit.nodes), len(engine.watched.branch)
        return cls(_worst(places, np.inf), _worst(places, -1.0), _worst(rows, -1.0))

    def columns(self) -> tuple[Worst, Worst, Worst]:
        """Return it as `reduce_block` takes it."""
        return self.low, self.high, self.current

    def take(self, other: "Tally") -> None:
        """Take the extremes of later lanes in; of equal ones the first stays."""
        for mine, theirs, sign in (
            (self.low, other.low, 1.0),
            (self.high, other.high, -1.0),
            (self.current, other.current, -1.0),
        ):
            better = sign * theirs[0] < sign * mine[0]
            mine[0][better], mine[1][better] = theirs[0][better], theirs[1][better]


def reduced(
    tally: Tally,
    engine: BatchEngine,
    found: PerLane,
    *,
    failures: tuple[LaneFailure, ...],
    step_hours: float,
) -> Reduced:
    """Return what is kept of all lanes, by the circuit's nodes and branches."""
    nodes, watched, circuit = engine.places[:-1], engine.watched, engine.circuit
    low, high, current = (
        np.where(lanes >= 0, np.sqrt(np.maximum(squares, 0.0)), np.nan) for squares, lanes in tally.columns()
    )
    rated = circuit.branches.normal_a[watched.branch]
    zone_va = found.zone_w + 1j * found.zone_var
    return Reduced(
        low_v=low[nodes],
        low_lane=tally.low[1][nodes],
        high_v=high[nodes],
        high_lane=tally.high[1][nodes],
        branch=watched.branch,
        conductor=watched.conductor,
        current_a=current,
        current_lane=tally.current[1],
        loading_percent=100.0 * current / np.where(rated > 0.0, rated, np.nan),
        iterations=found.iterations,
        residual_a=found.residual_a,
        failures=failures,
        held=bool(engine.controls) and not len(engine.tail.moved.branch),
        zone_va=zone_va,
        energy_wh=np.nansum(zone_va, axis=1) * step_hours,
        voltage_v=found.voltage_v,
    )


def _worst(count: int, value: float) -> Worst:
    return np.full(count, value), np.full(count, -1, np.int64)
