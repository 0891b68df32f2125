"""The control loop of one step in one lane, compiled: who wants to act, who comes first, and what is done.

    while something is wanted:
        every control looks at the solution and queues an action, or takes back the one it has queued
        the actions that are due first are done, all of them; later ones keep waiting
        the circuit is solved with the new taps and steps

This is OpenDSS's static control mode (Solution.pas, ControlQueue.pas, RegControl.pas and CapControl.pas of
the DSS C-API): time stands still, delays only say who comes first. Actions due at the same time are done last
in, first out.

Three sets of arrays go through all loops, the last axis being the lane:

    where   taps (changers + 1), looks (regulators), steps and closed (banks), opened (capacitor controls):
            what a step leaves to the next; the last tap is 1 and serves windings that do not move
    queue   count (1), seconds, controls and actions (places in the queue), wanted, armed, turning
            (regulators), pending, ready (capacitor controls): what is under way in a step
    seen    readings of the regulators and of the capacitor controls, see `reading_kernels`
"""

import math

from hcr.powerflow import control_kernels as rules
from hcr.powerflow.loops import bare_loop, loop

TAP, TURN, BANK = range(3)
"""What a control has queued."""

SHARE = 0.7
"""A regulator goes this share of the way at once, so as not to overshoot; at least one step."""

LARGEST_INVERSE = 10.0
"""A regulator with inverse time is at most this much faster."""


@bare_loop
def begin(queue, lane):
    """Begin a step: nothing is under way."""
    count, _, _, _, wanted, armed, turning, pending, ready = queue
    count[0, lane] = 0
    wanted[:, lane] = 0.0
    armed[:, lane] = 0
    turning[:, lane] = 0
    pending[:, lane] = rules.REST
    ready[:, lane] = 0


@bare_loop
def add(queue, lane, due, control, action):
    """Queue an action before all others that are due at its time or later."""
    count, seconds, controls, actions = queue[:4]
    at = 0
    while at < count[0, lane] and due > seconds[at, lane]:
        at += 1
    for later in range(count[0, lane], at, -1):
        seconds[later, lane] = seconds[later - 1, lane]
        controls[later, lane] = controls[later - 1, lane]
        actions[later, lane] = actions[later - 1, lane]
    seconds[at, lane], controls[at, lane], actions[at, lane] = due, control, action
    count[0, lane] += 1


@bare_loop
def drop(queue, lane, control, action):
    """Take back an action of a control."""
    count, seconds, controls, actions = queue[:4]
    kept = 0
    for at in range(count[0, lane]):
        if controls[at, lane] != control or actions[at, lane] != action:
            seconds[kept, lane] = seconds[at, lane]
            controls[kept, lane] = controls[at, lane]
            actions[kept, lane] = actions[at, lane]
            kept += 1
    count[0, lane] = kept


@bare_loop
def act(table, where, queue, seen, lane, now):
    """Let all controls look at a lane and do the nearest actions; return whether there were any.

    Parameters are those of `ask`.
    """
    due = ask(table, where, queue, seen, lane, now)
    if due > 0:
        _do(table, where, queue, due, lane, now)
    return due > 0


@bare_loop
def ask(table, where, queue, seen, lane, now):
    """Let all controls look at a lane and queue what they want; return how many actions are due first.

    Parameters
    ----------
    table : numbers and choices of regulators, the same of capacitor controls, a row each; sizes of the banks;
        the order in which controls are asked, capacitor controls numbered after the regulators.
    now : time of the step [s since the start of the model year].
    """
    regulators, order = len(table[1]), table[5]
    for control in order:
        if control < regulators:
            _ask_regulator(table, where, queue, seen[0], control, lane, now)
        else:
            _ask_bank(table, where, queue, seen[1], control - regulators, lane, now)
    count, seconds = queue[0], queue[1]
    due = 0
    while due < count[0, lane] and seconds[due, lane] <= seconds[0, lane]:
        due += 1
    return due


@bare_loop
def _do(table, where, queue, due, lane, now):
    """Do the first actions in the queue; the others move up."""
    regulators = len(table[1])
    count, seconds, controls, actions = queue[:4]
    for at in range(due):
        if actions[at, lane] == TAP:
            _move_tap(table, where, queue, controls[at, lane], lane)
        elif actions[at, lane] == TURN:
            _turn(table, where, queue, controls[at, lane], lane)
        else:
            _switch_bank(table, where, queue, controls[at, lane] - regulators, lane, now)
    for at in range(due, count[0, lane]):
        seconds[at - due, lane] = seconds[at, lane]
        controls[at - due, lane] = controls[at, lane]
        actions[at - due, lane] = actions[at, lane]
    count[0, lane] -= due


@bare_loop
def act_and_count(controls, moves, lane, now):
    """Let all controls act as `act` does, and count what moves; return whether any acted.

    Parameters
    ----------
    controls : table, where, queue, seen; moves : of tap changers and of banks, (changers or banks, lanes).
    """
    table, where, queue, seen = controls
    due = ask(table, where, queue, seen, lane, now)
    if due > 0:
        _do_and_count(controls, moves, due, lane, now)
    return due > 0


@loop
def _do_and_count(controls, moves, due, lane, now):
    """Do the first actions in the queue, and count what moves."""
    table, where, queue, _ = controls
    taps, steps = where[0][:, lane].copy(), where[2][:, lane].copy()
    closed = where[3][:, lane].copy()
    _do(table, where, queue, due, lane, now)
    for i in range(len(moves[0])):
        moves[0][i, lane] += 1 if where[0][i, lane] != taps[i] else 0
    for i in range(len(steps)):
        stays = where[2][i, lane] == steps[i] and where[3][i, lane] == closed[i]
        moves[1][i, lane] += 0 if stays else 1


@bare_loop
def _ask_regulator(table, where, queue, seen, at, lane, now):
    numbers, choices = table[0][at], table[1][at]
    taps, looks = where[0], where[1]
    wanted, armed = queue[4], queue[5]
    if choices[rules.BLOCKED] == 1:
        return
    tap, watts = taps[choices[rules.CHANGER], lane], seen[2, at, lane]
    if choices[rules.REVERSIBLE] == 1:
        _mind_direction(
            numbers, queue, rules.wants_to_turn(numbers, choices, looks[at, lane], watts), at, lane, now
        )
    if rules.goes_neutral(choices, looks[at, lane]):
        if armed[at, lane] == 0:
            wanted[at, lane] = rules.to_neutral(numbers, tap)
            if wanted[at, lane] != 0.0:
                add(queue, lane, now + numbers[rules.NEUTRAL_DELAY], at, TAP)
                armed[at, lane] = 1
        return
    volts, local = seen[0, at, lane], seen[1, at, lane]
    change, outside = rules.steps_wanted(numbers, choices, looks[at, lane], tap, volts, local)
    wanted[at, lane] = change
    if not outside:
        drop(queue, lane, at, TAP)
        armed[at, lane] = 0
    elif armed[at, lane] == 0 and rules.can_move(numbers, tap, change):
        actual = volts / tap if looks[at, lane] == rules.TURNED else volts
        add(queue, lane, now + delay_of(numbers, choices, actual), at, TAP)
        armed[at, lane] = 1


@bare_loop
def delay_of(numbers, choices, volts):
    """Return how long a regulator waits before it moves [s]."""
    delay = numbers[rules.DELAY]
    if choices[rules.INVERSE] == 0:
        return delay
    far = 2.0 * abs(numbers[rules.FORWARD + rules.VOLTS] - volts) / numbers[rules.FORWARD + rules.BAND]
    return delay / min(LARGEST_INVERSE, far)


@bare_loop
def _mind_direction(numbers, queue, wants, at, lane, now):
    turning = queue[6]
    if wants and turning[at, lane] == 0:
        add(queue, lane, now + numbers[rules.TURN_DELAY], at, TURN)
    elif not wants and turning[at, lane] == 1:
        drop(queue, lane, at, TURN)
    turning[at, lane] = 1 if wants else 0


@bare_loop
def _ask_bank(table, where, queue, seen, at, lane, now):
    numbers, choices, sizes = table[2][at], table[3][at], table[4]
    steps, closed, opened = where[2], where[3], where[4]
    pending, ready = queue[7], queue[8]
    bank, control = choices[rules.BANK], at + len(table[1])
    found = (seen[0, at, lane], seen[1, at, lane], seen[2, at, lane])
    left = sizes[bank] - steps[bank, lane]
    wish = rules.bank_wanted(numbers, choices[rules.KIND], closed[bank, lane] == 1, left, found)
    if wish != rules.KEEP:
        pending[at, lane] = wish
    if (wish == rules.OPEN or wish == rules.CLOSE) and ready[at, lane] == 0:
        delay = numbers[rules.OFF_DELAY]
        if wish == rules.CLOSE:
            since, delay = now - opened[at, lane], numbers[rules.ON_DELAY]
            if since < numbers[rules.DEAD]:
                delay = max(delay, numbers[rules.DEAD] + delay - since)
        add(queue, lane, now + delay, control, BANK)
        ready[at, lane] = 1
    if ready[at, lane] == 1 and pending[at, lane] == rules.REST:
        drop(queue, lane, control, BANK)
        ready[at, lane] = 0


@bare_loop
def tap_change(wanted, increment, most_steps):
    """Return the tap change to make at once [pu]: 70 % of the wanted one, at least one step, at most some."""
    steps = min(max(math.floor(SHARE * abs(wanted) / increment), 1), most_steps)
    return math.copysign(steps * increment, wanted)


@bare_loop
def _move_tap(table, where, queue, at, lane):
    numbers, choices, taps = table[0][at], table[1][at], where[0]
    wanted, armed = queue[4], queue[5]
    if wanted[at, lane] != 0.0:
        changer = choices[rules.CHANGER]
        change = tap_change(wanted[at, lane], numbers[rules.INCREMENT], choices[rules.MOST_STEPS])
        tap = max(taps[changer, lane] + change, numbers[rules.LOWEST_TAP])
        taps[changer, lane] = min(tap, numbers[rules.HIGHEST_TAP])
    wanted[at, lane] = 0.0
    armed[at, lane] = 0


@bare_loop
def _turn(table, where, queue, at, lane):
    looks, turning = where[1], queue[6]
    if turning[at, lane] == 1:
        other = rules.COGENERATING if table[1][at, rules.COGENERATION] == 1 else rules.TURNED
        looks[at, lane] = other if looks[at, lane] == rules.AHEAD else rules.AHEAD
        turning[at, lane] = 0


@bare_loop
def _switch_bank(table, where, queue, at, lane, now):
    _, _, steps, closed, opened = where
    pending, ready = queue[7], queue[8]
    bank = table[3][at, rules.BANK]
    size = table[4][bank]
    if pending[at, lane] == rules.OPEN and closed[bank, lane] == 1:
        steps[bank, lane] = max(steps[bank, lane] - 1, 0)
        closed[bank, lane] = 1 if size > 1 and steps[bank, lane] > 0 else 0
        if size == 1:
            opened[at, lane] = now
    elif pending[at, lane] == rules.CLOSE:
        steps[bank, lane] = min(steps[bank, lane] + 1, size)
        closed[bank, lane] = 1
    ready[at, lane] = 0
