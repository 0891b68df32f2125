"""The compiled loop of units: constant power at some places, in single lanes or in all of them."""

from hcr.powerflow.lane_vectors import below, choose, fma, fnma, load, spread, store, take
from hcr.powerflow.loops import bare_loop


@bare_loop
def unit_currents(units, now, volts, change, current):
    """Set what the units of each lane give, in the rows of `current` that are theirs.

    Parameters
    ----------
    units : own ones: lane, place and row of each phase of each unit; watts and var that it could give;
        squares of the voltages between which it does, beyond them it is the impedance that it has there
        [V²]; then those of all lanes: the same without a lane, watts and var being (phases, lanes); then
        what is of no account here.
    now : watts and var that each phase of the own ones gives.
    volts : voltage at zero change, real and imaginary, (places + 1,).
    change : x, real and imaginary, (places + 1, lanes).
    current : real and imaginary, (rows, lanes); rows of units are 0 in lanes that have none there.
    """
    (lane, place, row, _, _, least, most), shared, _ = units
    watts, var = now
    for u in range(len(lane)):
        current[0][row[u], lane[u]] = 0.0
        current[1][row[u], lane[u]] = 0.0
    _shared_currents(shared, volts, change, current)
    for u in range(len(lane)):
        k, at, into = lane[u], place[u], row[u]
        vr, vi = volts[0][at] + change[0][at, k], volts[1][at] + change[1][at, k]
        square = min(max(vr * vr + vi * vi, least[u]), most[u])
        current[0][into, k] += (watts[u] * vr + var[u] * vi) / square
        current[1][into, k] += (watts[u] * vi - var[u] * vr) / square


@bare_loop
def _shared_currents(shared, volts, change, current):
    """Set what the units give that all lanes have, in all lanes side by side."""
    place, row, watts, var, least, most = shared
    for u in range(len(place)):
        none = spread(0.0, load(watts, u))
        store(current[0], take(row, u), none)
        store(current[1], take(row, u), none)
    for u in range(len(place)):
        at, into, p, q = take(place, u), take(row, u), load(watts, u), load(var, u)
        vr, vi = load(change[0], at) + take(volts[0], at), load(change[1], at) + take(volts[1], at)
        square = fma(vr, vr, vi * vi)
        square = choose(below(square, take(least, u)), spread(take(least, u), square), square)
        square = choose(below(take(most, u), square), spread(take(most, u), square), square)
        store(current[0], into, load(current[0], into) + fma(p, vr, q * vi) / square)
        store(current[1], into, load(current[1], into) + fnma(q, vr, p * vi) / square)
