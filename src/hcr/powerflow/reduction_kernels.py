"""Compiled loops that reduce lanes while they are in the cache: extremes, sums, chosen voltages."""

import numpy as np

from hcr.powerflow.batch_kernels import draw_currents, solve_block
from hcr.powerflow.lane_vectors import (
    any_of,
    at_most,
    below,
    both,
    choose,
    first_of,
    fma,
    fnma,
    larger,
    least,
    load,
    most,
    spread,
    store,
    take,
)
from hcr.powerflow.loops import bare_loop, loop
from hcr.powerflow.second_solutions_kernels import solve_following
from hcr.powerflow.tail_kernels import moved_currents


@loop
def reduce_lanes(network, whole, given, wanted, limits, span, scratch, tally, jumps):
    """Solve lanes block by block and keep what is wanted of them; the rest is not written anywhere.

    Parameters
    ----------
    network : as for `solve_block`.
    given : stated watts and var of the injectors, (injectors,) each; rows of the injections; their watts and
        var, (rows, lanes).
    limits : squared tolerance and most iterations; span : first and last lane (exclusive).
    whole, wanted, scratch, tally : as for `reduce_block`; jumps : see `second_solutions_kernels`.
    """
    (watts, var), (xr, xi), (inner, _, _) = scratch
    width = watts.shape[1]
    done, culprit = np.zeros(width, np.int64), np.zeros(width, np.int64)
    for first in range(span[0], span[1], width):
        taken = min(width, span[1] - first)
        for e in range(len(given[0])):
            watts[e] = given[0][e]
            var[e] = given[1][e]
        fill(given[2], given[3], first, taken, watts)
        fill(given[2], given[4], first, taken, var)
        xr[:] = 0.0
        xi[:] = 0.0
        done[:] = 0
        block = (watts, var), (xr[whole[4] :], xi[whole[4] :]), inner, done, culprit
        if len(jumps[0]) == 0:
            solve_block(network, block[0], block[1], inner, limits, done, culprit)
        else:
            solve_following(network, jumps, block, limits, taken)
        reduce_block(network, whole, wanted, (done, culprit, first, taken), scratch, tally)


@loop
def reduce_block(network, whole, wanted, lanes, scratch, tally):
    """Keep what is wanted of some solved lanes.

    Parameters
    ----------
    network : as for `solve_block`.
    whole : first, rows, lr, li of the whole factor, the number of places without draws, and voltage at zero
        change by place, real and imaginary.
    wanted : monitored rows, see `current_extremes`; admittances, see `residuals`; zone of each draw, see
        `zone_sums`; places whose voltages to keep; branches that controls change: see `moved_currents`, with
        the monitored row of each conductor, and the conductors at each place.
    lanes : iterations, 0 for a lane without a solution; restless places; number of the first; how many.
    scratch : watts and var as solved with, (injectors, width); x of the places with draws, those before
        them to be set, real and imaginary, (all places + 1, width); those of `solve_block`; sums, (2,
        zones, width); currents of the moved branches, real and imaginary, (conductors, width).
    tally : low, high by place and current by monitored row, (value, lane) each; iterations, restless place
        and largest residual [A] of each lane; watts and var, (zones, lanes); voltages, (kept, lanes).
    """
    first_row, rows, lr, li, passive, start = whole
    monitored, admittances, zone, kept, moved = wanted
    done, culprit, first, taken = lanes
    (watts, var), (xr, xi), (inner, sums, moving) = scratch
    low, high, current, iterations, restless, residual, zone_watts, zone_var, voltages = tally
    iterations[first : first + taken] = done[:taken]
    restless[first : first + taken] = culprit[:taken]
    recover(first_row, rows, lr, li, 0, passive, xr, xi)
    for k in range(watts.shape[1]):
        inner[4][0, k] = 1.0 if k < taken and done[k] > 0 else 0.0
    valid = below(0.5, load(inner[4], 0))
    ends, draws, nominal, volts = network[2], network[3], network[4], network[5]
    change = xr[passive:], xi[passive:]
    voltage_extremes(start, (xr, xi), valid, first, low, high)
    current_extremes(monitored, (xr, xi), valid, first, current)
    if len(moved[2]) > 0:
        moved_currents(moved[0], moved[1], volts, change, moved[2], moving)
        moved_extremes(moved[3], moving, valid, first, current)
    if len(zone_watts) > 0 or len(admittances[0]) > 1:
        draw_currents(draws, nominal, (watts, var), volts, change, (inner[2], inner[3]), inner[4])
    if len(zone_watts) > 0:
        zone_sums(draws, nominal, volts, change, (inner[2], inner[3]), zone, sums)
        for z in range(len(zone_watts)):
            for k in range(taken):
                zone_watts[z, first + k] = sums[0, z, k] if done[k] > 0 else np.nan
                zone_var[z, first + k] = sums[1, z, k] if done[k] > 0 else np.nan
    if len(admittances[0]) > 1:
        residuals(
            admittances, ends, passive, (inner[2], inner[3]), (xr, xi), (moved[4], moved[5], moving), inner[4]
        )
        for k in range(taken):
            residual[first + k] = np.sqrt(inner[4][0, k]) if done[k] > 0 else np.nan
    for row in range(len(kept)):
        at = kept[row]
        for k in range(taken):
            volt = complex(start[0][at] + xr[at, k], start[1][at] + xi[at, k])
            voltages[row, first + k] = volt if done[k] > 0 else complex(np.nan, np.nan)


@loop(inline="always")
def fill(rows, values, first, taken, target):
    """Set the given power of a block; lanes past the last repeat it."""
    for row in range(len(rows)):
        line, source = target[rows[row]], values[row]
        for k in range(taken):
            line[k] = source[first + k]
        for k in range(taken, target.shape[1]):
            line[k] = source[first + taken - 1]


@bare_loop
def recover(first, rows, lr, li, begin, end, xr, xi):
    """Set the change at some places without draws from that at all those after them, (all places, width)."""
    for j in range(end - 1, begin - 1, -1):
        br = spread(0.0, load(xr, j))
        bi = br
        for p in range(take(first, j), take(first, j + 1)):
            i, r, m = take(rows, p), take(lr, p), take(li, p)
            vr, vi = load(xr, i), load(xi, i)
            br = fma(m, vi, fnma(r, vr, br))
            bi = fnma(m, vr, fnma(r, vi, bi))
        store(xr, j, br)
        store(xi, j, bi)


@bare_loop
def voltage_extremes(start, change, valid, first, low, high):
    """Update the extremes of each place; squared voltages.

    Parameters
    ----------
    start : voltage at zero change by place; change : x, both real and imaginary.
    valid : lanes that count; first : number of the first lane.
    low, high : (value, lane) arrays by place, to be updated.
    """
    for at in range(len(start[0])):
        vr, vi = load(change[0], at) + take(start[0], at), load(change[1], at) + take(start[1], at)
        square = fma(vr, vr, vi * vi)
        if any_of(both(valid, below(square, take(low[0], at)))):
            extreme = least(choose(valid, square, spread(np.inf, square)))
            low[0][at], low[1][at] = extreme, first + first_of(both(valid, at_most(square, extreme)))
        if any_of(both(valid, below(take(high[0], at), square))):
            extreme = most(choose(valid, square, spread(-1.0, square)))
            high[0][at], high[1][at] = extreme, first + first_of(both(valid, at_most(extreme, square)))


@bare_loop
def current_extremes(monitored, change, valid, first, high):
    """Update the largest squared current of each monitored conductor.

    Parameters
    ----------
    monitored : first entry of each row; entries of the rows, real and imaginary; their places; the current of
        each row at zero change, real and imaginary.
    high : (value, lane) arrays, (rows,) each, to be updated; the others as for `voltage_extremes`.
    """
    begin, br, bi, place, at_rest = monitored
    for at in range(len(begin) - 1):
        real = spread(take(at_rest[0], at), load(change[0], 0))
        imaginary = spread(take(at_rest[1], at), load(change[0], 0))
        for p in range(take(begin, at), take(begin, at + 1)):
            i, r, m = take(place, p), take(br, p), take(bi, p)
            xr, xi = load(change[0], i), load(change[1], i)
            real = fnma(m, xi, fma(r, xr, real))
            imaginary = fma(m, xr, fma(r, xi, imaginary))
        square = fma(real, real, imaginary * imaginary)
        if any_of(both(valid, below(take(high[0], at), square))):
            extreme = most(choose(valid, square, spread(-1.0, square)))
            high[0][at], high[1][at] = extreme, first + first_of(both(valid, at_most(extreme, square)))


@bare_loop
def moved_extremes(row, current, valid, first, high):
    """Update the largest squared current of the conductors of moved branches that are monitored.

    Parameters
    ----------
    row : (conductors,) monitored row of each, -1 for none; current : theirs, real and imaginary.
    """
    for c in range(len(row)):
        at = row[c]
        if at >= 0:
            real, imaginary = load(current[0], c), load(current[1], c)
            square = fma(real, real, imaginary * imaginary)
            if any_of(both(valid, below(take(high[0], at), square))):
                extreme = most(choose(valid, square, spread(-1.0, square)))
                high[0][at], high[1][at] = extreme, first + first_of(both(valid, at_most(extreme, square)))


@bare_loop
def zone_sums(draws, nominal, volts, change, current, zone, sums):
    """Set the power that the draws of each zone take [W], [var], (2, zones, width).

    Parameters
    ----------
    current : as `draw_currents` leaves it; the other arguments are as there.
    zone : (draws,) zone of each draw, -1 for none.
    """
    sums[:] = 0.0
    node, other = draws[1], draws[2]
    for d in range(len(zone)):
        z = take(zone, d)
        if z >= 0:
            a, b = take(node, d), take(other, d)
            vr = load(change[0], a) - load(change[0], b) + (take(volts[0], a) - take(volts[0], b))
            vi = load(change[1], a) - load(change[1], b) + (take(volts[1], a) - take(volts[1], b))
            yr, yi = take(nominal[0], d), take(nominal[1], d)
            cr = fnma(yi, vi, vr * yr) - load(current[0], d)
            ci = fma(yi, vr, vi * yr) - load(current[1], d)
            store(sums[0], z, fma(vi, ci, fma(vr, cr, load(sums[0], z))))
            store(sums[1], z, fnma(vr, ci, fma(vi, cr, load(sums[1], z))))


@bare_loop
def residuals(admittances, ends, passive, current, change, moved, work):
    """Set row 0 of `work` to the largest squared sum of the currents at any node [A²], which should be 0.

    Parameters
    ----------
    admittances : the loaded matrix row by row, by place: where each row begins, entries in two parts,
        columns; what it comes to at zero change, in two parts.
    ends, current : as for `forward`; passive : places without draws; change : x of all places.
    moved : conductors of moved branches at each place with draws: where each place begins, and the
        conductors; their currents, real and imaginary.
    """
    begin, yr, yi, columns, at_rest = admittances
    end_first, end_draw, sign = ends
    worst = spread(0.0, load(work, 0))
    for at in range(len(begin) - 1):
        real, imaginary = spread(take(at_rest[0], at), worst), spread(take(at_rest[1], at), worst)
        for p in range(take(begin, at), take(begin, at + 1)):
            i, r, m = take(columns, p), take(yr, p), take(yi, p)
            xr, xi = load(change[0], i), load(change[1], i)
            real = fnma(m, xi, fma(r, xr, real))
            imaginary = fma(m, xr, fma(r, xi, imaginary))
        if at >= passive:
            for p in range(take(end_first, at - passive), take(end_first, at - passive + 1)):
                d, s = take(end_draw, p), take(sign, p)
                real = fnma(s, load(current[0], d), real)
                imaginary = fnma(s, load(current[1], d), imaginary)
            for p in range(take(moved[0], at - passive), take(moved[0], at - passive + 1)):
                real = real + load(moved[2][0], take(moved[1], p))
                imaginary = imaginary + load(moved[2][1], take(moved[1], p))
        square = fma(real, real, imaginary * imaginary)
        worst = larger(square, worst)
    store(work, 0, worst)
