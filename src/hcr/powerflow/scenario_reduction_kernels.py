"""Compiled loops that reduce scenarios step by step: each lane is a scenario at a step of its own."""

import numpy as np

from hcr.powerflow.lane_vectors import (
    any_of,
    below,
    both,
    choose,
    either,
    fma,
    fnma,
    larger,
    load,
    root,
    spread,
    store,
    take,
)
from hcr.powerflow.loops import bare_loop
from hcr.powerflow.reduction_kernels import recover
from hcr.powerflow.tail_kernels import moved_currents

DEAD = 0.01
"""Squared voltage up to which a node counts as not energised [pu²]."""

LOW, LOW_NODE, HIGH, HIGH_NODE = range(4)
"""Rows of scratch that the extremes of a step are left in, those of the second class of nodes after them."""

WORK = 2 * (HIGH_NODE + 1)
"""Rows of scratch."""

SOME = 256
"""Places that are looked at while their voltages are in the cache: 64 KiB of 32 lanes in two parts."""


@bare_loop
def reduce_steps(network, reducing, lanes, scratch, found):
    """Keep what is watched of the lanes that are at rest at a step.

    Parameters
    ----------
    network : as for `solve_block`.
    reducing : the whole factor and voltages at zero change, see `reduce_block`; what is watched: nodes, see
        `_extremes`; buses, see `_changes`; elements, see `_loadings`; terminals, see `_powers`; the moved
        branches, their matrices and rows, see `moved_currents`. Nodes and elements go by their lowest place,
        the highest first, and tell where those of each `SOME` places begin, the last places first.
    lanes : step at which each stands, and which of them are at rest there, (width,).
    scratch : x of all places, real and imaginary; of `solve_block`; currents of the moved branches, real and
        imaginary, (conductors, width); rows, (WORK, width).
    found : lowest and highest voltage by class, (2, steps, width) [pu]; the same of the day with their nodes,
        (2, width) each; mean voltage of each bus at the step before and its largest change, (buses, width)
        [pu], and the step of the former, (width,); squared current [A²] and steps above normal, (elements,
        width); watts and var, (terminals, steps, width).
    """
    first_row, rows, lr, li, passive, start = reducing[0]
    nodes, buses, elements, terminals, (ends, values, moved_rows) = reducing[1]
    (xr, xi), inner, (moving, work) = scratch
    voltages, of_day, of_buses, of_elements, of_terminals = found
    at, fine = lanes
    if not fine.any():
        return
    moved_currents(ends, values, network[5], (xr[passive:], xi[passive:]), moved_rows, moving)
    last = of_buses[2]
    for k in range(len(at)):
        inner[4][0, k] = 1.0 if fine[k] else 0.0
        inner[4][1, k] = 1.0 if fine[k] and last[k] == at[k] - 1 else 0.0
        last[k] = at[k] if fine[k] else last[k]
    for kind in range(2):
        _begin_extremes(kind, work)
    parts = len(nodes[0][0]) - 1
    for part in range(parts):
        begin = SOME * (parts - 1 - part)
        recover(first_row, rows, lr, li, begin, min(begin + SOME, passive), xr, xi)
        for kind in range(2):
            _extremes(nodes, (kind, part), start, (xr, xi), work)
        _loadings(elements, part, (xr, xi), moving, inner[4], of_elements)
    for kind in range(2):
        _keep_extremes(kind, lanes, work, voltages, of_day)
    _changes(buses, start, (xr, xi), inner[4], of_buses)
    _powers(terminals, start, (xr, xi), moving, lanes, work, of_terminals)


@bare_loop
def _begin_extremes(kind, work):
    """Set the extremes of a class of nodes to those of none."""
    row = kind * (HIGH_NODE + 1)
    none = spread(-1.0, load(work, 0))
    store(work, row + LOW, spread(np.inf, none))
    store(work, row + LOW_NODE, none)
    store(work, row + HIGH, spread(-np.inf, none))
    store(work, row + HIGH_NODE, none)


@bare_loop
def _extremes(nodes, which, start, change, work):
    """Update the lowest and highest squared voltage of a class of nodes [pu²], and where they are.

    Parameters
    ----------
    nodes : where the nodes of each part begin, one array by class; places; 1 / base² [1/V²].
    which : class of nodes and part.
    start : voltage at zero change by place; change : x, both real and imaginary.
    work : rows as `LOW` and so on say, to be updated; infinite where no node is energised.
    """
    firsts, places, weight = nodes
    kind, part = which
    first, row = firsts[kind], kind * (HIGH_NODE + 1)
    low, low_at = load(work, row + LOW), load(work, row + LOW_NODE)
    high, high_at = load(work, row + HIGH), load(work, row + HIGH_NODE)
    for i in range(take(first, part), take(first, part + 1)):
        at = take(places, i)
        vr, vi = load(change[0], at) + take(start[0], at), load(change[1], at) + take(start[1], at)
        square = fma(vr, vr, vi * vi) * take(weight, i)
        if any_of(either(below(square, low), below(high, square))):
            alive = below(DEAD, square)
            lower, higher = both(alive, below(square, low)), both(alive, below(high, square))
            here = spread(float(i), low)
            low, low_at = choose(lower, square, low), choose(lower, here, low_at)
            high, high_at = choose(higher, square, high), choose(higher, here, high_at)
    store(work, row + LOW, low)
    store(work, row + LOW_NODE, low_at)
    store(work, row + HIGH, high)
    store(work, row + HIGH_NODE, high_at)


@bare_loop
def _keep_extremes(kind, lanes, work, voltages, of_day):
    """Keep the extremes of the lanes at rest, by step and of the day; see `reduce_steps`."""
    at, fine = lanes
    low, high = voltages
    day_low, low_node, day_high, high_node = of_day
    row = kind * (HIGH_NODE + 1)
    for k in range(len(at)):
        if fine[k] and work[row + LOW_NODE, k] >= 0.0:
            lowest, highest = work[row + LOW, k], work[row + HIGH, k]
            low[kind, at[k], k], high[kind, at[k], k] = np.sqrt(lowest), np.sqrt(highest)
            if not lowest >= day_low[kind, k]:
                day_low[kind, k], low_node[kind, k] = lowest, int(work[row + LOW_NODE, k])
            if not highest <= day_high[kind, k]:
                day_high[kind, k], high_node[kind, k] = highest, int(work[row + HIGH_NODE, k])


@bare_loop
def _changes(buses, start, change, flags, of_buses):
    """Keep the mean voltage of each bus, and how far it moved at most from one step to the next.

    Parameters
    ----------
    buses : where the phases of each begin; their places; 1 / (phases times base) of each bus [1/V].
    flags : 1 for lanes at rest; 1 for those of them that were so at the step before. Not masks: handed over
        from function to function these come apart, lane by lane.
    """
    first, places, share = buses
    valid, linked = below(0.5, load(flags, 0)), below(0.5, load(flags, 1))
    before, largest, _ = of_buses
    for b in range(len(first) - 1):
        total = spread(0.0, load(before, b))
        for i in range(take(first, b), take(first, b + 1)):
            at = take(places, i)
            vr, vi = load(change[0], at) + take(start[0], at), load(change[1], at) + take(start[1], at)
            total = total + root(fma(vr, vr, vi * vi))
        mean, past, most = total * take(share, b), load(before, b), load(largest, b)
        gone = mean - past
        size = choose(below(gone, 0.0), past - mean, gone)
        store(largest, b, choose(both(linked, below(most, size)), size, most))
        store(before, b, choose(valid, mean, past))


@bare_loop
def _current(rows, at, change, moving):
    """Return the current of a row, real and imaginary.

    Parameters
    ----------
    rows : see `current_extremes`; then the conductor among the moved ones of each row, -1 for none.
    """
    begin, br, bi, place, at_rest, moved = rows
    conductor = take(moved, at)
    if conductor >= 0:
        real, imaginary = load(moving[0], conductor), load(moving[1], conductor)
    else:
        real = spread(take(at_rest[0], at), load(change[0], 0))
        imaginary = spread(take(at_rest[1], at), load(change[0], 0))
        for p in range(take(begin, at), take(begin, at + 1)):
            i, r, m = take(place, p), take(br, p), take(bi, p)
            xr, xi = load(change[0], i), load(change[1], i)
            real = fnma(m, xi, fma(r, xr, real))
            imaginary = fma(m, xr, fma(r, xi, imaginary))
    return real, imaginary


@bare_loop
def _loadings(elements, part, change, moving, flags, of_elements):
    """Keep the largest squared current of the phases of some elements, and count the steps above normal.

    Parameters
    ----------
    elements : where the elements of each part begin; where the rows of each element begin; the rows, see
        `_current`, which is written out here: a call for each row would take four times as long; squared
        normal rating [A²].
    """
    some, first, (begin, br, bi, place, at_rest, moved), rated = elements
    largest, above = of_elements
    valid = below(0.5, load(flags, 0))
    for e in range(take(some, part), take(some, part + 1)):
        square = spread(0.0, load(largest, e))
        for at in range(take(first, e), take(first, e + 1)):
            conductor = take(moved, at)
            if conductor >= 0:
                real, imaginary = load(moving[0], conductor), load(moving[1], conductor)
                square = larger(fma(real, real, imaginary * imaginary), square)
            else:
                real, imaginary = spread(take(at_rest[0], at), square), spread(take(at_rest[1], at), square)
                for p in range(take(begin, at), take(begin, at + 1)):
                    i, r, m = take(place, p), take(br, p), take(bi, p)
                    xr, xi = load(change[0], i), load(change[1], i)
                    real = fnma(m, xi, fma(r, xr, real))
                    imaginary = fma(m, xr, fma(r, xi, imaginary))
                square = larger(fma(real, real, imaginary * imaginary), square)
        higher = both(valid, below(load(largest, e), square))
        if any_of(higher):
            store(largest, e, choose(higher, square, load(largest, e)))
        over = both(valid, below(take(rated, e), square))
        if any_of(over):
            store(above, e, load(above, e) + choose(over, spread(1.0, square), spread(0.0, square)))


@bare_loop
def _powers(terminals, start, change, moving, lanes, work, of_terminals):
    """Keep the power into some terminals.

    Parameters
    ----------
    terminals : where the conductors of each begin; their places, -1 for the ground; the rows, see `_current`.
    """
    first, places, rows = terminals
    at, fine = lanes
    watts, var = of_terminals
    for t in range(len(first) - 1):
        p = spread(0.0, load(work, 0))
        q = p
        for c in range(take(first, t), take(first, t + 1)):
            i = take(places, c)
            if i >= 0:
                vr, vi = load(change[0], i) + take(start[0], i), load(change[1], i) + take(start[1], i)
                real, imaginary = _current(rows, c, change, moving)
                p = fma(vr, real, fma(vi, imaginary, p))
                q = fma(vi, real, fnma(vr, imaginary, q))
        store(work, 0, p)
        store(work, 1, q)
        for k in range(len(at)):
            if fine[k]:
                watts[t, at[k], k], var[t, at[k], k] = work[0, k], work[1, k]
