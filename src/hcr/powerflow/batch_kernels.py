"""Compiled loops of the batch engine: `LANES` states side by side.

Arrays of states are [place, lane], real and imaginary parts apart, so that every inner loop runs over
`LANES` neighbouring numbers. A lane never looks at another one: what it comes to does not depend on who
shares the block with it.
"""

import numpy as np
from numba import njit

from hcr.powerflow.draw_kernels import draw_factors
from hcr.powerflow.draw_kinds import CONSTANT_POWER, GENERATOR

LANES = 32
"""States solved side by side; the working set of a block stays in the second-level cache."""

FAST = {"contract", "nsz", "arcp"}
"""Fused multiply-add is allowed; reordering sums is not, so that lanes give the same bits anywhere."""


@njit(cache=True, nogil=True, fastmath=FAST)
def solve_lower(first, rows, lr, li, dr, di, br, bi):  # type: ignore[no-untyped-def]
    """Solve L D Lᵀ x = b in place, b of shape (places, LANES)."""
    n = len(first) - 1
    for j in range(n):
        for p in range(first[j], first[j + 1]):
            i, r, m = rows[p], lr[p], li[p]
            for k in range(LANES):
                br[i, k] -= r * br[j, k] - m * bi[j, k]
                bi[i, k] -= r * bi[j, k] + m * br[j, k]
    for j in range(n - 1, -1, -1):
        r, m = dr[j], di[j]
        for k in range(LANES):
            real = br[j, k] * r - bi[j, k] * m
            bi[j, k] = br[j, k] * m + bi[j, k] * r
            br[j, k] = real
        for p in range(first[j], first[j + 1]):
            i, r, m = rows[p], lr[p], li[p]
            for k in range(LANES):
                br[j, k] -= r * br[i, k] - m * bi[i, k]
                bi[j, k] -= r * bi[i, k] + m * br[i, k]


@njit(cache=True, nogil=True, fastmath=FAST)
def inject(draws, nominal, power, volts, change, rhs):  # type: ignore[no-untyped-def]
    """Set the right-hand side: what each draw's nominal admittance takes more than the draw itself.

    Parameters
    ----------
    draws : injector, node, other, share, kind, base, low, minimum, maximum, coefficients; see `Draws`.
    nominal : admittance of each draw in the matrix, real and imaginary.
    power : watts and var of the injectors, (injectors, LANES).
    volts : voltage at zero change, real and imaginary, (places + 1,); the last place is the ground.
    change : x, real and imaginary, (places + 1, LANES).
    rhs : to be set, real and imaginary, (places + 1, LANES).
    """
    injector, node, other, share, kind, base, low, minimum, maximum, coefficients = draws
    watts, var = power
    xr, xi = change
    rr, ri = rhs
    rr[:] = 0.0
    ri[:] = 0.0
    vr, vi, square = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    gp, gq = np.empty(LANES), np.empty(LANES)
    for d in range(len(injector)):
        a, b, e, s = node[d], other[d], injector[d], share[d]
        v0r, v0i = volts[0][a] - volts[0][b], volts[1][a] - volts[1][b]
        for k in range(LANES):
            vr[k] = v0r + xr[a, k] - xr[b, k]
            vi[k] = v0i + xi[a, k] - xi[b, k]
            square[k] = vr[k] * vr[k] + vi[k] * vi[k]
        lowest, highest = square[0], square[0]
        for k in range(1, LANES):
            lowest = min(lowest, square[k])
            highest = max(highest, square[k])
        plain = kind[d] == CONSTANT_POWER or kind[d] == GENERATOR
        if plain and lowest > minimum[d] * minimum[d] and highest <= maximum[d] * maximum[d]:
            for k in range(LANES):
                gp[k] = 1.0 / square[k]
                gq[k] = gp[k]
        else:
            for k in range(LANES):
                v = np.sqrt(square[k])
                gp[k], gq[k] = draw_factors(
                    kind[d], v, base[d], low[d], minimum[d], maximum[d], coefficients[d]
                )
        yr, yi = nominal[0][d], nominal[1][d]
        for k in range(LANES):
            p, q = watts[e, k] * s * gp[k], var[e, k] * s * gq[k]
            cr = (yr - p) * vr[k] - (yi + q) * vi[k]
            ci = (yr - p) * vi[k] + (yi + q) * vr[k]
            rr[a, k] += cr
            ri[a, k] += ci
            rr[b, k] -= cr
            ri[b, k] -= ci


@njit(cache=True, nogil=True, fastmath=FAST)
def largest_change(rhs, change, weight, worst):  # type: ignore[no-untyped-def]
    """Set the largest squared change of each lane [pu²] and take the new state over."""
    rr, ri = rhs
    xr, xi = change
    worst[:] = 0.0
    for i in range(len(weight)):
        w = weight[i]
        for k in range(LANES):
            dr, di = rr[i, k] - xr[i, k], ri[i, k] - xi[i, k]
            worst[k] = max(worst[k], (dr * dr + di * di) * w)
            xr[i, k] = rr[i, k]
            xi[i, k] = ri[i, k]


@njit(cache=True, nogil=True)
def _is_still(now, before, limit):  # type: ignore[no-untyped-def]
    """Return whether the error left is below the limit, all squared.

    Steps of a fixed point shrink by a factor r, so after a step of length d the error is about d r / (1 - r);
    r is taken from the last two steps, and no trust is put in it above one half.
    """
    if now <= limit * 1e-4:
        return True
    if np.isinf(before) or now >= 0.25 * before:
        return False
    shrink = np.sqrt(now / before)
    return np.sqrt(now) * shrink / (1.0 - shrink) <= np.sqrt(limit)


@njit(cache=True, nogil=True)
def _culprit(rhs, change, weight, lane):  # type: ignore[no-untyped-def]
    """Return the place that moved most in a lane, or that is no number."""
    best, place = -1.0, 0
    for i in range(len(weight)):
        dr, di = rhs[0][i, lane] - change[0][i, lane], rhs[1][i, lane] - change[1][i, lane]
        moved = (dr * dr + di * di) * weight[i]
        if not moved <= best:
            best, place = moved, i
            if np.isnan(moved):
                return place
    return place


@njit(cache=True, nogil=True)
def _keep(change, still, fresh, result):
    """Copy the lanes that have just become still."""
    if fresh == LANES:
        result[0][:] = change[0]
        result[1][:] = change[1]
    elif fresh > 0:
        for i in range(len(change[0])):
            for k in range(LANES):
                if still[k]:
                    result[0][i, k] = change[0][i, k]
                    result[1][i, k] = change[1][i, k]


@njit(cache=True, nogil=True)
def solve_block(part, draws, nominal, power, volts, weight, limits, result):  # type: ignore[no-untyped-def]
    """Iterate a block until each lane is still; return iterations, 0 for a lane that is not, and culprits.

    A lane's state is kept when it is still: going on for the sake of others would change its last bits.

    Parameters
    ----------
    part : first, rows, lr, li, dr, di of the factor of the places with draws.
    weight : 1 / base² of each place [1/V²]; limits : squared tolerance and most iterations.
    result : state of each lane, real and imaginary, (places + 1, LANES); to be set.
    """
    first, rows, lr, li, dr, di = part
    places = len(first) - 1
    xr, xi = np.zeros((places + 1, LANES)), np.zeros((places + 1, LANES))
    rr, ri = np.empty((places + 1, LANES)), np.empty((places + 1, LANES))
    worst, before = np.empty(LANES), np.full(LANES, np.inf)
    done, culprit = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    still = np.zeros(LANES, np.bool_)
    left = LANES
    for iteration in range(1, limits[1] + 1):
        inject(draws, nominal, power, volts, (xr, xi), (rr, ri))
        solve_lower(first, rows, lr, li, dr, di, rr, ri)
        if iteration == limits[1]:
            for k in range(LANES):
                culprit[k] = _culprit((rr, ri), (xr, xi), weight, k)
        largest_change((rr, ri), (xr, xi), weight, worst)
        fresh = 0
        for k in range(LANES):
            still[k] = done[k] == 0 and _is_still(worst[k], before[k], limits[0])
            if still[k]:
                done[k] = iteration
                fresh += 1
            before[k] = worst[k]
        left -= fresh
        _keep((xr, xi), still, fresh, result)
        if left == 0:
            break
    for k in range(LANES):
        if done[k] == 0:
            result[0][:, k] = 0.0
            result[1][:, k] = 0.0
    return done, culprit


@njit(cache=True, nogil=True, fastmath=FAST)
def recover(first, rows, lr, li, passive, xr, xi):  # type: ignore[no-untyped-def]
    """Set the change at the places without draws from that at the others, (all places, LANES)."""
    for j in range(passive - 1, -1, -1):
        for k in range(LANES):
            xr[j, k] = 0.0
            xi[j, k] = 0.0
        for p in range(first[j], first[j + 1]):
            i, r, m = rows[p], lr[p], li[p]
            for k in range(LANES):
                xr[j, k] -= r * xr[i, k] - m * xi[i, k]
                xi[j, k] -= r * xi[i, k] + m * xr[i, k]


@njit(cache=True, nogil=True, fastmath=FAST)
def to_nodes(position, start, change, volts):  # type: ignore[no-untyped-def]
    """Set the voltage of each node from start and change at its place; the row after the last stays 0.

    Parameters
    ----------
    position : place of each node; start : voltage at zero change by place, real and imaginary.
    change : real and imaginary, (places, LANES); volts : the same, (nodes + 1, LANES), to be set.
    """
    for node in range(len(position)):
        at = position[node]
        for k in range(LANES):
            volts[0][node, k] = start[0][at] + change[0][at, k]
            volts[1][node, k] = start[1][at] + change[1][at, k]


@njit(cache=True, nogil=True, fastmath=FAST)
def branch_currents(first, node, block, br, bi, volts, current):  # type: ignore[no-untyped-def]
    """Set the current into each branch conductor: primitive matrix times the voltages at its ends.

    Parameters
    ----------
    first, node : conductors of each branch and their nodes, -1 for the ground.
    block, br, bi : where each branch's matrix begins, and its entries row by row.
    volts : real and imaginary, (nodes + 1, LANES); current : the same, (conductors, LANES), to be set.
    """
    vr, vi = volts
    cr, ci = current
    for branch in range(len(first) - 1):
        size = first[branch + 1] - first[branch]
        for a in range(size):
            row = first[branch] + a
            for k in range(LANES):
                cr[row, k] = 0.0
                ci[row, k] = 0.0
            for b in range(size):
                entry = block[branch] + a * size + b
                r, m, at = br[entry], bi[entry], node[first[branch] + b]
                for k in range(LANES):
                    cr[row, k] += r * vr[at, k] - m * vi[at, k]
                    ci[row, k] += r * vi[at, k] + m * vr[at, k]


@njit(cache=True, nogil=True)
def injector_powers(draws, power, volts, drawn):  # type: ignore[no-untyped-def]
    """Set the power into each injector, |V|² (P gp + j Q gq) summed over its draws.

    Parameters
    ----------
    draws : as for `inject`, terminals as nodes; power : watts and var, (injectors, LANES).
    volts : real and imaginary, (nodes + 1, LANES); drawn : the same, (injectors, LANES), to be set.
    """
    injector, node, other, share, kind, base, low, minimum, maximum, coefficients = draws
    drawn[0][:] = 0.0
    drawn[1][:] = 0.0
    for d in range(len(injector)):
        a, b, e = node[d], other[d], injector[d]
        for k in range(LANES):
            real, imaginary = volts[0][a, k] - volts[0][b, k], volts[1][a, k] - volts[1][b, k]
            square = real * real + imaginary * imaginary
            gp, gq = draw_factors(
                kind[d], np.sqrt(square), base[d], low[d], minimum[d], maximum[d], coefficients[d]
            )
            drawn[0][e, k] += power[0][e, k] * share[d] * gp * square
            drawn[1][e, k] += power[1][e, k] * share[d] * gq * square
