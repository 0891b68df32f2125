"""Voltages of public test feeders against stored solutions, on which two engines agreed to 2e-9 pu.

The stored solutions and where they come from: `README.md` of the networks' folder.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit

NETWORKS = (
    "csiro_r",
    "csiro_w",
    "csiro_w_open",
    "enwl_n20_f5",
    "enwl_n7_f2",
    "epri_ckt5",
    "ieee123",
    "ieee13",
    "ieee34",
    "ieee34_mod1",
    "ieee37",
    "ieee_eu_lv",
)
CASES = {"controls_off": False, "controls_static": True}
SUPPLIED_PU = 0.1
TOLERANCE_PU = 5e-8  # the files hold 8 decimals of magnitude and angle


def solved(folder: Path, stored: Mapping[str, Any], *, controls: bool) -> tuple[Circuit, Solution]:
    circuit = compile_circuit(Model(folder / stored["folder"] / stored["entry"], (), ""))
    nothing = np.empty((0, 1))
    lane = Injections(np.array([1.0]), (), nothing, nothing, 1.0, walk=False)
    options = SolveOptions(
        mode="snapshot", tolerance=1e-10, max_iterations=1000, max_control_iterations=1000, controls=controls
    )
    (solution,) = solve_in_blocks(circuit, lane, options)
    return circuit, solution


def test_every_stored_solution_is_named_here(shared_networks: Path) -> None:
    entries = (path for path in (shared_networks / "solutions").glob("*.json") if "_day" not in path.stem)
    assert tuple(sorted(path.stem for path in entries)) == NETWORKS


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("network", NETWORKS)
def test_voltages_are_those_of_the_stored_solution(shared_networks: Path, network: str, case: str) -> None:
    stored = json.loads((shared_networks / "solutions" / f"{network}.json").read_text(encoding="utf-8"))
    voltages = {node.lower(): value for node, value in stored["cases"][case]["voltages"].items()}
    circuit, solution = solved(shared_networks, stored, controls=CASES[case])

    assert set(voltages) == set(circuit.nodes.names)
    expected = np.array([voltages[name] for name in circuit.nodes.names])
    wanted = expected[:, 0] * np.exp(1j * np.radians(expected[:, 1]))
    compared = (circuit.nodes.base_v > 0) & (circuit.nodes.number <= 3) & (expected[:, 0] > SUPPLIED_PU)
    found = solution.voltage_v[compared, 0] / circuit.nodes.base_v[compared]
    assert compared.any()
    np.testing.assert_allclose(found, wanted[compared], rtol=0, atol=TOLERANCE_PU)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("network", ["ieee13", "ieee123", "enwl_n7_f2", "csiro_w"])
def test_losses_and_source_power_are_those_of_the_stored_solution(
    shared_networks: Path, network: str, case: str
) -> None:
    stored = json.loads((shared_networks / "solutions" / f"{network}.json").read_text(encoding="utf-8"))
    circuit, solution = solved(shared_networks, stored, controls=CASES[case])
    elements = circuit.branches.elements
    at_ground = elements.node < 0
    volts = np.where(at_ground, 0.0, solution.voltage_v[elements.node, 0])
    losses = (volts * solution.current_a[:, 0].conj()).sum()
    loads = solution.injector_va.sum()
    expected = stored["cases"][case]
    assert losses.real == pytest.approx(1e3 * expected["losses_kw"], abs=1.0)
    assert (losses + loads).real == pytest.approx(1e3 * expected["source_kw"], abs=1.0)
    assert (losses + loads).imag == pytest.approx(1e3 * expected["source_kvar"], abs=1.0)
