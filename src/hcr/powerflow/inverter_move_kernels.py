"""Compiled loops of inverters in the iteration: how far each lane goes towards what they should give.

The power of an inverter is part of the fixed point. In each iteration it moves by a share `step` of the way
to what the curve says at the present voltage. With a loop gain g, volt of the network per volt of the curve,
the way left shrinks by |1 - step (1 + g)|: a share that is too large never settles. `step` is the choice of
Irons and Tuck (Int. J. Numer. Methods Eng. 1, 1969), from the last two ways of all inverters of a lane: those
of the circuit, which all lanes have, and those of the units that a lane has for itself.
"""

import math

import numpy as np

from hcr.powerflow.inverter_kernels import MONITORED, OWN_VAR, OWN_WATT, PHASE, wanted
from hcr.powerflow.loops import bare_loop, loop

FIRST_STEP = 0.6
"""Share of the way before there are two ways to compare: settles for gains below 2.3."""

SMALLEST_STEP = 0.02
"""Settles for gains below 99, more than a network bears."""


@bare_loop
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
def memory_of(count, lanes, units):
    """Return what `move` remembers, once `forget` has set it: what inverters could give, their last ways, the
    shares gone; then the same of the inverters of units, and what each phase of a unit gives, watts and var.

    Parameters
    ----------
    count : inverters of the circuit; units : of the lanes' own, see `unit_currents`; their inverters.
    """
    shape = (2, count, lanes)
    own, driven = units
    mine = np.zeros((2, len(driven[0]))), np.zeros((2, len(driven[0])))
    return np.zeros(shape), np.zeros(shape), np.zeros(lanes), mine, (own[3].copy(), own[4].copy())


@bare_loop
def forget(memory, inverters, units):
    """Let inverters begin afresh, and units give what they could.

    In lanes without inverters the shares are infinite: nothing is left to go.

    Parameters
    ----------
    memory : see `memory_of`; inverters : see `move`; units : as for `solve_block`.
    """
    given, ways, share, mine, now = memory
    own, driven = units[0], units[2]
    given[:] = 0.0
    ways[:] = 0.0
    share[:] = np.inf if len(inverters[0]) == 0 else 1.0
    for lane in driven[0]:
        share[lane] = 1.0
    for part in range(2):
        mine[part][:] = 0.0
    for u in range(len(own[3])):
        now[0][u], now[1][u] = own[3][u], own[4][u]


@bare_loop
def _choose(step, product, square, iteration, done):
    """Set the share of the way that each lane goes, from the last share and the last two ways."""
    lanes = len(step)
    for k in range(lanes):
        if np.isinf(step[k]):
            continue
        if done[k] > 0:
            step[k] = 0.0
        elif iteration == 1:
            step[k] = 1.0
        elif iteration == 2:
            step[k] = FIRST_STEP
        elif square[k] > 0.0:
            step[k] = min(max(step[k] * product[k] / square[k], SMALLEST_STEP), 1.0)


@loop
def move(inverters, units, power, volts, change, memory, iteration, done):
    """Move the inverters of each lane towards what their curves say, and set the share of the way gone.

    The first iteration goes all the way, from whatever power was there. Lanes that are done stay.

    Parameters
    ----------
    inverters : injector, measured (first and last pair), ends, numbers, choices, var_curve, watt_curve, x, y.
    units : of the lanes' own, see `unit_currents`; their inverters: lane, phases (first and last), 1 / rated
        voltage of each phase, then as for `inverters` from the numbers on.
    power : watts and var of the injectors, (injectors, LANES); those of inverters hold on entry of the first
        iteration what they could give, later what they do.
    memory : what they could give, (2, inverters, LANES); the last ways, the same; the shares, (LANES,); see
        `memory_of` for the rest.
    """
    if len(inverters[0]) == 0 and len(units[1][0]) == 0:
        return
    product, square = np.zeros(len(done)), np.zeros(len(done))
    _aim(inverters, power, volts, change, memory, (iteration, done, product, square))
    _aim_units(units, volts, change, memory, (iteration, done, product, square))
    injector, (_, ways, step, (_, own_ways), now) = inverters[0], memory
    _choose(step, product, square, iteration, done)
    for i in range(len(injector)):
        e = injector[i]
        for k in range(len(done)):
            if done[k] > 0:
                continue
            power[0][e, k] += step[k] * ways[0, i, k]
            power[1][e, k] += step[k] * ways[1, i, k]
    lane, span = units[1][0], units[1][1]
    for i in range(len(lane)):
        if done[lane[i]] == 0:
            share = step[lane[i]] / (span[i, 1] - span[i, 0])
            for u in range(span[i, 0], span[i, 1]):
                now[0][u] += share * own_ways[0, i]
                now[1][u] += share * own_ways[1, i]


@loop
def _aim(inverters, power, volts, change, memory, block):
    """Set how far each inverter of the circuit is from what it should give; see `move`."""
    injector, measured, ends, numbers, choices, var_curve, watt_curve, x, y = inverters
    given, ways = memory[0], memory[1]
    iteration, done, product, square = block
    lanes = len(done)
    v = np.empty(lanes)
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


@bare_loop
def _aim_units(units, volts, change, memory, block):
    """Set how far each inverter of a lane's own unit is from what it should give; see `move`."""
    own, (lane, span, scale, numbers, choices, var_curve, watt_curve, x, y) = units
    (given, ways), now = memory[3], memory[4]
    iteration, done, product, square = block
    for i in range(len(lane)):
        k, first, last = lane[i], span[i, 0], span[i, 1]
        if done[k] > 0:
            continue
        v = _sensed_by_unit((first, last), own[1], scale, choices[i], volts, change, k)
        watts, var = 0.0, 0.0
        for u in range(first, last):
            if iteration == 1:
                given[0, i] += own[3][u]
                given[1, i] += own[4][u]
                now[0][u], now[1][u] = 0.0, 0.0
            watts += now[0][u]
            var += now[1][u]
        p, q = wanted(v, given[0, i], given[1, i], numbers[i], choices[i], var_curve[i], watt_curve[i], x, y)
        p -= watts
        q -= var
        gone_p, gone_q = ways[0, i] - p, ways[1, i] - q
        product[k] += ways[0, i] * gone_p + ways[1, i] * gone_q
        square[k] += gone_p * gone_p + gone_q * gone_q
        ways[0, i], ways[1, i] = p, q


@bare_loop
def _sensed_by_unit(span, place, scale, choices, volts, change, lane):
    """Return the voltage that the inverter of a unit goes by [pu]; see `sensed`."""
    result = 0.0
    for u in range(span[0], span[1]):
        at = place[u]
        r, m = volts[0][at] + change[0][at, lane], volts[1][at] + change[1][at, lane]
        v = math.sqrt(r * r + m * m) * scale[u]
        if u == span[0]:
            result = v
        elif choices[MONITORED] == 1:
            result = max(result, v)
        elif choices[MONITORED] == 2:
            result = min(result, v)
        else:
            result += v
    return result / (span[1] - span[0]) if choices[MONITORED] == 0 else result
