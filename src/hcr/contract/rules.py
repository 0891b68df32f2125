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
Listed = tuple[str, Sequence[object] | None]


def exactly_one(*alternatives: Named) -> Iterator[Fault]:
    """A fault if several or none of some alternatives are given."""
    given = [name for name, value in alternatives if value is not None]
    if len(given) > 1:
        yield Fault(f"{_listed(given)} exclude each other; leave one of them out", (given[1],))
    if not given:
        yield Fault(
            f"One of {_listed([name for name, _ in alternatives])} is needed; add exactly one of them"
        )


def at_most(most: int, *lists: Listed) -> Iterator[Fault]:
    """A fault for each list that is longer than is possible."""
    for name, values in lists:
        if values is not None and len(values) > most:
            yield Fault(f"{name} has {len(values)} entries; at most {most} are possible", (name,))


def distinct(*lists: Listed) -> Iterator[Fault]:
    """A fault for each entry of a list that was there before."""
    for name, values in lists:
        for at, value in enumerate(values or ()):
            if values is not None and value in values[:at]:
                yield Fault(f"{value} is given twice in {name}; leave it out", (name, at))


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


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}"
