"""The compiled loop of units that a lane has for itself: constant power at some places."""

from hcr.powerflow.loops import loop


@loop
def unit_currents(units, volts, change, current):
    """Set what the units of each lane give, in the rows of `current` that are theirs.

    Parameters
    ----------
    units : lane, place and row of each phase of each unit; watts and var that it gives; squares of the
        voltages between which it does, beyond them it is the impedance that it has there [V²].
    volts : voltage at zero change, real and imaginary, (places + 1,).
    change : x, real and imaginary, (places + 1, lanes).
    current : real and imaginary, (rows, lanes); rows of units are 0 in lanes that have none there.
    """
    lane, place, row, watts, var, least, most = units
    for u in range(len(lane)):
        current[0][row[u], lane[u]] = 0.0
        current[1][row[u], lane[u]] = 0.0
    for u in range(len(lane)):
        k, at, into = lane[u], place[u], row[u]
        vr, vi = volts[0][at] + change[0][at, k], volts[1][at] + change[1][at, k]
        square = min(max(vr * vr + vi * vi, least[u]), most[u])
        current[0][into, k] += (watts[u] * vr + var[u] * vi) / square
        current[1][into, k] += (watts[u] * vi - var[u] * vr) / square
