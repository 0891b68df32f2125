"""Compiled loops of the end of the factor that is each lane's own; see `tail`."""

import numpy as np

from hcr.powerflow.factor_kernels import SINGULAR, factorise
from hcr.powerflow.lane_vectors import below, choose, fma, fnma, larger, load, spread, store, take
from hcr.powerflow.loops import bare_loop, loop


@bare_loop
def set_blocks(blocks, state, lane, values):
    """Set the matrices of the moved branches in a lane.

    Parameters
    ----------
    blocks : kind, near, far, sizes of the banks, F, S and values by steps, real and imaginary; see `Moved`.
    state : taps, (changers + 1, lanes), the last 1; steps and whether closed, (banks, lanes).
    values : (entries, lanes), real and imaginary, to be set.
    """
    kind, near, far, size, fr, fi, sr, si, br, bi = blocks
    taps, steps, closed = state
    for e in range(len(kind)):
        if kind[e] == 0:
            scale = 1.0 / (taps[near[e], lane] * taps[far[e], lane])
            values[0][e, lane] = fr[e] + sr[e] * scale
            values[1][e, lane] = fi[e] + si[e] * scale
        else:
            bank = near[e]
            at = far[e] + (steps[bank, lane] if closed[bank, lane] == 1 else size[bank] + 1)
            values[0][e, lane] = br[at]
            values[1][e, lane] = bi[at]


@loop
def factor_lane(tail, values, lane, own):
    """Factor the end of the matrix in a lane, and set what its voltages at zero change are short of.

    Parameters
    ----------
    tail : first, rows of L; column_first, column_rows, S in two parts; target, row, column, present
        matrices in two parts, voltages at zero change in two parts; see `Tail`.
    values : as `set_blocks` leaves them.
    own : L, (entries, lanes), inverse pivots and right-hand side, (places, lanes), each in two parts; to be
        set.
    """
    first, rows, a_first, a_rows, schur_r, schur_i, target, row, column, pr, pi, vr, vi = tail
    lr, li, dr, di, rr, ri = own
    a = np.empty(len(a_rows), np.complex128)
    for e in range(len(a)):
        a[e] = complex(schur_r[e], schur_i[e])
    for i in range(len(dr)):
        rr[i, lane] = 0.0
        ri[i, lane] = 0.0
    for e in range(len(target)):
        value = complex(values[0][e, lane], values[1][e, lane])
        if target[e] >= 0:
            a[target[e]] += value
        if row[e] >= 0 and column[e] >= 0:
            change = (value - complex(pr[e], pi[e])) * complex(vr[column[e]], vi[column[e]])
            rr[row[e], lane] -= change.real
            ri[row[e], lane] -= change.imag
    lower, pivot, start = factorise(first, rows, a_first, a_rows, a)
    for p in range(len(lower)):
        lr[p, lane] = lower[p].real
        li[p, lane] = lower[p].imag
    for j in range(len(pivot)):
        alive = abs(pivot[j]) > SINGULAR * max(abs(start[j]), 1e-300)
        inverse = 1.0 / pivot[j] if alive else complex(0.0, 0.0)
        dr[j, lane] = inverse.real
        di[j, lane] = inverse.imag


@bare_loop
def repeat_lane(arrays, lane, begin, end):
    """Copy a lane of some arrays into lanes `begin` to `end` (exclusive)."""
    for array in arrays:
        for i in range(len(array)):
            for k in range(begin, end):
                array[i, k] = array[i, lane]


@bare_loop
def forward_tail(structure, own, result):
    """Go on with y = L⁻¹ b in the last places, b there already less what the common part takes off.

    Parameters
    ----------
    structure : begin, first and rows of L by columns, the same by rows with the entries; own : see
    `factor_lane`.
    result : y, real and imaginary, (places + 1, lanes).
    """
    begin, _, _, row_first, columns, entries = structure
    lr, li, _, _, rr, ri = own
    for i in range(len(row_first) - 1):
        br, bi = load(result[0], begin + i) + load(rr, i), load(result[1], begin + i) + load(ri, i)
        for p in range(take(row_first, i), take(row_first, i + 1)):
            k, e = begin + take(columns, p), take(entries, p)
            r, m, yr, yi = load(lr, e), load(li, e), load(result[0], k), load(result[1], k)
            br = fma(m, yi, fnma(r, yr, br))
            bi = fnma(m, yr, fnma(r, yi, bi))
        store(result[0], begin + i, br)
        store(result[1], begin + i, bi)


@bare_loop
def backward_tail(structure, own, given, change, weight, flags):
    """Set x in the last places, and how far each lane has moved there; see `backward`."""
    begin, first, rows = structure[:3]
    lr, li, dr, di, _, _ = own
    moving = below(0.5, load(flags, 0))
    worst = load(flags, 1)
    for j in range(len(first) - 2, -1, -1):
        at = begin + j
        r, m, yr, yi = load(dr, j), load(di, j), load(given[0], at), load(given[1], at)
        br, bi = fnma(m, yi, yr * r), fma(m, yr, yi * r)
        for p in range(take(first, j), take(first, j + 1)):
            i = begin + take(rows, p)
            r, m, xr, xi = load(lr, p), load(li, p), load(change[0], i), load(change[1], i)
            br = fma(m, xi, fnma(r, xr, br))
            bi = fnma(m, xr, fnma(r, xi, bi))
        worst = moved_on(moving, (br, bi), change, at, take(weight, at), worst)
    store(flags, 1, worst)


@bare_loop
def moved_on(moving, now, change, at, weight, worst):
    """Set x at a place in the lanes that still move, and return the largest squared move so far [pu²].

    A move that is no number counts as the largest, and stays it.
    """
    xr, xi = load(change[0], at), load(change[1], at)
    gone_r, gone_i = now[0] - xr, now[1] - xi
    moved = fma(gone_r, gone_r, gone_i * gone_i) * weight
    store(change[0], at, choose(moving, now[0], xr))
    store(change[1], at, choose(moving, now[1], xi))
    return larger(moved, worst)


@bare_loop
def moved_currents(ends, values, volts, change, rows, current):
    """Set currents into the conductors of the moved branches.

    Parameters
    ----------
    ends : where the conductors and the entries of each branch begin, and the places of the conductors.
    values : as `set_blocks` leaves them; volts : voltage at zero change by place; change : x.
    rows : where the current of each conductor goes in `current`, (rows, lanes); -1 for nowhere.
    """
    first, entry, place = ends
    for b in range(len(first) - 1):
        size = first[b + 1] - first[b]
        for a in range(size):
            row = rows[first[b] + a]
            if row >= 0:
                real = spread(0.0, load(change[0], 0))
                imaginary = real
                for k in range(size):
                    e, at = entry[b] + a * size + k, place[first[b] + k]
                    r, m = load(values[0], e), load(values[1], e)
                    vr, vi = load(change[0], at) + volts[0][at], load(change[1], at) + volts[1][at]
                    real = fnma(m, vi, fma(r, vr, real))
                    imaginary = fma(m, vr, fma(r, vi, imaginary))
                store(current[0], row, real)
                store(current[1], row, imaginary)
