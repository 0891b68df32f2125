import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection.limits import Limits, Tolerances


def test_defaults_are_those_of_the_method():
    assert Limits() == Limits(0.95, 1.05, 3.0, 100.0, 3.0, 0.3, 0.05)
    assert Tolerances() == Tolerances(1e-3, 1e-2, 1e-2, 1e-2, 1e-2)


@pytest.mark.parametrize(
    "limits", [{"v_min_pu": 1.05}, {"v_min_pu": -1.0}, {"change_percent": float("nan")}], ids=str
)
def test_limits_that_nothing_can_keep_are_refused(limits: dict[str, float]):
    with pytest.raises(ConfigError):
        Limits(**limits)


def test_a_negative_tolerance_is_refused_by_name():
    with pytest.raises(ConfigError, match="thermal cannot be -1"):
        Tolerances(thermal=-1.0)
