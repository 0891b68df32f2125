from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.client.wire_values import (
    fields_of,
    flag_of,
    instant_of,
    integer_of,
    items_of,
    number_of,
    text_of,
    texts_of,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@pytest.mark.parametrize(
    ("value", "number", "integer"),
    [
        (3, 3.0, 3),
        (2.5, 2.5, None),
        (4.0, 4.0, 4),
        ("17", 17.0, 17),
        ("123.45", 123.45, None),
        ("many", None, None),
        (True, None, None),
        (None, None, None),
        ([], None, None),
        ("nan", pytest.approx(float("nan"), nan_ok=True), None),
        (2**60 + 1, float(2**60), 2**60 + 1),
    ],
)
def test_numbers(value: object, number: float | None, integer: int | None):
    assert number_of(value) == number
    assert integer_of(value) == integer


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), (False, False), ("TRUE", True), ("false", False), (None, None), (1, None)],
)
def test_flags(value: object, flag: bool | None):
    assert flag_of(value) is flag


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-01-31T02:03:04Z", datetime(2024, 1, 31, 2, 3, 4, tzinfo=UTC)),
        ("2024-01-31T02:03:04.250Z", datetime(2024, 1, 31, 2, 3, 4, 250_000, tzinfo=UTC)),
        ("2024-01-31T02:03:04", datetime(2024, 1, 31, 2, 3, 4, tzinfo=UTC)),
        ("2024-01-31T12:00:00+10:00", datetime(2024, 1, 31, 12, tzinfo=timezone(timedelta(hours=10)))),
        ("yesterday", None),
        (None, None),
        (1706666584, None),
    ],
)
def test_instants(value: object, moment: datetime | None):
    assert instant_of(value) == moment


def test_texts_and_containers():
    assert text_of(7) == "7"
    assert text_of(None) == ""
    assert texts_of(["a", 1, None]) == ("a", "1", "")
    assert texts_of("abc") == ()
    assert fields_of({"a": 1}) == {"a": 1}
    assert fields_of([1]) == {}
    assert items_of({"a": 1}) == []


@given(JSON)
def test_whatever_comes_nothing_breaks(value: object):
    for read in (fields_of, items_of, text_of, texts_of, number_of, integer_of, flag_of, instant_of):
        read(value)
