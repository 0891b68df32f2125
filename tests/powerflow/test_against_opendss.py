"""The lanes interface against a plain OpenDSS loop that uses none of our code.

Public models of the i2x wheel, from imported copies: the engine refuses some of their original spellings.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dss import DSS

from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow.circuit import Model
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit

NETWORKS = ("radial", "ieee_lvn", "ieee9500")
STEPS = 48
STEP_HOURS = 0.5
TOLERANCE_PU = 1e-6


@pytest.fixture(scope="module")
def library(i2x_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("library")
    made = Library(folder, folder / "cache")
    for network in NETWORKS:
        import_feeder(made, i2x_models / network / "HCABase.dss", network)
    return made


@pytest.fixture
def engine() -> Any:
    context = DSS.NewContext()
    context.AllowForms = False
    context.AllowChangeDir = False
    return context


def prepare(engine: Any, master: Path, mode: str) -> None:
    """Compile, and set what `SolveOptions` promises; our own run solves once without controls, as here."""
    for command in (
        "clear",
        f'compile "{master}"',
        "set mode=snapshot controlmode=off",
        "solve",
        f"set mode={mode} number=1 stepsize=30m controlmode=static",
        "set maxiterations=100 maxcontroliter=100 tolerance=1e-8 hour=0 sec=0",
    ):
        engine.Text.Command = command


def plain_voltages(engine: Any) -> np.ndarray:
    engine.ActiveCircuit.Solution.Solve()
    assert engine.ActiveCircuit.Solution.Converged
    pairs = np.asarray(engine.ActiveCircuit.YNodeVarray)
    return pairs[::2] + 1j * pairs[1::2]


def bases(engine: Any) -> np.ndarray:
    """Return the base of each node [V], 1 where the model has none."""
    names = [name.rpartition(".")[0].lower() for name in engine.ActiveCircuit.YNodeOrder]
    known = {bus.Name.lower(): 1e3 * bus.kVBase for bus in engine.ActiveCircuit.ActiveBus}
    return np.array([known[name] or 1.0 for name in names])


@pytest.mark.parametrize("mode", ["daily", "yearly"])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_day_of_load_data_gives_the_voltages_of_a_plain_loop(
    library: Library, engine: Any, network: str, mode: str
) -> None:
    master = library.open(network).master
    prepare(engine, master, mode)
    loads = engine.ActiveCircuit.Loads
    names, stated = [], []
    for load in loads:
        names.append(f"Load.{load.Name}")
        stated.append((load.kW, load.kvar))
        engine.Text.Command = f"edit load.{load.Name} daily=default yearly=default status=fixed"
    shape = np.random.default_rng(48).uniform(0.2, 1.1, (len(names), STEPS))
    power_w, power_var = (1e3 * np.array(stated)[:, [k]] * shape for k in (0, 1))

    circuit = compile_circuit(Model(master, (), ""))
    hours = STEP_HOURS * np.arange(1, STEPS + 1)
    injections = Injections(hours, tuple(names), power_w, power_var, STEP_HOURS)
    blocks = list(solve_in_blocks(circuit, injections, SolveOptions(mode=mode, block_lanes=20)))
    ours = np.concatenate([block.voltage_v for block in blocks], axis=1)

    assert [block.first_lane for block in blocks] == [0, 20, 40]
    scale = bases(engine)
    for step in range(STEPS):
        for place, load in enumerate(loads):
            load.kW, load.kvar = power_w[place, step] / 1e3, power_var[place, step] / 1e3
        difference = np.abs(ours[:, step] - plain_voltages(engine)) / scale
        assert difference.max() <= TOLERANCE_PU, f"step {step}"


@pytest.mark.parametrize("network", NETWORKS)
def test_without_load_data_the_model_keeps_its_own_power_and_shapes(
    library: Library, engine: Any, network: str
) -> None:
    master = library.open(network).master
    prepare(engine, master, "daily")
    nothing = np.empty((0, STEPS))
    injections = Injections(STEP_HOURS * np.arange(1, STEPS + 1), (), nothing, nothing, STEP_HOURS)
    circuit = compile_circuit(Model(master, (), ""))
    (block,) = solve_in_blocks(circuit, injections, SolveOptions(mode="daily"))
    scale = bases(engine)
    for step in range(STEPS):
        difference = np.abs(block.voltage_v[:, step] - plain_voltages(engine)) / scale
        assert difference.max() <= TOLERANCE_PU, f"step {step}"


def test_a_lane_in_the_middle_of_the_year_takes_the_shapes_of_its_hour(
    compiled: Any, engine: Any, tmp_path: Path
) -> None:
    text = """
        New Circuit.day basekv=11
        New Loadshape.rising npts=24 interval=1
        ~ mult=[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24]
        New Load.l bus1=sourcebus kv=11 kw=10 kvar=0 daily=rising
        Set voltagebases=[11]
        Calcvoltagebases
    """
    circuit = compiled("\n".join(line.strip() for line in text.splitlines()))
    nothing = np.empty((0, 1))
    for hour in (1.0, 24.0, 24.0 * 200 + 18.0):
        lane = Injections(np.array([hour]), (), nothing, nothing, 1.0, walk=False)
        (solution,) = solve_in_blocks(circuit, lane, SolveOptions(mode="daily"))
        engine.Text.Command = "clear"
        engine.Text.Command = f'compile "{tmp_path / "Master.dss"}"'
        engine.Text.Command = f"set mode=daily number=1 stepsize=1h hour={hour - 1:.0f}"
        engine.Text.Command = "solve"
        expected = -engine.ActiveCircuit.TotalPower[0]
        assert solution.injector_va[0, 0].real == pytest.approx(1e3 * expected, rel=1e-6)
        assert expected == pytest.approx(10 * ((hour - 1) % 24 + 1), rel=1e-4)
