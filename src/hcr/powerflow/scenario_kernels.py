"""The compiled loop of scenarios side by side: each lane walks through the day with its own taps and steps.

A lane is a scenario, and has a clock of its own. In each pass all lanes are solved, every one at the step
where it stands: one in which a control acts is solved again at its new taps, one that is at rest is reduced
and goes on. So no lane waits for another, and what it comes to does not depend on who is beside it. A lane
begins where it first differs from the plain day, the one without units of its own, and ends where it is as
that again. Its iterations begin at its last solution; where draws jump, afresh (`_carry_on`).
"""

import functools
from typing import Any

import numpy as np

from hcr.powerflow.batch_kernels import room_of, solve_again
from hcr.powerflow.control_loop_kernels import act_and_count, begin
from hcr.powerflow.lane_arrays import in_lanes
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lane_vectors import load, store
from hcr.powerflow.loops import bare_loop, loop
from hcr.powerflow.scenario_meeting_kernels import same_lane, same_position
from hcr.powerflow.scenario_reduction_kernels import reduce_steps
from hcr.powerflow.second_solutions_kernels import copy_lane, mark_doubtful, same_sides
from hcr.powerflow.walk_kernels import FINE, UNSETTLED, UNSOLVED, move, read, take_over


@loop
def walk_side_by_side(network, moving, controls, day, limits, jumps, reducing, room, found):
    """Walk some scenarios through a day, each from its first step to where it meets the plain day again.

    Parameters
    ----------
    network, moving, controls, jumps : as for `walk_lanes`; limits, too.
    day : stated power and injections, see `reduce_lanes`, but these by step, (steps, rows); hours of day and
        seconds of each step; watts and var of each phase of each unit, of the lanes' own ones and of those
        that all have, (phases, steps); number of scenarios, at most the width of a block, and 1 where each
        ends at its first step without a solution.
    reducing : the whole factor and what is watched, see `reduce_steps`.
    room : power as given and as solved with, watts and var, (injectors, width); x of all places, real and
        imaginary, (all places + 1, width); scratch of `solve_block`, and of `reduce_steps`; `where` before
        each lane's first step, to be carried on; x of each lane's last solution, as `change` of
        `solve_block`, or none where no draw jumps.
    found : what becomes of each step and its iterations and restless place, (steps, width); taps and steps
        after it, (changers or banks, steps, width); how often each of them moved, (changers or banks, width);
        then as for `reduce_steps`; then the step at which each lane begins, the one from which it has no
        power of its own, and, to be set, that from which it is as the plain day, (width,); `where` and x of
        the plain day before each step.
    """
    inner = room[3]
    width = len(inner[4][0])
    stand = np.zeros(width, np.int64), np.full(width, -1, np.int64), found[4][0].copy()
    fine, hour = np.zeros(width, np.bool_), np.zeros(width)
    done, culprit, gone = np.zeros(width, np.int64), np.zeros(width, np.int64), np.zeros(width, np.int64)
    own, rooms = (stand, (fine, hour), (done, culprit), gone), (room, room_of(network, inner[4]))
    _walk((network, moving, controls, jumps, reducing), day, limits, rooms, found, own)


@bare_loop
def _walk(circuit, day, limits, rooms, found, lanes):
    """Walk as `walk_side_by_side` says, whose arguments these are.

    Parameters
    ----------
    circuit : network, moving, controls, jumps, reducing.
    rooms : `room` there, and that of `solve_again`.
    lanes : rounds of the controls, step whose power is set, and step at which each lane stands; whether it is
        at rest, hour of day; iterations and restless place; scratch, all (width,).
    """
    network, moving, controls, jumps, reducing = circuit
    given, hours, seconds, output, (count, _) = day
    (plain, power, states, inner, scratch, carried, before), room = rooms
    (rounds, stood, at), (fine, hour), (done, culprit), gone = lanes
    steps, passive = len(hours), reducing[0][4]
    change = states[0][passive:], states[1][passive:]
    block, steady = (power, change, inner), (count, seconds, limits[2])
    at[count:] = steps
    change[0][:] = 0.0
    change[1][:] = 0.0
    _take_positions(network, moving, carried, controls[2], found[4][0], count)
    _set_stated(given, plain)
    while _earliest(at) < steps:
        _set_powers(given, output, network[9], at, (stood, gone), plain)
        _begin(plain, power, change, len(jumps[0]) > 0)
        for k in range(len(at)):
            done[k] = 0 if at[k] < steps else 1
            hour[k] = hours[min(at[k], steps - 1)]
        solve_again(network, block, room, limits, done, culprit)
        if len(jumps[0]) > 0:
            _carry_on((network, jumps, room), plain, (*block, done, culprit), limits, (at, before, steps))
        read(network, moving, controls[1], controls[2], hour, change, controls[4])
        own = at, rounds, fine, done, culprit
        _settle(network, moving, controls, (found[2], carried), own, steady, found[0])
        reduce_steps(network, reducing, (at, fine), (states, inner, scratch), found[3])
        _go_on(controls, day, (carried, before), found, (at, rounds, fine))


@bare_loop
def _go_on(controls, day, own, found, lanes):
    """Let each lane whose step is done go on to the next, or to the end where it meets the plain day.

    Parameters
    ----------
    own : `where` of each lane, and x of its last solution; lanes : see `_settle`.
    """
    _, hours, seconds, _, (count, stops) = day
    fates, positions, _, _, (_, ends, joins, where, past) = found
    at, rounds, fine = lanes
    for k in range(count):
        if at[k] < len(hours) and (fine[k] or fates[0][at[k], k] != FINE):
            _note(controls[2], positions, fine[k], at[k], k)
            at[k] = at[k] + 1 if fine[k] or stops == 0 else len(hours)
            rounds[k] = 0
            if ends[k] <= at[k] < len(hours) and _meets(
                controls[0], (where, past), at[k], own, k, seconds[at[k]]
            ):
                joins[k], at[k] = at[k], len(hours)


@bare_loop
def _earliest(at):
    """Return the earliest step at which a lane stands."""
    least = at[0]
    for step in at:
        least = min(least, step)
    return least


@bare_loop
def _begin(plain, power, change, afresh):
    """Begin with the power as given, and where lanes are or, where draws jump, afresh."""
    for part in range(2):
        for e in range(len(power[part])):
            store(power[part], e, load(plain[part], e))
        if afresh:
            change[part][:] = 0.0


@functools.cache
def walk_in(lanes: int) -> Any:
    """Return `walk_side_by_side` for blocks of some width."""
    if lanes == LANES:
        return walk_side_by_side

    @loop
    def walk(network, moving, controls, day, limits, jumps, reducing, room, found):
        """Walk through a day with rows of another width than `load` takes them to be."""
        walk_side_by_side(
            in_lanes(network, lanes),
            in_lanes(moving, lanes),
            in_lanes(controls, lanes),
            day,
            limits,
            in_lanes(jumps, lanes),
            in_lanes(reducing, lanes),
            in_lanes(room, lanes),
            in_lanes(found, lanes),
        )

    return walk


@bare_loop
def _meets(table, plain, step, own, lane, now):
    """Return whether all that is to come is the same in a lane without power as on the plain day."""
    return same_position(table, plain[0], step, own[0], lane, now) and same_lane(plain[1], step, own[1], lane)


@bare_loop
def _take_positions(network, moving, carried, where, begins, count):
    """Bring each lane to where its controls stand; lanes that are not there to where the last one is."""
    for k in range(count):
        if k == 0 or begins[k] != begins[k - 1]:  # at the same step the plain day stands where it stands
            take_over(carried, k, where, k)
            move(network, moving, where, k, len(carried[0][0]))


@bare_loop
def _set_stated(given, plain):
    """Set what elements draw or give in all lanes where the injections do not say it."""
    for e in range(len(given[0])):
        plain[0][e] = given[0][e]
        plain[1][e] = given[1][e]


@bare_loop
def _set_powers(given, output, units, at, before, plain):
    """Set what elements and units draw or give in each lane, where it is at another step than before.

    Parameters
    ----------
    before : step at which each lane stood; scratch, (width,).
    """
    _, _, rows, watts, var = given
    own, shared, _ = units
    stood, gone = before
    last, went = len(watts) - 1, 0
    for k in range(len(at)):
        if min(at[k], last) != stood[k]:
            stood[k] = min(at[k], last)
            gone[went] = k
            went += 1
    for row in range(len(rows)):
        e = rows[row]
        for lane in range(went):
            k = gone[lane]
            plain[0][e, k] = watts[stood[k], row]
            plain[1][e, k] = var[stood[k], row]
    for u in range(len(own[0])):
        t = stood[own[0][u]]
        own[3][u], own[4][u] = output[0][0][u, t], output[0][1][u, t]
    for u in range(len(shared[0])):
        for lane in range(went):
            k = gone[lane]
            shared[2][u, k], shared[3][u, k] = output[1][0][u, stood[k]], output[1][1][u, stood[k]]


@bare_loop
def _settle(network, moving, controls, positions, lanes, limits, fates):
    """Let the controls of each lane act once, and note what becomes of the steps at which none does.

    Parameters
    ----------
    positions : how often what moves, to be counted on; `where` before each lane's step.
    lanes : step at which each stands, rounds of its controls there, whether it is at rest, to be set;
        iterations and restless place.
    limits : number of lanes, seconds of each step, most control iterations.
    fates : what becomes of each step, its iterations and its restless place, (steps, width).
    """
    moves, carried = positions
    at, rounds, fine, done, culprit = lanes
    count, seconds, most = limits
    table, _, where, queue, seen = controls
    for k in range(count):
        fine[k] = False
        if at[k] >= len(seconds):
            continue
        if done[k] > 0 and rounds[k] == 0:
            begin(queue, k)
        wants = done[k] > 0 and act_and_count((table, where, queue, seen), moves, k, seconds[at[k]])
        rounds[k] += 1 if done[k] > 0 else 0
        if wants and rounds[k] < most - 1:
            move(network, moving, where, k, k + 1)
            continue
        fine[k] = done[k] > 0 and not wants
        fates[0][at[k], k] = FINE if fine[k] else (UNSETTLED if wants else UNSOLVED)
        fates[1][at[k], k] = done[k] if fine[k] else 0
        fates[2][at[k], k] = culprit[k]
        if fine[k]:
            take_over(where, k, carried, k)
        elif rounds[k] > 0:
            take_over(carried, k, where, k)
            move(network, moving, where, k, k + 1)


@bare_loop
def _note(where, positions, fine, at, lane):
    """Note where taps and steps are after a step; nowhere if it has no solution."""
    taps, steps = positions
    for i in range(len(taps)):
        taps[i, at, lane] = where[0][i, lane] if fine else np.nan
    for i in range(len(steps)):
        steps[i, at, lane] = where[2][i, lane] if fine else 0


@loop
def _carry_on(circuit, given, block, limits, lanes):
    """Solve lanes in doubt again, each from its own state at the step before; see `carry_over`.

    Parameters
    ----------
    circuit : network and jumps, and the room of `solve_again`.
    """
    network, jumps, room = circuit
    power, change, scratch, done, culprit = block
    at, before, steps = lanes
    width = len(done)
    doubtful = np.zeros(width, np.bool_)
    mark_doubtful(network, jumps, given, change, 0, width, doubtful)
    for k in range(width):
        doubtful[k] = at[k] < steps and (doubtful[k] or done[k] == 0)
    if doubtful.any():
        cold, fresh = (change[0].copy(), change[1].copy()), (power[0].copy(), power[1].copy())
        cold_done = done.copy()
        for k in range(width):
            if doubtful[k]:
                copy_lane(before, k, change, k)
                copy_lane(given, k, power, k)
                done[k] = 0
        solve_again(network, (power, change, scratch), room, limits, done, culprit)
        for k in range(width):
            same = done[k] > 0 and cold_done[k] > 0 and same_sides(network, jumps, change, cold, k)
            if doubtful[k] and (done[k] == 0 or same):
                copy_lane(cold, k, change, k)
                copy_lane(fresh, k, power, k)
                done[k] = cold_done[k]
    for k in range(width):
        if at[k] < steps and done[k] > 0:
            copy_lane(change, k, before, k)
