"""Compiled loops from the solved state of a block to voltages and currents.

Arrays are [place, lane], real and imaginary parts apart, as in `batch_kernels`.
"""

from hcr.powerflow.lane_vectors import fma, fnma, load, spread, store, take
from hcr.powerflow.loops import bare_loop


@bare_loop
def to_nodes(position, start, change, volts):
    """Set the voltage of each node from start and change at its place; the row after the last stays 0.

    Parameters
    ----------
    position : place of each node; start : voltage at zero change by place, real and imaginary.
    change : real and imaginary, (places, lanes); volts : the same, (nodes + 1, lanes), to be set.
    """
    for node in range(len(position)):
        at = take(position, node)
        for part in range(2):
            store(volts[part], node, load(change[part], at) + take(start[part], at))


@bare_loop
def branch_currents(first, node, block, br, bi, volts, current):
    """Set the current into each branch conductor: primitive matrix times the voltages at its ends.

    Parameters
    ----------
    first, node : conductors of each branch and their nodes, the ground being the last.
    block, br, bi : where each branch's matrix begins, and its entries row by row.
    volts : real and imaginary, (nodes + 1, lanes); current : the same, (conductors, lanes), to be set.
    """
    for branch in range(len(first) - 1):
        begin = take(first, branch)
        size = take(first, branch + 1) - begin
        for a in range(size):
            real = spread(0.0, load(volts[0], 0))
            imaginary = real
            for b in range(size):
                entry, at = take(block, branch) + a * size + b, take(node, begin + b)
                r, m = take(br, entry), take(bi, entry)
                vr, vi = load(volts[0], at), load(volts[1], at)
                real = fnma(m, vi, fma(r, vr, real))
                imaginary = fma(m, vr, fma(r, vi, imaginary))
            store(current[0], begin + a, real)
            store(current[1], begin + a, imaginary)
