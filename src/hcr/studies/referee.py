"""The referee: some lanes of a task that the batch engine solved, solved again in stock OpenDSS.

Chance picks some lanes, the limits the others: where a voltage lies so close to a limit that a small error
would change what is counted, the lane is solved again too. Each lane is solved on its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hcr.errors import NotConvergedError
from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.lanes import Solution, SolveOptions
from hcr.powerflow.verify import Comparison, compare, solve_alone, solve_held, solve_walk
from hcr.studies.case import Case
from hcr.studies.limits import VoltageLimits
from hcr.studies.zone_series import ZoneSeries


@dataclass(frozen=True, slots=True)
class RefereeRules:
    """Which lanes are solved again.

    Attributes
    ----------
    lanes : lanes taken by chance, the first and the last always among them.
    near_limit_lanes : at most so many lanes close to a limit, the closest first.
    margin_pu : how close counts as close [pu].
    seed : of the choice.
    """

    lanes: int = 24
    near_limit_lanes: int = 96
    margin_pu: float = 0.002
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Ruling:
    """What came of solving lanes again.

    Attributes
    ----------
    lanes : (checked,) int, ascending.
    near_limit : how many of them lie close to a limit.
    comparison : the differences, None where OpenDSS found no solution; their lanes count in `lanes`.
    fault : why OpenDSS found none; empty otherwise.
    """

    lanes: IntArray
    near_limit: int
    comparison: Comparison | None
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Return whether both engines agree in every lane."""
        return self.comparison is not None and self.comparison.passed


def referee(
    case: Case, series: Sequence[ZoneSeries], *, options: SolveOptions, rules: RefereeRules | None = None
) -> Ruling:
    """Return how far OpenDSS is from the batch engine in the lanes worth checking.

    Parameters
    ----------
    series : of the zones, as the batch engine solved them.
    options : those of that solution; OpenDSS solves with the same ones.
    """
    chosen = rules or RefereeRules()
    chance = sampled_lanes(case.injections.lanes, chosen.lanes, seed=chosen.seed)
    near = near_limit_lanes(series, VoltageLimits(), rules=chosen)
    lanes = np.union1d(chance, near).astype(np.int64)
    try:
        ours, theirs = by_both_engines(case, lanes, options=options)
    except NotConvergedError as error:
        stamp = np.datetime_as_string(case.stamps[error.lane], "m").replace("T", " ")
        return Ruling(lanes, len(near), None, f"there is no solution at {stamp}: {error.why}")
    return Ruling(lanes, len(near), compare(case.circuit, ours, theirs))


def by_both_engines(case: Case, lanes: IntArray, *, options: SolveOptions) -> tuple[Solution, Solution]:
    """Return the solution of some lanes by the batch engine and by OpenDSS.

    A lane's numbers do not depend on the lanes beside it, so the first are those of the whole case. Where
    controls carry over from step to step, the batch engine walks again, and OpenDSS solves each lane with
    taps and capacitor steps held where that walk has them.

    Raises
    ------
    NotConvergedError
        A lane has no solution.
    """
    circuit, injections = case.circuit, case.injections
    if not (injections.walk and circuit.controls):
        theirs = in_opendss(case, lanes, options=options)
        return solve_alone(circuit, injections, lanes, options=options), theirs
    ours = solve_walk(circuit, injections, lanes, options=options)
    for failure in ours.failures:
        raise NotConvergedError("the batch engine gives up", lane=failure.lane, why=failure.why)
    return ours, solve_held(circuit, injections, lanes, like=ours, options=_opendss(options))


def in_opendss(case: Case, lanes: IntArray, *, options: SolveOptions) -> Solution:
    """Return the solution of some lanes in OpenDSS, each solved on its own.

    Raises
    ------
    NotConvergedError
        A lane has no solution.
    """
    return solve_alone(case.circuit, case.injections, lanes, options=_opendss(options))


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
    distance = np.min([_distance(one, limits) for one in series], axis=0)
    close = np.flatnonzero(distance <= rules.margin_pu)
    order = np.argsort(distance[close], kind="stable")
    return np.asarray(close[order][: rules.near_limit_lanes], np.int64)


def _distance(series: ZoneSeries, limits: VoltageLimits) -> FloatArray:
    """Return how far the nearest limit is in each lane, (lanes,) float [pu]; infinite without any voltage."""
    pu = limits.in_pu(series.zone)
    upper, lower = (pu.normal_max, pu.emergency_max), (pu.normal_min, pu.emergency_min)
    pairs = ((series.max_pu, upper), (series.min_pu, lower), (series.mean_pu, (*upper, *lower)))
    gaps = [np.abs(voltage - limit) for voltage, bounds in pairs for limit in bounds]
    return np.asarray(np.min(np.nan_to_num(np.concatenate(gaps), nan=np.inf), axis=0), np.float64)


def _opendss(options: SolveOptions) -> SolveOptions:
    return replace(options, engine="opendss")
