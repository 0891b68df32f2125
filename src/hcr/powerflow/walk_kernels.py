"""Compiled loops of a walk with live controls, a block of lanes at a time.

Each lane has taps and steps of its own, and the end of the factor that goes with them (`tail_kernels`). A
walk takes the lanes as consecutive steps: all of a block are solved at the taps and steps of the first;
those before the first lane in which a control acts are taken as they are; the taps and steps that this one
comes to are tried in all lanes after it, too; and so on to the end of the block. Independent lanes go
through their control loops side by side.
"""

import numpy as np

from hcr.powerflow.batch_kernels import solve_block
from hcr.powerflow.control_loop_kernels import act, act_and_count, begin
from hcr.powerflow.loops import bare_loop, loop
from hcr.powerflow.output_kernels import branch_currents
from hcr.powerflow.reading_kernels import capacitor_readings, regulator_readings
from hcr.powerflow.second_solutions_kernels import carry_over, remember
from hcr.powerflow.tail_kernels import factor_lane, moved_currents, repeat_lane, set_blocks

GIVEN_UP = 1
"""Iterations that keep a lane without a solution from being solved again; `fate` tells that it has none."""

FINE, UNSOLVED, UNSETTLED = range(3)
"""What becomes of a lane: taken, without a solution, or with controls that do not come to rest."""


@bare_loop
def walk_lanes(network, moving, controls, block, limits, carried, jumps):
    """Take consecutive lanes, from the taps and steps that the lane before them left.

    Parameters
    ----------
    network : as for `solve_block`.
    moving : blocks of the moved branches, see `set_blocks`; the tail, see `factor_lane`; the matrices of the
        branches in each lane, real and imaginary.
    controls : table, see `act`; where to look, see `read`; where, queue, seen, see `control_loop_kernels`.
    block : power given and power solved with, watts and var, (injectors, lanes); x, real and imaginary;
        scratch of `solve_block`; hours of day and seconds of each lane; number of lanes; iterations,
        restless places and what becomes of each lane, to be set; how often each tap changer and each bank
        moved, to be counted on, (changers or banks, lanes).
    limits : squared tolerance, most iterations, most control iterations.
    carried : `where` of one lane: what the lane before left; to be set to what the last lane leaves.
    jumps : see `second_solutions_kernels`; x of the last solution there, too, is carried on.
    """
    table, look, where, queue, seen = controls
    given, power, change, scratch, (hours, seconds), lanes, done, culprit, fate, moves = block
    done[:] = 1
    done[:lanes] = 0
    head, rounds = 0, 0
    take_over(carried, 0, where, 0)
    move(network, moving, where, 0, lanes)
    while head < lanes:
        _begin(given, power, change, head, lanes)
        done[head:lanes] = 0
        solve_block(network, power, change, scratch, limits, done, culprit)
        again = (power, change, scratch, done, culprit)
        carry_over(network, jumps, given, again, limits, head, lanes)
        read(network, moving, look, where, hours, change, seen)
        while head < lanes:
            wants = False
            if done[head] > 0:
                remember(jumps, change, head)
                if rounds == 0:
                    begin(queue, head)
                wants = act_and_count((table, where, queue, seen), moves, head, seconds[head])
                rounds += 1
            if wants and rounds < limits[2] - 1:
                move(network, moving, where, head, lanes)
                break
            failed = done[head] == 0 or wants
            fate[head] = (UNSETTLED if wants else UNSOLVED) if failed else FINE
            moved = failed and (wants or rounds > 0)
            rounds = 0
            done[head] = done[head] if done[head] > 0 else GIVEN_UP
            head += 1
            if failed and head < lanes:
                take_over(carried, 0, where, head)
            elif not failed:
                take_over(where, head - 1, carried, 0)
            if moved and head < lanes:
                move(network, moving, where, head, lanes)
                break


@loop
def settle_lanes(network, moving, controls, block, limits, carried, jumps):
    """Take independent lanes, each from the same taps and steps; see `walk_lanes`. None has a lane before."""
    table, look, where, queue, seen = controls
    given, power, change, scratch, (hours, seconds), lanes, done, culprit, fate, _ = block
    left = np.ones(lanes, np.bool_)
    rounds = np.zeros(lanes, np.int64)
    done[:] = 1
    take_over(carried, 0, where, 0)
    move(network, moving, where, 0, lanes)
    for k in range(lanes):
        begin(queue, k)
    while left.any():
        for k in range(lanes):
            if left[k]:
                _begin(given, power, change, k, k + 1)
                done[k] = 0
        solve_block(network, power, change, scratch, limits, done, culprit)
        read(network, moving, look, where, hours, change, seen)
        for k in range(lanes):
            if left[k]:
                wants = done[k] > 0 and act(table, where, queue, seen, k, seconds[k])
                rounds[k] += 1
                if wants and rounds[k] < limits[2] - 1:
                    move(network, moving, where, k, k + 1)
                else:
                    left[k] = False
                    done[k] = done[k] if done[k] > 0 else GIVEN_UP
                    fate[k] = UNSETTLED if wants else (FINE if done[k] > 0 else UNSOLVED)


@bare_loop
def take_over(source, lane, target, into):
    """Copy the state of the controls from one lane of some arrays into one of others."""
    for i in range(len(source[0])):
        target[0][i, into] = source[0][i, lane]
    for i in range(len(source[1])):
        target[1][i, into] = source[1][i, lane]
    for i in range(len(source[2])):
        target[2][i, into] = source[2][i, lane]
        target[3][i, into] = source[3][i, lane]
    for i in range(len(source[4])):
        target[4][i, into] = source[4][i, lane]


@bare_loop
def move(network, moving, where, lane, end):
    """Bring a lane and all after it to the lane's taps and steps."""
    blocks, tail, values = moving
    own = network[8]
    taps, looks, steps, closed, opened = where
    set_blocks(blocks, (taps, steps, closed), lane, values)
    factor_lane(tail, values, lane, own)
    repeat_lane(own, lane, lane + 1, end)
    repeat_lane(values, lane, lane + 1, end)
    repeat_lane((taps, opened), lane, lane + 1, end)
    repeat_lane((looks, steps, closed), lane, lane + 1, end)


@bare_loop
def _begin(given, power, change, lane, end):
    """Let some lanes begin afresh, so that what they come to depends on their taps and steps alone."""
    for part in range(2):
        for e in range(len(given[part])):
            for k in range(lane, end):
                power[part][e, k] = given[part][e, k]
        for i in range(len(change[part])):
            for k in range(lane, end):
                change[part][i, k] = 0.0


@bare_loop
def read(network, moving, look, where, hours, change, seen):
    """Let all controls read the lanes.

    Parameters
    ----------
    look : places of the nodes looked at; watched branches as `branch_currents` takes them; the moved ones,
        see `moved_currents`, and their rows among the watched conductors; tables of the regulators and of
        the capacitor controls, see `reading_kernels`; voltages and currents, real and imaginary, scratch.
    """
    places, watched, ends, rows, regulators, capacitors, volts, current = look
    start = network[5]
    for i in range(len(places)):
        at = places[i]
        for k in range(volts[0].shape[1]):
            volts[0][i, k] = start[0][at] + change[0][at, k]
            volts[1][i, k] = start[1][at] + change[1][at, k]
    branch_currents(watched[0], watched[1], watched[2], watched[3], watched[4], volts, current)
    moved_currents(ends, moving[2], start, change, rows, current)
    regulator_readings(regulators, where[1], volts, current, seen[0])
    capacitor_readings(capacitors, hours, volts, current, seen[1])
