"""What a ruling of the referee means for a task: a record for the manifest, and sentences for people."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hcr import __version__
from hcr.errors import NotConvergedError
from hcr.powerflow.opendss import engine_version
from hcr.powerflow.passive import Uncovered
from hcr.powerflow.verify import NONE, TOLERANCE_PERCENT, TOLERANCE_PU, Difference
from hcr.results.verification import VerificationRecord, WorstDifference
from hcr.studies.case import Case
from hcr.studies.checked_lanes import RefereeRules
from hcr.studies.engine_choice import OPENDSS, EngineChoice
from hcr.studies.recording import options_of
from hcr.studies.referee import Ruling, in_opendss
from hcr.studies.seasons import Stamps


@dataclass(slots=True)
class Stopwatch:
    """Seconds since a task began, and since its check did."""

    clock: Callable[[], float]
    began: float
    checked_from: float = 0.0

    def check(self) -> None:
        """Note that the check begins."""
        self.checked_from = self.clock()

    def times(self) -> tuple[float, float]:
        """Return the seconds of the check, and its share of all seconds so far, 0 to 1."""
        now = self.clock()
        spent = now - self.checked_from
        return spent, spent / max(now - self.began, 1e-9)


def verification_record(
    case: Case, ruling: Ruling, *, rules: RefereeRules | None = None, times: tuple[float, float] = (0.0, 0.0)
) -> VerificationRecord:
    """Return the record of a ruling; `times` are its seconds and its share of the task's time."""
    found, utc = ruling.comparison, utc_stamps(case)[ruling.lanes]
    nothing = Difference(float("nan"), "", NONE)
    voltage, current, percent = (
        (found.voltage_pu, found.current_a, found.current_percent) if found else (nothing,) * 3
    )
    return VerificationRecord(
        lanes=len(ruling.lanes),
        near_limit_lanes=ruling.near_limit,
        seed=(rules or RefereeRules()).seed,
        voltage_pu=placed(voltage, utc),
        current_a=placed(current, utc),
        current_percent=placed(percent, utc),
        tolerance_pu=TOLERANCE_PU,
        tolerance_percent=TOLERANCE_PERCENT,
        passed=ruling.passed,
        fault=ruling.fault,
        twofold=_times(found.twofold if found else (), utc),
        engines={"batch": f"hcr {__version__}", "opendss": engine_version()},
        seconds=round(times[0], 3),
        share=round(times[1], 4),
    )


def _times(columns: tuple[int, ...], utc: Stamps) -> tuple[str, ...]:
    return tuple(f"{np.datetime_as_string(utc[column], 'm')}Z" for column in columns)


def placed(difference: Difference, utc: Stamps) -> WorstDifference:
    """Return a difference with its time in place of its column; `utc` are the times of the columns."""
    if difference.lane == NONE:
        return WorstDifference()
    time = f"{np.datetime_as_string(utc[difference.lane], 'm')}Z"
    return WorstDifference(difference.value, difference.place, time)


def utc_stamps(case: Case) -> Stamps:
    """Return the interval-ending times of a case's lanes in UTC, (lanes,) datetime64[us]."""
    return case.stamps - np.timedelta64(case.feeder.utc_offset)


def disagreement(feeder: str, record: VerificationRecord | None) -> tuple[str, ...]:
    """Return a sentence where the check did not pass or found second solutions, none where all is well."""
    if record is not None and record.passed and record.twofold:
        steps = f"in {len(record.twofold)} of {record.lanes} steps checked (first {record.twofold[0]})"
        why = "CVR loads are at a limit of their voltage band"
        return (f"{feeder}: the power flow has two solutions {steps}, and the engines one each: {why}",)
    if record is None or record.passed:
        return ()
    return (f"{feeder}: the check in OpenDSS did not pass: {_difference(record)}",)


def unlike_opendss(record: VerificationRecord) -> Uncovered:
    """Return why a task is solved in OpenDSS after its check did not pass."""
    return Uncovered(record.voltage_pu.place or "its power flow", _difference(record))


def unsolved(error: NotConvergedError) -> Uncovered:
    """Return why a task is solved in OpenDSS after the batch engine found no solution."""
    return Uncovered("the batch engine", f"it has no solution where OpenDSS has one ({error.what})")


def opendss_solves(case: Case, lane: int) -> bool:
    """Return whether OpenDSS finds a solution of a lane on its own."""
    try:
        in_opendss(case, np.array([lane]), options=options_of(case, EngineChoice(OPENDSS)))
    except NotConvergedError:
        return False
    return True


def _difference(record: VerificationRecord) -> str:
    if record.fault:
        return record.fault
    worst, current = record.voltage_pu, record.current_percent
    return (
        f"the engines differ by {worst.value or 0.0:.2g} pu at {worst.place or 'no node'} ({worst.time}) "
        f"and by {current.value or 0.0:.2g} % of the rating at {current.place or 'no branch'}"
    )
