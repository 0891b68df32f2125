"""Scenarios side by side: each as if it walked alone, and what is kept of its day."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.scenario_walk import ScenarioWalk
from hcr.powerflow.scenarios import Scenario, ScenarioResult, Unit, Watch, walk_scenarios

Compiled = Callable[[str], Circuit]
LIVE = SolveOptions(mode="daily", engine="batch", tolerance=1e-10)
STEPS = 60
FAR = ("far.1", "far.2", "far.3")
MID = ("mid.1", "mid.2", "mid.3")
LOW_VOLTAGE = """
New Transformer.lv buses=[far house] kvs=[11 0.4] kvas=[200 200] conns=[delta wye] xhl=4
New Load.h bus1=house.1 phases=1 kv=0.23 kw=10 kvar=3
Set voltagebases=[11 0.4]
Calcvoltagebases
"""
CVR = "New Load.jumps bus1=far kv=11 kw=300 kvar=100 model=4 cvrwatts=0.8 cvrvars=2 vminpu=0.98 vmaxpu=1.02\n"


def day(steps: int = STEPS) -> Injections:
    hours = 0.25 * np.arange(1, steps + 1)
    watts = 1e6 * (1 + np.sin(hours / 3))[None]
    return Injections(hours, ("Load.l",), watts, 0.4 * watts, 0.25)


def unit(kw: float, nodes: tuple[str, ...] = FAR, steps: int = STEPS, kvar: float = 0.0) -> Unit:
    """Return a unit whose power rises and falls over the day."""
    curve = np.sin(np.linspace(0, np.pi, steps)) ** 2
    return Unit(nodes, 1e3 * kw * curve, 1e3 * kvar * curve)


def scenarios(count: int) -> list[Scenario]:
    """Return scenarios of seeded sizes, some with a unit at either bus, the first without any."""
    random = np.random.default_rng(3)
    sizes = random.uniform(100, 2500, count - 1)
    found = [Scenario()]
    for at, kw in enumerate(sizes):
        other = (unit(0.5 * kw, MID, kvar=-50.0),) if at % 3 == 0 else ()
        found.append(Scenario((unit(kw, MID if at % 2 else FAR), *other)))
    return found


def whole(circuit: Circuit, injections: Injections, options: SolveOptions = LIVE) -> Solution:
    (solution,) = solve_in_blocks(circuit, injections, replace(options, block_lanes=injections.lanes))
    return solution


def same(one: ScenarioResult, other: ScenarioResult) -> None:
    """Assert that two results have the same bits."""
    for name in ScenarioResult.__slots__:
        if name not in ("layout", "failures", "low_node", "high_node"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert (one.low_node, one.high_node, one.failures) == (other.low_node, other.high_node, other.failures)


@pytest.mark.parametrize("controls", [True, False], ids=["live", "held"])
def test_a_scenario_without_units_is_the_day_as_it_is(
    compiled: Compiled, regulated: str, controls: bool
) -> None:
    circuit, injections = compiled(regulated + LOW_VOLTAGE), day()
    options = replace(LIVE, controls=controls)
    watch = Watch(terminals=(("Line.l", 1), ("Line.l", 2), ("Transformer.reg", 2)))
    (found,) = walk_scenarios(circuit, injections, [Scenario()], options, watch)
    alone = whole(circuit, injections, options)
    assert found.failures == ()
    if controls:
        np.testing.assert_array_equal(found.taps, alone.taps)
        np.testing.assert_array_equal(found.capacitor_steps, alone.capacitor_steps)
        assert len(np.unique(found.taps)) > 2
    size = np.abs(alone.voltage_v) / circuit.nodes.base_v[:, None]
    names = np.array(circuit.nodes.names)
    for kind, nodes in enumerate((circuit.nodes.base_v > 1000, circuit.nodes.base_v <= 1000)):
        np.testing.assert_allclose(found.low_pu[kind], size[nodes].min(axis=0), rtol=1e-12)
        np.testing.assert_allclose(found.high_pu[kind], size[nodes].max(axis=0), rtol=1e-12)
        assert found.low_node[kind] == names[nodes][size[nodes].min(axis=1).argmin()]
        assert found.high_node[kind] == names[nodes][size[nodes].max(axis=1).argmax()]
    _check_changes(found, circuit, size)
    _check_currents(found, circuit, alone)
    table = circuit.branches.elements
    for at, (element, terminal) in enumerate(watch.terminals):
        span = table.conductors(table.names.index(element), terminal)
        volts = np.vstack([alone.voltage_v, np.zeros(STEPS)])[table.node[span]]
        power = (volts * alone.current_a[span].conj()).sum(axis=0)
        np.testing.assert_allclose(found.terminal_va[at], power, rtol=1e-9)


def _check_changes(found: ScenarioResult, circuit: Circuit, size: np.ndarray) -> None:
    buses = np.array(circuit.nodes.buses)
    means = np.array([size[buses == bus].mean(axis=0) for bus in found.layout.buses])
    np.testing.assert_allclose(
        found.change_percent, 100 * np.abs(np.diff(means)).max(axis=1), rtol=1e-9, atol=1e-9
    )
    percent, bus = found.largest_change
    assert percent == found.change_percent.max()
    assert found.change_percent[found.layout.buses.index(bus)] == percent


def _check_currents(found: ScenarioResult, circuit: Circuit, alone: Solution) -> None:
    table = circuit.branches.elements
    for at, name in enumerate(found.layout.elements):
        branch = table.names.index(name)
        phases = [c for c in table.conductors(branch, 1) if circuit.nodes.number[table.node[c]] <= 3]
        amperes = np.abs(alone.current_a[phases]).max(axis=0)
        percent = 100 * amperes / circuit.branches.normal_a[branch]
        assert found.normal_percent[at] == pytest.approx(percent.max(), rel=1e-9)
        emergency = 100 * amperes.max() / circuit.branches.emergency_a[branch]
        assert found.emergency_percent[at] == pytest.approx(emergency, rel=1e-9)
        assert found.hours_above_normal[at] == pytest.approx(0.25 * (percent > 100).sum())
    assert {"Transformer.reg", "Line.l"} <= set(found.layout.elements)


def test_units_are_what_generators_of_the_model_are(compiled: Compiled, regulated: str) -> None:
    more = "New Generator.u bus1=far kv=11 kw=1 kvar=0 model=1 vminpu=0.9 vmaxpu=1.1\n"
    circuit, other = compiled(regulated), compiled(regulated + more)
    injections, one = day(), replace(unit(1800.0, kvar=-300.0), band_pu=(0.9, 1.1))
    (found,) = walk_scenarios(circuit, injections, [Scenario((one,))], LIVE)
    driven = replace(
        injections,
        elements=("Load.l", "Generator.u"),
        power_w=np.vstack([injections.power_w, one.power_w]),
        power_var=np.vstack([injections.power_var, one.power_var]),
    )
    theirs = whole(other, driven)
    np.testing.assert_array_equal(found.taps, theirs.taps)
    np.testing.assert_array_equal(found.capacitor_steps, theirs.capacitor_steps)
    size = np.abs(theirs.voltage_v) / other.nodes.base_v[:, None]
    np.testing.assert_allclose(found.low_pu[0], size.min(axis=0), rtol=1e-8)
    np.testing.assert_allclose(found.high_pu[0], size.max(axis=0), rtol=1e-8)


def test_permuting_and_sharing_out_scenarios_changes_no_bit(compiled: Compiled, regulated: str) -> None:
    circuit, injections, given = compiled(regulated), day(), scenarios(70)
    walk = ScenarioWalk(circuit, LIVE, nodes=(*FAR, *MID))
    first = walk.walk(injections, given)
    assert len({float(one.taps.sum()) for one in first}) > 5
    order = np.random.default_rng(1).permutation(len(given))
    turned = walk.walk(injections, [given[at] for at in order], threads=2)
    for at, one in zip(order, turned, strict=True):
        same(first[at], one)
    for at in (0, 1, 40):
        same(first[at], walk.walk(injections, [given[at]])[0])
    assert walk.walk(injections, []) == ()


def test_a_scenario_that_fails_harms_no_other(compiled: Compiled, regulated: str) -> None:
    circuit, injections, given = compiled(regulated), day(), scenarios(4)
    walk = ScenarioWalk(circuit, replace(LIVE, max_iterations=40), nodes=(*FAR, *MID))
    alone = walk.walk(injections, given)
    heavy = Scenario((unit(-40_000.0),))
    found = walk.walk(injections, [*given[:2], heavy, *given[2:]])
    for one, other in zip(alone, [*found[:2], *found[3:]], strict=True):
        same(one, other)
    failed = [failure.lane for failure in found[2].failures]
    assert 0 < len(failed) < STEPS
    assert "no solution within 40 iterations" in found[2].failures[0].why
    assert np.flatnonzero(np.isnan(found[2].low_pu[0])).tolist() == failed
    assert np.flatnonzero(found[2].iterations == 0).tolist() == failed
    assert np.isfinite(found[2].normal_percent).all()


def test_a_scenario_ends_at_its_first_step_without_a_solution_where_asked(
    compiled: Compiled, regulated: str
) -> None:
    circuit, injections, given = compiled(regulated), day(), [*scenarios(2), Scenario((unit(-40_000.0),))]
    walk = ScenarioWalk(circuit, replace(LIVE, max_iterations=40), nodes=(*FAR, *MID))
    whole_days = walk.walk(injections, given)
    *fine, found = walk.walk(injections, given, stop_at_failure=True)
    for one, other in zip(whole_days[:2], fine, strict=True):
        same(one, other)
    assert found.failures == whole_days[2].failures[:1]
    last = found.failures[0].lane
    np.testing.assert_array_equal(found.low_pu[:, :last], whole_days[2].low_pu[:, :last])
    assert np.isnan(found.low_pu[0, last:]).all()
    assert not found.iterations[last:].any()


def test_controls_that_hunt_are_a_failure_of_the_same_steps_as_alone(
    compiled: Compiled, regulated: str
) -> None:
    hunting = regulated.replace("onsetting=100 offsetting=-250", "onsetting=100 offsetting=90 deadtime=0")
    circuit, injections = compiled(hunting), day()
    options = replace(LIVE, max_control_iterations=10)
    (found,) = walk_scenarios(circuit, injections, [Scenario()], options)
    alone = whole(circuit, injections, options)
    assert [failure.lane for failure in found.failures] == [failure.lane for failure in alone.failures] != []
    assert found.failures[0].why == alone.failures[0].why
    np.testing.assert_array_equal(found.taps, alone.taps)


def test_draws_that_jump_stay_on_their_side_in_every_scenario(compiled: Compiled, regulated: str) -> None:
    circuit, injections = compiled(regulated + CVR), day()
    walk = ScenarioWalk(circuit, LIVE, nodes=FAR)
    none, some = walk.walk(injections, [Scenario(), Scenario((unit(900.0),))])
    size = np.abs(whole(circuit, injections).voltage_v) / circuit.nodes.base_v[:, None]
    np.testing.assert_allclose(none.low_pu[0], size.min(axis=0), rtol=1e-9)
    assert (none.low_pu[0] != some.low_pu[0]).any()
    later = replace(injections, power_w=0.9 * injections.power_w)
    size = np.abs(whole(circuit, later).voltage_v) / circuit.nodes.base_v[:, None]
    np.testing.assert_allclose(walk.walk(later, [Scenario()])[0].low_pu[0], size.min(axis=0), rtol=1e-9)


def test_a_step_without_a_solution_is_no_step_before_another(compiled: Compiled, regulated: str) -> None:
    circuit, injections = compiled(regulated), day(4)
    watts = injections.power_w.copy()
    watts[0] = [1e6, 1e6, np.nan, 2e6]
    (found,) = walk_scenarios(circuit, replace(injections, power_w=watts), [Scenario()])
    assert [(failure.lane, failure.node) for failure in found.failures] == [(2, "far.1")]
    assert found.largest_change[0] < 0.5


def test_moves_are_counted(compiled: Compiled, regulated: str) -> None:
    circuit = compiled(regulated)
    (found,) = walk_scenarios(circuit, day(), [Scenario()], LIVE)
    stood = np.hstack([[[1.0]], found.taps])
    assert found.tap_moves[0] >= (np.diff(stood) != 0).sum() > 0
    assert found.bank_moves[0] >= (np.diff(found.capacitor_steps) != 0).sum()
    assert found.layout.changers == ("Transformer.reg.2",)
    assert found.layout.banks == ("Capacitor.bank",)


def test_nothing_to_watch_and_nothing_to_walk(compiled: Compiled, regulated: str) -> None:
    circuit = compiled(regulated)
    (found,) = walk_scenarios(circuit, day(0), [Scenario()], LIVE, Watch(buses=()))
    assert found.low_pu.shape == (2, 0)
    assert (found.low_node, found.largest_change) == (("", ""), (0.0, ""))


@pytest.mark.parametrize(
    ("options", "scenario", "watch", "message"),
    [
        (LIVE, Scenario((unit(1.0, ("nowhere.1",)),)), Watch(), "no unit can be at node nowhere.1"),
        (LIVE, Scenario((unit(1.0, ()),)), Watch(), "a unit is at no node"),
        (LIVE, Scenario((unit(1.0, steps=9),)), Watch(), "power_w of the unit at far.1 does not fit"),
        (LIVE, Scenario((unit(np.nan),)), Watch(), "power_w of the unit at far.1 does not fit"),
        (LIVE, Scenario(), Watch(buses=("nowhere",)), "bus nowhere of live cannot be watched"),
        (LIVE, Scenario(), Watch(terminals=(("Line.l", 3),)), "terminal 3 of Line.l cannot be watched"),
        (LIVE, Scenario(), Watch(terminals=(("Line.x", 1),)), "terminal 1 of Line.x cannot be watched"),
        (replace(LIVE, single=True), Scenario(), Watch(), "double precision"),
        (replace(LIVE, edits=("set loadmult=2",)), Scenario(), Watch(), "without edits"),
    ],
)
def test_what_cannot_be_walked_is_refused(
    compiled: Compiled, regulated: str, options: SolveOptions, scenario: Scenario, watch: Watch, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        walk_scenarios(compiled(regulated), day(), [scenario], options, watch)


def test_units_are_only_where_the_walk_was_made_for_and_steps_in_order(
    compiled: Compiled, regulated: str
) -> None:
    walk = ScenarioWalk(compiled(regulated), LIVE, nodes=FAR)
    with pytest.raises(ModelError, match=r"at node mid\.1, which the walk was not made for"):
        walk.walk(day(), [Scenario((unit(1.0, MID),))])
    with pytest.raises(ModelError, match="in order"):
        walk.walk(replace(day(), walk=False), [Scenario()])
