"""Days of scenarios on public feeders: OpenDSS with a generator in the place of each unit, step by step."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.scenario_reduction_kernels import SOME
from hcr.powerflow.scenarios import Scenario, ScenarioResult, Unit, Watch, walk_scenarios

TIGHT = SolveOptions(mode="daily", tolerance=1e-9, max_iterations=1000)
TOLERANCE_PU = 1e-6
SCENARIOS = 4


def day(circuit: Circuit, steps: int) -> Injections:
    """Return a seeded day: every load follows two peaks, with noise of its own."""
    random = np.random.default_rng(7)
    hours = np.arange(1, steps + 1) * 24 / steps
    shape = 0.45 + 0.25 * np.exp(-(((hours - 8) / 2) ** 2)) + 0.55 * np.exp(-(((hours - 19) / 2.5) ** 2))
    loads = [at for at in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(at)]
    factor = shape * (1 + 0.15 * random.standard_normal((len(loads), steps)))
    names = tuple(circuit.injectors.elements.names[at] for at in loads)
    watts, var = circuit.injectors.power_w[loads, None], circuit.injectors.power_var[loads, None]
    return Injections(hours, names, watts * factor, var * factor, 24 / steps)


def sites(circuit: Circuit, count: int) -> list[tuple[str, ...]]:
    """Return the phases of some three-phase buses above 1 kV, all over the feeder."""
    phases: dict[str, list[str]] = {}
    nodes = circuit.nodes
    for name, bus, number, base in zip(nodes.names, nodes.buses, nodes.number, nodes.base_v, strict=True):
        if base > 1000 and number <= 3:
            phases.setdefault(bus, []).append(name)
    whole = [tuple(names) for names in phases.values() if len(names) == 3]
    return [whole[at] for at in np.linspace(len(whole) // 5, len(whole) - 1, count).astype(int)]


def generator(at: int, circuit: Circuit, site: tuple[str, ...]) -> str:
    """Return what makes the generator that stands for a unit."""
    bus = site[0].rpartition(".")[0]
    kv = circuit.nodes.base_v[circuit.nodes.names.index(site[0])] * np.sqrt(3) / 1e3
    return (
        f"new generator.unit{at} bus1={bus}.1.2.3 phases=3 conn=wye model=1 kv={kv:.10g} kw=0 kvar=0 "
        "vminpu=0.5 vmaxpu=1.5"
    )


def agree(master: Path, steps: int, largest_kw: float) -> list[ScenarioResult]:
    """Return scenarios of one unit each, which are what OpenDSS comes to."""
    circuit = compile_circuit(Model(master, (), ""))
    places = sites(circuit, SCENARIOS)
    edits = tuple(generator(at, circuit, site) for at, site in enumerate(places))
    oracle, injections = compile_circuit(Model(master, edits, "")), day(circuit, steps)
    sun = 1e3 * np.maximum(0.0, np.cos((injections.hours - 12) / 24 * 2 * np.pi)) ** 1.5
    curves = [kw * sun for kw in np.linspace(largest_kw / SCENARIOS, largest_kw, SCENARIOS)]
    given = [
        Scenario((Unit(site, watts, -0.2 * watts, (0.5, 1.5)),))
        for site, watts in zip(places, curves, strict=True)
    ]
    head = next(
        name
        for name, shunt in zip(circuit.branches.elements.names, circuit.branches.shunt, strict=True)
        if not shunt
    )
    options = replace(TIGHT, engine="batch")
    found = walk_scenarios(circuit, injections, given, options, Watch(terminals=((head, 1),)))
    for at, (one, watts) in enumerate(zip(found, curves, strict=True)):
        power = np.zeros((SCENARIOS, steps))
        power[at] = watts
        units = replace(
            injections,
            elements=(*injections.elements, *(f"Generator.unit{k}" for k in range(SCENARIOS))),
            power_w=np.vstack([injections.power_w, power]),
            power_var=np.vstack([injections.power_var, -0.2 * power]),
        )
        is_the_same(one, oracle, units, head)
    return list(found)


def is_the_same(found: ScenarioResult, oracle: Circuit, injections: Injections, head: str) -> None:
    """Assert that a scenario is what OpenDSS comes to: taps at every step, voltages to 1e-6 pu."""
    options = replace(TIGHT, engine="opendss", block_lanes=injections.lanes)
    (theirs,) = solve_in_blocks(oracle, injections, options)
    assert found.failures == ()
    np.testing.assert_allclose(found.taps, theirs.taps, rtol=0, atol=1e-12)  # sums of steps in another order
    np.testing.assert_array_equal(found.capacitor_steps, theirs.capacitor_steps)
    base, buses = oracle.nodes.base_v, np.array(oracle.nodes.buses)
    size = np.abs(theirs.voltage_v) / np.where(base > 0, base, np.nan)[:, None]
    for kind, nodes in enumerate((base > 1000, (base > 0) & (base <= 1000))):
        alive = np.where(size[nodes] > 0.1, size[nodes], np.nan)
        if alive.size:
            assert np.abs(found.low_pu[kind] - np.nanmin(alive, axis=0)).max() <= TOLERANCE_PU
            assert np.abs(found.high_pu[kind] - np.nanmax(alive, axis=0)).max() <= TOLERANCE_PU
    phase = oracle.nodes.number <= 3
    for bus, percent in zip(found.layout.buses, found.change_percent, strict=True):
        mean = size[phase & (buses == bus)].mean(axis=0)
        assert abs(percent - 100 * np.abs(np.diff(mean)).max()) <= 200 * TOLERANCE_PU
    table, normal = oracle.branches.elements, oracle.branches.normal_a
    number = {name: at for at, name in enumerate(table.names)}
    phases = np.append(oracle.nodes.number, 0)[table.node]
    for name, percent in zip(found.layout.elements, found.normal_percent, strict=True):
        rows = [row for row in table.conductors(number[name], 1) if 1 <= phases[row] <= 3]
        amperes = np.abs(theirs.current_a[rows]).max()
        assert percent == pytest.approx(100 * amperes / normal[number[name]], rel=1e-4, abs=1e-3, nan_ok=True)
    span = table.conductors(table.names.index(head), 1)
    volts = np.vstack([theirs.voltage_v, np.zeros(injections.lanes)])[table.node[span]]  # the ground is last
    power = (volts * theirs.current_a[span].conj()).sum(axis=0)
    np.testing.assert_allclose(found.terminal_va[0], power, rtol=1e-5, atol=100.0)


def imported(models: Path, name: str, folder: Path) -> Path:
    library = Library(folder, folder / "cache")
    import_feeder(library, models / name / "HCABase.dss", name)
    return library.open(name).master


def long_feeder(buses: int) -> str:
    """Return the text of a line past some buses, some with a load there or behind a transformer."""
    text = "New Circuit.long basekv=11 bus1=b0 r1=0.1 x1=0.5 r0=0.1 x0=0.5\n"
    for at in range(1, buses):
        text += (
            f"New Line.l{at} bus1=b{at - 1} bus2=b{at} r1=0.1 x1=0.1 r0=0.3 x0=0.3 length=0.2 normamps=300\n"
        )
        if at % 5 == 0:
            text += f"New Load.m{at} bus1=b{at}.{at // 5 % 3 + 1} phases=1 kv=6.35 kw=20 kvar=6\n"
        if at % 10 == 0:
            text += f"New Transformer.t{at} buses=[b{at} h{at}] kvs=[11 0.4] kvas=[100 100] xhl=4\n"
            text += f"New Load.h{at} bus1=h{at} kv=0.4 kw=30 kvar=9\n"
    return f"{text}Set voltagebases=[11 0.4]\nCalcvoltagebases\n"


def test_scenarios_on_a_feeder_whose_voltages_are_looked_at_in_parts(tmp_path: Path) -> None:
    master = tmp_path / "Master.dss"
    master.write_text(long_feeder(180))
    circuit = compile_circuit(Model(master, (), ""))
    assert len(circuit.nodes) > 2 * SOME
    agree(master, 24, 900.0)


def test_scenarios_on_the_radial_feeder(i2x_models: Path, tmp_path: Path) -> None:
    found = agree(imported(i2x_models, "radial", tmp_path), 288, 3000.0)
    assert len({one.taps.tobytes() for one in found}) == SCENARIOS
    assert min(one.tap_moves.sum() for one in found) > 10


def test_scenarios_on_ieee_123(shared_networks: Path) -> None:
    found = agree(shared_networks / "ieee123" / "Master.dss", 144, 2000.0)
    assert len({one.taps.tobytes() for one in found}) == SCENARIOS


@pytest.mark.slow
def test_scenarios_on_the_ieee_9500_feeder(i2x_models: Path, tmp_path: Path) -> None:
    found = agree(imported(i2x_models, "ieee9500", tmp_path), 24, 3000.0)
    assert sum(one.bank_moves.sum() for one in found) > 0
