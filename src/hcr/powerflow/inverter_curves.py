"""What an inverter does at a voltage: volt-var and volt-watt curves, and the defaults of two standards.

Curves are straight between their points and flat outside them. Power and reactive power are positive when
they are produced.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import FloatArray

Points = tuple[tuple[float, float], ...]
"""Corners of a curve: voltage [pu of the inverter's rated voltage] and share, by rising voltage."""


class Reference(IntEnum):
    """What the shares of a volt-var curve are shares of."""

    VARMAX = 0
    """The largest reactive power of the inverter."""

    VARAVAL = 1
    """What the rating leaves beside the present power."""


class Monitored(IntEnum):
    """Which of the terminal voltages an inverter of several phases goes by."""

    AVERAGE = 0
    HIGHEST = 1
    LOWEST = 2


@dataclass(frozen=True, slots=True)
class InverterCurve:
    """Settings of an inverter, apart from its size.

    Attributes
    ----------
    volt_var : reactive power as a share of what `reference` says, -1 to 1; empty: the power that is given.
    volt_watt : most power as a share of the rating, 0 to 1; empty: no limit but the rating.
    reference : what a share of the volt-var curve is of.
    watt_first : where the rating is not enough for both, reactive power gives way; else power does.
    var_limit : largest reactive power, as a share of the rating.
    quiet_below : share of the rating below which the volt-var curve rests.

    Raises
    ------
    ModelError
        The points of a curve do not rise in voltage, or a share is out of range.
    """

    volt_var: Points = ()
    volt_watt: Points = ()
    reference: Reference = Reference.VARMAX
    watt_first: bool = False
    var_limit: float = 1.0
    quiet_below: float = 0.0

    def __post_init__(self) -> None:
        _check("volt-var", self.volt_var, lowest=-1.0)
        _check("volt-watt", self.volt_watt, lowest=0.0)
        if not (0.0 <= self.var_limit <= 1.0 and 0.0 <= self.quiet_below <= 1.0):
            raise ModelError("an inverter's var_limit or quiet_below is no share between 0 and 1")

    def on_base(self, nominal_v: float, base_v: float) -> "InverterCurve":
        """Return the same settings with voltages that were in pu of `nominal_v` in pu of `base_v`."""
        scale = nominal_v / base_v
        moved = (
            tuple((voltage * scale, share) for voltage, share in points)
            for points in (self.volt_var, self.volt_watt)
        )
        volt_var, volt_watt = moved
        return replace(self, volt_var=volt_var, volt_watt=volt_watt)


@dataclass(frozen=True, slots=True)
class Inverter:
    """One element that follows a curve.

    The power given for the element is what its panels or cells would give: positive is produced.

    Attributes
    ----------
    element : full name of a Generator, PVSystem or Storage.
    rating_va : apparent power [VA].
    monitored : which of its terminal voltages counts; each is taken across a phase of the element.
    """

    element: str
    curve: InverterCurve
    rating_va: float
    monitored: Monitored = Monitored.AVERAGE

    def __post_init__(self) -> None:
        if not (np.isfinite(self.rating_va) and self.rating_va > 0.0):
            raise ModelError(f"the inverter {self.element} has no rating", why=f"{self.rating_va:g} VA")


def share_at(points: Points, voltage_pu: FloatArray) -> FloatArray:
    """Return the share of a curve at voltages [pu], of the shape of the voltages; NaN stays NaN."""
    corners = np.array(points, float)
    return np.asarray(np.interp(voltage_pu, corners[:, 0], corners[:, 1]))


def _check(name: str, points: Points, *, lowest: float) -> None:
    if not points:
        return
    corners = np.array(points, float)
    rising = bool((np.diff(corners[:, 0]) > 0).all())
    in_range = bool(((corners[:, 1] >= lowest) & (corners[:, 1] <= 1.0)).all())
    if not (np.isfinite(corners).all() and rising and in_range):
        raise ModelError(
            f"the {name} curve {points} is none",
            why=f"voltages must rise, and shares lie between {lowest:g} and 1",
            remedy="Correct the points of the curve.",
        )


def _of_230(*corners: tuple[float, float]) -> Points:
    """Return points of a standard that states volts on a 230 V system and per cent."""
    return tuple((volts / 230.0, percent / 100.0) for volts, percent in corners)


IEEE_1547_A = InverterCurve(
    volt_var=((0.90, 0.25), (1.00, 0.0), (1.10, -0.25)),
    volt_watt=((1.06, 1.0), (1.10, 0.2)),
)
"""IEEE 1547-2018, Category A: volt-var of 5.3.3, Table 8; volt-watt of 5.4.2, Table 10.

Table 8 puts V2 and V3 both at the reference voltage, 1 pu. Both functions are off unless the operator of the
network asks for them; these are the settings when it does.
"""

IEEE_1547_B = InverterCurve(
    volt_var=((0.92, 0.44), (0.98, 0.0), (1.02, 0.0), (1.08, -0.44)),
    volt_watt=((1.06, 1.0), (1.10, 0.2)),
)
"""IEEE 1547-2018, Category B: volt-var of 5.3.3, Table 8; volt-watt of 5.4.2, Table 10."""

AS_4777_A = InverterCurve(
    volt_var=_of_230((207, 44), (220, 0), (240, 0), (258, -60)),
    volt_watt=_of_230((253, 100), (260, 20)),
)
"""AS/NZS 4777.2:2020, region Australia A: volt-watt of 3.3.2.2, Table 3.6; volt-var of 3.3.2.3, Table 3.7.

Volts are of a 230 V system: for elements with another rated voltage use `InverterCurve.on_base`.
"""

AS_4777_B = InverterCurve(
    volt_var=_of_230((205, 30), (220, 0), (235, 0), (255, -40)),
    volt_watt=_of_230((250, 100), (260, 20)),
)
"""AS/NZS 4777.2:2020, region Australia B: Tables 3.6 and 3.7; volts of a 230 V system."""

AS_4777_C = InverterCurve(
    volt_var=_of_230((215, 44), (230, 0), (240, 0), (255, -60)),
    volt_watt=_of_230((253, 100), (260, 20)),
)
"""AS/NZS 4777.2:2020, region Australia C: Tables 3.6 and 3.7; volts of a 230 V system."""

STANDARD_CURVES = {
    "IEEE 1547-2018 A": IEEE_1547_A,
    "IEEE 1547-2018 B": IEEE_1547_B,
    "AS/NZS 4777.2:2020 Australia A": AS_4777_A,
    "AS/NZS 4777.2:2020 Australia B": AS_4777_B,
    "AS/NZS 4777.2:2020 Australia C": AS_4777_C,
}
"""The defaults by name."""
