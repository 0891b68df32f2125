import pytest

from hcr.cli.limit_names import LIMITS, limit_colour, limit_name, value_told
from hcr.studies.interconnection.metrics import Metric


@pytest.mark.parametrize("metric", Metric)
def test_every_limit_has_a_name_and_a_colour_of_its_own(metric: Metric):
    assert limit_name(metric.value) != metric.value
    assert limit_colour(metric.value).startswith("#")
    assert len({colour for _, colour in LIMITS.values()}) == len(LIMITS)


def test_what_has_no_limit_and_what_is_unknown():
    assert limit_name(None) == "no limit found"
    assert limit_name("flicker") == "flicker"
    assert limit_colour("flicker") != limit_colour(None)


@pytest.mark.parametrize(
    ("value", "unit", "expected"), [(0.95, "pu", "0.9500 pu"), (3.2, "%", "3.20 %"), (0.1, "", "0.10")]
)
def test_values_have_the_digits_of_their_unit(value: float, unit: str, expected: str):
    assert value_told(value, unit) == expected
