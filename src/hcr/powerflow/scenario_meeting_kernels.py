"""Compiled comparisons of a lane with the plain day: whether all that is to come is the same in both."""

from hcr.powerflow import control_kernels as rules
from hcr.powerflow.loops import bare_loop

SAME_TAP = 1e-9
"""Taps this near to one another are the same: they are sums of steps, taken in another order [pu]."""


@bare_loop
def same_position(table, plain, step, where, lane, now):
    """Return whether controls stand as on the plain day before a step.

    A capacitor control counts how long its bank has been open; once that is longer than its dead time it is
    of no account when it opened.

    Parameters
    ----------
    table : see `act`; plain : `where` before each step, (rows, steps); where : (rows, lanes).
    now : time of the step [s].
    """
    for i in range(len(plain[0])):
        if not abs(plain[0][i, step] - where[0][i, lane]) <= SAME_TAP:
            return False
    for part in (plain[1], where[1]), (plain[2], where[2]), (plain[3], where[3]):
        for i in range(len(part[0])):
            if part[0][i, step] != part[1][i, lane]:
                return False
    for i in range(len(plain[4])):
        latest = max(plain[4][i, step], where[4][i, lane])
        if plain[4][i, step] != where[4][i, lane] and now - latest < table[2][i, rules.DEAD]:
            return False
    return True


@bare_loop
def same_lane(plain, step, before, lane):
    """Return whether a lane's last solution is that before a step of the plain day; so if none is kept."""
    for part in range(2):
        for i in range(len(before[part])):
            if plain[part][i, step] != before[part][i, lane]:
                return False
    return True
