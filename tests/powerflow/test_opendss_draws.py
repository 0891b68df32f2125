"""What elements draw, read class by class: shares, voltages, models, and the reasons of those left out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hcr.powerflow import draw_kinds as kinds
from hcr.powerflow.circuit import GROUND, Circuit, Model
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import OpenDss, compile_circuit
from hcr.powerflow.passive import Draws

Compiled = Callable[[str], Circuit]

HEAD = """
New Circuit.c basekv=0.4 bus1=a
New Line.l bus1=a bus2=b length=1
"""
TAIL = """
Set voltagebases=[0.4]
Calcvoltagebases
"""


def draws_of(circuit: Circuit) -> Draws:
    assert circuit.batch is not None
    return circuit.batch.draws


def reasons_of(circuit: Circuit) -> list[str]:
    assert circuit.batch is not None
    return [str(one) for one in circuit.batch.uncovered]


def ends_of(circuit: Circuit) -> list[tuple[str, str]]:
    names = [*circuit.nodes.names, "ground"]
    draws = draws_of(circuit)
    return [(names[near], names[far]) for near, far in zip(draws.node, draws.other, strict=True)]


def test_a_wye_load_draws_a_third_from_each_phase(compiled: Compiled) -> None:
    circuit = compiled(f"{HEAD}New Load.l bus1=b kv=0.4 kw=3 vminpu=0.8 vmaxpu=1.2 vlowpu=0.4{TAIL}")
    draws, base = draws_of(circuit), 400 / 3**0.5
    assert ends_of(circuit) == [("b.1", "ground"), ("b.2", "ground"), ("b.3", "ground")]
    np.testing.assert_allclose(draws.share, 1 / 3)
    np.testing.assert_allclose(draws.base_v, base)
    for column, share in ((draws.low_v, 0.4), (draws.min_v, 0.8), (draws.max_v, 1.2)):
        np.testing.assert_allclose(column, share * base)


def test_a_delta_load_draws_from_phase_to_phase(compiled: Compiled) -> None:
    circuit = compiled(f"{HEAD}New Load.l bus1=b kv=0.4 kw=3 conn=delta{TAIL}")
    assert ends_of(circuit) == [("b.1", "b.2"), ("b.2", "b.3"), ("b.3", "b.1")]
    np.testing.assert_allclose(draws_of(circuit).base_v, 400.0)


def test_what_produces_has_negative_shares(compiled: Compiled) -> None:
    text = (
        "New Generator.g bus1=b.1 phases=1 kv=0.23 kw=1\n"
        "New PVSystem.p bus1=b.2 phases=1 kv=0.23 kva=1 pmpp=1\n"
        "New Storage.s bus1=b.3 phases=1 kv=0.23 kwrated=1"
    )
    draws = draws_of(compiled(f"{HEAD}{text}{TAIL}"))
    np.testing.assert_array_equal(draws.share, [-1.0, -1.0, -1.0])
    np.testing.assert_array_equal(draws.kind, [kinds.GENERATOR] * 3)
    np.testing.assert_allclose(draws.base_v, 230.0)


@pytest.mark.parametrize(
    ("model", "kind", "coefficients"),
    [
        ("model=1", kinds.CONSTANT_POWER, [0] * 7),
        ("model=2", kinds.CONSTANT_Z, [0] * 7),
        ("model=4 cvrwatts=0.8 cvrvars=3", kinds.CVR, [0.8, 3, 0, 0, 0, 0, 0]),
        ("model=5", kinds.CONSTANT_CURRENT, [0] * 7),
        ("model=8 zipv=[0.1 0.2 0.7 0.3 0.3 0.4 0.6]", kinds.ZIP, [0.1, 0.2, 0.7, 0.3, 0.3, 0.4, 0.6]),
    ],
)
def test_load_models(compiled: Compiled, model: str, kind: int, coefficients: list[float]) -> None:
    draws = draws_of(compiled(f"{HEAD}New Load.l bus1=b.1 phases=1 kv=0.23 kw=1 {model}{TAIL}"))
    assert draws.kind.tolist() == [kind]
    np.testing.assert_array_equal(draws.coefficients, [coefficients])


def test_elements_out_of_service_draw_nothing(compiled: Compiled) -> None:
    text = "New Load.off bus1=b kv=0.4 kw=1 enabled=no\nNew Load.on bus1=b.2 phases=1 kv=0.23 kw=1"
    circuit = compiled(f"{HEAD}{text}{TAIL}")
    draws = draws_of(circuit)
    assert [circuit.injectors.elements.names[at] for at in draws.injector] == ["load.on"]
    assert (draws.other == GROUND).all()


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ("Load.x bus1=b kv=0.4 kw=1 model=3", "load.x: load model 3"),
        ("Load.x bus1=b.1.2.3.4 kv=0.4 kw=1 rneut=5", "load.x: its neutral has an impedance to ground"),
        ("Generator.x bus1=b kv=0.4 kw=1 model=3", "generator.x: generator model 3"),
        ("Generator.x bus1=b kv=0.4 kw=1 conn=delta", "generator.x: connected in delta"),
        ("PVSystem.x bus1=b kv=0.4 kva=1 pmpp=1 model=2", "pvsystem.x: pvsystem model 2"),
        ("PVSystem.x bus1=b kv=0.4 kva=1 pmpp=1 conn=delta", "pvsystem.x: connected in delta"),
    ],
)
def test_models_that_are_not_covered_are_named(compiled: Compiled, element: str, reason: str) -> None:
    assert reasons_of(compiled(f"{HEAD}New {element}{TAIL}")) == [reason]


def ieee_37(folder: Path) -> tuple[Circuit, Injections]:
    """Return IEEE 37, ungrounded, with delta loads of three models, and a lane with two solutions."""
    circuit = compile_circuit(Model(folder / "ieee37" / "Master.dss", (), ""))
    injectors = circuit.injectors
    share = np.random.default_rng(1).uniform(0, 1, (len(injectors.elements), 24))[:, [9]]
    power = injectors.power_w[:, None] * share, injectors.power_var[:, None] * share
    return circuit, Injections(np.array([1.0]), injectors.elements.names, *power, 1.0, walk=False)


def test_a_load_at_its_jump_has_two_solutions_and_ours_is_one_that_opendss_has(shared_networks: Path) -> None:
    circuit, lane = ieee_37(shared_networks)
    options = SolveOptions(controls=False, tolerance=1e-10, max_iterations=500)
    (ours,) = solve_in_blocks(circuit, lane, SolveOptions(engine="batch", controls=False, tolerance=1e-10))
    found = []
    for before in (0.0, 1.0):  # OpenDSS starts from the solution before
        power = [
            np.stack([before * stated, given[:, 0]], axis=1)
            for stated, given in (
                (circuit.injectors.power_w, lane.power_w),
                (circuit.injectors.power_var, lane.power_var),
            )
        ]
        engine = OpenDss(circuit.model)
        engine.prepare(Injections(np.array([1.0, 2.0]), lane.elements, *power, 1.0, walk=False), options)
        theirs = engine.solve_block(0, 2).voltage_v[:, 1]
        found.append((np.abs(theirs - ours.voltage_v[:, 0]) / circuit.nodes.base_v).max())
    assert min(found) < 1e-7
    assert 1e-4 < max(found) < 2e-3
