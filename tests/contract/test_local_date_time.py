"""What counts as a time of the load data."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hcr.contract.local_date_time import LocalDateTime, format_local_date_time, parse_local_date_time

ADAPTER = TypeAdapter(LocalDateTime)
BRISBANE = timezone(timedelta(hours=10))
HALF_PAST_TWO = datetime(2024, 1, 31, 2, 30)


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-31T02:30",
        "2024-01-31T02:30:00",
        "2024-01-31 02:30:00",
        "2024-01-31t02:30",
        " 2024-01-31T02:30:00 ",
        "2024-01-31T02:30:59",
        "2024-01-31T02:30:59.999999",
        "2024-01-31T02:30:00.00",
        "2024-01-31T02:30:00,5",
        "2024-01-31T02:30:00.123456789",
        "2024-01-31T02:30Z",
        "2024-01-31T02:30:00z",
        "2024-01-31T02:30:00.00Z",
        "2024-01-31 02:30:00 Z",
        "2024-01-31T02:30:00+00:00",
        "2024-01-31T02:30:00-00:00",
        "2024-01-31T02:30:00+0000",
        "2024-01-31T02:30:00+00",
        datetime(2024, 1, 31, 2, 30),
        datetime(2024, 1, 31, 2, 30, 59, 999_999),
        datetime(2024, 1, 31, 2, 30, tzinfo=UTC),
        datetime(2024, 1, 31, 2, 30, fold=1),
    ],
)
def test_the_wall_clock_is_kept_to_the_minute(written):
    assert ADAPTER.validate_python(written) == HALF_PAST_TWO
    assert ADAPTER.validate_python(written).tzinfo is None


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2024-01-31T02:30:00+10:00", r"offset \+10:00 contradicts"),
        ("2024-01-31T02:30-05:00", "offset -05:00 contradicts"),
        ("2024-01-31T02:30+00:30", r"offset \+00:30 contradicts"),
        (datetime(2024, 1, 31, 2, 30, tzinfo=BRISBANE), r"offset \+10:00 contradicts"),
        ("2024-01-31", "date without a time; add the time of day, e.g. 2024-01-31T00:00:00"),
        (date(2024, 1, 31), "date without a time"),
        ("2024-01-31T24:00:00", "00:00 of the next day"),
        ("2024-02-30T00:00", "not a time: day "),
        ("2024-13-01T00:00", "month must be in 1..12"),
        ("2024-01-31T02:61", "minute must be in 0..59"),
        ("2024-01-31T02:30:75", "not a time"),
        ("2024-01-31T02", "not a time; write year-month-day"),
        ("31/01/2024 02:30", "not a time; write year-month-day"),
        ("2024-01-31T02:30:00+AEST", "not a time"),
        ("٢٠٢٤-01-31T02:30", "not a time"),
        ("<START_TIME>", "not a time"),
        ("{when}", "'{when}' is not a time"),
        ("", "not a time"),
        (20240131, "A time is needed"),
        (1706668200.0, "A time is needed"),
        (True, "A time is needed"),
        (None, "A time is needed"),
        (["2024-01-31T02:30"], "A time is needed"),
    ],
)
def test_anything_else_is_refused_with_a_reason(written, message):
    with pytest.raises(ValidationError, match=message):
        ADAPTER.validate_python(written)


def test_it_is_written_to_the_second_without_an_offset():
    assert ADAPTER.dump_python(HALF_PAST_TWO, mode="json") == "2024-01-31T02:30:00"
    assert ADAPTER.dump_json(HALF_PAST_TWO) == b'"2024-01-31T02:30:00"'
    assert format_local_date_time(datetime(812, 1, 1)) == "0812-01-01T00:00:00"


@given(st.datetimes())
def test_what_is_written_reads_back_as_itself(moment):
    minute = moment.replace(second=0, microsecond=0, fold=0)
    assert parse_local_date_time(moment) == minute
    assert parse_local_date_time(format_local_date_time(minute)) == minute


@given(st.datetimes(), st.sampled_from(["", "Z", "+00:00"]))
def test_a_zero_offset_never_moves_the_clock(moment, offset):
    assert parse_local_date_time(moment.isoformat() + offset) == moment.replace(second=0, microsecond=0)


@given(st.text())
def test_any_text_is_either_a_time_or_refused(text):
    try:
        moment = ADAPTER.validate_python(text)
    except ValidationError:
        return
    assert isinstance(moment, datetime)
