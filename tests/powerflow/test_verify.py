"""Lanes picked and solved again, and differences on hand-written arrays."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr.errors import NotConvergedError
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import Injections, LaneFailure, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.verify import (
    NONE,
    TOLERANCE_PERCENT,
    TOLERANCE_PU,
    compare,
    joined,
    pick,
    solve_alone,
    solve_held,
    solve_walk,
)

FEEDER = """
New Circuit.feeder basekv=11 bus1=source
New Line.cable bus1=source bus2=end length=2 units=km r1=0.2 x1=0.1 r0=0.4 x0=0.3 c1=0 c0=0 normamps=200
New Load.village bus1=end kv=11 kw=500 kvar=100
Set voltagebases=[11]
Calcvoltagebases
"""

REGULATED = """
New Circuit.feeder basekv=11 bus1=source
New Transformer.reg windings=2 buses=(source mid) kvs=(11 11) kvas=(5000 5000) xhl=1
New RegControl.reg transformer=reg winding=2 vreg=105 band=2 ptratio=60.48 delay=15 bus=end.1
New Line.cable bus1=mid bus2=end length=6 units=km r1=0.4 x1=0.4 r0=0.8 x0=0.9 c1=0 c0=0 normamps=200
New Load.village bus1=end kv=11 kw=500 kvar=100
Set voltagebases=[11]
Calcvoltagebases
"""


@pytest.fixture
def feeder(compiled: Callable[[str], Circuit]) -> Circuit:
    return compiled(FEEDER)


def village(*kilowatts: float, walk: bool = True) -> Injections:
    power = 1e3 * np.array([kilowatts])
    hours = np.arange(1.0, len(kilowatts) + 1)
    return Injections(hours, ("Load.village",), power, 0.2 * power, 1.0, walk=walk)


def solution(volts: np.ndarray, circuit: Circuit) -> Solution:
    lanes = volts.shape[1]
    return Solution(
        0,
        volts,
        np.zeros((len(circuit.branches.elements.node), lanes), complex),
        np.zeros((len(circuit.injectors.elements), lanes), complex),
        np.ones(lanes, np.int64),
    )


def flat(circuit: Circuit, lanes: int = 2) -> Solution:
    return solution(np.repeat(circuit.nodes.base_v[:, None].astype(complex), lanes, axis=1), circuit)


# ---- lanes


def test_picked_lanes_keep_their_hours_and_powers_and_walk_no_more():
    picked = pick(village(1, 2, 3, 4), np.array([3, 1]))
    assert picked.hours.tolist() == [4.0, 2.0]
    assert picked.power_w.tolist() == [[4000.0, 2000.0]]
    assert picked.power_var.tolist() == [[800.0, 400.0]]
    assert not picked.walk


@pytest.mark.parametrize("engine", ["batch", "opendss"])
def test_lanes_alone_are_those_of_the_walk(feeder: Circuit, engine: str):
    powers = village(100, 900, 400, 1500, 50)
    options = SolveOptions(engine=engine)
    whole = joined(list(solve_in_blocks(feeder, powers, options)))
    lanes = np.array([4, 0, 3])
    alone = solve_alone(feeder, powers, lanes, options=options)
    np.testing.assert_allclose(alone.voltage_v, whole.voltage_v[:, lanes], rtol=1e-7)


def test_a_lane_of_the_batch_engine_is_the_same_bits_beside_other_lanes(feeder: Circuit):
    powers, options = village(*np.linspace(10, 2000, 50)), SolveOptions(engine="batch")
    whole = joined(list(solve_in_blocks(feeder, powers, options)))
    alone = solve_alone(feeder, powers, np.array([7, 33]), options=options)
    np.testing.assert_array_equal(alone.voltage_v, whole.voltage_v[:, [7, 33]])


def test_where_a_regulator_acts_the_walk_matters_and_is_solved(compiled: Callable[[str], Circuit]):
    circuit, powers = compiled(REGULATED), village(200, 3000, 3000, 2500, 600, 500, 1200)
    whole = joined(list(solve_in_blocks(circuit, powers)))
    lanes = np.array([5, 2])
    walked = solve_walk(circuit, powers, lanes, options=SolveOptions(block_lanes=3))
    np.testing.assert_array_equal(walked.voltage_v, whole.voltage_v[:, lanes])
    alone = solve_alone(circuit, powers, lanes, options=SolveOptions())
    assert np.abs(alone.voltage_v - walked.voltage_v).max() > 10.0  # volts: the tap of before is still there


def test_lanes_held_where_a_walk_had_the_taps_are_those_of_the_walk(compiled: Callable[[str], Circuit]):
    circuit, powers = compiled(REGULATED), village(200, 3000, 3000, 2500, 600, 500, 1200)
    lanes = np.array([5, 2, 6])
    walked = solve_walk(circuit, powers, lanes, options=SolveOptions(engine="batch"))
    held = solve_held(circuit, powers, lanes, like=walked, options=SolveOptions())
    assert len(np.unique(walked.taps)) > 1
    np.testing.assert_array_equal(held.taps, walked.taps)
    assert compare(circuit, walked, held).voltage_pu.value < 1e-7
    one_step_off = replace(walked, taps=walked.taps + 0.00625)
    wrong = solve_held(circuit, powers, lanes, like=one_step_off, options=SolveOptions())
    assert not compare(circuit, walked, wrong).passed


def test_a_held_lane_without_solution_is_named_by_its_number(compiled: Callable[[str], Circuit]):
    circuit = compiled(REGULATED.replace("kvar=100", "kvar=100 vminpu=0.01"))
    light = solve_walk(circuit, village(1, 2, 3, 4), np.array([0, 3]), options=SolveOptions())
    with pytest.raises(NotConvergedError) as failure:
        solve_held(circuit, village(1, 2, 3, 1e9), np.array([0, 3]), like=light, options=SolveOptions())
    assert failure.value.lane == 3


def test_a_lane_without_solution_is_named_by_its_number_in_the_injections(
    compiled: Callable[[str], Circuit],
):
    circuit = compiled(FEEDER.replace("kvar=100", "kvar=100 vminpu=0.01"))
    with pytest.raises(NotConvergedError) as failure:
        solve_alone(circuit, village(1, 2, 3, 1e9), np.array([0, 3]), options=SolveOptions())
    assert failure.value.lane == 3


def test_blocks_are_joined_in_order(feeder: Circuit):
    powers = village(100, 200, 300, 400, 500)
    small = joined(list(solve_in_blocks(feeder, powers, SolveOptions(block_lanes=2))))
    (large,) = solve_in_blocks(feeder, powers)
    assert small.first_lane == 0
    np.testing.assert_array_equal(small.voltage_v, large.voltage_v)
    np.testing.assert_array_equal(small.current_a, large.current_a)
    np.testing.assert_array_equal(small.iterations, large.iterations)


# ---- differences


def test_equal_solutions_do_not_differ(feeder: Circuit):
    found = compare(feeder, flat(feeder), flat(feeder))
    assert (found.voltage_pu.value, found.current_a.value, found.current_percent.value) == (0.0, 0.0, 0.0)
    assert found.passed


def test_the_largest_voltage_difference_is_told_with_node_and_lane(feeder: Circuit):
    theirs = flat(feeder)
    node = feeder.nodes.names.index("end.2")
    theirs.voltage_v[node, 1] *= np.exp(0.02j)  # an angle counts as well
    theirs.voltage_v[0, 0] += 1.0
    found = compare(feeder, flat(feeder), theirs)
    assert (found.voltage_pu.place, found.voltage_pu.lane) == ("end.2", 1)
    assert found.voltage_pu.value == pytest.approx(2 * np.sin(0.01))
    assert not found.passed


@pytest.mark.parametrize(("factor", "passed"), [(0.9, True), (1.1, False)])
def test_the_tolerances_decide(feeder: Circuit, factor: float, passed: bool):
    base = feeder.nodes.base_v[0]
    by_voltage, by_current = flat(feeder), flat(feeder)
    by_voltage.voltage_v[0, 0] += factor * TOLERANCE_PU * base
    by_current.current_a[0, 0] += factor * TOLERANCE_PERCENT / 100 * 200.0
    assert compare(feeder, flat(feeder), by_voltage).passed is passed
    assert compare(feeder, flat(feeder), by_current).passed is passed


def test_currents_are_told_in_ampere_and_in_percent_of_the_rating(feeder: Circuit):
    theirs = flat(feeder)
    table = feeder.branches.elements
    (cable,) = [at for at, name in enumerate(table.names) if name.lower() == "line.cable"]
    theirs.current_a[table.conductors(cable, 1)[1], 0] = 3.0j
    theirs.current_a[table.conductors(cable, 2)[0], 1] = 5.0  # the far end has no rating of its own
    found = compare(feeder, flat(feeder), theirs)
    assert (found.current_a.value, found.current_a.lane) == (5.0, 1)
    assert (found.current_percent.value, found.current_percent.lane) == (pytest.approx(1.5), 0)
    assert found.current_percent.place.lower() == "line.cable"


def test_nodes_without_a_voltage_base_are_left_out(feeder: Circuit):
    bare = replace(feeder, nodes=replace(feeder.nodes, base_v=np.zeros(len(feeder.nodes))))
    found = compare(bare, flat(feeder), flat(feeder))
    assert np.isnan(found.voltage_pu.value)
    assert (found.voltage_pu.place, found.voltage_pu.lane) == ("", NONE)
    assert found.passed


def test_a_lane_that_failed_never_passes(feeder: Circuit):
    failed = replace(flat(feeder), failures=(LaneFailure(1, "end.1", "no solution"),))
    failed.voltage_v[:, 1] = np.nan
    found = compare(feeder, failed, flat(feeder))
    assert not found.passed
    assert found.failures[0].node == "end.1"
