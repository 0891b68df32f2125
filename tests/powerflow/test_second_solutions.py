"""Loads whose current jumps: consecutive lanes come to the solutions that OpenDSS comes to."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.powerflow import reductions
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.second_solutions import FollowingEngine, engine_for
from hcr.powerflow.twofold_lanes import compare_twofold
from hcr.powerflow.verify import joined, pick

TOLERANCE_PU = 1e-6
LANES = 288
NETWORKS = ("ieee37", "epri_ckt5")

STREET = """
clear
new circuit.street basekv=0.4 pu=1.0 phases=3 bus1=source mvasc3=1000
new line.one bus1=source bus2=middle phases=3 r1=0.05 x1=0.05 r0=0.05 x0=0.05 c1=0 c0=0 length=1 units=none
new line.two bus1=middle bus2=end phases=3 r1=0.05 x1=0.05 r0=0.05 x0=0.05 c1=0 c0=0 length=1 units=none
new load.a bus1=end.1 phases=1 kv=0.2309 kw=20 kvar=0 model=4 cvrwatts=3 cvrvars=3 vminpu=0.95 vmaxpu=1.05
new load.b bus1=middle.1 phases=1 kv=0.2309 kw=2 kvar=0 model={model} vminpu=0.8
new load.c bus1=end.2 phases=1 kv=0.2309 kw=10 kvar=2 model=1 vminpu=0.8
set voltagebases=[0.4]
calcvoltagebases
"""
REGULATED = """
new transformer.t phases=3 windings=2 buses=(end far) kvs=(0.4 0.4) kvas=(100 100) xhl=2 numtaps=32
new regcontrol.r transformer=t winding=2 vreg=118 band=2 ptratio=2 delay=15
new load.d bus1=far.1 phases=1 kv=0.2309 kw=4 kvar=1 model=4 cvrwatts=2 cvrvars=2 vminpu=0.98 vmaxpu=1.02
set voltagebases=[0.4]
calcvoltagebases
"""


def loads(circuit: Circuit, factor: np.ndarray, *, step_hours: float = 1.0) -> Injections:
    """Return every load times a factor of its own in each lane."""
    chosen = [at for at in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(at)]
    names = tuple(circuit.injectors.elements.names[at] for at in chosen)
    watts, var = circuit.injectors.power_w[chosen, None], circuit.injectors.power_var[chosen, None]
    hours = np.arange(1, factor.shape[1] + 1) * step_hours
    return Injections(hours, names, watts * factor, var * factor, step_hours)


def smooth(circuit: Circuit) -> Injections:
    """Return a seeded day of 288 lanes: every load follows two peaks, with noise of its own."""
    random, hours = np.random.default_rng(7), np.arange(1, LANES + 1) * 24 / LANES
    shape = 0.45 + 0.25 * np.exp(-(((hours - 8) / 2) ** 2)) + 0.55 * np.exp(-(((hours - 19) / 2.5) ** 2))
    count = sum(circuit.injectors.is_load(at) for at in range(len(circuit.injectors.elements)))
    return loads(circuit, shape * (1 + 0.15 * random.standard_normal((count, LANES))), step_hours=24 / LANES)


def restless(circuit: Circuit) -> Injections:
    """Return 288 seeded lanes that have little to do with each other."""
    random = np.random.default_rng(1)
    count = sum(circuit.injectors.is_load(at) for at in range(len(circuit.injectors.elements)))
    return loads(circuit, random.uniform(0.2, 1.0, (10, LANES))[np.arange(count) % 10])


def up_and_down(circuit: Circuit) -> Injections:
    """Return a load that grows through its jump and goes back, in 60 lanes."""
    up = np.linspace(0.3, 1.6, 30)
    ramp = np.concatenate([up, up[::-1]])
    count = sum(circuit.injectors.is_load(at) for at in range(len(circuit.injectors.elements)))
    return loads(circuit, np.tile(ramp, (count, 1)), step_hours=1 / 12)


def solved(
    circuit: Circuit, injections: Injections, engine: str, *, controls: bool = False, block: int = 48
) -> Solution:
    options = SolveOptions(
        mode="daily", engine=engine, controls=controls, tolerance=1e-9, max_iterations=1000, block_lanes=block
    )
    return joined(list(solve_in_blocks(circuit, injections, options)))


def apart(circuit: Circuit, ours: Solution, theirs: Solution) -> np.ndarray:
    """Return the largest difference of a voltage in each lane [pu]."""
    base = circuit.nodes.base_v[:, None]
    live = (base > 0) & (circuit.nodes.number[:, None] <= 3)
    return (np.abs(ours.voltage_v - theirs.voltage_v) / np.where(live, base, np.inf)).max(axis=0)


@pytest.fixture
def street(compiled: Callable[[str], Circuit]) -> Circuit:
    return compiled(STREET.format(model=1))


@pytest.fixture
def regulated(compiled: Callable[[str], Circuit]) -> Circuit:
    return compiled(STREET.format(model=4) + REGULATED)


def test_a_load_that_crossed_its_jump_stays_across_for_a_while(street: Circuit) -> None:
    ours = solved(street, up_and_down(street), "batch")
    volts = np.abs(ours.voltage_v[street.nodes.names.index("end.1")]) / 230.9
    up, down = volts[:30], volts[:29:-1]
    both = np.flatnonzero(np.abs(up - down) > 1e-3)
    assert len(both) >= 2
    assert (up[both] > 0.95).all()
    assert (down[both] < 0.95).all()
    assert (np.delete(up - down, both) < 1e-7).all()


def test_a_walk_up_and_down_is_that_of_opendss(street: Circuit) -> None:
    injections = up_and_down(street)
    ours, theirs = solved(street, injections, "batch"), solved(street, injections, "opendss")
    assert apart(street, ours, theirs).max() <= TOLERANCE_PU


def test_a_walk_with_live_controls_is_that_of_opendss(regulated: Circuit) -> None:
    injections = up_and_down(regulated)
    ours, theirs = (solved(regulated, injections, one, controls=True) for one in ("batch", "opendss"))
    assert len(np.unique(theirs.taps)) > 3
    np.testing.assert_array_equal(ours.taps, theirs.taps)
    assert apart(regulated, ours, theirs).max() <= TOLERANCE_PU


@pytest.mark.parametrize("controls", [False, True])
def test_how_lanes_are_cut_into_blocks_does_not_change_a_bit(regulated: Circuit, controls: bool) -> None:
    injections = up_and_down(regulated)
    whole = solved(regulated, injections, "batch", controls=controls, block=60)
    for block in (1, 7, 32, 48):
        cut = solved(regulated, injections, "batch", controls=controls, block=block)
        np.testing.assert_array_equal(cut.voltage_v, whole.voltage_v)
        np.testing.assert_array_equal(cut.injector_va, whole.injector_va)
        np.testing.assert_array_equal(cut.iterations, whole.iterations)


def test_independent_lanes_are_solved_afresh(street: Circuit) -> None:
    injections = replace(up_and_down(street), walk=False)
    volts = solved(street, injections, "batch").voltage_v
    backwards = pick(injections, np.arange(60)[::-1].copy())
    np.testing.assert_array_equal(volts, solved(street, backwards, "batch").voltage_v[:, ::-1])
    np.testing.assert_array_equal(volts[:, :30], volts[:, :29:-1])


def test_a_lane_without_a_solution_leaves_the_next_to_the_one_before(street: Circuit) -> None:
    injections = up_and_down(street)
    gap = 33
    injections.power_w[:, gap] = np.nan
    ours = solved(street, injections, "batch")
    assert [failure.lane % 48 for failure in ours.failures] == [gap]
    others = np.delete(np.arange(60), gap)
    part = replace(
        injections,
        hours=injections.hours[others],
        power_w=injections.power_w[:, others],
        power_var=injections.power_var[:, others],
    )
    np.testing.assert_array_equal(ours.voltage_v[:, others], solved(street, part, "batch").voltage_v)


@pytest.mark.parametrize("controls", [False, True])
def test_reductions_follow_the_lanes(regulated: Circuit, controls: bool) -> None:
    injections = up_and_down(regulated)
    whole = solved(regulated, injections, "batch", controls=controls)
    options = SolveOptions(
        mode="daily", engine="batch", controls=controls, tolerance=1e-9, max_iterations=1000
    )
    size = np.abs(whole.voltage_v)
    for threads in (1, 3):
        found = reductions.solve(regulated, injections, options, threads=threads)
        np.testing.assert_allclose(found.low_v, size.min(axis=1), rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(found.high_v, size.max(axis=1), rtol=1e-12, atol=1e-9)
        assert found.residual_a.max() < 1e-3


def test_single_precision_follows_the_lanes_too(street: Circuit) -> None:
    injections, options = up_and_down(street), SolveOptions(engine="batch", controls=False)
    wanted = reductions.Wanted(nodes=("end.1",))
    one, other = (
        reductions.solve(street, injections, replace(options, single=single), wanted).voltage_v
        for single in (False, True)
    )
    assert np.abs(one - other).max() < 1e-2


def test_an_engine_is_taken_where_it_can_be(street: Circuit, compiled: Callable[[str], Circuit]) -> None:
    options, injections = SolveOptions(engine="batch", controls=False), up_and_down(street)
    plain, walk = BatchEngine(street, options), FollowingEngine(street, injections, options)
    assert engine_for(street, replace(injections, walk=False), options, plain) is plain
    assert engine_for(street, injections, options, walk) is walk
    assert isinstance(engine_for(street, injections, options, plain), FollowingEngine)
    assert engine_for(street, up_and_down(street), options, walk) is not walk
    with pytest.raises(ValueError, match="follow one another"):
        walk.solve(up_and_down(street), 0, 1)
    steady = compiled(STREET.replace("model=4", "model=1").format(model=1))
    assert type(engine_for(steady, up_and_down(steady), options)) is BatchEngine


def test_lanes_with_two_solutions_are_named_and_others_not(street: Circuit) -> None:
    injections = up_and_down(street)
    walked = solved(street, injections, "batch")
    alone = solved(street, replace(injections, walk=False), "batch")
    two = np.flatnonzero(apart(street, walked, alone) > 1e-5)
    assert len(two) >= 2
    found = compare_twofold(street, pick(injections, np.arange(60)), walked, alone)
    assert found.passed
    assert found.twofold == tuple(two)
    wrong = replace(walked, voltage_v=walked.voltage_v * np.where(np.arange(60) == two[0], 1.1, 1.0))
    found = compare_twofold(street, pick(injections, np.arange(60)), wrong, alone)
    assert not found.passed
    assert found.voltage_pu.lane == two[0]


@pytest.mark.parametrize("controls", [False, True])
@pytest.mark.parametrize("lanes", [smooth, restless])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_day_on_a_public_feeder(
    shared_networks: Path, network: str, lanes: Callable[[Circuit], Injections], controls: bool
) -> None:
    circuit = compile_circuit(Model(shared_networks / network / "Master.dss", (), ""))
    injections = lanes(circuit)
    ours, theirs = (solved(circuit, injections, one, controls=controls) for one in ("batch", "opendss"))
    assert ours.failures == ()
    assert apart(circuit, ours, theirs).max() <= TOLERANCE_PU
    if controls:
        np.testing.assert_array_equal(ours.taps, theirs.taps)


def test_blocks_of_a_day_on_ieee_37(shared_networks: Path) -> None:
    circuit = compile_circuit(Model(shared_networks / "ieee37" / "Master.dss", (), ""))
    for controls in (False, True):
        one, other = (solved(circuit, smooth(circuit), "batch", controls=controls, block=b) for b in (11, 64))
        np.testing.assert_array_equal(one.voltage_v, other.voltage_v)
