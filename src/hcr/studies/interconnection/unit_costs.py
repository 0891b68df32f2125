"""What upgrades cost, each figure with its source (interconnection method, section 7). All in US dollars."""

from dataclasses import dataclass, field

import numpy as np

from hcr.errors import ConfigError, ModelError

_PGE = "PG&E Unit Cost Guide 2023"

FEET = {
    "ft": 1.0,
    "kft": 1000.0,
    "yd": 3.0,
    "mi": 5280.0,
    "m": 3.28084,
    "km": 3280.84,
    "cm": 0.0328084,
    "mm": 0.00328084,
    "in": 1.0 / 12.0,
}
"""Feet per unit of length, by the unit's name in OpenDSS."""


def feet(length: float, unit: str) -> float:
    """Return a length in feet.

    Raises
    ------
    ModelError
        The unit is none of those of OpenDSS, or `none`.
    """
    try:
        return length * FEET[unit.lower()]
    except KeyError:
        raise ModelError(
            f"a length of {length:g} has no price",
            why=f"its unit is {unit!r}, and prices are per foot",
            remedy=f"Give the line one of the units {', '.join(FEET)}.",
        ) from None


@dataclass(frozen=True, slots=True)
class Price:
    """A price, and where it comes from."""

    usd: float
    source: str

    def __post_init__(self) -> None:
        if not self.usd >= 0.0:
            raise ConfigError(
                f"a price cannot be {self.usd:g} USD", why="upgrades cost something", remedy="Give 0 or more."
            )


@dataclass(frozen=True, slots=True)
class TransformerPrices:
    """Prices of transformers by rating, straight lines between.

    Attributes
    ----------
    single_phase, three_phase : rating [kVA] and price [USD], by rising rating.
    source : where they come from.
    """

    single_phase: tuple[tuple[float, float], ...]
    three_phase: tuple[tuple[float, float], ...]
    source: str

    def __post_init__(self) -> None:
        for points in (self.single_phase, self.three_phase):
            ratings = [kva for kva, _ in points]
            if len(points) < 2 or ratings != sorted(set(ratings)):
                raise ConfigError(
                    "transformers have no prices between their ratings",
                    why=f"the ratings are {ratings} kVA",
                    remedy="Give two ratings or more, rising.",
                )

    def usd(self, phases: int, kva: float) -> float:
        """Return the price of a transformer [USD].

        Below the smallest rating it is that rating's price: a line through others would make small ones cheap
        without evidence. Above the largest it follows the two largest.
        """
        points = self.single_phase if phases == 1 else self.three_phase
        (kva_1, usd_1), (kva_2, usd_2) = points[-2:]
        if kva > kva_2:
            return usd_2 + (kva - kva_2) * (usd_2 - usd_1) / (kva_2 - kva_1)
        ratings, prices = zip(*points, strict=True)
        return float(np.interp(kva, ratings, prices))


NREL_TRANSFORMERS = TransformerPrices(
    single_phase=((25.0, 4059.5), (50.0, 4417.5), (75.0, 5239.0), (100.0, 6020.5)),
    three_phase=(
        (25.0, 9047.0),
        (50.0, 10422.0),
        (75.0, 13619.0),
        (112.5, 8337.0),
        (150.0, 102695.0 / 3.0),
        (225.0, 13907.0),
        (300.0, 37195.25),
        (500.0, 40174.2),
        (750.0, 47323.2),
        (1000.0, 448570.0 / 9.0),
        (1500.0, 105000.0),
        (2500.0, 159500.0),
    ),
    source="NREL Distribution System Upgrade Unit Cost Database, DOI 10.7799/1491263: mean of its entries of "
    "the same phases and rating. Few entries make a mean, so it does not always rise with the rating.",
)


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """The prices that upgrades are charged by.

    Attributes
    ----------
    overhead_line, underground_line : a circuit more along a route [USD/ft].
    settings_change : another tap or set point of equipment that is there [USD].
    new_regulator : a regulator of all phases where there was none [USD].
    transformers : a transformer in place of a smaller one [USD].
    """

    overhead_line: Price = field(
        default=Price(196.0, f"{_PGE}: mean of the urban and the rural figure, $165 and $227 per foot")
    )
    underground_line: Price = field(default=Price(268.0, f"{_PGE}: underground, per foot"))
    settings_change: Price = field(default=Price(2575.0, f"{_PGE}: settings change"))
    new_regulator: Price = field(default=Price(175_000.0, f"{_PGE}: new regulator"))
    transformers: TransformerPrices = field(default=NREL_TRANSFORMERS)
