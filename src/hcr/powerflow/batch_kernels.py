"""Compiled loops of the batch engine: one vector of lanes side by side.

Arrays of states are [place, lane], real and imaginary parts apart, and as wide as a vector of their type
(`lane_vectors`). A lane never looks at another one: what it comes to does not depend on who shares the block
with it.

One iteration takes the present state x once through three passes:

    draw_currents   what each draw's nominal admittance takes more than the draw itself, at V0 + x
    forward         y = L⁻¹ (the sum of these at each place), row by row
    backward        x = L⁻ᵀ D⁻¹ y, column by column, and how far each lane has moved
"""

import numpy as np

from hcr.powerflow.draw_kernels import draw_factors
from hcr.powerflow.draw_kinds import CONSTANT_CURRENT, CONSTANT_POWER, CONSTANT_Z, GENERATOR
from hcr.powerflow.inverter_move_kernels import forget, memory_of, move
from hcr.powerflow.lane_vectors import (
    all_of,
    at_most,
    below,
    both,
    choose,
    fma,
    fnma,
    load,
    root,
    spread,
    store,
    take,
)
from hcr.powerflow.loops import bare_loop, loop
from hcr.powerflow.tail_kernels import backward_tail, forward_tail, moved_on
from hcr.powerflow.unit_kernels import unit_currents


@bare_loop
def draw_currents(draws, nominal, power, volts, change, current, work):
    """Set what each draw's nominal admittance takes more than the draw itself.

    Parameters
    ----------
    draws : injector, node, other, share, kind, base, low, minimum, maximum, coefficients; see `Draws`; then
        the inverters, see `move`.
    nominal : admittance of each draw in the matrix, real and imaginary.
    power : watts and var of the injectors, (injectors, lanes).
    volts : voltage at zero change, real and imaginary, (places + 1,); the last place is the ground.
    change : x, real and imaginary, (places + 1, lanes).
    current : to be set, real and imaginary, (draws, lanes).
    work : (3, lanes), scratch.
    """
    injector, node, other, share, kind, base, low, minimum, maximum, coefficients, _ = draws
    for d in range(len(injector)):
        a, b, e = take(node, d), take(other, d), take(injector, d)
        vr = load(change[0], a) - load(change[0], b) + (take(volts[0], a) - take(volts[0], b))
        vi = load(change[1], a) - load(change[1], b) + (take(volts[1], a) - take(volts[1], b))
        square = fma(vr, vr, vi * vi)
        s, least, most = take(share, d), take(minimum, d) ** 2, take(maximum, d) ** 2
        gp = spread(s / take(base, d) ** 2, square)
        gq = gp
        if kind[d] == CONSTANT_POWER:
            gp = s / square
            if not all_of(both(below(least, square), at_most(square, most))):
                gp = outside(
                    square, gp, (minimum[d], maximum[d]), (base[d], low[d], minimum[d], maximum[d], s)
                )
            gq = gp
        elif kind[d] == GENERATOR:
            held = choose(below(least, square), square, spread(least, square))
            gp = s / choose(below(held, most), held, spread(most, square))
            gq = gp
        elif kind[d] == CONSTANT_CURRENT:
            gp = s / (root(square) * take(base, d))
            if not all_of(both(below(least, square), at_most(square, most))):
                gp = outside(square, gp, (base[d], base[d]), (base[d], low[d], minimum[d], maximum[d], s))
            gq = gp
        elif kind[d] != CONSTANT_Z:
            store(work, 0, square)
            for k in range(work.shape[1]):
                v = np.sqrt(work[0, k])
                p, q = draw_factors(kind[d], v, base[d], low[d], minimum[d], maximum[d], coefficients[d])
                work[1, k] = p * s
                work[2, k] = q * s
            gp, gq = load(work, 1), load(work, 2)
        p = fnma(gp, load(power[0], e), spread(take(nominal[0], d), square))
        q = fma(gq, load(power[1], e), spread(take(nominal[1], d), square))
        store(current[0], d, fnma(q, vi, p * vr))
        store(current[1], d, fma(q, vr, p * vi))


@bare_loop
def outside(square, inside, divisors, bounds):
    """Return the factor of a constant-power or constant-current load of which some lanes leave the band.

    Parameters
    ----------
    inside : factor within the band.
    divisors : voltages that divide the power at the lower and upper edge, the edge itself or the rated one.
    bounds : base, low, minimum, maximum and the share.
    """
    base, low, minimum, maximum, share = bounds
    nominal, at_low = 1.0 / (base * base), low / (base * base)
    slope = (1.0 / divisors[0] - at_low) / (minimum - low) if minimum > low else 0.0
    v = root(square)
    falling = fma(slope, v - low, spread(at_low, v)) / v * share
    g = choose(
        below(minimum * minimum, square), inside, falling
    )  # in squares, as for lanes that are all inside
    g = choose(below(low, v), g, spread(nominal * share, v))
    return choose(below(maximum * maximum, square), spread(share / (divisors[1] * maximum), v), g)


@bare_loop
def forward(rows, ends, current, result):
    """Set y = L⁻¹ b, where b is the sum of the currents at each place.

    Parameters
    ----------
    rows : L row by row: where each row begins, columns, entries, real and imaginary.
    ends : draws at each place: where each place begins, draws, and 1 or -1 for their first or second end.
    current : of the draws; result : y, real and imaginary, (places + 1, lanes), to be set.
    """
    row_first, columns, lr, li = rows
    end_first, end_draw, sign = ends
    for i in range(len(row_first) - 1):
        br = spread(0.0, load(result[0], i))
        bi = br
        for at in range(take(end_first, i), take(end_first, i + 1)):
            d, s = take(end_draw, at), take(sign, at)
            br = fma(s, load(current[0], d), br)
            bi = fma(s, load(current[1], d), bi)
        for p in range(take(row_first, i), take(row_first, i + 1)):
            k, r, m = take(columns, p), take(lr, p), take(li, p)
            yr, yi = load(result[0], k), load(result[1], k)
            br = fma(m, yi, fnma(r, yr, br))
            bi = fnma(m, yr, fnma(r, yi, bi))
        store(result[0], i, br)
        store(result[1], i, bi)


@bare_loop
def backward(part, end, given, change, weight, flags):
    """Set x = L⁻ᵀ D⁻¹ y in the lanes that still move, and how far each lane has moved.

    Parameters
    ----------
    part : first, rows, lr, li, dr, di: L column by column, and the inverse pivots.
    end : places that all lanes have in common; those after them are done.
    given : y; change : x, both real and imaginary, (places + 1, lanes).
    weight : 1 / base² of each place [1/V²].
    flags : (2, lanes), 1 for lanes that move, 0 for others; largest squared change [pu²], to be set.
    """
    first, rows, lr, li, dr, di = part
    moving = below(0.5, load(flags, 0))
    worst = load(flags, 1)
    for j in range(end - 1, -1, -1):
        r, m = take(dr, j), take(di, j)
        yr, yi = load(given[0], j), load(given[1], j)
        br, bi = fnma(m, yi, yr * r), fma(m, yr, yi * r)
        for p in range(take(first, j), take(first, j + 1)):
            i, r, m = take(rows, p), take(lr, p), take(li, p)
            xr, xi = load(change[0], i), load(change[1], i)
            br = fma(m, xi, fnma(r, xr, br))
            bi = fnma(m, xr, fnma(r, xi, bi))
        worst = moved_on(moving, (br, bi), change, j, take(weight, j), worst)
    store(flags, 1, worst)


@bare_loop
def is_still(now, before, limit, share):
    """Return whether the error left is below the limit, all squared.

    Steps of a fixed point shrink by a factor r, so after a step of length d the error is about d r / (1 - r);
    r is taken from the last two steps, and no trust is put in it above one half. Inverters that went a share
    of their way only have d over the share to go at most.
    """
    if now > limit * share * share:
        return False
    if now <= limit * 1e-4:
        return True
    if np.isinf(before) or now >= 0.25 * before:
        return False
    shrink = np.sqrt(now / before)
    return np.sqrt(now) * shrink / (1.0 - shrink) <= np.sqrt(limit)


@bare_loop
def _culprit(now, before, weight, lane):
    """Return the place that moved most in a lane, or that is no number."""
    best, place = -1.0, 0
    for i in range(len(weight)):
        dr, di = now[0][i, lane] - before[0][i, lane], now[1][i, lane] - before[1][i, lane]
        moved = (dr * dr + di * di) * weight[i]
        if not moved <= best:
            best, place = moved, i
            if np.isnan(moved):
                return place
    return place


@loop
def solve_block(network, power, change, scratch, limits, done, culprit):
    """Iterate the lanes of a block until each is still.

    A lane's state is kept when it is still: going on for the sake of others would change its last bits.

    Parameters
    ----------
    network : part, rows, ends, draws, nominal, volts, weight; see `backward`, `forward`, `draw_currents`;
        then the structure and the lanes' own part of the last places, see `tail_kernels`; the lanes' own
        units, see `unit_currents`; their inverters, see `move` in `inverter_move_kernels`.
    power : watts and var of the injectors; those of inverters are set to what they come to.
    change : state of each lane to begin from, real and imaginary, (places + 1, lanes); the last row is 0; to
        be set. Lanes without a solution are 0.
    scratch : y real and imaginary, as `change`; currents real and imaginary, (draws and rows of units,
        lanes); (3, lanes).
    limits : squared tolerance and most iterations.
    done : iterations of each lane, to be set, 0 for one that does not come to rest; a lane with another
        number is left as it is. culprit : the place that moves most in a lane without rest, to be set.
    """
    solve_again(network, (power, change, scratch), room_of(network, scratch[4]), limits, done, culprit)


@loop
def room_of(network, work):
    """Return what a block of lanes needs besides while it is solved, as often as that is.

    That is lanes that move, (2, lanes), see `backward`, and the largest squared change of the last iteration,
    (lanes,); what inverters remember, see `memory_of`.
    """
    draws, units = network[3], network[9]
    lanes = work.shape[1]
    memory = memory_of(len(draws[10][0]), lanes, (units[0], units[2]))
    return np.zeros_like(work), np.zeros(lanes), memory


@bare_loop
def solve_again(network, block, room, limits, done, culprit):
    """Solve a block as `solve_block` does, in room for the same network that was there before.

    Parameters
    ----------
    block : power, change and scratch, see `solve_block`; room : see `room_of`.
    """
    flags, before, memory = room
    left = 0
    for k in range(len(done)):
        flags[0, k] = 1.0 if done[k] == 0 else 0.0
        before[k] = np.inf
        left += 1 if done[k] == 0 else 0
    if left == 0:
        return
    forget(memory, network[3][10], network[9])
    if _iterate(network, block, room, limits[0], (1, limits[1]), done) > 0:
        _give_up(network, block, room, limits, done, culprit)


@loop
def _give_up(network, block, room, limits, done, culprit):
    """Take the last iteration that is allowed, and find where lanes move that are still not at rest."""
    change, weight = block[1], network[6]
    last = change[0].copy(), change[1].copy()
    _iterate(network, block, room, limits[0], (limits[1], limits[1] + 1), done)
    for k in range(len(done)):
        if done[k] == 0:
            culprit[k] = _culprit(change, last, weight, k)
            change[0][:, k] = 0.0
            change[1][:, k] = 0.0


@bare_loop
def _iterate(network, block, room, limit, span, done):
    """Take the lanes of a block through some iterations; return how many are still not at rest.

    Parameters
    ----------
    network, block, room : see `solve_again`; limit : squared tolerance.
    span : first iteration and the one after the last.
    """
    part, rows, ends, draws, nominal, volts, weight, structure, own, units = network
    power, change, (yr, yi, cr, ci, work) = block
    flags, before, memory = room
    inverters, driven, lanes = draws[10], (units[0], units[2]), work.shape[1]
    left = 0
    for k in range(lanes):
        left += 1 if done[k] == 0 else 0
    for iteration in range(span[0], span[1]):
        move(inverters, driven, power, volts, change, memory, iteration, done)
        draw_currents(draws, nominal, power, volts, change, (cr, ci), work)
        unit_currents(units, memory[4], volts, change, (cr, ci))
        forward(rows, ends, (cr, ci), (yr, yi))
        forward_tail(structure, own, (yr, yi))
        flags[1] = 0.0
        backward_tail(structure, own, (yr, yi), change, weight, flags)
        backward(part, structure[0], (yr, yi), change, weight, flags)
        for k in range(lanes):
            if done[k] == 0 and is_still(flags[1, k], before[k], limit, memory[2][k]):
                done[k] = iteration
                flags[0, k] = 0.0
                left -= 1
            before[k] = flags[1, k]
        if left == 0:
            break
    return left
