"""The curves a unit follows."""

import pytest

from hcr.errors import ConfigError
from hcr.powerflow.inverter_curves import IEEE_1547_B
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.settings import InverterMode, ResourceSettings
from hcr.studies.interconnection.trial import Placed
from hcr.studies.interconnection.unit_inverter import inverter_of

UNIT = Placed(Kind.PV, "far", Size(80.0, 100.0))


def test_a_constant_power_factor_needs_no_curves() -> None:
    assert inverter_of(UNIT, "Generator.g", ResourceSettings()) is None


@pytest.mark.parametrize(
    ("mode", "volt_var", "volt_watt"),
    [
        (InverterMode.VOLT_VAR, IEEE_1547_B.volt_var, ()),
        (InverterMode.VOLT_WATT, (), IEEE_1547_B.volt_watt),
        (InverterMode.VOLT_VAR_VOLT_WATT, IEEE_1547_B.volt_var, IEEE_1547_B.volt_watt),
    ],
)
def test_the_mode_chooses_among_the_curves(mode: InverterMode, volt_var: object, volt_watt: object) -> None:
    found = inverter_of(UNIT, "Generator.g", ResourceSettings(inverter=mode))
    assert found is not None
    assert (found.element, found.rating_va) == ("Generator.g", 100e3)
    assert (found.curve.volt_var, found.curve.volt_watt) == (volt_var, volt_watt)


def test_machines_follow_no_curves() -> None:
    unit = Placed(Kind.GENERATOR, "far", Size(80.0, 100.0))
    assert inverter_of(unit, "Generator.g", ResourceSettings(inverter=InverterMode.VOLT_VAR)) is None


def test_batteries_are_refused_curves_that_cannot_be_solved() -> None:
    unit = Placed(Kind.BATTERY, "far", Size(80.0, 80.0, 160.0))
    with pytest.raises(ConfigError, match="a battery cannot follow volt_var"):
        inverter_of(unit, "Generator.g", ResourceSettings(inverter=InverterMode.VOLT_VAR))


def test_unknown_curves_are_refused_with_those_there_are() -> None:
    wanted = ResourceSettings(inverter=InverterMode.VOLT_VAR, inverter_curve="IEEE1547_C")
    with pytest.raises(ConfigError, match="'IEEE1547_C'") as refused:
        inverter_of(UNIT, "Generator.g", wanted)
    assert "IEEE1547_A, IEEE1547_B" in str(refused.value)
