"""Compiled rules of inverters: what they should give at a voltage."""

import math

import numpy as np

from hcr.powerflow.loops import bare_loop

RATING, MOST, WATT_BASE, UP, DOWN, QUIET, OWN_WATT, OWN_VAR = range(8)
"""Columns of the numbers of an inverter: see `InverterTable`."""

REFERENCE, WATT_FIRST, MONITORED, PHASE = range(4)
"""Columns of its choices."""


@bare_loop
def share_at(v, first, last, x, y):
    """Return the share of a curve at a voltage: corners `first` to `last` (exclusive), flat outside."""
    if v <= x[first]:
        return y[first]
    for at in range(first + 1, last):
        if v <= x[at]:
            part = (v - x[at - 1]) / (x[at] - x[at - 1])
            return y[at - 1] + part * (y[at] - y[at - 1])
    return y[last - 1] if v == v else v


@bare_loop
def limited(watt, var, rating, watt_first):
    """Return the power that fits into the rating, both signs kept."""
    if watt * watt + var * var <= rating * rating:
        return watt, var
    if watt_first:
        watt = math.copysign(min(abs(watt), rating), watt)
        rest = math.sqrt(max(rating * rating - watt * watt, 0.0))
        return watt, math.copysign(min(abs(var), rest), var)
    var = math.copysign(min(abs(var), rating), var)
    rest = math.sqrt(max(rating * rating - var * var, 0.0))
    return math.copysign(min(abs(watt), rest), watt), var


@bare_loop
def wanted(v, watt, var, numbers, choices, var_curve, watt_curve, x, y):
    """Return the power that an inverter gives at a voltage [W], [var].

    Parameters
    ----------
    v : voltage [pu]; watt : power it could give; var : reactive power where it has no volt-var curve.
    numbers, choices : its row of each. var_curve, watt_curve : first and last corner in `x`, `y`.
    """
    if not (v == v and watt == watt and var == var):
        return np.nan, np.nan  # `min` and `max` would lose it
    rating = numbers[RATING]
    base = numbers[WATT_BASE] if numbers[WATT_BASE] > 0.0 else max(watt, 0.0)
    watt = min(watt, numbers[MOST])
    if watt_curve[1] > watt_curve[0]:
        watt = min(watt, base * share_at(v, watt_curve[0], watt_curve[1], x, y))
    if var_curve[1] > var_curve[0]:
        share = share_at(v, var_curve[0], var_curve[1], x, y)
        most = numbers[UP] if share > 0.0 else numbers[DOWN]
        if abs(watt) < numbers[QUIET]:
            var = 0.0
        elif choices[REFERENCE] == 1:
            rest = math.sqrt(max(rating * rating - watt * watt, 0.0))
            var = min(max(share * rest, -most), most)
        else:
            var = share * most
    else:
        var = min(max(var, -numbers[DOWN]), numbers[UP])
    return limited(watt, var, rating, choices[WATT_FIRST] == 1)
