"""A period of a calibration as times."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hcr.config.calibration_arguments import CalibrationArguments, CalibrationPeriod

BEGIN = datetime(2025, 7, 1)


def period(hours: float, count: int) -> dict[str, object]:
    return {"startTime": BEGIN, "endTime": BEGIN + timedelta(hours=hours), "count": count}


@given(st.integers(1, 2000), st.data())
def test_times_are_ends_of_intervals_each_once_and_the_last_is_the_end(intervals: int, data: st.DataObject):
    count = data.draw(st.integers(1, intervals))
    times = CalibrationPeriod.model_validate(period(intervals / 2, count)).times(0.5)
    assert len(set(times)) == count
    assert times[-1] == BEGIN + timedelta(hours=intervals / 2)
    assert all(time > BEGIN and (time - BEGIN) % timedelta(minutes=30) == timedelta() for time in times)
    gaps = [later - earlier for earlier, later in zip((BEGIN, *times), times, strict=False)]
    assert max(gaps) - min(gaps) <= timedelta(minutes=30)


def test_the_period_takes_the_interval_of_the_load_data():
    config = {"model": {"loadIntervalLengthHours": 0.25}}
    given = CalibrationArguments.model_validate({"period": period(1, 4), "generatorConfig": config})
    sent = given.expanded()
    assert sent.period is None
    assert sent.times == tuple(BEGIN + timedelta(minutes=15 * at) for at in (1, 2, 3, 4))
    assert sent.generator_config == given.generator_config


def test_times_of_a_period_join_the_others():
    given = CalibrationArguments.model_validate({"period": period(1, 1), "times": [BEGIN]})
    assert given.expanded().times == (BEGIN, BEGIN + timedelta(hours=1))
    assert CalibrationArguments().expanded() == CalibrationArguments()


@pytest.mark.parametrize(
    ("given", "words"),
    [(period(1, 3), "The period has only 2 intervals of 0.5 h"), (period(-1, 1), "endTime must be after")],
)
def test_a_period_that_cannot_be(given: dict[str, object], words: str):
    with pytest.raises(ValidationError, match=words):
        CalibrationArguments.model_validate({"period": given})
