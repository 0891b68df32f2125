"""Compiled loops of the batch engine: `LANES` states side by side.

Arrays of states are [place, lane], real and imaginary parts apart, so that every inner loop runs over
`LANES` neighbouring numbers. A lane never looks at another one: what it comes to does not depend on who
shares the block with it.
"""

import numpy as np
from numba import njit

from hcr.powerflow.draw_kernels import draw_factors
from hcr.powerflow.draw_kinds import CONSTANT_CURRENT, CONSTANT_POWER, CONSTANT_Z, GENERATOR
from hcr.powerflow.inverter_kernels import memory_of, move
from hcr.powerflow.lane_block import FAST as FAST
from hcr.powerflow.lane_block import LANES as LANES


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def solve_lower(first, rows, lr, li, dr, di, br, bi):
    """Solve L D Lᵀ x = b in place, b of shape (places, LANES)."""
    lanes = br.shape[1]
    n = len(first) - 1
    for j in range(n):
        for p in range(first[j], first[j + 1]):
            i, r, m = rows[p], lr[p], li[p]
            for k in range(lanes):
                br[i, k] -= r * br[j, k] - m * bi[j, k]
                bi[i, k] -= r * bi[j, k] + m * br[j, k]
    for j in range(n - 1, -1, -1):
        r, m = dr[j], di[j]
        for k in range(lanes):
            real = br[j, k] * r - bi[j, k] * m
            bi[j, k] = br[j, k] * m + bi[j, k] * r
            br[j, k] = real
        for p in range(first[j], first[j + 1]):
            i, r, m = rows[p], lr[p], li[p]
            for k in range(lanes):
                br[j, k] -= r * br[i, k] - m * bi[i, k]
                bi[j, k] -= r * bi[i, k] + m * br[i, k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def inject(draws, nominal, power, volts, change, rhs):
    """Set the right-hand side: what each draw's nominal admittance takes more than the draw itself.

    Parameters
    ----------
    draws : injector, node, other, share, kind, base, low, minimum, maximum, coefficients; see `Draws`; then
        the inverters, see `move`.
    nominal : admittance of each draw in the matrix, real and imaginary.
    power : watts and var of the injectors, (injectors, LANES).
    volts : voltage at zero change, real and imaginary, (places + 1,); the last place is the ground.
    change : x, real and imaginary, (places + 1, LANES).
    rhs : to be set, real and imaginary, (places + 1, LANES).
    """
    lanes = rhs[0].shape[1]
    injector, node, other, share, kind, base, low, minimum, maximum, coefficients, _ = draws
    rhs[0][:] = 0.0
    rhs[1][:] = 0.0
    work = np.empty((7, lanes))  # one array: the compiler then knows that its rows do not overlap
    for d in range(len(injector)):
        a, b, s = node[d], other[d], share[d]
        v0r, v0i = volts[0][a] - volts[0][b], volts[1][a] - volts[1][b]
        difference(change[0][a], change[0][b], v0r, work[VR])
        difference(change[1][a], change[1][b], v0i, work[VI])
        least, most = minimum[d] * minimum[d], maximum[d] * maximum[d]
        inside = 0
        for k in range(lanes):
            square = work[VR, k] * work[VR, k] + work[VI, k] * work[VI, k]
            work[SQUARE, k] = square
            inside += np.int64(square > least) & np.int64(square <= most)
        if kind[d] == GENERATOR:
            for k in range(lanes):
                work[GP, k] = 1.0 / min(max(work[SQUARE, k], least), most) * s
                work[GQ, k] = work[GP, k]
        elif inside == lanes and kind[d] == CONSTANT_POWER:
            for k in range(lanes):  # the operations of `mixed_factors`, so that a lane gets the same bits
                work[GP, k] = 1.0 / work[SQUARE, k] * s
                work[GQ, k] = work[GP, k]
        elif inside == lanes and kind[d] == CONSTANT_CURRENT:
            for k in range(lanes):
                work[GP, k] = 1.0 / (base[d] * np.sqrt(work[SQUARE, k])) * s
                work[GQ, k] = work[GP, k]
        elif kind[d] == CONSTANT_POWER or kind[d] == CONSTANT_CURRENT:
            mixed_factors(kind[d] == CONSTANT_POWER, (base[d], low[d], minimum[d], maximum[d]), s, work)
        elif kind[d] == CONSTANT_Z:
            work[GP : GQ + 1] = s / (base[d] * base[d])
        else:
            for k in range(lanes):
                v = np.sqrt(work[SQUARE, k])
                p, q = draw_factors(kind[d], v, base[d], low[d], minimum[d], maximum[d], coefficients[d])
                work[GP, k] = p * s
                work[GQ, k] = q * s
        yr, yi = nominal[0][d], nominal[1][d]
        watts, var = power[0][injector[d]], power[1][injector[d]]
        for k in range(lanes):
            p, q = yr - watts[k] * work[GP, k], yi + var[k] * work[GQ, k]
            work[CR, k] = p * work[VR, k] - q * work[VI, k]
            work[CI, k] = p * work[VI, k] + q * work[VR, k]
        add(rhs[0][a], work[CR], 1.0)
        add(rhs[1][a], work[CI], 1.0)
        add(rhs[0][b], work[CR], -1.0)
        add(rhs[1][b], work[CI], -1.0)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def mixed_factors(power, bounds, share, work):
    """Set the factors of a constant-power or constant-current load whose lanes lie in different bands.

    The same as `constant_power` and `constant_current`, as selections in place of branches, so that the
    lanes stay side by side.
    """
    lanes = work.shape[1]
    base, low, minimum, maximum = bounds
    nominal = 1.0 / (base * base)
    above = 1.0 / (maximum * maximum) if power else 1.0 / (base * maximum)
    at_low = low * nominal
    slope = ((1.0 / minimum if power else 1.0 / base) - at_low) / (minimum - low)
    for k in range(lanes):
        square = work[SQUARE, k]
        v = np.sqrt(square)
        inside = 1.0 / square if power else 1.0 / (base * v)
        falling = (at_low + slope * (v - low)) / v
        g = inside if v > minimum else falling
        g = g if v > low else nominal
        g = above if v > maximum else g
        work[GP, k] = g * share
        work[GQ, k] = work[GP, k]


VR, VI, SQUARE, GP, GQ, CR, CI = range(7)
"""Rows of the working array of `inject`."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST, inline="always")
def difference(first, second, offset, result):
    """Set the difference of two rows plus an offset."""
    lanes = len(result)
    for k in range(lanes):
        result[k] = offset + first[k] - second[k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST, inline="always")
def add(row, values, sign):
    """Add a signed row to another; a loop of its own, so that the compiler sees two arrays and no more."""
    lanes = len(row)
    for k in range(lanes):
        row[k] += sign * values[k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def largest_change(rhs, change, weight, worst):
    """Set the largest squared change of each lane [pu²] and take the new state over."""
    lanes = len(worst)
    worst[:] = 0.0
    xr, xi, rr, ri = change[0], change[1], rhs[0], rhs[1]
    for i in range(len(weight)):
        w = weight[i]
        for k in range(lanes):
            dr, di = rr[i, k] - xr[i, k], ri[i, k] - xi[i, k]
            moved = (dr * dr + di * di) * w
            worst[k] = worst[k] if moved <= worst[k] else moved
            xr[i, k] = rr[i, k]
            xi[i, k] = ri[i, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _is_still(now, before, limit, share):
    """Return whether the error left is below the limit, all squared.

    Steps of a fixed point shrink by a factor r, so after a step of length d the error is about d r / (1 - r);
    r is taken from the last two steps, and no trust is put in it above one half. Inverters that went a share
    of their way only have d over the share to go at most.
    """
    if now > limit * share * share:
        return False
    if now <= limit * 1e-4:
        return True
    if np.isinf(before) or now >= 0.25 * before:
        return False
    shrink = np.sqrt(now / before)
    return np.sqrt(now) * shrink / (1.0 - shrink) <= np.sqrt(limit)


@njit(cache=True, nogil=True, error_model="numpy")
def _culprit(rhs, change, weight, lane):
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


@njit(cache=True, nogil=True, error_model="numpy")
def _keep(change, still, fresh, result):
    """Copy the lanes that have just become still."""
    lanes = len(still)
    if fresh == lanes:
        result[0][:] = change[0]
        result[1][:] = change[1]
    elif fresh > 0:
        for i in range(len(change[0])):
            for k in range(lanes):
                if still[k]:
                    result[0][i, k] = change[0][i, k]
                    result[1][i, k] = change[1][i, k]


@njit(cache=True, nogil=True, error_model="numpy")
def scratch_of(places, lanes=LANES):
    """Return the working arrays of `solve_block`: state and right-hand side, real and imaginary."""
    shape = (places + 1, lanes)
    return np.zeros(shape), np.zeros(shape), np.empty(shape), np.empty(shape)


@njit(cache=True, nogil=True, error_model="numpy")
def solve_block(part, draws, nominal, power, volts, weight, limits, scratch, result, begin=None):
    """Iterate a block until each lane is still; return iterations, 0 for a lane that is not, and culprits.

    A lane's state is kept when it is still: going on for the sake of others would change its last bits.

    Parameters
    ----------
    part : first, rows, lr, li, dr, di of the factor of the places with draws.
    power : watts and var of the injectors; those of inverters are set to what they come to.
    weight : 1 / base² of each place [1/V²]; limits : squared tolerance and most iterations.
    scratch : working arrays, see `scratch_of`.
    result : state of each lane, real and imaginary, (places + 1, LANES); to be set.
    begin : a state to begin from in place of no change.
    """
    lanes = result[0].shape[1]
    first, rows, lr, li, dr, di = part
    xr, xi, rr, ri = scratch
    xr[:] = 0.0
    xi[:] = 0.0
    if begin is not None:
        xr[:] = begin[0]
        xi[:] = begin[1]
    worst, before = np.empty(lanes), np.full(lanes, np.inf)
    done, culprit = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
    still = np.zeros(lanes, np.bool_)
    left = lanes
    inverters, memory = draws[10], memory_of(len(draws[10][0]))
    for iteration in range(1, limits[1] + 1):
        move(inverters, power, volts, (xr, xi), memory, iteration, done)
        inject(draws, nominal, power, volts, (xr, xi), (rr, ri))
        solve_lower(first, rows, lr, li, dr, di, rr, ri)
        if iteration == limits[1]:
            for k in range(lanes):
                culprit[k] = _culprit((rr, ri), (xr, xi), weight, k)
        largest_change((rr, ri), (xr, xi), weight, worst)
        fresh = 0
        for k in range(lanes):
            still[k] = done[k] == 0 and _is_still(worst[k], before[k], limits[0], memory[2][k])
            if still[k]:
                done[k] = iteration
                fresh += 1
            before[k] = worst[k]
        left -= fresh
        _keep((xr, xi), still, fresh, result)
        if left == 0:
            break
    for k in range(lanes):
        if done[k] == 0:
            result[0][:, k] = 0.0
            result[1][:, k] = 0.0
    return done, culprit
