import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection.settings import ResourceSettings, StudySettings


def test_a_study_has_days() -> None:
    assert StudySettings().days
    with pytest.raises(ConfigError, match="without days"):
        StudySettings(days=())


@pytest.mark.parametrize("factor", [0.0, 1.1, -2.0, float("nan")])
def test_a_power_factor_is_a_share_of_the_apparent_power(factor: float) -> None:
    assert ResourceSettings(power_factor=-0.9).power_factor == -0.9
    with pytest.raises(ConfigError, match="power factor"):
        ResourceSettings(power_factor=factor)
