"""Many times at once: the taps that explain all metered voltages, and how sure that is.

1. Simulate all times with the taps as they are. Errors are ln(measured / simulated).
2. Median polish takes off the voltage upstream, time by time (`levels`).
3. Meters that are stuck or do not follow the network do not count (`faulty_meters`).
4. A customer's error is its median over the times; `posterior` gives the probability of each position.
5. Move every tap to its likeliest position and simulate again, until none moves.

A quarter of the times, and a fifth of the customers of transformers with five or more, are kept back: the
result is checked on them.
"""

from collections.abc import Callable

import numpy as np

from hcr.network.tap_changer import TapChanger, known_changer
from hcr.powerflow.circuit import FloatArray
from hcr.studies.calibration.findings import Ambiguity, Findings, FoundTap, Positions
from hcr.studies.calibration.fit import Fit, Held, fit, log_gains
from hcr.studies.calibration.metering import Metering

JOINT = "joint"

MOST_SOLVES = 8
"""Simulations before the taps that still move are left where they are."""

HELD_TIME, HELD_CUSTOMER = 4, 5
"""Every so many times, and customers of a transformer, one is kept back; fewer are all needed."""

SURE = 0.95
"""Probability from which a position is not doubtful, with the upstream voltage where it most likely is."""

OPEN = 0.1
"""Probability of another upstream voltage from which all positions that depend on it are doubtful."""

FEW_CUSTOMERS = 3
"""Fewer meters than this leave a doubt whatever they say: one may be wrong."""


def find_jointly(
    metering: Metering, before: Positions, simulate: Callable[[Positions], FloatArray]
) -> Findings:
    """Return the taps that explain the voltages at all times best.

    Parameters
    ----------
    before : positions to begin with.
    simulate : gives the voltages of all customers at given positions, (customers, times) [V].
    """
    held = hold_back(metering)
    first_v = volts = simulate(before)
    first = last = fit(metering, volts, before, held)
    solves = 1
    while (wanted := _likeliest(metering, last)) != last.positions and solves < MOST_SOLVES:
        volts = simulate(wanted)
        last = fit(metering, volts, wanted, held)
        solves += 1
    restless = {group for group, position in wanted.items() if position != last.positions[group]}
    taps = [_found(metering, at, (first, last), restless=at in restless) for at in metering.movable]
    return Findings(
        JOINT,
        tuple(taps),
        used=last.used,
        reasons=last.reasons,
        held_customers=held.customers,
        held_times=held.times,
        first_v=first_v,
        last_v=volts,
        first_level=first.level(),
        level=last.level(),
        ambiguities=tuple(_ambiguity(metering, last, at) for at, one in enumerate(last.known) if one),
        solves=solves,
    )


def _ambiguity(metering: Metering, last: Fit, block: int) -> Ambiguity:
    """Return which other level would explain the voltages of a block too."""
    told, known = last.posteriors[block], last.known[block]
    anchored = any(not isinstance(metering.taps[group], TapChanger) for group in known)
    return Ambiguity(known, told.level, told.other_level, told.other_probability, anchored=anchored)


def hold_back(metering: Metering) -> Held:
    """Return which customers and times are kept back."""
    customers, times = metering.measured_v.shape
    held_times = np.zeros(times, bool)
    for block, first in enumerate(range(0, times, HELD_TIME)):  # another place in each, for days repeat
        held_times[first + (HELD_TIME - 1 - block) % HELD_TIME :][:1] = times - first >= HELD_TIME
    held_customers = np.zeros(customers, bool)
    told = np.asarray(np.isfinite(metering.measured_v).any(axis=1))
    for group in range(len(metering.taps)):
        own = metering.customers_of(group)
        held_customers[own[told[own]][HELD_CUSTOMER - 1 :: HELD_CUSTOMER]] = True
    return Held(held_customers, held_times)


def _likeliest(metering: Metering, fit: Fit) -> Positions:
    """Return the likeliest position of each group; where too few customers count, the present one."""
    return {
        group: 1 + int(told.argmax()) if len(told := fit.probabilities(group)) else fit.positions[group]
        for group in metering.movable
    }


def _found(metering: Metering, group: int, fits: tuple[Fit, Fit], *, restless: bool) -> FoundTap:
    """Return what the first and the last simulation tell of a group's tap."""
    first, last = fits
    before, position = first.positions[group], last.positions[group]
    own = metering.customers_of(group)
    used = int(last.used[own].sum())
    known = last.posterior_of(group)
    if known is None:
        return FoundTap(group, before, None, _too_few(int(last.counts[own].sum()), len(own)))
    changer = known_changer(metering.taps[group])
    now, error = last.deviation(metering, group)
    told, sure = last.probabilities(group), last.probabilities(group, level_known=True)
    doubts = [
        f"it still moved after {MOST_SOLVES} simulations" if restless else "",
        _rival(sure, position),
        "the upstream voltage may be another" if known.other_probability > OPEN else "",
        f"only {used} meter{'s' if used != 1 else ''} counted" if used < FEW_CUSTOMERS else "",
        _beyond(changer, position, now),
    ]
    reason = "; ".join(one for one in doubts if one)
    return FoundTap(
        group,
        before,
        position,
        reason,
        doubtful=bool(reason),
        deviation=first.deviation(metering, group)[0],
        deviation_error=error,
        probabilities=told,
        left_over=now - log_gains(changer, position),
    )


def _rival(probabilities: FloatArray, position: int) -> str:
    """Return which other position explains the voltages too, if one does."""
    if probabilities[position - 1] >= SURE:
        return ""
    others = np.where(np.arange(len(probabilities)) == position - 1, -1.0, probabilities)
    return f"position {1 + int(others.argmax())} explains the voltages too"


def _too_few(counting: int, customers: int) -> str:
    """Return why a transformer does not count, of whose meters only some can be used."""
    if not customers:
        return "it has no customers"
    return f"{counting} of {customers} meters can be used, more than a quarter is needed"


def _beyond(changer: TapChanger, position: int, left_over: float) -> str:
    """Return that the voltages ask for more than the last position, if they do."""
    at_end = position in (1, len(changer.taps))
    if at_end and abs(left_over) > changer.step_pu / 2.0:
        return f"{100.0 * abs(left_over):.1f} % is left over at the last position"
    return ""
