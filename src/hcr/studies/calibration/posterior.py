"""How likely each tap position of each transformer is, given where its customers' voltages lie.

A customer's error is one number d, its median over the times with the upstream level taken off. With the
transformer at error e, d is e plus a spread of its own, or, for one meter in `WRONG`, anything:

    L(e) = product over customers of (1 - WRONG) N(d - e; its spread) + WRONG / WIDTH

e itself is off the truth by `MODEL_ERROR`, in which a model of lines and loads is wrong for all customers of
a transformer together: L is smoothed by it. With the upstream voltage m off what the model has, a transformer
whose position p gives g(p) times the voltage it has now shows e = m + ln g(p). So

    P(m) ~ prior(m) x product over transformers of (1 - STRANGE) mean over p of L(m + ln g(p)) + STRANGE A
    P(p) = sum over m of P(m) L(m + ln g(p)) / sum over p' of L(m + ln g(p'))

where A is the mean of L over all errors: one transformer in `STRANGE` has another ratio than the model says,
and must not move the level of all others.

Moving all taps a step and the upstream voltage the other way explains the same voltages: then P(m) has a
second peak a step away, and every P(p) shares its doubt. Only the prior of m, and customers who see no tap,
tell these apart. The prior has a wide part: a model's source is often not what the busbar has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import FloatArray

WRONG = 0.05
"""Share of meters that may read anything."""

WIDTH = 0.16
"""Width of the band of a wrong meter's error, +-8 % (logarithmic)."""

MODEL_ERROR = 0.003
"""Standard deviation of an error that all customers of a transformer share (logarithmic)."""

STRANGE, STRANGE_FIXED = 0.02, 0.1
"""Share of transformers whose voltage no position explains, and of those that have but one in the model."""

LEVEL, LEVEL_STATED = 0.0075, 0.005
"""Standard deviation of the upstream voltage about the model's, and about the one stated (logarithmic)."""

FAR_LEVEL, FAR_SHARE = 0.02, 0.05
"""That of one model in twenty, whose source was never set to what the busbar has: a step or more away."""

LEAST_SPREAD = 0.002
"""Smallest spread of customers' errors that is believed (logarithmic)."""

TINY = 1e-30
"""Likelihood of what is next to impossible, in units of the largest."""

STEP = 0.0005
ERRORS: FloatArray = np.linspace(-800 * STEP, 800 * STEP, 1601)
"""Errors at which likelihoods are told: +-40 % (logarithmic)."""

LEVELS: FloatArray = np.linspace(-160 * STEP, 160 * STEP, 321)
"""Upstream voltages that are thought of: +-8 % (logarithmic)."""


@dataclass(frozen=True, slots=True)
class Group:
    """A transformer, or customers who see no tap.

    Attributes
    ----------
    errors, spreads : (customers,) float, their errors, and the standard deviation of each about the
        transformer's (logarithmic).
    gains : (positions,) float, ln of the no-load voltage at each position in units of that now; a single 0
        where there is nothing to choose.
    """

    errors: FloatArray
    spreads: FloatArray
    gains: FloatArray


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is known of taps and level after the errors were seen.

    Attributes
    ----------
    positions : of each group the probability of each position; at_level : the same, if the upstream level
        is less than half a step from the likeliest one.
    level : likeliest upstream voltage beyond the model's (logarithmic).
    other_level : likeliest of those half a step or more away from it; other_probability : of them all.
    """

    positions: tuple[FloatArray, ...]
    at_level: tuple[FloatArray, ...]
    level: float
    other_level: float
    other_probability: float


def level_prior(*, stated: bool) -> FloatArray:
    """Return how likely each of `LEVELS` is before any voltage was seen, (levels,).

    Parameters
    ----------
    stated : whether the voltage of the source is stated by the run, not left to the model.
    """
    if stated:
        return _normal(LEVELS, LEVEL_STATED)
    return np.asarray((1.0 - FAR_SHARE) * _normal(LEVELS, LEVEL) + FAR_SHARE * _normal(LEVELS, FAR_LEVEL))


def posterior(groups: Sequence[Group], prior: FloatArray) -> Posterior:
    """Return probabilities of positions and of the upstream level.

    Parameters
    ----------
    groups : those with at least one customer, which share the level.
    prior : (levels,) float, see `level_prior`.
    """
    told = [_likelihood(group) for group in groups]
    tables = [_at_levels(one, group) for one, group in zip(told, groups, strict=True)]
    logs = np.log(prior)
    for table, one in zip(tables, told, strict=True):
        strange = STRANGE if len(table) > 1 else STRANGE_FIXED
        logs = logs + np.log((1.0 - strange) * table.mean(axis=0) + strange * one.mean())
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    best = int(weight.argmax())
    away = np.abs(LEVELS - LEVELS[best]) >= _half_step(groups)
    other = int(np.where(away, weight, -1.0).argmax())
    near = np.where(away, 0.0, weight) / weight[~away].sum()
    shares = [_shares(table) for table in tables]
    return Posterior(
        positions=tuple(np.asarray(share @ weight) for share in shares),
        at_level=tuple(np.asarray(share @ near) for share in shares),
        level=float(LEVELS[best]),
        other_level=float(LEVELS[other]),
        other_probability=float(weight[away].sum()),
    )


def _normal(distance: FloatArray, spread: FloatArray | float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * (distance / spread) ** 2) / (spread * np.sqrt(2.0 * np.pi)))


def _likelihood(group: Group) -> FloatArray:
    """Return the likelihood of each of `ERRORS`, (errors,), in units of the largest before smoothing."""
    spread = np.maximum(group.spreads, LEAST_SPREAD)[:, None]
    good = (1.0 - WRONG) * _normal(group.errors[:, None] - ERRORS, spread)
    told = np.log(good + WRONG / WIDTH).sum(axis=0)
    reach = np.arange(-24, 25) * STEP
    kernel = np.exp(-0.5 * (reach / MODEL_ERROR) ** 2)
    smooth = np.convolve(np.exp(told - told.max()), kernel / kernel.sum(), mode="same")
    return np.asarray(smooth + TINY)


def _at_levels(likelihood: FloatArray, group: Group) -> FloatArray:
    """Return the likelihood of each position at each level, (positions, levels)."""
    places = np.clip(LEVELS + group.gains[:, None], ERRORS[0], ERRORS[-1])
    return np.asarray(np.interp(places, ERRORS, likelihood))


def _shares(table: FloatArray) -> FloatArray:
    return np.asarray(table / table.sum(axis=0))


def _half_step(groups: Sequence[Group]) -> float:
    """Return half of the usual step of the groups' taps (logarithmic)."""
    steps = [float(np.abs(np.diff(group.gains)).mean()) for group in groups if len(group.gains) > 1]
    return float(np.median(steps)) / 2.0 if steps else float(LEVELS[-1])
