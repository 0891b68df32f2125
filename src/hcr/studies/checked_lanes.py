"""Which lanes of a task are worth solving again: some by chance, and those close to a limit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.network.zones import Zone
from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.verify import TOLERANCE_PU
from hcr.studies.limits import VoltageLimits
from hcr.studies.row_groups import PHASES
from hcr.studies.zone_series import ZoneSeries


@dataclass(frozen=True, slots=True)
class RefereeRules:
    """Which lanes are solved again.

    Attributes
    ----------
    lanes : lanes taken by chance, the first and the last always among them.
    sure_pu : every lane this close to a limit is taken [pu]: the two engines may differ by so much and
        agree, so that a count of hours could be another.
    near_limit_lanes : lanes close to a limit that are taken in all, the closest first, unless `sure_pu`
        asks for more.
    margin_pu : how close counts as close [pu].
    seed : of the choice.
    """

    lanes: int = 24
    sure_pu: float = TOLERANCE_PU
    near_limit_lanes: int = 96
    margin_pu: float = 0.002
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LimitDistance:
    """How far voltages of zones are from their limits.

    Attributes
    ----------
    upper, lower : (2, rows) float, normal and emergency limits of each zone and phase, zone by zone [pu].
    """

    upper: FloatArray
    lower: FloatArray

    @classmethod
    def of(cls, zones: Sequence[Zone], limits: VoltageLimits) -> "LimitDistance":
        """Return the limits of some zones."""
        pu = [limits.in_pu(zone) for zone in zones]
        upper = np.array([[one.normal_max, one.emergency_max] for one in pu]).reshape(-1, 2)
        lower = np.array([[one.normal_min, one.emergency_min] for one in pu]).reshape(-1, 2)
        return cls(np.repeat(upper, PHASES, axis=0).T, np.repeat(lower, PHASES, axis=0).T)

    def nearest(self, mean_pu: FloatArray, max_pu: FloatArray, min_pu: FloatArray) -> FloatArray:
        """Return how far the nearest limit is in each lane, (lanes,) float [pu]; infinite without a voltage.

        Parameters
        ----------
        mean_pu, max_pu, min_pu : (rows, lanes) over the nodes of each zone and phase; NaN without nodes.
        """
        pairs = ((max_pu, self.upper), (min_pu, self.lower), (mean_pu, self.upper), (mean_pu, self.lower))
        found = np.full(mean_pu.shape[1], np.inf)
        for voltage, bounds in pairs:
            for limit in bounds:
                gaps = np.abs(voltage - limit[:, None])
                found = np.fmin(found, np.fmin.reduce(gaps, axis=0, initial=np.inf))
        return found


def sampled_lanes(total: int, wanted: int, *, seed: int) -> IntArray:
    """Return lanes taken by chance, ascending; the first and the last are always among them."""
    count = min(total, max(wanted, 2))
    between = np.arange(1, max(total - 1, 1))
    drawn = np.random.default_rng(seed).choice(between, max(count - 2, 0), replace=False)
    return np.unique(np.concatenate([[0, total - 1], drawn])).astype(np.int64)


def near_limit_lanes(series: Sequence[ZoneSeries], limits: VoltageLimits, *, rules: RefereeRules) -> IntArray:
    """Return the lanes in which a zone's extreme or mean voltage lies close to a limit, the closest first."""
    if not series:
        return np.empty(0, np.int64)
    means, highest, lowest = (
        np.concatenate([getattr(one, name) for one in series]) for name in ("mean_pu", "max_pu", "min_pu")
    )
    distance = LimitDistance.of([one.zone for one in series], limits).nearest(means, highest, lowest)
    return closest(distance, rules)


def closest(distance: FloatArray, rules: RefereeRules) -> IntArray:
    """Return the places of the distances that count as close, the closest first, the first of equal ones."""
    near = np.flatnonzero(distance <= max(rules.margin_pu, rules.sure_pu))
    order = np.argsort(distance[near], kind="stable")
    most = max(rules.near_limit_lanes, int((distance <= rules.sure_pu).sum()))
    return np.asarray(near[order][:most], np.int64)
