import numpy as np

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.meter_faults import MeterFaults
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_meters import WrongKind
from hcr.network.synthetic_plan import FeederLayout
from hcr.network.synthetic_truth import HiddenTruth, draw_truth, true_layout

METERED = FeederRecipe("f", 200, 1, voltages=MeterFaults(wrong=0.1, drift=0.002))


def layout() -> FeederLayout:
    return draw_layout(METERED, np.random.default_rng(1))


def truth(recipe: FeederRecipe) -> HiddenTruth:
    return draw_truth(layout(), recipe, np.random.SeedSequence(1), np.random.SeedSequence(2))


def test_voltages_do_not_move_the_taps_and_nothing_more_is_hidden_without_them() -> None:
    plain = truth(FeederRecipe("f", 200, 1))
    assert plain.metered is None
    assert plain.positions == truth(METERED).positions
    facts = plain.facts(METERED, layout().customers)
    assert set(facts) == {"mrid", "seed", "nominal_position", "tap_positions"}


def test_the_facts_tell_everything_hidden() -> None:
    hidden, customers = truth(METERED), layout().customers
    facts = hidden.facts(METERED, customers)
    assert hidden.metered is not None
    source, meters = hidden.metered.source, hidden.metered.meters
    assert facts["source"] == {
        "bias_pu": source.bias_pu,
        "drift_seed": source.drift_seed,
        "drift_limit_pu": 0.002,
    }
    assert facts["without_voltage"] == [f"f-{customers[number].name}" for number in meters.silent]
    told = {row["load_id"]: row for row in facts["wrong_meters"]}  # type: ignore[attr-defined]
    assert len(told) == 20
    for meter in meters.wrong:
        row, site = told[f"f-{customers[meter.customer].name}"], customers[meter.customer]
        assert row["kind"] == meter.kind
        if meter.kind is WrongKind.PHASE:
            assert (row["model_phase"], row["true_phase"]) == (site.phases, meter.true_phase)
        if meter.kind is WrongKind.SWAPPED:
            assert told[row["with"]]["with"] == row["load_id"]


def test_only_customers_of_kind_phase_hang_elsewhere() -> None:
    hidden = truth(METERED).metered
    assert hidden is not None
    drawn, real = layout(), true_layout(layout(), hidden.meters)
    moved = {
        number: real_site.phases
        for number, (site, real_site) in enumerate(zip(drawn.customers, real.customers, strict=True))
        if site != real_site
    }
    assert moved == {m.customer: m.true_phase for m in hidden.meters.wrong if m.kind is WrongKind.PHASE}
    assert moved
