"""The compiled loop that walks through all lanes with live controls and reduces them block by block."""

from hcr.powerflow.loops import loop
from hcr.powerflow.reduction_kernels import fill, reduce_block
from hcr.powerflow.walk_kernels import FINE, settle_lanes, walk_lanes


@loop
def reduce_walk(network, moving, controls, lanes, limits, carried, jumps, whole, wanted, scratch, tally):
    """Walk through all lanes, or settle each for itself, and keep what is wanted of them.

    Parameters
    ----------
    network, moving, controls, limits, carried, jumps : as for `walk_lanes`.
    lanes : whether they are consecutive; stated power and injections, see `reduce_lanes`; hours of day and
        seconds of each; what becomes of each, to be set; iterations, restless places and fate of a block,
        and its hours and seconds, scratch; power as given, watts and var, (injectors, width),
        scratch; moves, see `walk_lanes`.
    whole, wanted, scratch, tally : as for `reduce_block`.
    """
    consecutive, given, hours, seconds, fates, block, at_block, plain, moves = lanes
    done, culprit, fate = block
    power, (xr, xi), (inner, _, _) = scratch
    width, total = len(done), len(hours)
    change = xr[whole[4] :], xi[whole[4] :]
    for first in range(0, total, width):
        taken = min(width, total - first)
        for e in range(len(given[0])):
            plain[0][e] = given[0][e]
            plain[1][e] = given[1][e]
        fill(given[2], given[3], first, taken, plain[0])
        fill(given[2], given[4], first, taken, plain[1])
        for part in range(2):
            power[part][:] = plain[part]
        xr[:] = 0.0
        xi[:] = 0.0
        for k in range(width):
            at = first + min(k, taken - 1)
            at_block[0][k], at_block[1][k] = hours[at], seconds[at]
        fate[:] = FINE
        times = at_block[0], at_block[1]
        lanes_of_block = (plain, power, change, inner, times, taken, done, culprit, fate, moves)
        if consecutive:
            walk_lanes(network, moving, controls, lanes_of_block, limits, carried, jumps)
        else:
            settle_lanes(network, moving, controls, lanes_of_block, limits, carried, jumps)
        for k in range(taken):
            fates[first + k] = fate[k]
            done[k] = done[k] if fate[k] == FINE else 0
        reduce_block(network, whole, wanted, (done, culprit, first, taken), scratch, tally)
