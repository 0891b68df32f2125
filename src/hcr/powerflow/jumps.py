"""Where the current of a draw jumps, and how far the jumps of all of them can reach.

The current of a CVR load (OpenDSS model 4) jumps where its voltage v leaves the limits `min` and `max`: for
its watts it is P (v/b)^w / v inside and P / v just outside, for its var Q (v/b)^q / v and Q / v; see
`draw_kernels`.
A jump at one draw moves the voltages across all others by the transfer impedances times the jump. So a draw
can be carried across its own jump only from within the sum of these over all that jump: its band.
"""

from typing import TYPE_CHECKING

import numpy as np

from hcr.powerflow.circuit import Circuit, FloatArray, IntArray
from hcr.powerflow.draw_kinds import CVR
from hcr.powerflow.lanes import Injections
from hcr.powerflow.second_solutions_kernels import transfer

if TYPE_CHECKING:
    from hcr.powerflow.batch import BatchEngine

MARGIN = 1.5
"""How much farther than the transfer impedances say a jump is taken to reach.

They are those of the nominal admittances, taps where the model has them; loads answer to the voltage that
moves. On IEEE 37 and EPRI ckt5 1.0 is enough.
"""

MOST_PAIRED = 4000
"""Draws up to which the reach of each pair is kept, 64 MB; with more, any draw within its band is a doubt."""

Jumps = tuple[IntArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
"""The jumps as the compiled loops take them, see `second_solutions_kernels`."""


def jumping(circuit: Circuit) -> bool:
    """Return whether a circuit has draws that jump."""
    return circuit.batch is not None and bool((circuit.batch.draws.kind == CVR).any())


def no_jumps() -> Jumps:
    """Return the jumps of a circuit that has none."""
    none = np.empty(0)
    return np.empty(0, np.int64), none, none, np.empty((4, 0)), none, _pairs(0), none, none


def jumps_of(engine: "BatchEngine", injections: Injections) -> Jumps:
    """Return the jumps of an engine's draws, their bands for the largest power in any lane."""
    injector, node, other, share, kind, base, _, low, high, exponents, _ = engine.draws
    draws = np.flatnonzero(kind == CVR)
    factors = np.array(
        [
            share[draws] * ((edge[draws] / base[draws]) ** exponents[draws, part] - 1.0) / edge[draws]
            for edge in (low, high)
            for part in (0, 1)
        ]
    )
    watts, var = _largest(engine, injections)
    by_edge = np.abs(factors[::2]) * watts[injector[draws]] + np.abs(factors[1::2]) * var[injector[draws]]
    band, pairs = np.zeros(len(draws)), _pairs(len(draws) if len(draws) <= MOST_PAIRED else 0)
    factor, passive = engine.factor, engine.factor.elimination.passive
    columns = (factor.elimination.first, factor.elimination.rows, factor.lower, factor.inverse_pivot)
    ends = node[draws] + passive, other[draws] + passive
    transfer(columns, passive, *ends, MARGIN, by_edge.max(axis=0), band, pairs)
    before = np.zeros(len(engine.volts[0])), np.zeros(len(engine.volts[0]))
    return draws, low[draws], high[draws], factors, band, pairs, *before


def forget(jumps: Jumps) -> None:
    """Let the next lane be the first."""
    jumps[6][:] = 0.0
    jumps[7][:] = 0.0


def _pairs(draws: int) -> FloatArray:
    return np.empty((draws, draws), np.float32)


def _largest(engine: "BatchEngine", injections: Injections) -> tuple[FloatArray, FloatArray]:
    """Return the largest watts and var of each injector in any lane, (injectors,), whatever their signs."""
    stated_w, stated_var, rows, *given = engine.given(injections)
    largest = np.abs(stated_w), np.abs(stated_var)
    for most, power in zip(largest, given, strict=True):
        most[rows] = np.fmax.reduce(np.abs(power), axis=1, initial=0.0)
    return largest
