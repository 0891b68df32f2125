"""Compiled loops of inverters: what they should give at their voltages, and how far a lane goes towards it.

The power of an inverter is part of the fixed point. In each iteration it moves by a share `step` of the way
to what the curve says at the present voltage. With a loop gain g, volt of the network per volt of the curve,
the way left shrinks by |1 - step (1 + g)|: a share that is too large never settles. `step` is the choice of
Irons and Tuck (Int. J. Numer. Methods Eng. 1, 1969), from the last two ways of all inverters of a lane.
"""

import math

import numpy as np

from hcr.powerflow.loops import loop

FIRST_STEP = 0.6
"""Share of the way before there are two ways to compare: settles for gains below 2.3."""

SMALLEST_STEP = 0.02
"""Settles for gains below 99, more than a network bears."""

RATING, MOST, WATT_BASE, UP, DOWN, QUIET, OWN_WATT, OWN_VAR = range(8)
"""Columns of the numbers of an inverter: see `InverterTable`."""

REFERENCE, WATT_FIRST, MONITORED, PHASE = range(4)
"""Columns of its choices."""


@loop
def share_at(v, first, last, x, y):
    """Return the share of a curve at a voltage: corners `first` to `last` (exclusive), flat outside."""
    if v <= x[first]:
        return y[first]
    for at in range(first + 1, last):
        if v <= x[at]:
            part = (v - x[at - 1]) / (x[at] - x[at - 1])
            return y[at - 1] + part * (y[at] - y[at - 1])
    return y[last - 1] if v == v else v


@loop
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


@loop
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


@loop
def sensed(row, ends, choices, volts, change, result):
    """Set the voltage that an inverter goes by [pu], (LANES,): of its phases the mean, the most or the least.

    Parameters
    ----------
    row : first and last measured pair; ends : place and other place of each pair, and 1 / rated voltage.
    volts, change : as for `draw_currents`.
    """
    lanes = len(result)
    node, other, scale = ends
    mode, phase = choices[MONITORED], choices[PHASE]
    begin, end = row[0], row[1]
    if phase > 0:
        begin, end = row[0] + phase - 1, row[0] + phase
    for at in range(begin, end):
        a, b = node[at], other[at]
        v0r, v0i = volts[0][a] - volts[0][b], volts[1][a] - volts[1][b]
        for k in range(lanes):
            r, m = v0r + change[0][a, k] - change[0][b, k], v0i + change[1][a, k] - change[1][b, k]
            v = math.sqrt(r * r + m * m) * scale[at]
            if at == begin:
                result[k] = v
            elif mode == 1:
                result[k] = max(result[k], v)
            elif mode == 2:
                result[k] = min(result[k], v)
            else:
                result[k] += v
    if mode == 0:
        for k in range(lanes):
            result[k] /= end - begin


@loop
def memory_of(count, lanes):
    """Return what `move` remembers: what inverters could give, their last ways, the shares gone.

    Without inverters the shares stay infinite: nothing is left to go.
    """
    shape = (2, count, lanes)
    return np.zeros(shape), np.zeros(shape), np.full(lanes, np.inf)


@loop
def _choose(step, product, square, iteration, done):
    """Set the share of the way that each lane goes, from the last share and the last two ways."""
    lanes = len(step)
    for k in range(lanes):
        if done[k] > 0:
            step[k] = 0.0
        elif iteration == 1:
            step[k] = 1.0
        elif iteration == 2:
            step[k] = FIRST_STEP
        elif square[k] > 0.0:
            step[k] = min(max(step[k] * product[k] / square[k], SMALLEST_STEP), 1.0)


@loop
def move(inverters, power, volts, change, memory, iteration, done):
    """Move the inverters of each lane towards what their curves say, and set the share of the way gone.

    The first iteration goes all the way, from whatever power was there. Lanes that are done stay.

    Parameters
    ----------
    inverters : injector, measured (first and last pair), ends, numbers, choices, var_curve, watt_curve, x, y.
    power : watts and var of the injectors, (injectors, LANES); those of inverters hold on entry of the first
        iteration what they could give, later what they do.
    memory : what they could give, (2, inverters, LANES); the last ways, the same; the shares, (LANES,).
    """
    lanes = power[0].shape[1]
    injector, measured, ends, numbers, choices, var_curve, watt_curve, x, y = inverters
    given, ways, step = memory
    if len(injector) == 0:
        return
    v, product, square = np.empty(lanes), np.zeros(lanes), np.zeros(lanes)
    for i in range(len(injector)):
        e = injector[i]
        own = numbers[i][OWN_WATT] == numbers[i][OWN_WATT]
        sensed(measured[i], ends, choices[i], volts, change, v)
        for k in range(lanes):
            if done[k] > 0:
                continue
            if iteration == 1:
                given[0, i, k] = numbers[i][OWN_WATT] if own else power[0][e, k]
                given[1, i, k] = numbers[i][OWN_VAR] if own else power[1][e, k]
                power[0][e, k] = 0.0
                power[1][e, k] = 0.0
            watt, var = wanted(
                v[k],
                given[0, i, k],
                given[1, i, k],
                numbers[i],
                choices[i],
                var_curve[i],
                watt_curve[i],
                x,
                y,
            )
            watt -= power[0][e, k]
            var -= power[1][e, k]
            gone_p, gone_q = ways[0, i, k] - watt, ways[1, i, k] - var
            product[k] += ways[0, i, k] * gone_p + ways[1, i, k] * gone_q
            square[k] += gone_p * gone_p + gone_q * gone_q
            ways[0, i, k] = watt
            ways[1, i, k] = var
    _choose(step, product, square, iteration, done)
    for i in range(len(injector)):
        e = injector[i]
        for k in range(lanes):
            if done[k] > 0:
                continue
            power[0][e, k] += step[k] * ways[0, i, k]
            power[1][e, k] += step[k] * ways[1, i, k]
