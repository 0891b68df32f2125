from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.network import synthetic_voltages
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.meter_faults import MeterFaults
from hcr.network.metered_phases import MeteredPhases
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_meters import WrongKind
from hcr.network.synthetic_model import tap_ratio, write_model
from hcr.network.synthetic_plan import FeederLayout
from hcr.network.synthetic_truth import HiddenTruth, MeteredTruth, draw_truth, true_layout
from hcr.network.synthetic_voltages import CustomerPower, true_voltages
from hcr.network.synthetic_years import CustomerYears
from hcr.powerflow.circuit import Model
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit

RECIPE = FeederRecipe("f", 60, 3, transformers=3, days=1, pv_share=0.6, voltages=MeterFaults(wrong=0.2))


@pytest.fixture(scope="module")
def layout() -> FeederLayout:
    return draw_layout(RECIPE, np.random.default_rng(3))


@pytest.fixture(scope="module")
def years(layout: FeederLayout) -> CustomerYears:
    return CustomerYears.drawn(RECIPE, layout.customers, np.random.SeedSequence(3))


@pytest.fixture(scope="module")
def truth(layout: FeederLayout) -> HiddenTruth:
    return draw_truth(layout, RECIPE, np.random.SeedSequence(4), np.random.SeedSequence(5))


@pytest.fixture(scope="module")
def volts(layout: FeederLayout, years: CustomerYears, truth: HiddenTruth) -> np.ndarray:
    return true_voltages(layout, RECIPE, truth, years)


def metered(truth: HiddenTruth) -> MeteredTruth:
    assert truth.metered is not None
    return truth.metered


def test_every_customer_has_a_voltage_at_every_half_hour(volts: np.ndarray) -> None:
    assert volts.shape == (60, 48)
    assert (volts > 0.8 * 250).all()
    assert (volts < 1.2 * 250).all()


@pytest.mark.parametrize("step", [0, 25, 37])
def test_voltages_are_those_of_opendss_with_the_source_at_its_level(
    layout: FeederLayout,
    years: CustomerYears,
    truth: HiddenTruth,
    volts: np.ndarray,
    tmp_path: Path,
    step: int,
) -> None:
    """Import less export as a load of its own, straight in OpenDSS, source and taps edited."""
    write_model(true_layout(layout, metered(truth).meters), RECIPE, tmp_path)
    level = metered(truth).source.pu(48)[step]
    edits = (
        f"edit vsource.source pu={level:.12g}",
        "batchedit load..* vminpu=0.6 vmaxpu=1.4",
        *(f"edit {name} wdg=1 tap={tap_ratio(position):g}" for name, position in truth.positions.items()),
    )
    circuit = compile_circuit(Model(tmp_path / "Master.dss", edits, ""))
    power = CustomerPower.of(years)
    injections = Injections(
        hours=np.ones(1),
        elements=tuple(site.element for site in layout.customers),
        power_w=power.net_w[:, [step]].astype(float),
        power_var=power.var[:, [step]].astype(float),
        step_hours=0.5,
        walk=False,
    )
    (solution,) = solve_in_blocks(circuit, injections, SolveOptions(controls=False, edits=edits))
    names = [name.lower() for name in circuit.injectors.elements.names]
    phases = MeteredPhases.of(circuit, [names.index(site.element.lower()) for site in layout.customers])
    by_phase = phases.volts(solution.voltage_v)[:, 0]
    direct = np.bincount(phases.customer, by_phase) / np.bincount(phases.customer)
    assert (power.net_w[:, step] < 0).any() == (step == 25)  # it covers exports too
    assert np.abs(direct - volts[:, step]).max() / 250.0 < 1e-6


def test_a_transformer_at_position_six_gives_five_percent_more_than_at_four(
    layout: FeederLayout, years: CustomerYears, truth: HiddenTruth
) -> None:
    one = layout.transformers[0]
    own = np.array([site.transformer == one.name for site in layout.customers])
    found = {}
    for position in (4, 6):
        moved = replace(truth, positions=truth.positions | {one.element: position})
        found[position] = true_voltages(layout, RECIPE, moved, years)
    ratio = found[6] / found[4]
    assert ratio[own].mean() == pytest.approx(1.05, abs=0.006)
    assert np.abs(ratio[~own] - 1.0).max() < 0.001


def test_a_customer_on_another_phase_has_another_voltage(
    layout: FeederLayout, years: CustomerYears, truth: HiddenTruth, volts: np.ndarray
) -> None:
    meters = replace(metered(truth).meters, wrong=())
    as_modelled = true_voltages(
        layout, RECIPE, replace(truth, metered=replace(metered(truth), meters=meters)), years
    )
    moved = [meter.customer for meter in metered(truth).meters.wrong if meter.kind is WrongKind.PHASE]
    assert moved
    assert np.abs(as_modelled[moved] - volts[moved]).max(axis=1).min() > 0.1


def test_blocks_of_lanes_do_not_change_the_voltages(
    layout: FeederLayout,
    years: CustomerYears,
    truth: HiddenTruth,
    volts: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(synthetic_voltages, "LANES_AT_A_TIME", 16)
    assert np.abs(true_voltages(layout, RECIPE, truth, years) - volts).max() < 1e-5


def test_a_feeder_without_voltages_hides_no_network(
    layout: FeederLayout, years: CustomerYears, truth: HiddenTruth
) -> None:
    with pytest.raises(ValueError, match="without voltages"):
        true_voltages(layout, RECIPE, replace(truth, metered=None), years)
