"""Compiled loops that reduce a block to extremes while it is in the cache."""

import numpy as np
from numba import njit

from hcr.powerflow.batch_kernels import FAST, LANES


@njit(cache=True, nogil=True, fastmath=FAST)
def node_extremes(volts, lanes, first, low, high):
    """Lower and raise the extremes of each node by a block; squared voltages.

    Parameters
    ----------
    volts : real and imaginary, (nodes + 1, LANES); lanes : how many of them count; first : number of the first.
    low, high : (value, lane) arrays, (nodes,) each; to be updated.
    """
    for node in range(len(low[0])):
        least, most = low[0][node], high[0][node]
        smallest, largest = least, most
        for k in range(LANES):
            square = volts[0][node, k] * volts[0][node, k] + volts[1][node, k] * volts[1][node, k]
            smallest = min(smallest, square)
            largest = max(largest, square)
        if smallest < least or largest > most:
            for k in range(lanes):
                square = volts[0][node, k] * volts[0][node, k] + volts[1][node, k] * volts[1][node, k]
                if square < low[0][node]:
                    low[0][node], low[1][node] = square, first + k
                if square > high[0][node]:
                    high[0][node], high[1][node] = square, first + k


@njit(cache=True, nogil=True, fastmath=FAST)
def current_extremes(rows, br, bi, node, volts, lanes, first, high):
    """Raise the largest squared current of each monitored conductor by a block.

    Parameters
    ----------
    rows : first entry, number of entries and first conductor of each monitored row of a primitive matrix.
    br, bi : entries of the matrices; node : node of each conductor, the ground last.
    high : (value, lane) arrays, (rows,) each; to be updated.
    """
    real, imaginary, square = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for at in range(len(rows)):
        entry, size, conductor = rows[at]
        real[:] = 0.0
        imaginary[:] = 0.0
        for b in range(size):
            r, m = br[entry + b], bi[entry + b]
            vr, vi = volts[0][node[conductor + b]], volts[1][node[conductor + b]]
            for k in range(LANES):
                real[k] += r * vr[k] - m * vi[k]
                imaginary[k] += r * vi[k] + m * vr[k]
        largest = high[0][at]
        for k in range(LANES):
            square[k] = real[k] * real[k] + imaginary[k] * imaginary[k]
            largest = max(largest, square[k])
        if largest > high[0][at]:
            for k in range(lanes):
                if square[k] > high[0][at]:
                    high[0][at], high[1][at] = square[k], first + k
