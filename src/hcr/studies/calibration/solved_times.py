"""Times of a case, solved by the engine that has a solution; times without one are left out by number."""

from dataclasses import dataclass

import numpy as np

from hcr.errors import NotConvergedError
from hcr.network.metered_phases import MeteredPhases
from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.lanes import solve_in_blocks
from hcr.powerflow.verify import pick
from hcr.studies.case import Case
from hcr.studies.checked_lanes import sampled_lanes
from hcr.studies.engine_choice import AUTO, BATCH, OPENDSS, EngineChoice
from hcr.studies.recording import options_of
from hcr.studies.verdict import opendss_solves, unsolved

PATIENCE = 24
"""Times without a solution after which OpenDSS is not asked for others; each has it read the model again."""

ASKED = 3
"""Times without a solution in the batch engine that OpenDSS is asked for, before it solves all."""


@dataclass(frozen=True, slots=True)
class SolvedTimes:
    """What an engine made of a case.

    Attributes
    ----------
    volts : (phases, times) float, NaN at times without a solution [V].
    failed : times without a solution, by number.
    """

    case: Case
    choice: EngineChoice
    phases: MeteredPhases
    volts: FloatArray
    failed: tuple[int, ...]


def solve_times(case: Case, choice: EngineChoice, places: IntArray) -> SolvedTimes:
    """Return a case solved by an engine, or by OpenDSS where the choice is ours and it has more solutions.

    Parameters
    ----------
    places : of the loads whose voltages are wanted.

    Raises
    ------
    NotConvergedError
        No time has a solution, or OpenDSS finds none at too many.
    """
    solved = _solved(case, choice, places)
    if solved.failed and choice.engine == BATCH and case.task.solve.engine == AUTO:
        solved = _better(solved, places)
    if len(solved.failed) == case.injections.lanes:
        raise _unsolvable(case, "did not converge at any time")
    return solved


def _better(solved: SolvedTimes, places: IntArray) -> SolvedTimes:
    """Return times solved in OpenDSS, where the batch engine left out some that OpenDSS solves."""
    case, failed = solved.case, np.array(solved.failed)
    asked = failed[sampled_lanes(len(failed), ASKED, seed=0)]
    if not any(opendss_solves(case, int(lane)) for lane in asked):
        return solved
    error = _unsolvable(case, f"did not converge at {_stamp(case, solved.failed[0])}")
    try:
        other = _solved(case, EngineChoice(OPENDSS, missing=(unsolved(error),)), places)
    except NotConvergedError:
        return solved
    return other if len(other.failed) < len(failed) else solved


def _solved(case: Case, choice: EngineChoice, places: IntArray) -> SolvedTimes:
    """Return what one engine solves; the batch engine lists failures, OpenDSS raises each."""
    phases = MeteredPhases.of(case.circuit, places)
    volts = np.full((len(phases.node), case.injections.lanes), np.nan)
    left, failed = np.arange(case.injections.lanes), list[int]()
    while len(left):
        done = 0
        try:
            for solution in solve_in_blocks(
                case.circuit, pick(case.injections, left), options_of(case, choice)
            ):
                done = solution.first_lane + solution.lanes
                volts[:, left[solution.first_lane : done]] = phases.volts(solution.voltage_v)
                failed += [int(left[failure.lane]) for failure in solution.failures]
        except NotConvergedError as error:
            failed.append(int(left[error.lane]))
            if len(failed) == PATIENCE:
                raise _unsolvable(case, f"did not converge at {PATIENCE} times") from error
        left = np.setdiff1d(left[done:], failed)
    return SolvedTimes(case, choice, phases, volts, tuple(sorted(failed)))


def _stamp(case: Case, lane: int) -> str:
    return str(case.stamps[lane].astype("datetime64[m]")).replace("T", " ")


def _unsolvable(case: Case, what: str) -> NotConvergedError:
    return NotConvergedError(
        f"feeder {case.task.feeder}: the power flow {what}",
        lane=0,
        remedy="Look for loads beyond what the feeder can carry.",
    )
