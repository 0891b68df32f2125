from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.client.retry import Retry

NOW = datetime(2026, 1, 5, 12, 0, 0, tzinfo=UTC)


def patient(**changes: object) -> Retry:
    settings = {"attempts": 5, "first_wait_s": 1.0, "random": lambda: 1.0, "now": NOW.timestamp}
    return Retry(**{**settings, **changes})


def test_waits_double():
    assert [patient().wait_s(attempt) for attempt in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 8.0]


def test_the_last_attempt_is_the_last():
    assert patient().wait_s(5) is None


def test_waits_are_capped():
    assert patient(longest_wait_s=3.0).wait_s(4) == 3.0


def test_jitter_takes_up_to_half():
    assert patient(random=lambda: 0.0).wait_s(1) == 0.5


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 1.0),
        (format_datetime(NOW + timedelta(seconds=20), usegmt=True), 20.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 1.0),
        ("Mon, 05 Jan 2026 12:00:30 -0000", 30.0),
        ("soon", 1.0),
        ("-3", 1.0),
        ("٣", 1.0),
        ("", 1.0),
    ],
)
def test_retry_after_is_honoured_and_nonsense_ignored(header: str, wait_s: float):
    assert patient().wait_s(1, header) == wait_s


def test_a_service_that_wants_an_hour_is_not_waited_for():
    assert patient().wait_s(1, "3600") is None


@given(st.integers(1, 10), st.floats(0, 1), st.one_of(st.none(), st.text()))
def test_never_longer_than_the_longest_wait(attempt: int, chance: float, header: str | None):
    wait_s = patient(random=lambda: chance, longest_wait_s=9.0).wait_s(attempt, header)
    assert wait_s is None or 0 < wait_s <= 9.0
