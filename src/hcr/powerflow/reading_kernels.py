"""Compiled loops that turn voltages and currents into what controls read.

Source of the rules: GetControlVoltage and Sample of RegControl.pas, GetControlVoltage and GetControlCurrent
of CapControl.pas in the DSS C-API.
"""

import math

import numpy as np

from hcr.powerflow import control_kernels as rules
from hcr.powerflow.control_kinds import HIGHEST, LOWEST, MEAN
from hcr.powerflow.loops import bare_loop, loop


@bare_loop
def size_of(real, imaginary):
    """Return the magnitude of a complex number, not by the slower `hypot`, made for extreme numbers."""
    return math.sqrt(real * real + imaginary * imaginary)


@bare_loop
def across(volts, pair, lane):
    """Return the voltage across a pair of nodes, real and imaginary."""
    a, b = pair[0], pair[1]
    return volts[0][a, lane] - volts[0][b, lane], volts[1][a, lane] - volts[1][b, lane]


@bare_loop
def chosen_phase(volts, pairs, begin, end, phase, lane):
    """Return the pair that a regulator goes by: the first of the highest or lowest, or the one it names."""
    if phase > 0:
        return begin + phase - 1
    best, extreme = begin, -1.0
    for at in range(begin, end):
        real, imaginary = across(volts, pairs[at], lane)
        size = size_of(real, imaginary)
        if at == begin or (phase == HIGHEST and size > extreme) or (phase == LOWEST and size < extreme):
            best, extreme = at, size
    return best


@bare_loop
def regulator_readings(table, looks, volts, current, result):
    """Set what regulators read: volts with line drop, volts that the limit bounds, watts going forward.

    Parameters
    ----------
    table : numbers, choices, pairs, limited, terminals, ends; see `ControlTable`.
    looks : where each looks, (regulators, lanes). volts, current : real and imaginary, at the nodes and in
    the conductors watched.
    result : (3, regulators, lanes), to be set.
    """
    numbers, choices, (pair_first, pairs), limited, (first, conductors), ends = table
    for r in range(len(choices)):
        begin, end = pair_first[r], pair_first[r + 1]
        for lane in range(result.shape[2]):
            target = rules.FORWARD if looks[r, lane] == rules.AHEAD else rules.REVERSED
            drop = numbers[r, target + rules.DROP_R], numbers[r, target + rules.DROP_X]
            drop_z = numbers[r, target + rules.DROP_Z]
            pair = chosen_phase(volts, pairs, begin, end, choices[r, rules.PHASE], lane)
            real, imaginary = across(volts, pairs[pair], lane)
            real, imaginary = real / numbers[r, rules.MEASURED], imaginary / numbers[r, rules.MEASURED]
            seen = size_of(real, imaginary)
            local = seen
            if choices[r, rules.REMOTE] == 1:
                near_real, near_imaginary = across(volts, limited[r], lane)
                local = size_of(near_real, near_imaginary) / numbers[r, rules.PT]
            if first[r + 1] > first[r]:
                row = conductors[first[r] + pair - begin]
                ir, ii = (
                    current[0][row, lane] / numbers[r, rules.CT],
                    current[1][row, lane] / numbers[r, rules.CT],
                )
                if drop_z != 0.0:
                    seen = seen - size_of(ir, ii) * drop_z
                    seen = abs(seen)
                else:
                    real += drop[0] * ir - drop[1] * ii
                    imaginary += drop[0] * ii + drop[1] * ir
                    seen = size_of(real, imaginary)
            result[0, r, lane] = seen
            result[1, r, lane] = local
            result[2, r, lane] = -power_into(conductors[first[r] : first[r + 1]], ends, volts, current, lane)[
                0
            ]


@bare_loop
def power_into(conductors, ends, volts, current, lane):
    """Return watts and var into a terminal."""
    watts, var = 0.0, 0.0
    for row in conductors:
        vr, vi = volts[0][ends[row], lane], volts[1][ends[row], lane]
        ir, ii = current[0][row, lane], current[1][row, lane]
        watts += vr * ir + vi * ii
        var += vi * ir - vr * ii
    return watts, var


@bare_loop
def combined(sizes, phase):
    """Return the mean, the highest or the lowest of the sizes of phases, or the only one."""
    if phase == MEAN:
        return sizes.sum() / len(sizes)
    if phase == HIGHEST:
        return sizes.max()
    if phase == LOWEST:
        return sizes.min()
    return sizes[0]


@loop
def measured_volts(volts, pairs, phase, lane):
    """Return the voltage that a capacitor control measures [V]; 0 where it measures none."""
    if len(pairs) == 0:
        return 0.0
    sizes = np.empty(len(pairs))
    for at in range(len(pairs)):
        real, imaginary = across(volts, pairs[at], lane)
        sizes[at] = size_of(real, imaginary)
    return combined(sizes, phase)


@loop
def measured_amperes(current, conductors, phase, lane):
    """Return the current that a capacitor control measures [A]."""
    sizes = np.empty(len(conductors))
    for at in range(len(conductors)):
        row = conductors[at]
        sizes[at] = size_of(current[0][row, lane], current[1][row, lane])
    return combined(sizes, phase)


@bare_loop
def power_factor(watts, var):
    """Return the power factor, 0 to 1 lagging and 1 to 2 leading."""
    size = size_of(watts, var)
    share = abs(watts) / size if size != 0.0 else 1.0
    return 2.0 - share if var < 0.0 else share


@bare_loop
def capacitor_readings(table, hours, volts, current, result):
    """Set what capacitor controls read: volts of the override, what they go by, kvar into the terminal.

    Parameters
    ----------
    table : numbers, choices, pairs, overrides, terminals, currents, ends; see `ControlTable`. `pairs` and
        `terminals` hold the regulators' first.
    hours : (lanes,) time of day of each lane [h]. volts, current, result : as for `regulator_readings`.
    """
    numbers, choices, (pair_first, pairs), overrides, (first, conductors), measured, ends = table
    skipped = len(first) - 1 - len(choices)
    for c in range(len(choices)):
        kind, phase, r = choices[c, rules.KIND], choices[c, rules.VOLTAGE_PHASE], c + skipped
        own = pairs[pair_first[r] : pair_first[r + 1]]
        other = overrides[1][overrides[0][c] : overrides[0][c + 1]]
        terminal = conductors[first[r] : first[r + 1]]
        amperes = measured[1][measured[0][c] : measured[0][c + 1]]
        for lane in range(result.shape[2]):
            watts, var = power_into(terminal, ends, volts, current, lane)
            result[0, c, lane] = measured_volts(volts, other, phase, lane) / numbers[c, rules.PT_RATIO]
            result[2, c, lane] = 0.001 * var
            if kind == rules.VOLTAGE:
                value = measured_volts(volts, own, phase, lane) / numbers[c, rules.PT_RATIO]
            elif kind == rules.CURRENT:
                size = measured_amperes(current, amperes, choices[c, rules.CURRENT_PHASE], lane)
                value = size / numbers[c, rules.CT_RATIO]
            elif kind == rules.KVAR:
                value = 0.001 * var
            elif kind == rules.TIME:
                value = hours[lane]
            else:
                value = power_factor(watts, var)
            result[1, c, lane] = value
