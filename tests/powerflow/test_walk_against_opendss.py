"""Days with live controls on public feeders: taps, capacitor steps and voltages against OpenDSS.

The models of the i2x wheel come from imported copies; the IEEE feeders lie beside the project where they do.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit

TOLERANCE_PU = 1e-6
IEEE = ("ieee13", "ieee34", "ieee123")


def day(circuit: Circuit, steps: int, *, noise: float = 0.15) -> Injections:
    """Return a seeded day: every load follows two peaks, with noise of its own."""
    random = np.random.default_rng(7)
    hours = np.arange(1, steps + 1) * 24 / steps
    shape = 0.45 + 0.25 * np.exp(-(((hours - 8) / 2) ** 2)) + 0.55 * np.exp(-(((hours - 19) / 2.5) ** 2))
    loads = [at for at in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(at)]
    factor = shape * (1 + noise * random.standard_normal((len(loads), steps)))
    names = tuple(circuit.injectors.elements.names[at] for at in loads)
    watts, var = circuit.injectors.power_w[loads, None], circuit.injectors.power_var[loads, None]
    return Injections(hours, names, watts * factor, var * factor, 24 / steps)


def imported(models: Path, name: str, folder: Path) -> Circuit:
    library = Library(folder, folder / "cache")
    import_feeder(library, models / name / "HCABase.dss", name)
    return compile_circuit(Model(library.open(name).master, (), ""))


def whole(circuit: Circuit, injections: Injections, engine: str) -> Solution:
    options = SolveOptions(mode="daily", engine=engine, tolerance=1e-9, block_lanes=injections.lanes)
    (solution,) = solve_in_blocks(circuit, injections, options)
    return solution


def agree(circuit: Circuit, injections: Injections) -> Solution:
    """Return OpenDSS's solution, of which the batch engine's is a copy."""
    ours, theirs = whole(circuit, injections, "batch"), whole(circuit, injections, "opendss")
    assert ours.failures == ()
    np.testing.assert_array_equal(ours.taps, theirs.taps)
    np.testing.assert_array_equal(ours.capacitor_steps, theirs.capacitor_steps)
    base = np.where(circuit.nodes.base_v > 0, circuit.nodes.base_v, 1.0)[:, None]
    assert (np.abs(ours.voltage_v - theirs.voltage_v) / base).max() <= TOLERANCE_PU
    return theirs


def moves(solution: Solution) -> tuple[int, int]:
    """Return how many taps and how many banks moved."""
    return int((np.diff(solution.taps) != 0).sum()), int((np.diff(solution.capacitor_steps) != 0).sum())


@pytest.mark.parametrize("steps", [48, 288])
@pytest.mark.parametrize("network", IEEE)
def test_a_day_on_an_ieee_feeder(shared_networks: Path, network: str, steps: int) -> None:
    circuit = compile_circuit(Model(shared_networks / network / "Master.dss", (), ""))
    assert moves(agree(circuit, day(circuit, steps)))[0] > 10


@pytest.mark.parametrize("network", IEEE)
def test_independent_lanes_on_an_ieee_feeder(shared_networks: Path, network: str) -> None:
    circuit = compile_circuit(Model(shared_networks / network / "Master.dss", (), ""))
    agree(circuit, replace(day(circuit, 24, noise=0.5), walk=False))


@pytest.mark.parametrize("steps", [48, 288])
def test_a_day_on_the_radial_feeder(i2x_models: Path, tmp_path: Path, steps: int) -> None:
    circuit = imported(i2x_models, "radial", tmp_path)
    assert moves(agree(circuit, day(circuit, steps)))[0] > 10


@pytest.mark.slow
@pytest.mark.parametrize("steps", [48, 288])
def test_a_day_on_the_ieee_9500_feeder(i2x_models: Path, tmp_path: Path, steps: int) -> None:
    circuit = imported(i2x_models, "ieee9500", tmp_path)
    assert circuit.controls is not None
    assert (len(circuit.controls.changers), len(circuit.controls.banks)) == (18, 9)
    taps, banks = moves(agree(circuit, day(circuit, steps)))
    assert taps > 50
    assert banks > 0 or steps == 48
