"""Voltage limits in volts, and what they are per unit in a zone."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from hcr.errors import ConfigError
from hcr.network.zones import Zone
from hcr.results.manifest import Assumption

REFERENCE_V = 230.0
"""Phase voltage to which the limits refer off the 400 V world (results_tables, section 6) [V]."""

NATIVE_BASES_V = (380.0, 440.0)
"""Phase-to-phase LV bases on which the limits hold in volts: 380, 400, 415, 433, 440 V."""


@dataclass(frozen=True, slots=True)
class PuLimits:
    """The limits of one zone, per unit of its `v_base`.

    Attributes
    ----------
    normal_max, emergency_max : VH1 and VH2; normal_min, emergency_min : VL1 and VL2 [pu].
    """

    normal_max: float
    emergency_max: float
    normal_min: float
    emergency_min: float


@dataclass(frozen=True, slots=True)
class VoltageLimits:
    """Limits between which customers must be supplied, phase to neutral [V].

    Attributes
    ----------
    normal_max_v, emergency_max_v : VH1 and VH2, 0 % and 100 % of the energy at risk.
    normal_min_v, emergency_min_v : VL1 and VL2.

    Raises
    ------
    ConfigError
        The limits are not in the order VL2 < VL1 < VH1 < VH2.
    """

    normal_max_v: float = 253.0
    emergency_max_v: float = 260.0
    normal_min_v: float = 216.0
    emergency_min_v: float = 207.0

    def __post_init__(self) -> None:
        ordered = (0.0, self.emergency_min_v, self.normal_min_v, self.normal_max_v, self.emergency_max_v)
        if not all(low < high for low, high in pairwise(ordered)):
            raise ConfigError(
                "voltage limits are out of order",
                why="emergency minimum < normal minimum < normal maximum < emergency maximum must hold, "
                f"but they are {', '.join(f'{volts:g} V' for volts in ordered[1:])}",
                remedy="Correct the voltage limits.",
            )

    def in_pu(self, zone: Zone) -> PuLimits:
        """Return the limits per unit of the zone's `v_base`."""
        reference_v = reference_volts(zone)
        return PuLimits(
            normal_max=self.normal_max_v / reference_v,
            emergency_max=self.emergency_max_v / reference_v,
            normal_min=self.normal_min_v / reference_v,
            emergency_min=self.emergency_min_v / reference_v,
        )

    def assumption(self) -> Assumption:
        """Return the record of these limits for the manifest."""
        return Assumption(
            "voltage_limits",
            "Voltage limits, phase to neutral: in volts on LV bases of 380 to 440 V, "
            "as volts / 230 per unit on every other base.",
            {
                "emergency_max_v": self.emergency_max_v,
                "emergency_min_v": self.emergency_min_v,
                "normal_max_v": self.normal_max_v,
                "normal_min_v": self.normal_min_v,
            },
        )


def reference_volts(zone: Zone) -> float:
    """Return the phase volts that are 1 pu of the limits in a zone [V].

    On an LV base of 380 to 440 V phase to phase the volts hold as they are, so 1 pu is v_base / √3. On MV it
    is 230 V, so 253 V is 1.100 pu (results_tables, section 6). Feeders outside the 230 V world, such as 208 V
    or 480 V, have no documented rule; we read theirs like MV, which keeps the same percentages.
    """
    low, high = NATIVE_BASES_V
    native = low <= zone.v_base <= high
    return zone.v_base / sqrt(3.0) if native else REFERENCE_V
