"""The day that scenarios walk through, and the working arrays of a block of them."""

from dataclasses import dataclass

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import FloatArray, Parts
from hcr.powerflow.control_arrays import ControlArrays
from hcr.powerflow.lanes import Injections
from hcr.powerflow.scenario_reduction_kernels import WORK
from hcr.powerflow.unit_rows import CommonUnits


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Day:
    """The steps that all scenarios walk through.

    Attributes
    ----------
    given : as `BatchEngine.given`, but by step, (steps, rows).
    hours, seconds : of each step, see `lane_clock`.
    units : those that all scenarios have.
    """

    injections: Injections
    given: tuple[object, ...]
    hours: FloatArray
    seconds: FloatArray
    units: CommonUnits


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Working arrays of one block at a time.

    Attributes
    ----------
    own : the lanes' own end of the factor.
    plain, power : (injectors, lanes); states : (all places + 1, lanes).
    moving : currents of the moved branches, real and imaginary; work : (WORK, lanes).
    """

    controls: ControlArrays
    own: tuple[FloatArray, ...]
    plain: Parts
    power: Parts
    states: Parts
    moving: Parts
    work: FloatArray

    @classmethod
    def of(cls, engine: BatchEngine, lanes: int) -> "Room":
        """Return room for a block of some width."""
        nodes, _, injectors = engine.sizes

        def pair(rows: int) -> Parts:
            return np.zeros((rows, lanes)), np.zeros((rows, lanes))

        return cls(
            controls=ControlArrays(engine, lanes),
            own=engine.tail.lanes(lanes),
            plain=pair(injectors),
            power=pair(injectors),
            states=pair(nodes + 1),
            moving=pair(len(engine.tail.moved.node)),
            work=np.zeros((WORK, lanes)),
        )

    @property
    def lanes(self) -> int:
        """Return the width of the block."""
        return int(self.work.shape[1])
