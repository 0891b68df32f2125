"""The end of the factor that is each lane's own: any taps and steps against a factor of the whole matrix."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.batch_kernels import solve_block
from hcr.powerflow.circuit import GROUND, Circuit, Model
from hcr.powerflow.control_arrays import ControlArrays
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lanes import SolveOptions
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.tail_kernels import factor_lane, set_blocks

OPTIONS = SolveOptions(engine="batch", tolerance=1e-9)


@pytest.fixture(scope="module")
def circuit(tmp_path_factory: pytest.TempPathFactory, regulated: str) -> Circuit:
    master = tmp_path_factory.mktemp("tail") / "Master.dss"
    master.write_text(
        regulated + "New Capacitor.steps bus1=mid kvar=[100 50 50] kv=11 numsteps=3\n"
        "New CapControl.steps element=line.l capacitor=steps type=kvar onsetting=1 offsetting=0\n"
    )
    return compile_circuit(Model(master, (), ""))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0.9, 1.1), st.integers(0, 3), st.booleans()), min_size=1, max_size=LANES))
def test_each_lane_is_solved_at_its_own_taps_and_steps(
    circuit: Circuit, states: list[tuple[float, int, bool]]
) -> None:
    engine = BatchEngine(circuit, OPTIONS, moving=True)
    controls = ControlArrays(engine)
    blocks, tail, values = controls.moving
    taps, _, steps, closed, _ = controls.where
    many = [bank.name for bank in engine.controls.banks].index("Capacitor.steps")
    for lane, (tap, count, is_closed) in enumerate(states):
        taps[0, lane], steps[many, lane], closed[many, lane] = tap, count, int(is_closed)
        set_blocks(blocks, (taps, steps, closed), lane, values)
        factor_lane(tail, values, lane, engine.own)
    power = engine.padded(tuple(np.zeros((len(circuit.injectors.elements), 1)) for _ in range(2)))
    change, done, culprit = engine.states(), np.ones(LANES, np.int64), np.zeros(LANES, np.int64)
    done[: len(states)] = 0
    solve_block(engine.network, power, change, engine.scratch(), (1e-22, 200), done, culprit)
    assert done.all()
    found = engine.outputs(change, power)[0]
    for lane in range(len(states)):
        volts = _directly(circuit, engine, values, lane)
        np.testing.assert_allclose(found[:, lane], volts, rtol=1e-8, atol=1e-6)


def _directly(circuit: Circuit, engine: BatchEngine, values: tuple[np.ndarray, ...], lane: int) -> np.ndarray:
    """Return the voltages with nothing drawn, from the whole matrix at a lane's taps and steps."""
    assert circuit.batch is not None
    network, moved = circuit.batch.network, engine.tail.moved
    matrix = network.matrix().toarray()
    entries = values[0][:, lane] + 1j * values[1][:, lane] - moved.present_s
    for branch in range(len(moved.branch)):
        nodes = moved.node[moved.first[branch] : moved.first[branch + 1]]
        block = entries[moved.entry[branch] : moved.entry[branch + 1]].reshape(len(nodes), -1)
        live = np.flatnonzero(nodes != GROUND)
        matrix[np.ix_(nodes[live], nodes[live])] += block[np.ix_(live, live)]
    return np.linalg.solve(matrix, network.source_a)


def test_nothing_that_moves_leaves_no_end(circuit: Circuit) -> None:
    assert len(BatchEngine(circuit, replace(OPTIONS, controls=False)).tail.moved.branch) == 0


def test_the_end_is_the_nodes_of_what_moves(circuit: Circuit) -> None:
    engine = BatchEngine(circuit, OPTIONS, moving=True)
    names = {circuit.nodes.names[node] for node in engine.tail.moved.nodes}
    assert {name.partition(".")[0] for name in names} == {"src", "mid", "far"}
