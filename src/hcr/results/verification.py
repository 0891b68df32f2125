"""What a check of results found, as the manifest keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class WorstDifference:
    """The largest difference of one quantity between two engines.

    Attributes
    ----------
    value : its size; None where there was nothing to compare.
    place : node or branch; time : end of the interval in UTC, ISO 8601, labelled in the modelled year.
    """

    value: float | None = None
    place: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class VerificationRecord:
    """Lanes of a task that were solved again in OpenDSS, each on its own.

    Attributes
    ----------
    lanes : lanes solved again; near_limit_lanes : those of them taken because a voltage was close to a limit.
    seed : of the choice of the others.
    voltage_pu : of node voltages [pu]; current_a : of branch currents [A].
    current_percent : of branch currents [% of the normal rating].
    tolerance_pu, tolerance_percent : differences up to which the engines agree.
    passed : whether they do; fault : why there was nothing to compare, empty otherwise.
    engines : versions by name.
    twofold : ends of the intervals in UTC in which the power flow has two solutions, one in each engine; they
        count neither for nor against.
    seconds, share : time that the check took [s], and its part of the task's time [0 to 1], both 0 where
        the record came with an earlier result that was taken over; no part of what makes two records equal.
    """

    lanes: int
    near_limit_lanes: int
    seed: int
    voltage_pu: WorstDifference
    current_a: WorstDifference
    current_percent: WorstDifference
    tolerance_pu: float
    tolerance_percent: float
    passed: bool
    fault: str = ""
    engines: Mapping[str, str] = field(default_factory=dict)
    twofold: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)
    share: float = field(default=0.0, compare=False)


def read_verification(record: "dict[str, Any]") -> VerificationRecord:
    """Return the record of a parsed document; anything amiss raises a built-in error."""
    worst = {name: WorstDifference(**record[name]) for name in ("voltage_pu", "current_a", "current_percent")}
    twofold = tuple(record.get("twofold", ()))
    return VerificationRecord(**{**record, **worst, "twofold": twofold})
