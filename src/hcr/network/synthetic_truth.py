"""What a synthetic feeder hides: tap positions, the level of the source, and the meters that mislead."""

from dataclasses import dataclass, replace

import numpy as np

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_meters import Meters, WrongKind, WrongMeter
from hcr.network.synthetic_model import NOMINAL_POSITION
from hcr.network.synthetic_plan import CustomerSite, FeederLayout, load_id
from hcr.network.synthetic_source import SourceLevel

HIDDEN_POSITIONS = (2, 3, 4, 5, 6, 7)
HIDDEN_POSITION_SHARE = (0.05, 0.22, 0.38, 0.25, 0.07, 0.03)


@dataclass(frozen=True, slots=True)
class MeteredTruth:
    """What stands behind metered voltages."""

    source: SourceLevel
    meters: Meters


@dataclass(frozen=True, slots=True)
class HiddenTruth:
    """What a calibration has to find.

    Attributes
    ----------
    positions : tap position of each transformer, by its full name
    metered : what stands behind the voltages; None without them
    """

    positions: dict[str, int]
    metered: MeteredTruth | None

    def facts(self, recipe: FeederRecipe, customers: tuple[CustomerSite, ...]) -> dict[str, object]:
        """Return the content of truth.yaml."""
        facts: dict[str, object] = {
            "mrid": recipe.mrid,
            "seed": recipe.seed,
            "nominal_position": NOMINAL_POSITION,
            "tap_positions": self.positions,
        }
        if self.metered is None:
            return facts
        source, meters = self.metered.source, self.metered.meters
        names = [load_id(recipe.mrid, customer) for customer in customers]
        return facts | {
            "source": {
                "bias_pu": source.bias_pu,
                "drift_seed": source.drift_seed,
                "drift_limit_pu": source.drift_limit_pu,
            },
            "wrong_meters": [_told(meter, names, customers) for meter in meters.wrong],
            "without_voltage": [names[number] for number in meters.silent],
        }


def draw_truth(
    layout: FeederLayout,
    recipe: FeederRecipe,
    seed: np.random.SeedSequence,
    metered_seed: np.random.SeedSequence,
) -> HiddenTruth:
    """What the feeder hides: the model says position 4 everywhere, the street says otherwise."""
    rng = np.random.Generator(np.random.PCG64(seed))
    positions = rng.choice(HIDDEN_POSITIONS, size=len(layout.transformers), p=HIDDEN_POSITION_SHARE)
    by_name = {
        site.element: int(position) for site, position in zip(layout.transformers, positions, strict=True)
    }
    if recipe.voltages is None:
        return HiddenTruth(by_name, None)
    source_seed, meter_seed = metered_seed.spawn(2)
    source_rng = np.random.Generator(np.random.PCG64(source_seed))
    source = SourceLevel.drawn(source_rng, drift_limit_pu=recipe.voltages.drift)
    return HiddenTruth(
        by_name, MeteredTruth(source, Meters.drawn(recipe.voltages, layout.customers, meter_seed))
    )


def true_layout(layout: FeederLayout, meters: Meters) -> FeederLayout:
    """The feeder as it is built: some customers hang on another phase than the model says."""
    customers = list(layout.customers)
    for meter in meters.wrong:
        if meter.kind is WrongKind.PHASE:
            customers[meter.customer] = replace(customers[meter.customer], phases=meter.true_phase)
    return replace(layout, customers=tuple(customers))


def _told(meter: WrongMeter, names: list[str], customers: tuple[CustomerSite, ...]) -> dict[str, object]:
    told: dict[str, object] = {"load_id": names[meter.customer], "kind": meter.kind.value}
    if meter.kind is WrongKind.PHASE:
        told |= {"model_phase": customers[meter.customer].phases, "true_phase": meter.true_phase}
    if meter.kind is WrongKind.SWAPPED:
        told |= {"with": names[meter.other]}
    return told
