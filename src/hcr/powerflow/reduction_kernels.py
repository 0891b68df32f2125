"""Compiled loops that reduce lanes to extremes while they are in the cache."""

import numpy as np
from numba import njit

from hcr.powerflow.batch_kernels import FAST, LANES, scratch_of, solve_block
from hcr.powerflow.output_kernels import recover


@njit(cache=True, nogil=True, error_model="numpy")
def reduce_lanes(network, given, monitored, limits, span, tally):
    """Solve lanes block by block and keep the extremes; what is reduced is not written anywhere.

    Parameters
    ----------
    network : part, draws, admittance, volts, weight as for `solve_block`; then whole (first, rows, lr, li of
        the factor), passive, start (voltage at zero change by place, real and imaginary).
    given : stated watts and var of the injectors, (injectors,) each; rows of the injections; their watts and
        var, (rows, lanes).
    monitored : rows of primitive matrices, their entries, place of each conductor; see `current_extremes`.
    limits : squared tolerance and most iterations; span : first and last lane (exclusive).
    tally : low, high by place and current by monitored row, (value, lane) each; iterations and restless place
        of each lane, (lanes,).
    """
    part, draws, admittance, volts, weight, whole, passive, start = network
    low, high, current, iterations, restless = tally
    places = len(weight)
    count = len(start[0])
    watts, var = np.empty((len(given[0]), LANES)), np.empty((len(given[0]), LANES))
    for e in range(len(given[0])):
        watts[e] = given[0][e]
        var[e] = given[1][e]
    scratch = scratch_of(places)
    change = np.empty((places + 1, LANES)), np.empty((places + 1, LANES))
    xr, xi = np.zeros((count + 1, LANES)), np.zeros((count + 1, LANES))
    for first in range(span[0], span[1], LANES):
        taken = min(LANES, span[1] - first)
        _fill(given[2], given[3], first, taken, watts)
        _fill(given[2], given[4], first, taken, var)
        done, culprit = solve_block(
            part, draws, admittance, (watts, var), volts, weight, limits, scratch, change
        )
        for k in range(taken):
            iterations[first + k] = done[k]
            restless[first + k] = culprit[k]
        for i in range(places):
            xr[passive + i] = change[0][i]
            xi[passive + i] = change[1][i]
        recover(whole[0], whole[1], whole[2], whole[3], passive, xr, xi)
        voltage_extremes(start, xr, xi, done, taken, first, low, high)
        current_extremes(
            monitored[0], monitored[1], monitored[2], monitored[3], (xr, xi), done, taken, first, current
        )


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _fill(rows, values, first, taken, target):
    """Set the given power of a block; lanes past the last repeat it."""
    for row in range(len(rows)):
        line, source = target[rows[row]], values[row]
        for k in range(taken):
            line[k] = source[first + k]
        for k in range(taken, LANES):
            line[k] = source[first + taken - 1]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def voltage_extremes(start, xr, xi, done, taken, first, low, high):
    """Turn changes into voltages in place, and update the extremes of each place; squared voltages.

    Parameters
    ----------
    xr, xi : change, (places + 1, LANES); the last row, the ground, stays as it is.
    done : iterations of each lane; a lane with 0 has no solution and counts for nothing.
    low, high : (value, lane) arrays by place, to be updated.
    """
    square = np.empty(LANES)
    for at in range(len(start[0])):
        r, m, vr, vi = start[0][at], start[1][at], xr[at], xi[at]
        news = 0
        least, most = low[0][at], high[0][at]
        for k in range(LANES):
            vr[k] += r
            vi[k] += m
            square[k] = vr[k] * vr[k] + vi[k] * vi[k]
            news += np.int64(square[k] < least) + np.int64(square[k] > most)
        if news > 0:
            for k in range(taken):
                if done[k] > 0 and square[k] < low[0][at]:
                    low[0][at], low[1][at] = square[k], first + k
                if done[k] > 0 and square[k] > high[0][at]:
                    high[0][at], high[1][at] = square[k], first + k


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def current_extremes(rows, br, bi, place, volts, done, taken, first, high):
    """Update the largest squared current of each monitored conductor.

    Parameters
    ----------
    rows : first entry, number of entries and first conductor of each monitored row of a primitive matrix.
    br, bi : entries of the matrices; place : place of each conductor, the ground last.
    volts : real and imaginary, (places + 1, LANES); done, taken, first : as for `voltage_extremes`.
    high : (value, lane) arrays, (rows,) each; to be updated.
    """
    work = np.empty((2, LANES))
    for at in range(len(rows)):
        entry, size, conductor = rows[at]
        work[:] = 0.0
        for b in range(size):
            r, m = br[entry + b], bi[entry + b]
            vr, vi = volts[0][place[conductor + b]], volts[1][place[conductor + b]]
            for k in range(LANES):
                work[0, k] += r * vr[k] - m * vi[k]
                work[1, k] += r * vi[k] + m * vr[k]
        most, news = high[0][at], 0
        for k in range(LANES):
            work[0, k] = work[0, k] * work[0, k] + work[1, k] * work[1, k]
            news += np.int64(work[0, k] > most)
        if news > 0:
            for k in range(taken):
                if done[k] > 0 and work[0, k] > high[0][at]:
                    high[0][at], high[1][at] = work[0, k], first + k
