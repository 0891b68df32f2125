"""Which curves the inverter of a unit follows, by its kind and what the study asks for."""

from dataclasses import replace

from hcr.errors import ConfigError
from hcr.powerflow.inverter_curves import AS_4777_A, AS_4777_B, AS_4777_C, IEEE_1547_A, IEEE_1547_B, Inverter
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.settings import InverterMode, ResourceSettings
from hcr.studies.interconnection.trial import Placed

CURVES = {
    "IEEE1547_A": IEEE_1547_A,
    "IEEE1547_B": IEEE_1547_B,
    "AS4777_A": AS_4777_A,
    "AS4777_B": AS_4777_B,
    "AS4777_C": AS_4777_C,
}
"""Curves by the name that a configuration calls them."""


def inverter_of(unit: Placed, element: str, resource: ResourceSettings) -> Inverter | None:
    """Return the inverter of a unit; None where its power factor is constant, as that of machines always is.

    Parameters
    ----------
    element : that stands for the unit in OpenDSS.

    Raises
    ------
    ConfigError
        There are no such curves, or the unit is a battery: OpenDSS follows curves of what only produces.
    """
    mode = resource.inverter
    if mode is InverterMode.CONSTANT_PF or unit.kind is Kind.GENERATOR or not unit.size.kw > 0.0:
        return None
    if unit.kind is Kind.BATTERY:
        raise ConfigError(
            f"a battery cannot follow {mode}",
            why="its curves are solved as those of a PV system, which never charges",
            remedy=f"Study batteries with the inverter mode `{InverterMode.CONSTANT_PF}`.",
        )
    if resource.inverter_curve not in CURVES:
        raise ConfigError(
            f"there are no standard curves {resource.inverter_curve!r}",
            why=f"there are {', '.join(CURVES)}",
            remedy="Name one of these.",
        )
    curve = CURVES[resource.inverter_curve]
    if mode is InverterMode.VOLT_VAR:
        curve = replace(curve, volt_watt=())
    if mode is InverterMode.VOLT_WATT:
        curve = replace(curve, volt_var=())
    return Inverter(element, curve, 1e3 * unit.size.kva)
