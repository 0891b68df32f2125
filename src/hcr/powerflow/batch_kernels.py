"""Compiled loops of the batch engine: `LANES` states side by side.

Arrays of states are [place, lane], real and imaginary parts apart, so that every inner loop runs over
`LANES` neighbouring numbers. A lane never looks at another one: what it comes to does not depend on who
shares the block with it.
"""

import numpy as np
from numba import njit

from hcr.powerflow.draw_kernels import CONSTANT_POWER, GENERATOR, draw_factors

LANES = 32
"""States solved side by side; the working set of a block stays in the second-level cache."""

FAST = {"contract", "nsz", "arcp"}
"""Fused multiply-add is allowed; reordering sums is not, so that lanes give the same bits anywhere."""


@njit(cache=True, nogil=True, fastmath=FAST)  # type: ignore[misc]
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


@njit(cache=True, nogil=True, fastmath=FAST)  # type: ignore[misc]
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


@njit(cache=True, nogil=True, fastmath=FAST)  # type: ignore[misc]
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


@njit(cache=True, nogil=True)  # type: ignore[misc]
def solve_block(part, draws, nominal, power, volts, weight, limits, result):  # type: ignore[no-untyped-def]
    """Iterate a block until each lane is still; return the iterations of each lane, 0 for one that is not.

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
    worst = np.empty(LANES)
    done = np.zeros(LANES, np.int64)
    left = LANES
    for iteration in range(1, limits[1] + 1):
        inject(draws, nominal, power, volts, (xr, xi), (rr, ri))
        solve_lower(first, rows, lr, li, dr, di, rr, ri)
        largest_change((rr, ri), (xr, xi), weight, worst)
        for k in range(LANES):
            if done[k] == 0 and worst[k] <= limits[0]:
                done[k] = iteration
                left -= 1
                for i in range(places):
                    result[0][i, k] = xr[i, k]
                    result[1][i, k] = xi[i, k]
        if left == 0:
            break
    return done, worst


@njit(cache=True, nogil=True, fastmath=FAST)  # type: ignore[misc]
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
