"""What one simulation tells of all taps: levels, meters that count, probabilities of positions."""

from dataclasses import dataclass

import numpy as np

from hcr.network.tap_changer import NoTaps, TapChanger
from hcr.powerflow.circuit import BoolArray, FloatArray
from hcr.studies.calibration.faulty_meters import (
    deviation,
    far_off,
    small_group,
    spread_of,
    unsteady,
    within_groups,
)
from hcr.studies.calibration.findings import NAN, Positions
from hcr.studies.calibration.levels import Levels, polish
from hcr.studies.calibration.metering import NOWHERE, Metering, medians
from hcr.studies.calibration.posterior import (
    LEAST_SPREAD,
    MODEL_ERROR,
    Group,
    Posterior,
    level_prior,
    posterior,
)

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
class Fit:
    """What one simulation tells.

    Attributes
    ----------
    positions : of the taps that it was made with.
    levels : of all times; counts : (customers,) bool, meters that follow the network.
    used : (customers,) bool, those that were not kept back and lie near their neighbours; reasons : why the
        others do not count.
    offsets : (customers,) float, median error over the fitted times, level taken off; spreads : (customers,)
        float, standard deviation of each about its group (logarithmic).
    posteriors : of each block of groups, and known : the groups of each that have enough customers.
    """

    positions: Positions
    levels: Levels
    counts: BoolArray
    used: BoolArray
    reasons: tuple[str, ...]
    offsets: FloatArray
    spreads: FloatArray
    posteriors: tuple[Posterior, ...]
    known: tuple[tuple[int, ...], ...]

    def posterior_of(self, group: int) -> Posterior | None:
        """Return what is known of the block of a group; None where too few customers of the group count."""
        at = int(self.levels.block[group])
        return self.posteriors[at] if group in self.known[at] else None

    def probabilities(self, group: int, *, level_known: bool = False) -> FloatArray:
        """Return the probability of each position of a group; empty where too few customers count.

        Parameters
        ----------
        level_known : leave out the doubt that all groups share, whether the upstream voltage is another.
        """
        known = self.posterior_of(group)
        if known is None:
            return np.empty(0)
        positions = known.at_level if level_known else known.positions
        return positions[self.known[int(self.levels.block[group])].index(group)]

    def level(self) -> FloatArray:
        """Return the upstream voltage of each group at each time, (groups, times) (logarithmic)."""
        mean = np.array([self.posteriors[int(at)].level for at in self.levels.block])
        level: FloatArray = self.levels.by_time + mean[:, None]
        return level

    def deviation(self, metering: Metering, group: int) -> tuple[float, float]:
        """Return the error of a group, upstream level taken off, and its standard error (logarithmic)."""
        own = metering.customers_of(group)
        told = own[self.used[own]]
        if not len(told):
            return NAN, NAN
        spread = float(np.median(self.spreads[told]))
        error = float(np.hypot(MEDIAN_EFFICIENCY * spread / np.sqrt(len(told)), MODEL_ERROR))
        level = self.posteriors[int(self.levels.block[group])].level
        return float(np.median(self.offsets[told])) - level, error


def fit(metering: Metering, volts: FloatArray, positions: Positions, held: Held) -> Fit:
    """Return what a simulation with taps at given positions tells."""
    errors, fitted = metering.errors(volts), ~held.times
    levels = polish(np.where(held.customers[:, None], np.nan, errors), metering, fitted)
    rest = (errors - metering.by_customer(levels.by_time))[:, fitted]
    unlike = unsteady(metering.measured_v[:, fitted], rest)
    offsets = medians(rest, axis=1)
    counts: BoolArray = np.asarray(
        np.array([not why for why in unlike]) & np.isfinite(offsets) & (metering.group != NOWHERE)
    )
    far = far_off(offsets, metering, counts)
    used = counts & ~held.customers
    spreads = _spreads(offsets, rest, metering, used)
    known = tuple(
        tuple(int(at) for at in block if _tells(metering, counts, used, int(at))) for block in levels.blocks
    )
    prior = level_prior(stated=metering.source_stated)
    told = [[_group(metering, at, offsets, spreads, used, positions) for at in block] for block in known]
    return Fit(
        positions,
        levels,
        counts,
        used & np.array([not why for why in far]),
        _reasons(metering, offsets, [why or distance for why, distance in zip(unlike, far, strict=True)]),
        offsets,
        spreads,
        tuple(posterior(groups, prior) for groups in told),
        known,
    )


def _tells(metering: Metering, counts: BoolArray, used: BoolArray, group: int) -> bool:
    """Return whether a group has enough customers, and no regulator that hides the upstream voltage."""
    tap = metering.taps[group]
    hidden = isinstance(tap, NoTaps) and tap.regulated
    return not hidden and metering.enough(counts, group) and bool(used[metering.group == group].any())


def _spreads(offsets: FloatArray, rest: FloatArray, metering: Metering, used: BoolArray) -> FloatArray:
    """Return how far each customer may be from its group: what customers differ by, and its few readings.

    Groups large enough tell how much customers differ, where there are any.
    """
    sizes = np.array([np.count_nonzero(used & (metering.group == at)) for at in range(len(metering.taps))])
    inner = within_groups(offsets, metering, used) * small_group(sizes)[metering.group]
    large = used & (sizes[metering.group] >= COMMON_SPREAD_CUSTOMERS)
    among = max(deviation(inner[large if large.any() else used]), LEAST_SPREAD)
    wander = float(np.nan_to_num(medians(spread_of(rest[used]), axis=0)))
    readings = np.maximum(np.isfinite(rest).sum(axis=1), 1)
    return np.asarray(np.hypot(among, MEDIAN_EFFICIENCY * wander / np.sqrt(readings)))


def _group(
    metering: Metering,
    group: int,
    offsets: FloatArray,
    spreads: FloatArray,
    used: BoolArray,
    positions: Positions,
) -> Group:
    own = metering.customers_of(group)
    told = own[used[own]]
    tap = metering.taps[group]
    gains = log_gains(tap, positions[group]) if isinstance(tap, TapChanger) else np.zeros(1)
    return Group(offsets[told], spreads[told], gains)


def log_gains(changer: TapChanger, position: int) -> FloatArray:
    """Return ln of the voltage at each position in units of that at one of them.

    A tap off its grid is not moved to the position nearest to it, so that position changes nothing.
    """
    gains = np.log([changer.gain(at) for at in range(1, len(changer.taps) + 1)])
    gains[changer.position - 1] = 0.0
    return np.asarray(gains - gains[position - 1])


def _reasons(metering: Metering, offsets: FloatArray, unlike: list[str]) -> tuple[str, ...]:
    """Return why each meter does not count; empty for the others."""
    found = []
    for at, why in enumerate(unlike):
        if metering.group[at] == NOWHERE:
            found.append("several transformers feed it, or none")
        else:
            found.append(why if np.isfinite(offsets[at]) else "no valid voltage")
    return tuple(found)
