"""What is chosen for the metric tables: limits, prices and which columns are wanted."""

from dataclasses import dataclass, field

from hcr.powerflow.circuit import FloatArray
from hcr.studies.limits import VoltageLimits


@dataclass(frozen=True, slots=True)
class Prices:
    """What a megawatt hour is worth in each lane; None for a price table that is not there.

    Attributes
    ----------
    vcr, cvvr, cecv, co2 : (lanes,) float, value of customer reliability, of voltage violations, of
        curtailed export, and of emissions [$/MWh]; NaN where the table has no row, which gives NULL.
    """

    vcr: FloatArray | None = None
    cvvr: FloatArray | None = None
    cecv: FloatArray | None = None
    co2: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class EnhancedOptions:
    """Choices for enhanced metrics and constraints. A flag that is off gives NULL, not zero.

    Attributes
    ----------
    limits : voltage limits; prices : price tables.
    load_normal, load_emergency : thermal columns of load (`calculateNormalForLoadThermal`,
        `calculateEmergForLoadThermal`).
    gen_normal, gen_emergency : thermal columns of generation (`calculateNormalForGenThermal`,
        `calculateEmergForGenThermal`).
    emissions : columns in terms of CO2 (`calculateCO2`).
    """

    limits: VoltageLimits = field(default_factory=VoltageLimits)
    prices: Prices = field(default_factory=Prices)
    load_normal: bool = False
    load_emergency: bool = False
    gen_normal: bool = False
    gen_emergency: bool = False
    emissions: bool = False
