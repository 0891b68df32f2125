"""Reductions with live controls, and what `solve` refuses."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr import powerflow
from hcr.errors import ModelError
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.inverter_curves import IEEE_1547_B, Inverter
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.reduced import Wanted

Compiled = Callable[[str], Circuit]
LIVE = SolveOptions(mode="daily", engine="batch", block_lanes=200)
HELD = replace(LIVE, controls=False)


def day(lanes: int = 100, *, walk: bool = True) -> Injections:
    hours = 0.25 * np.arange(1, lanes + 1)
    watts = 1e6 * (1 + np.sin(hours / 3))[None]
    return Injections(hours, ("Load.l",), watts, 0.4 * watts, 0.25, walk)


@pytest.mark.parametrize("walk", [True, False])
def test_live_reductions_are_those_of_the_whole_walk(compiled: Compiled, regulated: str, walk: bool) -> None:
    circuit, injections = compiled(regulated), day(walk=walk)
    wanted = Wanted(zones={"load": ("Load.l",), "sun": ("Generator.g",)}, nodes=circuit.nodes.names)
    reduced = powerflow.solve(circuit, injections, LIVE, wanted)
    (whole,) = solve_in_blocks(circuit, injections, LIVE)
    assert len(np.unique(whole.taps)) > 2
    np.testing.assert_array_equal(reduced.voltage_v, whole.voltage_v)
    np.testing.assert_allclose(reduced.low_v, np.abs(whole.voltage_v).min(axis=1), rtol=1e-13)
    np.testing.assert_array_equal(reduced.high_lane, np.abs(whole.voltage_v).argmax(axis=1))
    current = np.abs(whole.current_a[reduced.conductor])
    np.testing.assert_allclose(reduced.current_a, current.max(axis=1), rtol=1e-9)
    assert "Transformer.reg" in {circuit.branches.elements.names[branch] for branch in reduced.branch}
    np.testing.assert_allclose(reduced.zone_va, whole.injector_va, rtol=1e-9)
    np.testing.assert_array_equal(reduced.iterations, whole.iterations)
    assert reduced.residual_a.max() < 1e-3
    assert not reduced.held


def test_held_controls_are_told(compiled: Compiled, regulated: str) -> None:
    circuit = compiled(regulated)
    assert powerflow.solve(circuit, day(), HELD).held
    without = compiled(regulated + "disable regcontrol.reg\ndisable capcontrol.bank\n")
    assert not powerflow.solve(without, day(), HELD).held


def test_a_failed_step_is_listed_and_the_walk_goes_on(compiled: Compiled, regulated: str) -> None:
    circuit, injections = compiled(regulated), day()
    broken = replace(injections, power_w=injections.power_w.copy())
    broken.power_w[0, 40] = np.nan
    reduced = powerflow.solve(circuit, broken, LIVE, Wanted(nodes=circuit.nodes.names))
    (whole,) = solve_in_blocks(circuit, broken, LIVE)
    assert [(one.lane, one.node) for one in reduced.failures] == [(40, "far.1")]
    np.testing.assert_array_equal(reduced.voltage_v, whole.voltage_v)
    assert np.isnan(reduced.residual_a[40])
    assert np.flatnonzero(reduced.iterations == 0).tolist() == [40]


def test_inverters_that_no_row_names_do_not_remember_a_block(compiled: Compiled, regulated: str) -> None:
    circuit = compiled(regulated)
    inverter = Inverter("Generator.g", IEEE_1547_B, rating_va=1e6)
    injections = replace(day(150), inverters=(inverter,))
    wanted = Wanted(nodes=circuit.nodes.names)
    one = powerflow.solve(circuit, injections, HELD, wanted)
    three = powerflow.solve(circuit, injections, HELD, wanted, threads=3)
    (whole,) = solve_in_blocks(circuit, injections, replace(HELD, block_lanes=150))
    np.testing.assert_array_equal(one.voltage_v, whole.voltage_v)
    np.testing.assert_array_equal(three.voltage_v, whole.voltage_v)


@pytest.mark.parametrize("island", [0, 1])
def test_what_is_no_number_in_one_island_fails_the_lane(compiled: Compiled, island: int) -> None:
    circuit = compiled(
        "New Circuit.two phases=1 basekv=0.24 bus1=a.1 r1=0.01 x1=0.01\n"
        "New Line.a phases=1 bus1=a.1 bus2=b.1 r1=0.2 x1=0.1 length=1\n"
        "New Load.l0 phases=1 bus1=b.1 kv=0.24 kw=1 kvar=0\n"
        "New VSource.other phases=1 basekv=0.24 bus1=x.1 r1=0.01 x1=0.01\n"
        "New Line.x phases=1 bus1=x.1 bus2=y.1 r1=0.2 x1=0.1 length=1\n"
        "New Load.l1 phases=1 bus1=y.1 kv=0.24 kw=1 kvar=0\n"
        "Set voltagebases=[0.415692194]\nCalcvoltagebases\n"
    )
    watts = np.full((2, 3), 1e3)
    watts[island, 1] = np.nan
    injections = Injections(np.arange(1.0, 4.0), ("Load.l0", "Load.l1"), watts, 0 * watts, 1.0)
    reduced = powerflow.solve(circuit, injections, HELD)
    assert [failure.lane for failure in reduced.failures] == [1]
    assert np.isfinite(reduced.low_v).all()


def test_no_lane_with_a_solution_leaves_no_numbers(compiled: Compiled, regulated: str) -> None:
    circuit = compiled(regulated)
    nothing = replace(day(3), power_w=np.full((1, 3), np.nan))
    reduced = powerflow.solve(circuit, nothing, HELD)
    assert len(reduced.failures) == 3
    for values in (reduced.low_v, reduced.high_v, reduced.current_a, reduced.loading_percent):
        assert np.isnan(values).all()


def test_a_branch_without_a_rating_has_no_loading(compiled: Compiled, regulated: str) -> None:
    circuit = compiled(regulated.replace("normamps=200", "normamps=0"))
    reduced = powerflow.solve(circuit, day(3), HELD)
    line = reduced.branch == circuit.branches.elements.names.index("Line.l")
    assert np.isnan(reduced.loading_percent[line]).all()
    assert (reduced.current_a[line] > 0).all()


@pytest.mark.parametrize("shape", [(1, 99), (2, 100), (100,)])
def test_powers_that_do_not_fit_the_lanes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match=r"shape .*, not \(1, 100\)"):
        replace(day(), power_var=np.zeros(shape))


def test_controls_that_cannot_be_followed_are_not_held_in_silence(compiled: Compiled, regulated: str) -> None:
    disabled = "disable regcontrol.reg\ndisable capcontrol.bank\n"
    more = "New PVSystem.p bus1=far kv=11 kva=10 pmpp=10\nNew ExpControl.e\n"
    circuit = compiled(regulated + disabled + more)
    assert circuit.controls is not None
    assert circuit.controls.uncovered
    for run in (powerflow.solve, lambda *given: list(solve_in_blocks(*given))):
        with pytest.raises(ModelError, match="does not follow 1 controls"):
            run(circuit, day(), LIVE)
    assert not powerflow.solve(circuit, day(3), HELD).failures


def test_an_engine_that_does_not_suit_is_refused(compiled: Compiled, regulated: str) -> None:
    circuit, other = compiled(regulated), compiled(regulated)
    held, moving = BatchEngine(circuit, HELD), BatchEngine(circuit, LIVE, moving=True)
    fits = powerflow.solve(circuit, day(), HELD, engine=held)
    np.testing.assert_array_equal(fits.low_v, powerflow.solve(circuit, day(), HELD).low_v)
    assert powerflow.solve(circuit, day(), LIVE, engine=moving).low_lane.max() >= 0
    for given, options, engine in (
        (circuit, HELD, moving),
        (circuit, LIVE, held),
        (other, HELD, held),
    ):
        with pytest.raises(ModelError, match="another circuit, or of other options"):
            powerflow.solve(given, day(), options, engine=engine)


def test_an_element_in_two_zones_and_edits_are_refused(compiled: Compiled, regulated: str) -> None:
    circuit = compiled(regulated)
    with pytest.raises(ModelError, match=r"Load\.l is in two of the zones"):
        powerflow.solve(circuit, day(), HELD, Wanted(zones={"a": ("Load.l",), "b": ("Load.l",)}))
    with pytest.raises(ModelError, match="edits are for OpenDSS"):
        powerflow.solve(circuit, day(), replace(HELD, edits=("load.l.kw=1",)))
