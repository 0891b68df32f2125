"""The plan of a synthetic feeder as plain values: spans, transformer zones, customers, coordinates."""

from dataclasses import dataclass
from enum import StrEnum

from hcr.network.line_construction import Construction, TransformerType


class ZoneKind(StrEnum):
    """How densely the zone of a distribution transformer is built."""

    SUBURB = "suburb"
    VILLAGE = "village"
    RURAL = "rural"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map, metres east and north of the zone substation."""

    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class Span:
    """A line between two buses."""

    name: str
    from_bus: str
    to_bus: str
    construction: Construction
    length_m: float


@dataclass(frozen=True, slots=True)
class TransformerSite:
    """A distribution transformer, its buses and the earth of its neutral [ohm]."""

    name: str
    kind: ZoneKind
    mv_bus: str
    lv_bus: str
    type: TransformerType
    earth_ohm: float

    @property
    def element(self) -> str:
        """Full name in the OpenDSS model."""
        return f"Transformer.{self.name}"


@dataclass(frozen=True, slots=True)
class CustomerSite:
    """A customer, where it is connected and what stands behind its meter.

    Attributes
    ----------
    phases : ``A``, ``B``, ``C`` or ``ABC``
    service_m : length of the service line [m]
    earth_ohm : earth electrode of the multiple earthed neutral [ohm]
    pv_kw : d.c. rating of the PV system, 0 without one [kW]
    pv_inverter_kva : rating of its inverter, 0 without one [kVA]
    """

    name: str
    transformer: str
    pole_bus: str
    phases: str
    service_m: float
    earth_ohm: float
    commercial: bool
    pv_kw: float = 0.0
    pv_inverter_kva: float = 0.0

    @property
    def bus(self) -> str:
        """Bus of the meter, at the customer end of the service line."""
        return f"{self.name}_meter"

    @property
    def element(self) -> str:
        """Full name of the load in the OpenDSS model."""
        return f"Load.{self.name}"


@dataclass(frozen=True, slots=True)
class FeederLayout:
    """Everything an OpenDSS model of the feeder is written from."""

    source_bus: str
    mv_spans: tuple[Span, ...]
    transformers: tuple[TransformerSite, ...]
    lv_spans: tuple[Span, ...]
    customers: tuple[CustomerSite, ...]
    places: dict[str, Point]


def load_id(mrid: str, customer: CustomerSite) -> str:
    """Name of a customer of a feeder in the load data; sorts as the customers are numbered."""
    return f"{mrid}-{customer.name}"
