"""What a round decides: what is installed, what is left, whether the bus is full.

These are the cases of step 5 in section 5 of the interconnection method.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """What a unit asks for.

    Attributes
    ----------
    size_kw : size at which the search starts, and which is installed if it can be [kW].
    allow_violations : installed in full even where limits are violated.
    recalculate : only the capacity is asked for; nothing is installed.
    """

    size_kw: float
    allow_violations: bool = False
    recalculate: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of it.

    Attributes
    ----------
    installed_kw : size installed [kW]. left_kw : what the bus can take beyond that [kW].
    exhausted : no further unit is drawn there.
    violating : what is installed violates limits, which then are those of the final run.
    """

    installed_kw: float
    left_kw: float
    exhausted: bool = False
    violating: bool = False


def outcome(request: Request, *, passed: bool, limit_kw: float) -> Outcome:
    """Return what a round decides.

    Parameters
    ----------
    passed : the requested size keeps to all limits.
    limit_kw : result of the search [kW].
    """
    if request.recalculate:
        return Outcome(0.0, limit_kw)
    if passed:
        return Outcome(request.size_kw, max(0.0, limit_kw - request.size_kw))
    if request.allow_violations:
        return Outcome(request.size_kw, 0.0, exhausted=True, violating=True)
    return Outcome(limit_kw, 0.0, exhausted=True)
