"""Lanes: many injection states of one circuit, solved by one call.

A lane is one state of all injections. Here lanes are time steps that walk in order, so that controls
carry over from step to step, or independent states of one instant, which all start from the controls
as the model states them.

The types of this floor:

    solve_in_blocks(circuit, injections, options) -> Iterator[Solution]     every voltage, current and power
    reductions.solve(circuit, injections, options, wanted) -> Reduced       what is wanted of them
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, ComplexArray, FloatArray
from hcr.powerflow.inverter_curves import Inverter


@dataclass(frozen=True, slots=True)
class Injections:
    """What the elements draw or produce in each lane.

    Attributes
    ----------
    hours : (lanes,) float, time of each lane, hours since the start of the model year; interval-ending.
    elements : (rows,) full names of Load or Generator elements; others keep the model's power.
    power_w, power_var : (rows, lanes) float [W], [var]; positive is drawn by loads, produced by generators.
    step_hours : length of a step [h].
    walk : true when lanes are consecutive time steps; false when each is an independent state.
    inverters : elements that follow volt-var and volt-watt curves. Their power is what they could give; their
        reactive power counts where they have no volt-var curve. Held controls do not hold them.
    """

    hours: FloatArray
    elements: tuple[str, ...]
    power_w: FloatArray
    power_var: FloatArray
    step_hours: float
    walk: bool = True
    inverters: tuple[Inverter, ...] = ()

    def __post_init__(self) -> None:
        """Make sure that rows and lanes fit together.

        Raises
        ------
        ModelError
            They do not.
        """
        wanted = (len(self.elements), len(self.hours))
        for name, power in (("power_w", self.power_w), ("power_var", self.power_var)):
            if np.shape(power) != wanted:
                raise ModelError(
                    f"{name} of the injections has the shape {np.shape(power)}, not {wanted}",
                    why=f"there are {wanted[0]} elements and {wanted[1]} hours",
                    remedy="Give a row for each element and a column for each hour.",
                )

    @property
    def lanes(self) -> int:
        """Return the number of lanes."""
        return len(self.hours)


SINGLE_TOLERANCE = 1e-6
"""Smallest tolerance in single precision [pu]: the last bits of a change of 0.1 pu are 1e-8 of it."""


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How the engine solves.

    The tolerance is far below the engine's own 1e-4, at which answers depend on the start vector by up to
    6e-5 pu; the limits on iterations leave room for it.

    Attributes
    ----------
    mode : time mode of the engine, which chooses the shapes of elements that the injections leave alone.
    controls : false holds taps, capacitors and switches where the model has them.
    block_lanes : lanes in one `Solution`; bounds memory. Whole blocks of the batch engine waste nothing.
    edits : OpenDSS commands after the model's own edits.
    engine : `opendss`, or `batch`, which follows regulators and capacitor controls.
    single : iterate in single precision, to `SINGLE_TOLERANCE` at best; for reductions with controls held.
    """

    mode: str = "yearly"
    max_iterations: int = 100
    max_control_iterations: int = 100
    tolerance: float = 1e-8
    controls: bool = True
    block_lanes: int = 96
    edits: tuple[str, ...] = ()
    engine: str = "opendss"
    single: bool = False


@dataclass(frozen=True, slots=True)
class LaneFailure:
    """A lane without a solution: where it would not settle, and why; `node` is empty where none is."""

    lane: int
    node: str
    why: str


@dataclass(frozen=True, slots=True)
class Solution:
    """The state of the circuit in a block of consecutive lanes.

    Attributes
    ----------
    first_lane : index of the block's first lane in the injections.
    voltage_v : (nodes, lanes) complex, voltage to ground [V].
    current_a : (branch conductors, lanes) complex, current into each branch conductor [A].
    injector_va : (injectors, lanes) complex, power into each injector [VA].
    iterations : (lanes,) int, power-flow iterations of the last control step.
    failures : lanes without a solution; their columns are NaN.
    taps : (tap changers, lanes) float, where the circuit's controls have them [pu]; empty where not told.
    capacitor_steps : (banks, lanes) int, steps in service of the capacitor banks that controls switch.
    """

    first_lane: int
    voltage_v: ComplexArray
    current_a: ComplexArray
    injector_va: ComplexArray
    iterations: NDArray[np.int64]
    failures: tuple[LaneFailure, ...] = ()
    taps: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    capacitor_steps: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 0), np.int64))

    @property
    def lanes(self) -> int:
        """Return the number of lanes in this block."""
        return int(self.voltage_v.shape[1])


def solve_in_blocks(
    circuit: Circuit, injections: Injections, options: SolveOptions | None = None
) -> Iterator[Solution]:
    """Yield the solution block by block, in lane order.

    Raises
    ------
    NotConvergedError
        A lane has no solution; it is named by its number and hour. Blocks before it were yielded.
    ModelError
        The model no longer compiles, or an element of the injections is not in it.
    """
    chosen = options or SolveOptions()
    solve_block = _engine(circuit, injections, chosen)
    for first in range(0, injections.lanes, chosen.block_lanes):
        yield solve_block(first, min(first + chosen.block_lanes, injections.lanes))


def _engine(
    circuit: Circuit, injections: Injections, options: SolveOptions
) -> Callable[[int, int], Solution]:
    """Return what solves a span of lanes; engines are heavy, so they are loaded when first used."""
    if options.engine == "batch":
        from hcr.powerflow.covered import followed

        if options.controls and followed(circuit):
            from hcr.powerflow.walk import Walk

            return Walk(circuit, injections, options).solve
        from hcr.powerflow.second_solutions import engine_for

        return functools.partial(engine_for(circuit, injections, options).solve, injections)
    from hcr.powerflow.opendss import OpenDss

    engine = OpenDss(circuit.model, edits=options.edits)
    engine.prepare(injections, options)
    return engine.solve_block
