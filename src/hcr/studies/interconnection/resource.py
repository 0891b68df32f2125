"""What asks to connect: a kind of resource and its size (interconnection method, section 5)."""

from dataclasses import dataclass
from enum import StrEnum

from hcr.errors import ConfigError

POWER_FACTOR = 0.8
"""kW per kVA of photovoltaics and generators (interconnection method, section 5, step 2)."""

UNIT_BAND_PU = (0.9, 1.1)
"""Voltages between which the power of a unit is constant, as OpenDSS has them unless told otherwise [pu]."""


class Kind(StrEnum):
    """Which resource: its name in tables and configurations."""

    PV = "pv"
    BATTERY = "bat"
    GENERATOR = "der"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a resource is.

    Attributes
    ----------
    kw : active power [kW]; kva : rating of the inverter or machine [kVA].
    kwh : energy of a battery [kWh]; None for whatever stores nothing.
    """

    kw: float
    kva: float
    kwh: float | None = None

    @classmethod
    def of(cls, kind: Kind, kw: float, *, hours: float | None = None) -> "Size":
        """Return the size of a resource by its active power: kVA = kW of a battery, kW / 0.8 of all others.

        Raises
        ------
        ConfigError
            A battery comes without hours, or another kind with them.
        """
        if (kind is Kind.BATTERY) is (hours is None):
            raise ConfigError(
                f"a resource of kind {kind} has no size",
                why="a battery needs hours of storage, and nothing else has any",
                remedy="Give hours for `bat`, and for `bat` only.",
            )
        if hours is not None:
            return cls(kw, kw, kw * hours)
        return cls(kw, kw / POWER_FACTOR)

    def scaled(self, kw: float) -> "Size":
        """Return the same resource at another active power, all else in proportion."""
        if self.kw == 0.0:
            return self if kw == 0.0 else Size(kw, kw / POWER_FACTOR)
        share = kw / self.kw
        return Size(kw, self.kva * share, None if self.kwh is None else self.kwh * share)

    def plus(self, other: "Size") -> "Size":
        """Return both together."""
        stores = [size.kwh for size in (self, other) if size.kwh is not None]
        return Size(self.kw + other.kw, self.kva + other.kva, sum(stores) if stores else None)
