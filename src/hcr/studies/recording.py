"""A case solved by one engine, and what its zones and customers see of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from hcr.errors import NotConvergedError
from hcr.powerflow.lanes import LaneFailure, Solution, SolveOptions, solve_in_blocks
from hcr.results.verification import VerificationRecord
from hcr.studies.case import Case
from hcr.studies.checked_lanes import LimitDistance
from hcr.studies.customer_recorder import CustomerRecorder
from hcr.studies.engine_choice import BATCH, EngineChoice, choose_engine
from hcr.studies.kept_lanes import KeptLanes
from hcr.studies.limits import VoltageLimits
from hcr.studies.zone_recorder import ZoneRecorder
from hcr.studies.zone_series import ZoneSeries


@dataclass(frozen=True, slots=True)
class Recording:
    """A case solved and measured; what the batch engine solved is to be checked.

    Attributes
    ----------
    kept : lanes for that check; verification : what came of it. None before, and in OpenDSS.
    """

    choice: EngineChoice
    series: list[ZoneSeries]
    customers: CustomerRecorder
    kept: KeptLanes | None = None
    verification: VerificationRecord | None = None


def record(case: Case, choice: EngineChoice) -> Recording:
    """Return what the zones and customers of a case see, solved by one engine.

    Raises
    ------
    NotConvergedError
        An interval has no solution.
    """
    zones = ZoneRecorder(case.circuit, case.zones, case.injections.lanes)
    customers = CustomerRecorder(case, VoltageLimits(), keep_all=case.keeps_customer_voltages)
    kept = KeptLanes(case.injections.lanes) if choice.engine == BATCH else None
    limits = LimitDistance.of(case.zones, VoltageLimits())
    for solution in solutions(case, choice):
        zones.add(solution)
        customers.add(solution)
        if kept:
            kept.add(solution, limits.nearest(*zones.voltages(solution)))
    return Recording(choice, zones.series(), customers, kept)


def solutions(case: Case, choice: EngineChoice | None = None) -> Iterator[Solution]:
    """Yield the case's solutions block by block, by the engine that is right for it unless one is named.

    Raises
    ------
    NotConvergedError
        An interval has no solution; the message says which feeder, when and, where it is known, which node.
    """
    options = options_of(case, choice or choose_engine(case))
    blocks = solve_in_blocks(case.circuit, case.injections, options)
    while (solution := _next(case, blocks)) is not None:
        if solution.failures:  # the batch engine lists them; OpenDSS raises the first
            raise _not_converged(case, solution.failures[0])
        yield solution


def options_of(case: Case, choice: EngineChoice) -> SolveOptions:
    """Return how a case is solved by an engine."""
    settings = case.task.solve
    return SolveOptions(
        mode=settings.mode,
        max_iterations=settings.max_iterations,
        max_control_iterations=settings.max_control_iterations,
        engine=choice.engine,
    )


def _next(case: Case, blocks: Iterator[Solution]) -> Solution | None:
    try:
        return next(blocks, None)
    except NotConvergedError as error:
        raise _not_converged(case, LaneFailure(error.lane, "", error.why)) from error


def _not_converged(case: Case, failure: LaneFailure) -> NotConvergedError:
    """Return the error with feeder, time and node in place of the lane number."""
    stamp = str(case.stamps[failure.lane].astype("datetime64[m]")).replace("T", " ")
    node = f", node {failure.node}" if failure.node else ""
    return NotConvergedError(
        f"feeder {case.task.feeder}: the power flow did not converge at {stamp}{node}",
        lane=failure.lane,
        why=failure.why,
        remedy="Look for loads beyond what the feeder can carry, or raise `maxIter` and `maxControlIter`.",
    )
