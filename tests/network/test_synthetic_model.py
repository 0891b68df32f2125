from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dss import DSS
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_model import tap_ratio, write_model

Compile = Callable[[FeederRecipe], Any]


@pytest.fixture(scope="module")
def engine() -> Any:
    context = DSS.NewContext()
    context.AllowForms = False
    context.AllowChangeDir = False
    return context


@pytest.fixture(scope="module")
def compiled(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Write the model of a recipe, compile it and return the circuit."""

    def compile_(recipe: FeederRecipe) -> Any:
        folder: Path = tmp_path_factory.mktemp("model")
        write_model(draw_layout(recipe, np.random.default_rng(recipe.seed)), recipe, folder)
        engine.Text.Command = f'compile "{folder / "Master.dss"}"'
        return engine.ActiveCircuit

    return compile_


def voltages(circuit: Any) -> dict[str, complex]:
    """Voltage to earth of every node [V], by bus.node."""
    pairs = np.asarray(circuit.YNodeVarray)
    names = (name.lower() for name in circuit.YNodeOrder)
    return dict(zip(names, pairs[::2] + 1j * pairs[1::2], strict=True))


def meter_volts(circuit: Any) -> dict[str, float]:
    """Phase-to-neutral magnitude of every customer phase [V], by bus.node."""
    v = voltages(circuit)
    meters = [name for name in v if "_meter." in name and not name.endswith(".4")]
    return {name: abs(v[name] - v[name.split(".")[0] + ".4"]) for name in meters}


@settings(max_examples=15, deadline=None)
@given(
    customers=st.integers(1, 60),
    seed=st.integers(0, 100_000),
    mv_kv=st.sampled_from([11.0, 22.0]),
    pv_share=st.floats(0.0, 1.0),
)
def test_every_model_compiles_and_converges(
    compiled: Compile, customers: int, seed: int, mv_kv: float, pv_share: float
) -> None:
    circuit = compiled(FeederRecipe("f", customers, seed, mv_kv, pv_share=pv_share))
    circuit.Solution.Solve()
    assert circuit.Solution.Converged
    assert circuit.Loads.Count == customers
    assert all(0.9 < volts / 250.0 < 1.02 for volts in meter_volts(circuit).values())


@pytest.mark.parametrize("mv_kv", [11.0, 22.0])
def test_nothing_is_isolated_and_every_bus_has_its_voltage_base(compiled: Compile, mv_kv: float) -> None:
    circuit = compiled(FeederRecipe("f", 150, 5, mv_kv))
    circuit.Solution.Solve()
    assert circuit.Topology.NumIsolatedBranches == 0
    assert circuit.Topology.NumIsolatedLoads == 0
    assert circuit.Topology.NumLoops == 0
    for bus in circuit.ActiveBus:
        is_mv = bus.Name.startswith(("mv", "zone"))
        assert bus.kVBase == pytest.approx((mv_kv if is_mv else 0.433) / np.sqrt(3), rel=1e-6), bus.Name
        assert bus.Coorddefined, bus.Name


def test_the_frequency_is_50_hz_and_the_source_stands_at_nominal(compiled: Compile) -> None:
    circuit = compiled(FeederRecipe("f", 40, 5))
    assert circuit.Solution.Frequency == 50.0
    circuit.Vsources.Name = "source"
    assert circuit.Vsources.pu == 1.0
    assert circuit.Vsources.BasekV == 22.0


def test_the_lv_neutral_is_explicit_earthed_and_carries_current(compiled: Compile) -> None:
    circuit = compiled(FeederRecipe("f", 150, 5))
    circuit.Solution.Solve()
    v = voltages(circuit)
    lv_buses = {name.split(".")[0] for name in v if not name.startswith(("mv", "zone"))}
    assert all(f"{bus}.4" in v for bus in lv_buses)
    assert all(abs(v[f"{bus}.4"]) < 10.0 for bus in lv_buses)
    assert circuit.Reactors.Count == circuit.Loads.Count + circuit.Transformers.Count
    circuit.SetActiveElement("Line.t001_1_p01")
    amps = circuit.ActiveCktElement.CurrentsMagAng[0:8:2]
    assert amps[3] > 0.05 * max(amps[:3])  # the neutral conductor, because phases differ
    assert np.ptp(amps[:3]) > 0.02 * max(amps[:3])


def test_transformers_are_delta_wye_with_eight_positions_at_nominal(compiled: Compile) -> None:
    circuit = compiled(FeederRecipe("f", 150, 5))
    transformers = circuit.Transformers
    for _ in transformers:
        transformers.Wdg = 1
        assert transformers.IsDelta
        assert transformers.Tap == 1.0
        assert transformers.NumTaps == 7
        assert (transformers.MinTap, transformers.MaxTap) == pytest.approx((0.9, 1.075))
        transformers.Wdg = 2
        assert not transformers.IsDelta
        assert transformers.kV == 0.433


def test_a_higher_position_raises_the_lv_voltage_by_about_2_5_percent(compiled: Compile) -> None:
    circuit = compiled(FeederRecipe("f", 60, 5))
    circuit.Solution.Solve()
    before = meter_volts(circuit)
    for _ in circuit.Transformers:
        circuit.Transformers.Wdg = 1
        circuit.Transformers.Tap = tap_ratio(5)
    circuit.Solution.Solve()
    for name, volts in meter_volts(circuit).items():
        assert volts / before[name] == pytest.approx(1.025, abs=0.003)


def test_tap_ratio_of_the_eight_positions() -> None:
    ratios = [tap_ratio(position) for position in range(1, 9)]
    assert ratios == pytest.approx([1.075, 1.05, 1.025, 1.0, 0.975, 0.95, 0.925, 0.9])


def test_lines_take_rating_and_impedance_from_their_geometry(compiled: Compile) -> None:
    circuit = compiled(FeederRecipe("f", 500, 3))
    lines = circuit.Lines
    positive_sequence = {}
    for _ in lines:
        assert lines.EmergAmps == pytest.approx(1.5 * lines.NormAmps)
        order = lines.Phases
        z = (np.array(lines.Rmatrix) + 1j * np.array(lines.Xmatrix)).reshape(order, order)
        positive_sequence[lines.Geometry] = 1000.0 * (z[0, 0] - z[0, 1])
        if lines.Geometry == "mv_mercury":
            assert lines.NormAmps == 365.0
    # Mercury at 50 degrees: 0.289 ohm/km; two wires 0.75 m apart: 0.0628 ln(0.75 / 0.0049) ohm/km
    assert positive_sequence["mv_mercury"] == pytest.approx(0.289 + 0.316j, abs=0.01)
    # Catalogues of bundled cable give 0.08 ohm/km at 50 Hz.
    assert positive_sequence["lv_abc_4x150"].imag == pytest.approx(0.08, abs=0.015)


def test_loads_are_constant_power_between_neutral_and_phase(compiled: Compile) -> None:
    loads = compiled(FeederRecipe("f", 150, 5)).Loads
    for _ in loads:
        assert loads.Model == 1
        assert (loads.Vminpu, loads.Vmaxpu) == (0.8, 1.15)
        assert loads.kV == (0.433 if loads.Phases == 3 else 0.25)


def test_a_large_feeder_converges_at_nominal_load(compiled: Compile) -> None:
    circuit = compiled(FeederRecipe("f", 4000, 2, 11.0))
    circuit.Solution.Solve()
    assert circuit.Solution.Converged
    assert min(meter_volts(circuit).values()) > 0.85 * 250.0


def test_dots_of_the_mrid_do_not_end_the_name_of_the_circuit(compiled: Compile) -> None:
    assert compiled(FeederRecipe("north.7", 5, 1)).Name == "north_7"
