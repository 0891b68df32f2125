"""What the batch engine promises of any lane: balance, independence, and failures that harm no other lane."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import spsolve

from hcr import powerflow
from hcr.errors import ModelError
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import GROUND, Circuit, Model
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.reduced import Reduced, Wanted

HELD = SolveOptions(engine="batch", controls=False)
FINE = replace(HELD, tolerance=1e-10)
MIXED = """
New Circuit.mixed basekv=11 bus1=src r1=0.5 x1=2 r0=0.5 x0=2
New Transformer.t buses=[src lv] kvs=[11 0.4] kvas=[500 500] conns=[delta wye] xhl=4 %loadloss=1
New Line.a bus1=lv bus2=mid r1=0.1 x1=0.05 r0=0.3 x0=0.1 c1=50 c0=30 length=0.3
New Line.b bus1=mid bus2=far r1=0.2 x1=0.05 r0=0.5 x0=0.1 c1=20 c0=10 length=0.2
New Capacitor.k bus1=mid kvar=20 kv=0.4
New Load.power bus1=far.1 phases=1 kv=0.23 kw=6 kvar=2 model=1
New Load.current bus1=far.2 phases=1 kv=0.23 kw=6 kvar=1 model=5
New Load.impedance bus1=far.3 phases=1 kv=0.23 kw=5 kvar=2 model=2
New Load.zip bus1=mid.1.2 phases=1 conn=delta kv=0.4 kw=8 kvar=3 model=8 zipv=[0.3 0.3 0.4 0.2 0.3 0.5 0.5]
New Load.motor bus1=mid kv=0.4 kw=15 kvar=8 model=1 conn=delta vminpu=0.97
New Generator.sun bus1=far.1 phases=1 kv=0.23 kw=4 kvar=0 model=1
New PVSystem.roof bus1=mid.2 phases=1 kv=0.23 kva=5 pmpp=4 irradiance=0.5
Set voltagebases=[11 0.4]
Calcvoltagebases
"""
ELEMENTS = ("Load.power", "Load.current", "Load.impedance", "Load.zip", "Load.motor", "Generator.sun")
LANES = 70


@pytest.fixture(scope="module")
def circuit(tmp_path_factory: pytest.TempPathFactory) -> Circuit:
    master = tmp_path_factory.mktemp("mixed") / "Master.dss"
    master.write_text(MIXED)
    return compile_circuit(Model(master, (), ""))


def drawn(seed: int, lanes: int = LANES) -> Injections:
    """Return independent lanes of seeded powers, some of them far too large for the voltage band."""
    random = np.random.default_rng(seed)
    watts = random.uniform(0, 2e4, (len(ELEMENTS), lanes))
    return Injections(np.arange(1.0, lanes + 1), ELEMENTS, watts, 0.3 * watts, 0.5, walk=False)


def taken(injections: Injections, lanes: np.ndarray) -> Injections:
    return replace(
        injections,
        hours=injections.hours[lanes],
        power_w=injections.power_w[:, lanes],
        power_var=injections.power_var[:, lanes],
    )


def solution(circuit: Circuit, injections: Injections, options: SolveOptions = HELD) -> Solution:
    return next(solve_in_blocks(circuit, injections, replace(options, block_lanes=injections.lanes)))


def everything(circuit: Circuit) -> Wanted:
    return Wanted(zones={"one": ELEMENTS[:3], "two": ELEMENTS[3:]}, nodes=circuit.nodes.names)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), st.data())
def test_permuting_splitting_and_repeating_lanes_changes_no_bit(
    circuit: Circuit, seed: int, data: st.DataObject
) -> None:
    injections = drawn(seed)
    chosen = np.array(data.draw(st.lists(st.integers(0, LANES - 1), min_size=1, max_size=90)))
    whole, part = solution(circuit, injections), solution(circuit, taken(injections, chosen))
    for name in ("voltage_v", "current_a", "injector_va", "iterations"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[..., chosen])
    reduced = powerflow.solve(circuit, taken(injections, chosen), HELD, everything(circuit))
    np.testing.assert_array_equal(reduced.voltage_v, whole.voltage_v[:, chosen])


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(circuit: Circuit, threads: int) -> None:
    injections = drawn(1, 200)
    one = powerflow.solve(circuit, injections, HELD, everything(circuit))
    many = powerflow.solve(circuit, injections, HELD, everything(circuit), threads=threads)
    for name in Reduced.__slots__:
        if name != "failures":
            np.testing.assert_array_equal(getattr(many, name), getattr(one, name))


def test_without_injections_the_voltages_are_those_at_no_load(circuit: Circuit) -> None:
    bare = compile_circuit(
        replace(circuit.model, edits=("batchedit load..* enabled=no", "pvsystem.roof.enabled=no"))
    )
    assert bare.batch is not None
    expected = spsolve(bare.batch.network.matrix().tocsc(), bare.batch.network.source_a)
    nothing = np.zeros((len(ELEMENTS), 3))
    lanes = Injections(np.arange(1.0, 4.0), ELEMENTS, nothing, nothing, 0.5)
    off = compile_circuit(replace(circuit.model, edits=("pvsystem.roof.irradiance=0", "solve")))
    found = solution(off, lanes, FINE)
    named = {name: at for at, name in enumerate(bare.nodes.names)}
    order = [named[name] for name in off.nodes.names]
    base = off.nodes.base_v[:, None]
    assert (np.abs(found.voltage_v - expected[order][:, None]) / base).max() < 1e-8


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1))
def test_injections_and_losses_are_what_the_source_gives(circuit: Circuit, seed: int) -> None:
    found = solution(circuit, drawn(seed), FINE)
    losses = (_at(circuit, found.voltage_v) * found.current_a.conj()).sum(axis=0)
    given_by_source = _source_va(circuit, found.voltage_v)
    missing = losses + found.injector_va.sum(axis=0) - given_by_source
    assert np.abs(missing).max() <= 1e-8 * np.abs(given_by_source).max()


def _at(circuit: Circuit, voltage_v: np.ndarray) -> np.ndarray:
    """Return the voltage at every branch conductor."""
    node = circuit.branches.elements.node
    return np.where((node == GROUND)[:, None], 0.0, voltage_v[node])


def _source_va(circuit: Circuit, voltage_v: np.ndarray) -> np.ndarray:
    """Return what the source delivers: its own admittance is what Y has beyond the branches'."""
    assert circuit.batch is not None
    network, table = circuit.batch.network, circuit.branches.elements
    own = network.matrix().toarray()
    for branch in range(len(table)):
        size = table.first[branch + 1] - table.first[branch]
        block = network.block_s[network.block[branch] : network.block[branch + 1]].reshape(size, size)
        nodes = table.node[table.first[branch] : table.first[branch + 1]]
        live = np.flatnonzero(nodes != GROUND)
        own[np.ix_(nodes[live], nodes[live])] -= block[np.ix_(live, live)]
    current = network.source_a[:, None] - own @ voltage_v
    return (voltage_v * current.conj()).sum(axis=0)


def test_reductions_are_those_of_the_whole_solution(circuit: Circuit) -> None:
    injections = drawn(2, 100)
    whole = solution(circuit, injections)
    reduced = powerflow.solve(circuit, injections, HELD, everything(circuit))
    size = np.abs(whole.voltage_v)
    np.testing.assert_allclose(reduced.low_v, size.min(axis=1), rtol=1e-13)
    np.testing.assert_allclose(reduced.high_v, size.max(axis=1), rtol=1e-13)
    np.testing.assert_array_equal(reduced.low_lane, size.argmin(axis=1))
    np.testing.assert_array_equal(reduced.high_lane, size.argmax(axis=1))
    current = np.abs(whole.current_a[reduced.conductor])
    np.testing.assert_allclose(reduced.current_a, current.max(axis=1), rtol=1e-9, atol=1e-9)
    rated = circuit.branches.normal_a[reduced.branch]
    np.testing.assert_array_equal(reduced.loading_percent, 100 * reduced.current_a / rated)
    names = [name.lower() for name in circuit.injectors.elements.names]
    for row, zone in enumerate((ELEMENTS[:3], ELEMENTS[3:])):
        power = whole.injector_va[[names.index(name.lower()) for name in zone]].sum(axis=0)
        np.testing.assert_allclose(reduced.zone_va[row], power, rtol=1e-9)
        assert reduced.energy_wh[row] == pytest.approx(power.sum() * 0.5)
    assert reduced.residual_a.max() < 1e-3


def test_the_residual_is_what_the_tolerance_leaves(circuit: Circuit) -> None:
    coarse, fine = (
        powerflow.solve(circuit, drawn(3), replace(HELD, tolerance=tolerance)).residual_a
        for tolerance in (1e-3, 1e-10)
    )
    assert fine.max() < 1e-6
    assert (coarse > 100 * fine).any()


def test_single_precision_is_near_double_precision(circuit: Circuit) -> None:
    double = powerflow.solve(circuit, drawn(4), HELD)
    single = powerflow.solve(circuit, drawn(4), replace(HELD, single=True))
    base = circuit.nodes.base_v
    assert (np.abs(single.low_v - double.low_v) / base).max() < 2e-6
    assert (np.abs(single.high_v - double.high_v) / base).max() < 2e-6
    np.testing.assert_allclose(single.current_a, double.current_a, rtol=2e-3, atol=0.05)


def test_single_precision_does_not_tell_the_current_of_a_branch_without_impedance(
    compiled: Callable[[str], Circuit],
) -> None:
    text = MIXED + "New Line.link bus1=far bus2=end r1=1e-7 x1=1e-7 r0=1e-7 x0=1e-7 c1=0 c0=0 length=1\n"
    with_link = compiled(text)
    single = powerflow.solve(with_link, drawn(5), replace(HELD, single=True))
    link = with_link.branches.elements.names.index("Line.link")
    assert np.isnan(single.current_a[single.branch == link]).all()
    assert not np.isnan(single.current_a[single.branch != link]).any()


def test_single_precision_is_for_held_controls(radial: Path) -> None:
    circuit = compile_circuit(Model(radial, (), ""))
    names = tuple(name for name in circuit.injectors.elements.names if name.lower().startswith("load."))[:1]
    lane = Injections(np.ones(1), names, np.zeros((1, 1)), np.zeros((1, 1)), 1.0)
    with pytest.raises(ModelError, match="held controls"):
        powerflow.solve(circuit, lane, SolveOptions(single=True))


@pytest.mark.parametrize("spoilt", [0, 17, 69])
@pytest.mark.parametrize(
    ("watts", "node", "why"),
    [(np.nan, "far.1", "the power of Load.power is not a number"), (1e9, "", "no solution within 100")],
)
def test_a_lane_without_a_solution_harms_no_other(
    circuit: Circuit, spoilt: int, watts: float, node: str, why: str
) -> None:
    good = drawn(6)
    bad = replace(good, power_w=good.power_w.copy())
    bad.power_w[0, spoilt] = watts
    options = replace(HELD, max_iterations=100)
    expected = powerflow.solve(circuit, good, options, everything(circuit))
    found = powerflow.solve(circuit, bad, options, everything(circuit))
    others = np.delete(np.arange(LANES), spoilt)
    for name in ("voltage_v", "zone_va", "iterations", "residual_a"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        np.testing.assert_array_equal(ours[..., others], theirs[..., others])
    (failure,) = found.failures
    assert failure.lane == spoilt
    assert failure.why.startswith(why)
    assert failure.node == node or (not node and failure.node in circuit.nodes.names)
    assert np.isnan(found.voltage_v[:, spoilt]).all()
    assert found.iterations[spoilt] == 0
    alone = powerflow.solve(circuit, taken(good, others), options)
    np.testing.assert_array_equal(found.low_v, alone.low_v)
    np.testing.assert_array_equal(found.current_a, alone.current_a)


def test_a_part_that_nothing_ties_to_ground_is_named(compiled: Callable[[str], Circuit]) -> None:
    text = MIXED + "New Line.loose bus1=x bus2=y r1=1 x1=1 r0=1 x0=1 c1=0 c0=0 length=1\n"
    found = compiled(text)
    assert found.batch is not None
    named = {one.element for one in found.batch.uncovered}
    assert "node x.1" in named
    with pytest.raises(ModelError, match="does not cover") as caught:
        powerflow.solve(found, drawn(7), HELD)
    assert "node x.1: nothing ties" in str(caught.value.why)


def test_a_singular_matrix_is_named_by_a_node(compiled: Callable[[str], Circuit]) -> None:
    found = compiled(MIXED + "New Line.loose bus1=x bus2=y r1=1 x1=1 r0=1 x0=1 c1=0 c0=0 length=1\n")
    assert found.batch is not None
    unchecked = replace(found, batch=replace(found.batch, uncovered=()))
    with pytest.raises(ModelError, match=r"singular at node (x|y)\."):
        BatchEngine(unchecked, HELD)


def test_a_negative_voltage_base_is_refused(compiled: Callable[[str], Circuit]) -> None:
    with pytest.raises(ModelError, match=r"node far\.\d .* nominal voltage of -230"):
        compiled(MIXED + "setkvbase bus=far kvln=-0.23\n")


def test_a_node_or_an_element_that_is_not_there_is_named(circuit: Circuit) -> None:
    with pytest.raises(ModelError, match=r"node nowhere\.1 is not in"):
        powerflow.solve(circuit, drawn(8), HELD, Wanted(nodes=("nowhere.1",)))
    with pytest.raises(ModelError, match=r"element Load\.none is not in"):
        powerflow.solve(circuit, drawn(8), HELD, Wanted(zones={"z": ("Load.none",)}))


def test_no_lanes_are_no_trouble(circuit: Circuit) -> None:
    reduced = powerflow.solve(circuit, drawn(9, 0), HELD)
    assert reduced.iterations.shape == (0,)
    assert (reduced.low_lane == -1).all()
