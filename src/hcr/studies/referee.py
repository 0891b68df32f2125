"""The referee: some lanes of a task that the batch engine solved, solved again in stock OpenDSS.

Chance picks some lanes, the limits the others: where a voltage lies so close to a limit that a small error
would change what is counted, the lane is solved again too. Each lane is solved on its own; where the lanes
before decide which of two solutions a lane has, it may come to the other, and is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hcr.errors import NotConvergedError
from hcr.powerflow.circuit import IntArray
from hcr.powerflow.jumps import jumping
from hcr.powerflow.lanes import Solution, SolveOptions
from hcr.powerflow.twofold_lanes import compare_twofold
from hcr.powerflow.verify import Comparison, compare, pick, solve_alone, solve_held, solve_walk
from hcr.studies.case import Case
from hcr.studies.checked_lanes import RefereeRules, near_limit_lanes, sampled_lanes
from hcr.studies.kept_lanes import KeptLanes
from hcr.studies.limits import VoltageLimits
from hcr.studies.zone_series import ZoneSeries


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
    case: Case,
    series: Sequence[ZoneSeries],
    *,
    options: SolveOptions,
    rules: RefereeRules | None = None,
    kept: KeptLanes | None = None,
) -> Ruling:
    """Return how far OpenDSS is from the batch engine in the lanes worth checking.

    Parameters
    ----------
    series : of the zones, as the batch engine solved them.
    options : those of that solution; OpenDSS solves with the same ones.
    kept : lanes of that solution; where one is missing, the batch engine solves all of them again.
    """
    chosen = rules or RefereeRules()
    chance = sampled_lanes(case.injections.lanes, chosen.lanes, seed=chosen.seed)
    near = near_limit_lanes(series, VoltageLimits(), rules=chosen)
    lanes = np.union1d(chance, near).astype(np.int64)
    ours = kept.solution(lanes) if kept else None
    try:
        if ours is None:
            ours = by_batch_engine(case, lanes, options=options)
        theirs = in_opendss_like(case, lanes, ours, options=options)
    except NotConvergedError as error:
        stamp = np.datetime_as_string(case.stamps[error.lane], "m").replace("T", " ")
        return Ruling(lanes, len(near), None, f"there is no solution at {stamp}: {error.why}")
    return Ruling(lanes, len(near), compared(case, lanes, ours, theirs))


def compared(case: Case, lanes: IntArray, ours: Solution, theirs: Solution) -> Comparison:
    """Return how far two solutions of some lanes are apart; lanes with two solutions are named."""
    if not case.injections.walk:
        return compare(case.circuit, ours, theirs)
    return compare_twofold(case.circuit, pick(case.injections, lanes), ours, theirs)


def by_both_engines(case: Case, lanes: IntArray, *, options: SolveOptions) -> tuple[Solution, Solution]:
    """Return the solution of some lanes by the batch engine and by OpenDSS.

    Raises
    ------
    NotConvergedError
        A lane has no solution.
    """
    ours = by_batch_engine(case, lanes, options=options)
    return ours, in_opendss_like(case, lanes, ours, options=options)


def by_batch_engine(case: Case, lanes: IntArray, *, options: SolveOptions) -> Solution:
    """Return the solution of some lanes by the batch engine, the same as in a solution of all lanes.

    A lane's numbers do not depend on the lanes beside it. Where controls or sides of jumps carry over from
    step to step, the engine walks again up to the last of the lanes.

    Raises
    ------
    NotConvergedError
        A lane has no solution.
    """
    if not (_walks(case) or (case.injections.walk and jumping(case.circuit))):
        return solve_alone(case.circuit, case.injections, lanes, options=options)
    ours = solve_walk(case.circuit, case.injections, lanes, options=options)
    for failure in ours.failures:
        raise NotConvergedError("the batch engine gives up", lane=failure.lane, why=failure.why)
    return ours


def in_opendss_like(case: Case, lanes: IntArray, ours: Solution, *, options: SolveOptions) -> Solution:
    """Return the solution of some lanes in OpenDSS, each on its own.

    Where controls carry over from step to step, taps and capacitor steps are held where `ours` has them.

    Raises
    ------
    NotConvergedError
        A lane has no solution.
    """
    if not _walks(case):
        return in_opendss(case, lanes, options=options)
    return solve_held(case.circuit, case.injections, lanes, like=ours, options=_opendss(options))


def in_opendss(case: Case, lanes: IntArray, *, options: SolveOptions) -> Solution:
    """Return the solution of some lanes in OpenDSS, each solved on its own.

    Raises
    ------
    NotConvergedError
        A lane has no solution.
    """
    return solve_alone(case.circuit, case.injections, lanes, options=_opendss(options))


def _walks(case: Case) -> bool:
    """Return whether controls carry over from step to step."""
    return case.injections.walk and bool(case.circuit.controls)


def _opendss(options: SolveOptions) -> SolveOptions:
    return replace(options, engine="opendss")
