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
from dataclasses import dataclass

import numpy as np

from hcr.network.tap_changer import TapChanger
from hcr.powerflow.circuit import BoolArray, FloatArray
from hcr.studies.calibration.documented import too_few
from hcr.studies.calibration.faulty_meters import deviation, far_off, unsteady, within_groups
from hcr.studies.calibration.findings import NAN, Findings, FoundTap, Positions
from hcr.studies.calibration.levels import Levels, polish
from hcr.studies.calibration.metering import NOWHERE, Metering, medians
from hcr.studies.calibration.posterior import LEAST_SPREAD, MODEL_ERROR, Group, Posterior, posterior

JOINT = "joint"

MOST_SOLVES = 8
"""Simulations before the taps that still move are left where they are."""

HELD_TIME, HELD_CUSTOMER = 4, 5
"""Every so many times, and customers of a transformer, one is kept back; fewer are all needed."""

SURE = 0.95
"""Probability from which a position is not doubtful."""

FEW_CUSTOMERS = 3
"""Fewer meters than this leave a doubt whatever they say: one may be wrong."""

MEDIAN_EFFICIENCY = 1.2533
"""Standard error of a median in units of that of a mean, for a normal distribution."""

COMMON_SPREAD_CUSTOMERS = 5
"""Groups of so many customers tell how much customers differ within a group."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept back to check the result: (customers,) bool and (times,) bool."""

    customers: BoolArray
    times: BoolArray


@dataclass(frozen=True, slots=True)
class _Fit:
    """What one simulation tells.

    Attributes
    ----------
    positions : of the taps that it was made with.
    levels : of all times; used : (customers,) bool; reasons : why the others do not count.
    offsets : (customers,) float, median error over the fitted times, level taken off (logarithmic).
    spread : standard deviation of customers within a group (logarithmic).
    groups : those with enough customers, in the order of `posterior.positions`.
    """

    positions: Positions
    levels: Levels
    used: BoolArray
    reasons: tuple[str, ...]
    offsets: FloatArray
    spread: float
    groups: tuple[int, ...]
    posterior: Posterior

    def probabilities(self, group: int) -> FloatArray:
        """Return the probability of each position of a group; empty where too few customers count."""
        return self.posterior.positions[self.groups.index(group)] if group in self.groups else np.empty(0)

    def deviation(self, metering: Metering, group: int) -> tuple[float, float]:
        """Return the error of a group, upstream level taken off, and its standard error (logarithmic)."""
        own = metering.customers_of(group)
        told = self.offsets[own[self.used[own]]]
        if not len(told):
            return NAN, NAN
        error = float(np.hypot(MEDIAN_EFFICIENCY * self.spread / np.sqrt(len(told)), MODEL_ERROR))
        return float(np.median(told)) - self.posterior.level, error


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
    first = fit = _fit(metering, volts, before, held)
    solves = 1
    while (wanted := _likeliest(metering, fit)) != fit.positions and solves < MOST_SOLVES:
        volts = simulate(wanted)
        fit = _fit(metering, volts, wanted, held)
        solves += 1
    restless = {group for group, position in wanted.items() if position != fit.positions[group]}
    return Findings(
        JOINT,
        tuple(
            _found(metering, group, (first, fit), restless=group in restless) for group in metering.movable
        ),
        used=fit.used,
        reasons=fit.reasons,
        held_customers=held.customers,
        held_times=held.times,
        first_v=first_v,
        last_v=volts,
        level=fit.levels.by_time + fit.posterior.level,
        mean_level=fit.posterior.level,
        other_level=fit.posterior.other_level,
        other_probability=fit.posterior.other_probability,
        solves=solves,
    )


def hold_back(metering: Metering) -> Held:
    """Return which customers and times are kept back."""
    customers, times = metering.measured_v.shape
    held_times = np.zeros(times, bool)
    held_times[HELD_TIME - 1 :: HELD_TIME] = True
    held_customers = np.zeros(customers, bool)
    told = np.asarray(np.isfinite(metering.measured_v).any(axis=1))
    for group in range(len(metering.taps)):
        own = metering.customers_of(group)
        held_customers[own[told[own]][HELD_CUSTOMER - 1 :: HELD_CUSTOMER]] = True
    return Held(held_customers, held_times)


def _fit(metering: Metering, volts: FloatArray, positions: Positions, held: Held) -> _Fit:
    """Return what a simulation with taps at given positions tells."""
    errors = metering.errors(volts)
    fitted = ~held.times
    fitting = np.where(held.customers[:, None], np.nan, errors)
    levels = polish(fitting, metering, fitted)
    rest = errors - levels.by_time
    unlike = unsteady(metering.measured_v[:, fitted], rest[:, fitted])
    offsets = medians(rest[:, fitted], axis=1)
    counts: BoolArray = np.asarray(
        np.array([not why for why in unlike]) & np.isfinite(offsets) & (metering.group != NOWHERE)
    )
    used = counts & ~held.customers
    groups = tuple(
        at for at in range(len(metering.taps)) if metering.enough(counts, at) and _any(metering, used, at)
    )
    spread = _spread(offsets, metering, used)
    found = posterior([_group(metering, at, offsets, used, positions) for at in groups], spread)
    return _Fit(
        positions, levels, used, _reasons(metering, offsets, counts, unlike), offsets, spread, groups, found
    )


def _any(metering: Metering, used: BoolArray, group: int) -> bool:
    return bool(used[metering.group == group].any())


def _spread(offsets: FloatArray, metering: Metering, used: BoolArray) -> float:
    """Return how much customers differ within groups, told by those large enough to tell it."""
    inner = within_groups(offsets, metering, used)
    sizes = np.array([np.count_nonzero(used & (metering.group == at)) for at in range(len(metering.taps))])
    large = used & (sizes[metering.group] >= COMMON_SPREAD_CUSTOMERS)
    return max(deviation(inner[large if large.any() else used]), LEAST_SPREAD)


def _group(
    metering: Metering, group: int, offsets: FloatArray, used: BoolArray, positions: Positions
) -> Group:
    own = metering.customers_of(group)
    tap = metering.taps[group]
    gains = log_gains(tap, positions[group]) if isinstance(tap, TapChanger) else np.zeros(1)
    return Group(offsets[own[used[own]]], gains)


def log_gains(changer: TapChanger, position: int) -> FloatArray:
    """Return ln of the voltage at each position in units of that at one of them.

    A tap off its grid is not moved to the position nearest to it, so that position changes nothing.
    """
    gains = np.log([changer.gain(at) for at in range(1, len(changer.taps) + 1)])
    gains[changer.position - 1] = 0.0
    return np.asarray(gains - gains[position - 1])


def _likeliest(metering: Metering, fit: _Fit) -> Positions:
    """Return the likeliest position of each group; where too few customers count, the present one."""
    return {
        group: 1 + int(told.argmax()) if len(told := fit.probabilities(group)) else fit.positions[group]
        for group in metering.movable
    }


def _reasons(
    metering: Metering, offsets: FloatArray, counts: BoolArray, unlike: list[str]
) -> tuple[str, ...]:
    """Return why each meter does not count, or should not be trusted; empty for the others."""
    far = far_off(offsets, metering, counts)
    found = []
    for at, why in enumerate(unlike):
        if metering.group[at] == NOWHERE:
            found.append("several transformers feed it, or none")
        elif not np.isfinite(offsets[at]):
            found.append("no valid voltage")
        else:
            found.append(why or far[at])
    return tuple(found)


def _found(metering: Metering, group: int, fits: tuple[_Fit, _Fit], *, restless: bool) -> FoundTap:
    """Return what the first and the last simulation tell of a group's tap."""
    first, last = fits
    before, position = first.positions[group], last.positions[group]
    own = metering.customers_of(group)
    used = int(last.used[own].sum())
    told = last.probabilities(group)
    if not len(told):
        valid = int(np.isfinite(metering.measured_v[own]).any(axis=1).sum())
        return FoundTap(group, before, None, too_few(valid, len(own)))
    changer = metering.taps[group]
    assert isinstance(changer, TapChanger)  # noqa: S101 - movable groups have one
    now, error = last.deviation(metering, group)
    reason = _doubt(told, used=used, restless=restless, edge=_beyond(changer, position, now))
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


def _doubt(probabilities: FloatArray, *, used: int, restless: bool, edge: str) -> str:
    """Return why a position is doubtful; empty if it is not."""
    doubts = []
    if restless:
        doubts.append(f"it still moved after {MOST_SOLVES} simulations")
    if probabilities.max() < SURE:
        second = 1 + int(np.argsort(probabilities)[-2]) if len(probabilities) > 1 else 0
        doubts.append(f"position {second} explains the voltages too")
    if used < FEW_CUSTOMERS:
        doubts.append(f"only {used} meter{'s' if used != 1 else ''} counted")
    return "; ".join([*doubts, *([edge] if edge else [])])


def _beyond(changer: TapChanger, position: int, left_over: float) -> str:
    """Return that the voltages ask for more than the last position, if they do."""
    at_end = position in (1, len(changer.taps))
    if at_end and abs(left_over) > changer.step_pu / 2.0:
        return f"{100.0 * abs(left_over):.1f} % is left over at the last position"
    return ""
