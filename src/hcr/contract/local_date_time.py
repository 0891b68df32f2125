"""Wall-clock times of the load data: what is accepted, what is refused, how they are written."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_TIME: Final = re.compile(
    r"(?P<clock>\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2})"
    r"(?::[0-5]\d(?:[.,]\d+)?)?"
    r" ?(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXAMPLE: Final = "2024-01-31T02:30:00"


def parse_local_date_time(value: object) -> datetime:
    """Wall clock to the minute, without an offset.

    `Z` and an offset of zero keep the clock as it reads: configurations write `Z` where the time zone of
    the load data is meant. Any other offset contradicts that, and nobody can say which clock was meant.
    """
    if isinstance(value, datetime):
        return _to_the_minute(value)
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value.strip())):
        raise PydanticCustomError(
            "local_date_time_date_only",
            "{value} is a date without a time; add the time of day, e.g. {value}T00:00:00",
            {"value": str(value).strip()},
        )
    if isinstance(value, str):
        return _from_text(value.strip())
    raise PydanticCustomError(
        "local_date_time_type", "A time is needed, e.g. {example}", {"example": _EXAMPLE}
    )


def format_local_date_time(value: datetime) -> str:
    """ISO 8601 text to the second, without an offset: `2024-01-31T02:30:00`."""
    return value.isoformat(timespec="seconds")


def _from_text(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise PydanticCustomError(
            "local_date_time_parsing",
            "'{text}' is not a time; write year-month-day, T, hour:minute, e.g. {example}",
            {"text": text, "example": _EXAMPLE},
        )
    if (match["offset"] or "Z").strip("Zz+-0:"):
        raise _offset_refused(match["offset"])
    try:
        # Only the clock is read: seconds and their fraction are dropped.
        return datetime.fromisoformat(match["clock"].upper())
    except ValueError as error:
        raise PydanticCustomError(
            "local_date_time_parsing",
            "'{text}' is not a time: {reason}; midnight at the end of a day is 00:00 of the next day",
            {"text": text, "reason": str(error)},
        ) from error


def _to_the_minute(moment: datetime) -> datetime:
    if moment.utcoffset():
        raise _offset_refused(moment.isoformat()[-6:])
    return moment.replace(second=0, microsecond=0, tzinfo=None, fold=0)


def _offset_refused(offset: str) -> PydanticCustomError:
    return PydanticCustomError(
        "local_date_time_offset",
        "The offset {offset} contradicts the time zone of the load data; "
        "write the wall clock of the load data without an offset, e.g. {example}",
        {"offset": offset, "example": _EXAMPLE},
    )


LocalDateTime = Annotated[
    datetime,
    PlainValidator(parse_local_date_time),
    PlainSerializer(format_local_date_time, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "title": "LocalDateTime",
            "description": "Wall clock of the load data, without an offset",
            "pattern": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?$",
            "examples": [_EXAMPLE],
        }
    ),
]
"""Date and time in the time zone of the load data, to the minute; no offset."""

LONGEST_PERIOD: Final = timedelta(days=367)
"""Longest load period that a service takes: a leap year and a day of margin."""
