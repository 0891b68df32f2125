"""What makes a planner doubt a capacity: sentences for the warnings of a study."""

from collections.abc import Iterable, Sequence

from hcr.studies.interconnection.search import End
from hcr.studies.interconnection.setup import Setup
from hcr.studies.interconnection.study_result import BusCapacity


def silent_days(setup: Setup) -> Iterable[str]:
    """Yield a sentence for each day on which the units that are drawn give and take nothing."""
    kind = setup.settings.resource.kind
    for day in setup.days:
        if not day.output[kind].any():
            yield f"day {day.name!r}: a unit of kind {kind} does nothing then; see firstHour and curve"


def unlimited(capacities: Sequence[BusCapacity]) -> tuple[str, ...]:
    """Return a sentence about buses that no size violates a limit at, if there are any."""
    buses = [one.bus for one in capacities if one.search.end is End.CAPPED]
    if not buses:
        return ()
    few = ", ".join(buses[:3]) + (f" and {len(buses) - 3} more" if len(buses) > 3 else "")
    return (f"nothing limits a unit at {few}: perhaps no way leads from there to the source",)
