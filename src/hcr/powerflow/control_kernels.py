"""What regulators and capacitor controls decide, compiled: a lane's readings to the move that is wanted.

Rules and rounding are those of OpenDSS in its static control mode, so that both make the same moves: Sample
of RegControl.pas and CapControl.pas in the DSS C-API. The functions are written in scalars and do not know
where readings come from.
"""

import numpy as np

from hcr.powerflow.control_kinds import CapacitorKind
from hcr.powerflow.loops import bare_loop

PT, MEASURED, CT, BASE, LIMIT, THRESHOLD, INCREMENT, LOWEST_TAP, HIGHEST_TAP = range(9)
"""Columns of the numbers of a regulator."""

FORWARD, REVERSED = 9, 14
"""Where the numbers of its two targets begin."""

VOLTS, BAND, DROP_R, DROP_X, DROP_Z = range(5)
"""Columns of a target."""

DELAY, TURN_DELAY, NEUTRAL_DELAY = range(19, 22)
"""Columns of its delays [s]."""

PHASE, CHANGER, REMOTE, BACKWARDS, BLOCKED, REVERSIBLE, NEUTRAL, MOST_STEPS, INVERSE, COGENERATION = range(10)
"""Columns of the choices of a regulator."""

AHEAD, TURNED, COGENERATING = range(3)
"""Where a regulator looks: with the power, against it, or still ahead but at the other target."""

ON, OFF, OVERRIDE_LOW, OVERRIDE_HIGH, FIRST_KVAR, FURTHER_KVAR, PT_RATIO, CT_RATIO = range(8)
"""Columns of the numbers of a capacitor control."""

ON_DELAY, OFF_DELAY, DEAD = range(8, 11)
"""Columns of its delays [s]."""

KIND, BANK, VOLTAGE_PHASE, CURRENT_PHASE = range(4)
"""Columns of its choices."""

OPEN, REST, CLOSE, KEEP = -1, 0, 1, 2
"""What a capacitor control wants; `KEEP`: nothing new, and what it waits for stays."""

CURRENT, VOLTAGE, KVAR, TIME, POWER_FACTOR = (int(kind) for kind in CapacitorKind)

NEUTRAL_SLACK = 1e-12
"""A tap this near to 1 is neutral [pu]."""


@bare_loop
def steps_wanted(numbers, choices, looks, tap, volts, local):
    """Return the tap change that brings a regulator to its target [pu], and whether it is out of its band.

    The change is a whole number of steps, rounded half to even; it can be 0 though the band is left, where
    the band is narrower than a step.

    Parameters
    ----------
    numbers, choices : its row of each. looks : where it looks. tap : its present tap [pu].
    volts : what it measures, line drop included [V]; local : what its limit bounds [V].
    """
    target = FORWARD if looks == AHEAD else REVERSED
    if looks == TURNED:
        volts = volts / tap
    missing = numbers[target + VOLTS] - volts
    outside = abs(missing) > numbers[target + BAND] / 2.0
    if numbers[LIMIT] > 0.0 and local > numbers[LIMIT]:
        outside = True
        missing = numbers[LIMIT] - local
    if not outside:
        return 0.0, False
    boost = missing * numbers[PT] / numbers[BASE]
    change = np.rint(boost / numbers[INCREMENT]) * numbers[INCREMENT]
    return (-change if choices[BACKWARDS] == 1 or looks == TURNED else change), True


@bare_loop
def can_move(numbers, tap, change):
    """Return whether a tap is not at the end of its range already."""
    if change > 0.0:
        return tap < numbers[HIGHEST_TAP]
    return change < 0.0 and tap > numbers[LOWEST_TAP]


@bare_loop
def wants_to_turn(numbers, choices, looks, watts):
    """Return whether power flows where a regulator does not look; watts are those going forward."""
    if choices[REVERSIBLE] == 0 or choices[REMOTE] == 1:
        return False
    if looks == AHEAD:
        return watts < -numbers[THRESHOLD]
    return watts > numbers[THRESHOLD]


@bare_loop
def to_neutral(numbers, tap):
    """Return the tap change that leads to the neutral tap [pu]."""
    if abs(tap - 1.0) <= NEUTRAL_SLACK:
        return 0.0
    return np.rint((1.0 - tap) / numbers[INCREMENT]) * numbers[INCREMENT]


@bare_loop
def goes_neutral(choices, looks):
    """Return whether a regulator only looks for its neutral tap."""
    reversible = choices[REVERSIBLE] == 1 and choices[REMOTE] == 0
    return reversible and looks != AHEAD and choices[NEUTRAL] == 1


@bare_loop
def bank_wanted(numbers, kind, closed, available, readings):
    """Return what a capacitor control wants: `OPEN`, `CLOSE`, `REST` or `KEEP`.

    Parameters
    ----------
    numbers : its row. closed : whether the bank is connected; available : steps not in service.
    readings : volts of the override, what the control goes by, and kvar into the watched terminal.
    """
    volts, value, kvar = readings
    if kind != VOLTAGE:
        if not closed and volts < numbers[OVERRIDE_LOW]:
            return CLOSE
        if closed and volts > numbers[OVERRIDE_HIGH]:
            return OPEN
    if kind == TIME:
        wants_on, wants_off = _by_clock(value, numbers[ON], numbers[OFF])
    elif kind == VOLTAGE:
        wants_on, wants_off = value < numbers[ON], value > numbers[OFF]
    elif kind == POWER_FACTOR:
        least = numbers[FURTHER_KVAR] if closed else numbers[FIRST_KVAR]
        wants_on, wants_off = value < numbers[ON] and kvar > least, value > numbers[OFF]
    else:
        wants_on, wants_off = value > numbers[ON], value < numbers[OFF]
    if not closed:
        return CLOSE if wants_on else REST
    if wants_off:
        return OPEN
    if available > 0:
        if wants_on:
            return CLOSE
        return REST if kind == VOLTAGE else KEEP  # as the engine does
    return REST


@bare_loop
def _by_clock(hour, on, off):
    """Return whether a time of day asks for a bank, and whether it asks for none."""
    if off > on:
        return on <= hour < off, hour >= off or hour < on
    return on <= hour < 24.0, off <= hour < on
