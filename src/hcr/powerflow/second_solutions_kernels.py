"""Compiled loops for loads whose current jumps, which can leave a lane two solutions; see `second_solutions`.

    transfer      how far the jump of each draw moves the voltage across each other one
    in_doubt      the draws for which a lane can have a second solution
    carry_over    lanes in doubt solved again, each from the lane before
    solve_following    a block of lanes that follow the one solved last

All of them take the jumps as one tuple: the draws that jump, by their number in the loops; the voltages at
which they do, lower and upper [V]; the jump of the current there per watt and per var, lower and upper,
(4, jumps) [A/W], [A/var]; the farthest that all together can move the voltage across each [V]; the same per
ampere for each pair, (jumps, jumps) [ohm], or empty; x of the lane solved last, real and imaginary,
(places + 1,) [V].
"""

import numpy as np

from hcr.powerflow.batch_kernels import solve_block
from hcr.powerflow.lane_arrays import as_wide_as
from hcr.powerflow.lane_vectors import fma, load, spread, store
from hcr.powerflow.loops import loop


@loop
def transfer(factor, begin, node, other, margin, largest, band, reach):
    """Set how far jumps move the voltage across draws, by their transfer impedances.

    Parameters
    ----------
    factor : first, rows, L and inverse pivots; begin : places without draws, which come first.
    node, other : (jumps,) place of either end; the ground is the place after the last.
    margin : factor of safety; largest : (jumps,) largest jump of each current [A].
    band : (jumps,) zeros, to be set: all jumps together [V].
    reach : to be set: of row by column, (jumps, jumps) [ohm]; left alone if empty.
    """
    first, rows, lower, inverse_pivot = factor
    places, count = len(inverse_pivot), len(node)
    b = np.empty(places + 1, np.complex128)
    for e in range(count):
        b[:] = 0.0
        b[node[e]] += 1.0
        b[other[e]] -= 1.0
        b[places] = 0.0
        for j in range(min(node[e], other[e]), places):
            if b[j] != 0.0:
                for p in range(first[j], first[j + 1]):
                    b[rows[p]] -= lower[p] * b[j]
        for j in range(places - 1, begin - 1, -1):
            b[j] *= inverse_pivot[j]
            for p in range(first[j], first[j + 1]):
                b[j] -= lower[p] * b[rows[p]]
        for d in range(count):
            moved = margin * abs(b[node[d]] - b[other[d]])
            band[d] += moved * largest[e]
            if len(reach) > 0:
                reach[d, e] = moved


@loop
def _across(network, d, change, lane):
    """Return the voltage across a draw [V]."""
    node, other, volts = network[3][1], network[3][2], network[5]
    a, b = node[d], other[d]
    real = change[0][a, lane] - change[0][b, lane] + (volts[0][a] - volts[0][b])
    imaginary = change[1][a, lane] - change[1][b, lane] + (volts[1][a] - volts[1][b])
    return np.sqrt(real * real + imaginary * imaginary)


@loop
def _nearest(network, jumps, given, change, i, lane):
    """Return how far a draw lies from its nearest jump [V] and the jump [A]; -1 and 0 outside its band."""
    draws, low, high, factors, band = jumps[:5]
    v = _across(network, draws[i], change, lane)
    to_low, to_high = abs(v - low[i]), abs(v - high[i])
    away, at = min(to_low, to_high), 0 if to_low < to_high else 2
    if not away <= band[i]:
        return -1.0, 0.0
    e = network[3][0][draws[i]]
    p, q = factors[at, i] * given[0][e, lane], factors[at + 1, i] * given[1][e, lane]
    return away, np.sqrt(p * p + q * q)


@loop
def in_doubt(network, jumps, given, change, lane, inside, work):
    """Return how many draws lie so near to their jumps that together they could carry each other across.

    Draws are taken off until each that is left lies within the reach of those left; if none is, the lane has
    no second solution.

    Parameters
    ----------
    inside, work : (jumps,) int and (2, jumps), scratch: the draws left, how far each lies from its jump [V]
        and how far its current jumps there [A].
    """
    count = 0
    for i in range(len(inside)):
        away, ampere = _nearest(network, jumps, given, change, i, lane)
        if away >= 0.0:
            inside[count], work[0, count], work[1, count] = i, away, ampere
            count += 1
    return _shrunk(jumps[5], inside, work, count)


@loop
def _shrunk(reach, inside, work, count):
    """Return how many draws are left when those are taken off that the others do not reach."""
    left = -1
    while left != count and len(reach) > 0:
        left, count = count, 0
        for a in range(left):
            moved = 0.0
            for b in range(left):
                moved += reach[inside[a], inside[b]] * work[1, b]
            if moved < work[0, a]:
                work[0, a], work[1, a] = -1.0, 0.0
        for a in range(left):
            if work[0, a] >= 0.0:
                inside[count], work[0, count], work[1, count] = inside[a], work[0, a], work[1, a]
                count += 1
    return count


@loop
def _reached(reach, near, ampere, moved):
    """Set how far some draws together can move the voltage across each of them, four rows at a time.

    Parameters
    ----------
    near : the draws; ampere : their jumps, (jumps, lanes) [A]; moved : to be set, (jumps, lanes) [V].
    """
    last = len(near) - 1
    for at in range(0, len(near), 4):
        a, b = near[at], near[min(at + 1, last)]
        c, d = near[min(at + 2, last)], near[min(at + 3, last)]
        sa = spread(0.0, load(ampere, 0))
        sb, sc, sd = sa, sa, sa
        for e in near:
            jump = load(ampere, e)
            sa, sb = fma(reach[a, e], jump, sa), fma(reach[b, e], jump, sb)
            sc, sd = fma(reach[c, e], jump, sc), fma(reach[d, e], jump, sd)
        store(moved, a, sa)
        store(moved, b, sb)
        store(moved, c, sc)
        store(moved, d, sd)


@loop
def mark_doubtful(network, jumps, given, change, head, lanes, doubtful):
    """Mark the lanes that are in doubt; the first round of `in_doubt` is that of all lanes side by side."""
    reach, count, width = jumps[5], len(jumps[0]), len(doubtful)
    away = np.empty((count, width))
    ampere = as_wide_as(np.zeros((count, width), change[0].dtype), change[0])
    moved = np.full_like(ampere, np.inf)
    inside, work, near, close = np.empty(count, np.int64), np.empty((2, count)), np.empty(count, np.int64), 0
    for i in range(count):
        for k in range(head, lanes):
            away[i, k], ampere[i, k] = _nearest(network, jumps, given, change, i, k)
        if away[i, head:lanes].max() >= 0.0:
            near[close] = i
            close += 1
    if len(reach) > 0:
        _reached(reach, near[:close], ampere, moved)
    for k in range(head, lanes):
        left = 0
        for d in near[:close]:
            if 0.0 <= away[d, k] <= moved[d, k]:
                inside[left], work[0, left], work[1, left] = d, away[d, k], ampere[d, k]
                left += 1
        if _shrunk(reach, inside, work, left) > 0:
            doubtful[k] = True


@loop
def same_sides(network, jumps, change, cold, lane):
    """Return whether all draws lie on the same sides of their jumps in two states of a lane."""
    draws, low, high = jumps[0], jumps[1], jumps[2]
    for i in range(len(draws)):
        now, then = _across(network, draws[i], change, lane), _across(network, draws[i], cold, lane)
        if (now > low[i]) != (then > low[i]) or (now > high[i]) != (then > high[i]):
            return False
    return True


@loop
def copy_lane(source, lane, target, into):
    """Copy a column of some arrays into one of others."""
    for part in range(len(source)):
        for i in range(len(source[part])):
            target[part][i, into] = source[part][i, lane]


@loop
def _begin_from_before(jumps, change, solved, lane, head):
    """Set a lane to the state of the last lane before it that is solved."""
    k = lane - 1
    while k >= head and not solved[k]:
        k -= 1
    if k >= head:
        copy_lane(change, k, change, lane)
    else:
        change[0][:, lane] = jumps[6]
        change[1][:, lane] = jumps[7]


@loop
def remember(jumps, change, lane):
    """Let the lanes to come begin from this one."""
    if len(jumps[0]) > 0:
        jumps[6][:] = change[0][:, lane]
        jumps[7][:] = change[1][:, lane]


@loop
def solve_following(network, jumps, block, limits, lanes):
    """Solve the lanes of a block that follow the one solved last; see `solve_block` and `carry_over`."""
    power, change, scratch, done, culprit = block
    given = power[0].copy(), power[1].copy()
    solve_block(network, power, change, scratch, limits, done, culprit)
    carry_over(network, jumps, given, block, limits, 0, lanes)
    for k in range(lanes):
        if done[k] > 0:
            remember(jumps, change, k)


@loop
def carry_over(network, jumps, given, block, limits, head, lanes):
    """Solve lanes in doubt again, each from the lane before it, as a program that goes lane by lane would.

    A lane that comes to the same sides of all jumps as when it was solved afresh keeps that solution, to the
    bit, and so does one that finds none from the lane before. All in doubt are solved side by side; those
    whose lane before has changed meanwhile are solved again, until none has: so all come to what going lane
    by lane comes to, wherever blocks begin and end.

    Parameters
    ----------
    network : as for `solve_block`; given : watts and var of the injectors before any inverter moved.
    block : power solved with, x, scratch, iterations and restless places of the lanes solved afresh; to be
        changed where the lane before makes a difference.
    head, lanes : first lane that counts, and one past the last.
    """
    if len(jumps[0]) == 0:
        return
    power, change, scratch, done, culprit = block
    width = len(done)
    stale = np.zeros(width, np.bool_)
    mark_doubtful(network, jumps, given, change, head, lanes, stale)
    for k in range(head, lanes):
        stale[k] = stale[k] or done[k] == 0
    if not stale.any():
        return
    done[lanes:] = 1
    cold, fresh = (change[0].copy(), change[1].copy()), (power[0].copy(), power[1].copy())
    doubtful, cold_done = stale.copy(), done.copy()
    kept = cold_done > 0
    while stale.any():
        solved = done > 0
        for k in range(lanes - 1, head - 1, -1):
            if stale[k]:
                _begin_from_before(jumps, change, solved, k, head)
                copy_lane(given, k, power, k)
                done[k] = 0
        solve_block(network, power, change, scratch, limits, done, culprit)
        for k in range(lanes - 1, head - 1, -1):
            if stale[k]:
                stays = done[k] == 0 or (cold_done[k] > 0 and same_sides(network, jumps, change, cold, k))
                if stays:
                    copy_lane(cold, k, change, k)
                    copy_lane(fresh, k, power, k)
                    done[k] = cold_done[k]
                if k + 1 < lanes:
                    stale[k + 1] = doubtful[k + 1] and not (stays and kept[k])
                kept[k] = stays and cold_done[k] > 0
            elif k + 1 < lanes:
                stale[k + 1] = False
        stale[head] = False
