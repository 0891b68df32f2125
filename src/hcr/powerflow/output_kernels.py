"""Compiled loops from the solved state of a block to voltages, currents and powers.

Arrays are [place, lane], real and imaginary parts apart, as in `batch_kernels`.
"""

import numpy as np

from hcr.powerflow.draw_kernels import draw_factors
from hcr.powerflow.lane_block import FAST
from hcr.powerflow.loops import loop


@loop(fastmath=FAST)
def to_nodes(position, start, change, volts):
    """Set the voltage of each node from start and change at its place; the row after the last stays 0.

    Parameters
    ----------
    position : place of each node; start : voltage at zero change by place, real and imaginary.
    change : real and imaginary, (places, LANES); volts : the same, (nodes + 1, LANES), to be set.
    """
    lanes = change[0].shape[1]
    for node in range(len(position)):
        at = position[node]
        for k in range(lanes):
            volts[0][node, k] = start[0][at] + change[0][at, k]
            volts[1][node, k] = start[1][at] + change[1][at, k]


@loop(fastmath=FAST)
def branch_currents(first, node, block, br, bi, volts, current):
    """Set the current into each branch conductor: primitive matrix times the voltages at its ends.

    Parameters
    ----------
    first, node : conductors of each branch and their nodes, -1 for the ground.
    block, br, bi : where each branch's matrix begins, and its entries row by row.
    volts : real and imaginary, (nodes + 1, LANES); current : the same, (conductors, LANES), to be set.
    """
    lanes = current[0].shape[1]
    vr, vi = volts
    cr, ci = current
    for branch in range(len(first) - 1):
        size = first[branch + 1] - first[branch]
        for a in range(size):
            row = first[branch] + a
            for k in range(lanes):
                cr[row, k] = 0.0
                ci[row, k] = 0.0
            for b in range(size):
                entry = block[branch] + a * size + b
                r, m, at = br[entry], bi[entry], node[first[branch] + b]
                for k in range(lanes):
                    cr[row, k] += r * vr[at, k] - m * vi[at, k]
                    ci[row, k] += r * vi[at, k] + m * vr[at, k]


@loop
def injector_powers(draws, power, volts, drawn):
    """Set the power into each injector, |V|² (P gp + j Q gq) summed over its draws.

    Parameters
    ----------
    draws : as for `inject`, terminals as nodes; power : watts and var, (injectors, LANES).
    volts : real and imaginary, (nodes + 1, LANES); drawn : the same, (injectors, LANES), to be set.
    """
    lanes = drawn[0].shape[1]
    injector, node, other, share, kind, base, low, minimum, maximum, coefficients, _ = draws
    drawn[0][:] = 0.0
    drawn[1][:] = 0.0
    for d in range(len(injector)):
        a, b, e = node[d], other[d], injector[d]
        for k in range(lanes):
            real, imaginary = volts[0][a, k] - volts[0][b, k], volts[1][a, k] - volts[1][b, k]
            square = real * real + imaginary * imaginary
            gp, gq = draw_factors(
                kind[d], np.sqrt(square), base[d], low[d], minimum[d], maximum[d], coefficients[d]
            )
            drawn[0][e, k] += power[0][e, k] * share[d] * gp * square
            drawn[1][e, k] += power[1][e, k] * share[d] * gq * square
