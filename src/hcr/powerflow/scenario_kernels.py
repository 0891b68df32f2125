"""The compiled loop of scenarios side by side: each lane walks through the day with its own taps and steps.

A lane is a scenario, and has a clock of its own. In each pass all lanes are solved, every one at the step
where it stands: one in which a control acts is solved again at its new taps, one that is at rest is reduced
and goes on. So no lane waits for another, and what it comes to does not depend on who is beside it.
"""

import numpy as np

from hcr.powerflow.batch_kernels import solve_block
from hcr.powerflow.control_loop_kernels import act, begin
from hcr.powerflow.loops import loop
from hcr.powerflow.scenario_reduction_kernels import reduce_steps
from hcr.powerflow.second_solutions_kernels import copy_lane, mark_doubtful, same_sides
from hcr.powerflow.walk_kernels import FINE, UNSETTLED, UNSOLVED, move, read, take_over


@loop
def walk_side_by_side(network, moving, controls, day, limits, jumps, reducing, room, found):
    """Walk some scenarios through a day.

    Parameters
    ----------
    network, moving, controls, jumps : as for `walk_lanes`; limits, too.
    day : stated power and injections, see `reduce_lanes`; hours of day and seconds of each step; watts and
        var of each phase of each unit, (phases, steps); number of scenarios, at most the width of a block.
    reducing : the whole factor and what is watched, see `reduce_steps`.
    room : power as given and as solved with, watts and var, (injectors, width); x of all places, real and
        imaginary, (all places + 1, width); scratch of `solve_block`, and of `reduce_steps`; `where` before
        the first step, to be carried on; x of each lane's last solution, zeros, as `change` of
        `solve_block`, or none where no draw jumps.
    found : what becomes of each step and its iterations and restless place, (steps, width); taps and steps
        after it, (changers or banks, steps, width); how often each of them moved, (changers or banks, width);
        then as for `reduce_steps`.
    """
    table, look, where, queue, seen = controls
    given, hours, seconds, output, count = day
    plain, power, states, inner, scratch, carried, before = room
    (fates, iterations, restless), positions, moves, reduced = found
    width, steps, passive = len(inner[4][0]), len(hours), reducing[0][4]
    change = states[0][passive:], states[1][passive:]
    at, rounds = np.zeros(width, np.int64), np.zeros(width, np.int64)
    done, culprit = np.zeros(width, np.int64), np.zeros(width, np.int64)
    fine, hour = np.zeros(width, np.bool_), np.zeros(width)
    at[count:] = steps
    for k in range(width):
        take_over(carried, k, where, k)
    move(network, moving, where, 0, width)
    while at.min() < steps:
        _set_powers(given, output, network[9], at, plain, power)
        change[0][:] = 0.0
        change[1][:] = 0.0
        for k in range(width):
            done[k] = 0 if at[k] < steps else 1
            hour[k] = hours[min(at[k], steps - 1)]
        solve_block(network, power, change, inner, limits, done, culprit)
        if len(jumps[0]) > 0:
            _carry_on(
                network, jumps, plain, (power, change, inner, done, culprit), limits, (at, before, steps)
            )
        read(network, moving, look, where, hour, change, seen)
        for k in range(count):
            fine[k] = False
            if at[k] < steps:
                wants = done[k] > 0 and _acts((table, where, queue, seen), moves, k, seconds[at[k]], rounds)
                if wants and rounds[k] < limits[2] - 1:
                    move(network, moving, where, k, k + 1)
                    continue
                fine[k] = done[k] > 0 and not wants
                fates[at[k], k] = FINE if fine[k] else (UNSETTLED if wants else UNSOLVED)
                iterations[at[k], k] = done[k] if fine[k] else 0
                restless[at[k], k] = culprit[k]
                if fine[k]:
                    take_over(where, k, carried, k)
                elif rounds[k] > 0:
                    take_over(carried, k, where, k)
                    move(network, moving, where, k, k + 1)
        reduce_steps(network, reducing, (at, fine), (states, inner, scratch), reduced)
        for k in range(count):
            if at[k] < steps and (fine[k] or fates[at[k], k] != FINE):
                _note(where, positions, fine[k], at[k], k)
                at[k] += 1
                rounds[k] = 0


@loop
def _set_powers(given, output, units, at, plain, power):
    """Set what elements and units draw or give in each lane, at the step where it stands."""
    stated_w, stated_var, rows, watts, var = given
    last = watts.shape[1] - 1
    for e in range(len(stated_w)):
        plain[0][e] = stated_w[e]
        plain[1][e] = stated_var[e]
    for row in range(len(rows)):
        e = rows[row]
        for k in range(len(at)):
            t = min(at[k], last)
            plain[0][e, k] = watts[row, t]
            plain[1][e, k] = var[row, t]
    for part in range(2):
        power[part][:] = plain[part]
    lane, _, _, now_w, now_var, _, _ = units
    for u in range(len(lane)):
        t = min(at[lane[u]], last)
        now_w[u], now_var[u] = output[0][u, t], output[1][u, t]


@loop
def _acts(controls, moves, lane, now, rounds):
    """Let the controls of a lane act once, count what moves, and return whether any acted; see `act`."""
    table, where, queue, seen = controls
    if rounds[lane] == 0:
        begin(queue, lane)
    rounds[lane] += 1
    taps, steps = where[0][:, lane].copy(), where[2][:, lane].copy()
    closed = where[3][:, lane].copy()
    wants = act(table, where, queue, seen, lane, now)
    if wants:
        for i in range(len(moves[0])):
            moves[0][i, lane] += 1 if where[0][i, lane] != taps[i] else 0
        for i in range(len(steps)):
            stays = where[2][i, lane] == steps[i] and where[3][i, lane] == closed[i]
            moves[1][i, lane] += 0 if stays else 1
    return wants


@loop
def _note(where, positions, fine, at, lane):
    """Note where taps and steps are after a step; nowhere if it has no solution."""
    taps, steps = positions
    for i in range(len(taps)):
        taps[i, at, lane] = where[0][i, lane] if fine else np.nan
    for i in range(len(steps)):
        steps[i, at, lane] = where[2][i, lane] if fine else 0


@loop
def _carry_on(network, jumps, given, block, limits, lanes):
    """Solve lanes in doubt again, each from its own state at the step before; see `carry_over`."""
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
        solve_block(network, power, change, scratch, limits, done, culprit)
        for k in range(width):
            same = done[k] > 0 and cold_done[k] > 0 and same_sides(network, jumps, change, cold, k)
            if doubtful[k] and (done[k] == 0 or same):
                copy_lane(cold, k, change, k)
                copy_lane(fresh, k, power, k)
                done[k] = cold_done[k]
    for k in range(width):
        if at[k] < steps and done[k] > 0:
            copy_lane(change, k, before, k)
