"""Rules that several inputs share, as faults with wire paths; values are passed with their wire names."""

from collections.abc import Iterator, Sequence
from typing import Final

from hcr.contract.input_model import Fault

DEFAULT_INTERVAL_HOURS: Final = 0.5
"""Length of an interval of load data when `loadIntervalLengthHours` is left out [h]."""

DAYS_PER_YEAR: Final = 365
"""Days of a model year: every model year has 365, leap years too."""

Named = tuple[str, object]
Limit = tuple[str, float | None]
Series = tuple[str, Sequence[float] | None]


def exactly_one(first: Named, second: Named) -> Iterator[Fault]:
    """A fault if both or neither of two alternatives are given."""
    given = [name for name, value in (first, second) if value is not None]
    if len(given) == 2:
        yield Fault(f"{first[0]} and {second[0]} exclude each other; leave one of them out", (second[0],))
    if not given:
        yield Fault(f"One of {first[0]} and {second[0]} is needed; add exactly one of them")


def below(low: Limit, high: Limit) -> Iterator[Fault]:
    """A fault if both bounds are given and the lower one is not below the upper one."""
    if low[1] is not None and high[1] is not None and low[1] >= high[1]:
        yield Fault(f"{low[0]} ({low[1]:g}) must be below {high[0]} ({high[1]:g})", (low[0],))


def equal_lengths(*series: Series) -> Iterator[Fault]:
    """A fault for each list that is not as long as the first one given."""
    given = [(name, len(values)) for name, values in series if values is not None]
    for name, length in given[1:]:
        first_name, first_length = given[0]
        if length != first_length:
            yield Fault(
                f"{first_name} and {name} must be equally long, but have lengths {first_length} and {length}",
                (name,),
            )


def required(reason: str, *fields: Named) -> Iterator[Fault]:
    """A fault for each field that is missing although `reason` needs it."""
    for name, value in fields:
        if value is None:
            yield Fault(f"{reason} needs {name}; add it", (name,))


def refused(reason: str, *fields: Named) -> Iterator[Fault]:
    """A fault for each field that is given although it belongs to `reason` alone."""
    for name, value in fields:
        if value is not None:
            yield Fault(f"{name} belongs to {reason} alone; leave it out", (name,))


def day_or_year(interval_hours: float | None, *series: Series) -> Iterator[Fault]:
    """A fault for each list that covers neither one day nor one year of intervals."""
    hours = DEFAULT_INTERVAL_HOURS if interval_hours is None else interval_hours
    day = round(24 / hours)
    year = day * DAYS_PER_YEAR
    for name, values in series:
        if values is not None and len(values) not in (day, year):
            yield Fault(
                f"The length of {name} is {len(values)}; with loadIntervalLengthHours {hours:g} "
                f"a day has {day} values and a year {year}",
                (name,),
            )
