"""The money of an interconnection study: how violations are cleared, what that costs, and who pays."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from hcr.contract.enums import InterconnectionCostRule, InterconnectionUpgradeRule
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.rules import at_most, distinct
from hcr.contract.scalars import (
    Count,
    Flag,
    Items,
    Name,
    NonEmptyItems,
    NotNegative,
    NotNegativeWholeNumber,
    Positive,
    read_whole_number,
)

MOST_SETS: Final = 1_000_000
MOST_RATINGS: Final = 1000
MOST_WITHDRAWALS: Final = 1000
MOST_EXACT: Final = 16
"""Units of which all orders count: 65,536 studies."""
MOST_SAMPLES: Final = 100_000


class InterconnectionPriceInput(InputModel):
    """A price, and where it comes from."""

    usd: NotNegative
    source: Name


class InterconnectionTransformerPriceInput(InputModel):
    """The price of a transformer."""

    kva: Positive
    usd: NotNegative


class InterconnectionTransformerPricesInput(InputModel):
    """Prices of transformers by rating."""

    single_phase: NonEmptyItems[InterconnectionTransformerPriceInput]
    three_phase: NonEmptyItems[InterconnectionTransformerPriceInput]
    source: Name

    def faults(self) -> Iterator[Fault]:
        """Ratings between which no line can be drawn."""
        for name, prices in (("singlePhase", self.single_phase), ("threePhase", self.three_phase)):
            yield from _not_rising(name, prices)
            yield from at_most(MOST_RATINGS, (name, prices))


def _not_rising(name: str, prices: Sequence[InterconnectionTransformerPriceInput]) -> Iterator[Fault]:
    if len(prices) < 2:
        yield Fault("Prices of two ratings or more are needed", (name,))
    for at, (before, after) in enumerate(pairwise(prices), start=1):
        if after.kva <= before.kva:
            yield Fault(f"Ratings must rise, but {after.kva:g} follows {before.kva:g}", (name, at, "kva"))


class InterconnectionUnitCostsInput(InputModel):
    """Prices of upgrades."""

    overhead_line: InterconnectionPriceInput | None = None
    underground_line: InterconnectionPriceInput | None = None
    settings_change: InterconnectionPriceInput | None = None
    new_regulator: InterconnectionPriceInput | None = None
    transformers: InterconnectionTransformerPricesInput | None = None


class InterconnectionUpgradesInput(InputModel):
    """How violations are cleared."""

    rule: InterconnectionUpgradeRule | None = None
    unit_costs: InterconnectionUnitCostsInput | None = None
    continue_queue: Flag | None = None
    most_sets: Annotated[int, Field(ge=1, le=MOST_SETS), BeforeValidator(read_whole_number)] | None = None


class InterconnectionShapleyInput(InputModel):
    """How the average over the orders of the units is taken."""

    exact_up_to: Annotated[int, Field(ge=0, le=MOST_EXACT), BeforeValidator(read_whole_number)] | None = None
    orders: Annotated[int, Field(ge=2, le=MOST_SAMPLES), BeforeValidator(read_whole_number)] | None = None
    seed: NotNegativeWholeNumber | None = None


class InterconnectionSharingInput(InputModel):
    """Who pays for upgrades."""

    rules: Items[InterconnectionCostRule] | None = None
    gain_resolution_kw: NotNegative | None = None
    gain_floor_kw: Positive | None = None
    raw_gains: Flag | None = None
    shapley: InterconnectionShapleyInput | None = None
    withdrawals: Items[Count] | None = None

    def faults(self) -> Iterator[Fault]:
        """Something given twice, and gains that are both raw and told from noise."""
        yield from distinct(("rules", self.rules), ("withdrawals", self.withdrawals))
        yield from at_most(MOST_WITHDRAWALS, ("withdrawals", self.withdrawals))
        if self.raw_gains and self.gain_resolution_kw is not None:
            yield Fault(
                "rawGains and gainResolutionKw exclude each other; leave one of them out",
                ("gainResolutionKw",),
            )
