"""Walks with live controls against OpenDSS, setting by setting, on a small feeder."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr.errors import ModelError, NotConvergedError
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.walk import Walk

STEPS = 48
BATCH = SolveOptions(mode="daily", engine="batch", tolerance=1e-10)
ORACLE = SolveOptions(mode="daily", engine="opendss", tolerance=1e-10)

HEAD = """
Clear
New Circuit.walked bus1=src basekv=12.47 pu=1.01 phases=3 mvasc3=300 mvasc1=200
New Linecode.thin nphases=3 r1=0.4 x1=0.6 r0=0.9 x0=1.6 c1=3 c0=1 units=km
New Line.head bus1=src bus2=a linecode=thin length=3 units=km
"""
REGULATORS = """
New Transformer.r1 phases=1 windings=2 buses=(a.1 b.1) kvs=(7.2 7.2) kvas=(2500 2500) xhl=0.5 %loadloss=0.1
New Transformer.r2 like=r1 buses=(a.2 b.2)
New Transformer.r3 like=r1 buses=(a.3 b.3)
"""
TAIL = """
New Line.trunk bus1=b bus2=c linecode=thin length=4 units=km
New Line.end bus1=c bus2=d linecode=thin length=2 units=km
New Load.one bus1=c.1 phases=1 kv=7.2 kw=900 kvar=350 vminpu=0.8 vmaxpu=1.2
New Load.two bus1=c.2 phases=1 kv=7.2 kw=700 kvar=250 vminpu=0.8 vmaxpu=1.2
New Load.three bus1=d phases=3 kv=12.47 kw=1500 kvar=700 vminpu=0.8 vmaxpu=1.2
New Generator.sun bus1=d phases=3 kv=12.47 kw=1 kvar=0 vminpu=0.8 vmaxpu=1.2
Set voltagebases=[12.47]
Calcvoltagebases
"""


def feeder(controls: str, regulators: str = REGULATORS) -> str:
    return HEAD + regulators + TAIL + controls


def regulated(settings: str) -> str:
    """Return a control of each of the three regulators."""
    return "\n".join(
        f"New RegControl.c{k} transformer=r{k} winding=2 ptratio=60 ctprim=300 "
        f"vreg=122 band=2 delay={10 + k} {settings}"
        for k in (1, 2, 3)
    )


def switched(settings: str) -> str:
    return (
        "New Capacitor.bank bus1=c phases=3 kv=12.47 kvar=600\n"
        f"New CapControl.bank capacitor=bank element=line.trunk ptratio=60 ctratio=60 {settings}"
    )


def day(circuit: Circuit, steps: int = STEPS, sun_kw: float = 0.0, scale: float = 1.0) -> Injections:
    """Return a seeded day: loads with two peaks, and a generator that turns the power round at noon."""
    random = np.random.default_rng(steps)
    hours = np.arange(1, steps + 1) * 24 / steps
    shape = 0.3 + 0.5 * np.exp(-(((hours - 8) / 2) ** 2)) + 0.7 * np.exp(-(((hours - 19) / 2.5) ** 2))
    names = circuit.injectors.elements.names
    loads = [at for at, name in enumerate(names) if name.lower().startswith("load")]
    factor = scale * shape * (1 + 0.1 * random.standard_normal((len(loads), steps)))
    power_w = circuit.injectors.power_w[loads, None] * factor
    power_var = circuit.injectors.power_var[loads, None] * factor
    sun = 1e3 * sun_kw * np.maximum(0.0, np.cos((hours - 12) / 24 * 2 * np.pi)) ** 2
    return Injections(
        hours,
        (*(names[at] for at in loads), "Generator.sun"),
        np.vstack([power_w, sun]),
        np.vstack([power_var, np.zeros(steps)]),
        24 / steps,
    )


def whole(circuit: Circuit, injections: Injections, options: SolveOptions) -> Solution:
    """Return all lanes as one solution."""
    (solution,) = solve_in_blocks(circuit, injections, replace(options, block_lanes=injections.lanes))
    return solution


def compare(circuit: Circuit, injections: Injections) -> Solution:
    """Return the batch engine's solution, which is OpenDSS's: taps and steps equal, voltages to 1e-7 pu."""
    ours, theirs = whole(circuit, injections, BATCH), whole(circuit, injections, ORACLE)
    assert ours.failures == ()
    np.testing.assert_array_equal(ours.taps, theirs.taps)
    np.testing.assert_array_equal(ours.capacitor_steps, theirs.capacitor_steps)
    base = circuit.nodes.base_v[:, None]
    assert (np.abs(ours.voltage_v - theirs.voltage_v) / base).max() <= 1e-7
    np.testing.assert_allclose(ours.current_a, theirs.current_a, rtol=0, atol=1e-3)
    return ours


REGULATOR_SETTINGS = {
    "plain": "",
    "line drop": "R=3 X=5",
    "line drop by magnitude": "LDC_Z=4",
    "one step at a time": "maxtapchange=1",
    "five steps at most": "maxtapchange=5",
    "blocked": "maxtapchange=0",
    "inverse time": "inversetime=yes",
    "limit": "vreg=124 band=3 vlimit=125",
    "equal delays": "delay=15",
    "reversible": "reversible=yes revvreg=119 revband=2 revthreshold=50 revdelay=60",
    "reversible at once": "reversible=yes revvreg=119 revband=2 revthreshold=50 revdelay=1",
    "reversible with line drop": "reversible=yes revvreg=120 revband=3 revR=2 revX=3 R=2 X=2 revthreshold=20",
    "reversible to neutral": "reversible=yes revneutral=yes revthreshold=50 revdelay=1 tapdelay=3",
    "cogeneration": "cogen=yes revvreg=121 revband=3 revR=4 revthreshold=50",
    "tap on the other winding": "tapwinding=1",
    "another bus": "bus=c.1 delay=20",
    "another bus with a limit": "bus=d.2 vreg=112 band=14 vlimit=119",
}


@pytest.mark.parametrize("settings", REGULATOR_SETTINGS.values(), ids=REGULATOR_SETTINGS.keys())
def test_regulators_move_as_in_opendss(compiled: Callable[[str], Circuit], settings: str) -> None:
    circuit = compiled(feeder(regulated(settings)))
    assert circuit.controls is not None
    assert circuit.controls.uncovered == ()
    found = compare(circuit, day(circuit, sun_kw=6000))
    moved = (np.diff(found.taps, axis=1) != 0).sum()
    assert (moved == 0) == ("maxtapchange=0" in settings)


@pytest.mark.parametrize("phase", ["1", "2", "3", "max", "min"])
@pytest.mark.parametrize("connection", ["(wye wye)", "(delta wye)", "(wye delta)", "(delta delta)"])
@pytest.mark.parametrize("lead", ["lag", "lead"])
def test_a_three_phase_tap_changer_goes_by_the_phase_it_names(
    compiled: Callable[[str], Circuit], phase: str, connection: str, lead: str
) -> None:
    transformer = (
        f"New Transformer.ltc phases=3 windings=2 buses=(a b) kvs=(12.47 12.47) kvas=(6000 6000) "
        f"conns={connection} leadlag={lead} xhl=4\n"
        "New Reactor.ground bus1=b phases=3 kv=12.47 kvar=900\n"
    )
    delta = connection.endswith("delta)")
    control = f"New RegControl.c transformer=ltc winding=2 vreg={212 if delta else 122} band=2 ptratio=60"
    text = feeder(f"{control} R=2 X=1 ctprim=300 ptphase={phase}", transformer)
    for load in ("one", "two", "three"):  # constant power on a weakly grounded delta has no stable solution
        text = text.replace(f"New Load.{load}", f"New Load.{load} model=2")
    circuit = compiled(text)
    assert circuit.controls is not None
    assert circuit.controls.uncovered == ()
    found = compare(circuit, day(circuit, scale=0.6))
    assert (np.diff(found.taps, axis=1) != 0).any()


BANK_SETTINGS = {
    "voltage": "terminal=2 type=voltage onsetting=112 offsetting=118",
    "voltage, mean": "terminal=2 type=voltage onsetting=116 offsetting=121 ptphase=avg",
    "voltage, highest": "terminal=2 type=voltage onsetting=120 offsetting=122.8 ptphase=max",
    "voltage, lowest": "terminal=2 type=voltage onsetting=111 offsetting=117 ptphase=min",
    "kvar": "type=kvar onsetting=400 offsetting=-350",
    "current": "type=current onsetting=1.2 offsetting=0.6",
    "current, highest": "type=current onsetting=1.3 offsetting=0.6 ctphase=max",
    "current, mean of the far end": "type=current onsetting=1.2 offsetting=0.5 ctphase=avg terminal=2",
    "time": "type=time onsetting=7.25 offsetting=21",
    "time over midnight": "type=time onsetting=20 offsetting=6.5",
    "power factor": "type=pf onsetting=0.93 offsetting=-0.9",
    "power factor, large share": "type=pf onsetting=0.95 offsetting=-0.95 pctminkvar=60",
    "override": "terminal=2 type=kvar onsetting=4000 offsetting=-4000 voltoverride=yes vmin=112 vmax=118",
    "override on another bus": (
        "type=kvar onsetting=4000 offsetting=-4000 voltoverride=yes vmin=111 vmax=118 vbus=d"
    ),
    "override and kvar": "type=kvar onsetting=600 offsetting=-600 voltoverride=yes vmin=111 vmax=119",
    "slow": "terminal=2 type=voltage onsetting=112 offsetting=118 delay=100 delayoff=200 deadtime=4000",
}


@pytest.mark.parametrize("settings", BANK_SETTINGS.values(), ids=BANK_SETTINGS.keys())
def test_banks_switch_as_in_opendss(compiled: Callable[[str], Circuit], settings: str) -> None:
    circuit = compiled(feeder(switched(settings)))
    assert circuit.controls is not None
    assert circuit.controls.uncovered == ()
    found = compare(circuit, day(circuit, scale=0.5))
    assert (np.diff(found.capacitor_steps, axis=1) != 0).any()


@pytest.mark.parametrize(
    "kind", ["voltage terminal=2 onsetting=112 offsetting=117", "kvar onsetting=250 offsetting=-50"]
)
def test_a_bank_of_several_steps_goes_up_and_down_them(compiled: Callable[[str], Circuit], kind: str) -> None:
    steps = "kvar=[200 200 200] numsteps=3 states=[1 0 0]"
    circuit = compiled(feeder(switched(f"type={kind}").replace("kvar=600", steps)))
    found = compare(circuit, day(circuit, scale=0.5))
    assert len(np.unique(found.capacitor_steps)) >= 3


@pytest.mark.parametrize(("phase", "on", "off"), [(1, 200, 206), (3, 204, 210)])
def test_a_delta_bank_measures_from_phase_to_phase(
    compiled: Callable[[str], Circuit], phase: int, on: int, off: int
) -> None:
    text = switched(f"terminal=2 type=voltage onsetting={on} offsetting={off} ptphase={phase}")
    circuit = compiled(feeder(text.replace("kvar=600", "kvar=600 conn=delta")))
    found = compare(circuit, day(circuit, scale=0.5))
    assert (np.diff(found.capacitor_steps, axis=1) != 0).any()


def test_a_bank_that_the_model_leaves_open_closes_as_in_opendss(compiled: Callable[[str], Circuit]) -> None:
    text = switched("terminal=2 type=voltage onsetting=112 offsetting=118").replace(
        "kvar=600", "kvar=600 states=[0]"
    )
    circuit = compiled(feeder(text))
    found = compare(circuit, day(circuit, scale=0.5))
    assert set(np.unique(found.capacitor_steps)) == {0, 1}


def test_regulators_and_banks_act_together(compiled: Callable[[str], Circuit]) -> None:
    both = regulated("R=2 X=3") + "\n" + switched("type=kvar onsetting=500 offsetting=-300 delay=5")
    circuit = compiled(feeder(both))
    found = compare(circuit, day(circuit, steps=144, scale=0.6))
    assert (np.diff(found.taps, axis=1) != 0).any()
    assert (np.diff(found.capacitor_steps, axis=1) != 0).any()


def test_independent_lanes_all_begin_from_the_models_taps(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled(feeder(regulated("") + "\n" + switched("type=kvar onsetting=400 offsetting=-350")))
    apart = replace(day(circuit, scale=0.6), walk=False)
    forward = compare(circuit, apart)
    order = np.random.default_rng(1).permutation(apart.lanes)
    turned = replace(
        apart,
        hours=apart.hours[order],
        power_w=apart.power_w[:, order],
        power_var=apart.power_var[:, order],
    )
    found = whole(circuit, turned, BATCH)
    np.testing.assert_array_equal(found.taps, forward.taps[:, order])
    np.testing.assert_array_equal(found.capacitor_steps, forward.capacitor_steps[:, order])
    np.testing.assert_allclose(found.voltage_v, forward.voltage_v[:, order], rtol=1e-12)


@pytest.mark.parametrize("block", [1, 7, 20, 48])
def test_a_walk_does_not_depend_on_how_it_is_cut(compiled: Callable[[str], Circuit], block: int) -> None:
    circuit = compiled(feeder(regulated("R=3 X=4")))
    injections = day(circuit)
    expected = whole(circuit, injections, BATCH)
    blocks = list(solve_in_blocks(circuit, injections, replace(BATCH, block_lanes=block)))
    taps = np.concatenate([one.taps for one in blocks], axis=1)
    volts = np.concatenate([one.voltage_v for one in blocks], axis=1)
    np.testing.assert_array_equal(taps, expected.taps)
    np.testing.assert_array_equal(volts, expected.voltage_v)


def test_a_second_walk_from_the_first_lane_begins_from_the_model_again(
    compiled: Callable[[str], Circuit],
) -> None:
    circuit = compiled(feeder(regulated("")))
    walk = Walk(circuit, day(circuit), BATCH)
    first = walk.solve(0, STEPS)
    np.testing.assert_array_equal(walk.solve(0, STEPS).voltage_v, first.voltage_v)


def test_held_controls_stay_where_the_model_has_them(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled(feeder(regulated("")))
    held = whole(circuit, day(circuit), replace(BATCH, controls=False))
    np.testing.assert_array_equal(held.taps, np.ones((3, STEPS)))
    oracle = whole(circuit, day(circuit), replace(ORACLE, controls=False))
    np.testing.assert_array_equal(held.taps, oracle.taps)
    np.testing.assert_allclose(held.voltage_v, oracle.voltage_v, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    "controls",
    [
        switched("type=voltage onsetting=115 offsetting=115.2 deadtime=0"),
        regulated("vreg=128 vlimit=125"),
    ],
    ids=["bank", "limit below the band"],
)
def test_controls_that_hunt_are_named_in_the_lane_where_opendss_gives_up(
    compiled: Callable[[str], Circuit], controls: str
) -> None:
    circuit = compiled(feeder(controls))
    injections = day(circuit, scale=0.5)
    ten = {"max_control_iterations": 10}
    found = whole(circuit, injections, replace(BATCH, **ten))
    with pytest.raises(NotConvergedError) as caught:
        whole(circuit, injections, replace(ORACLE, **ten))
    assert found.failures[0].lane == caught.value.lane
    assert "controls do not settle within 10 iterations" in found.failures[0].why
    assert np.isnan(found.voltage_v[:, caught.value.lane]).all()


def test_a_lane_without_a_solution_leaves_the_others_as_they_are(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled(feeder(regulated("")))
    injections = day(circuit)
    expected = whole(circuit, injections, BATCH)
    power = injections.power_w.copy()
    power[0, 10] = np.nan
    found = whole(circuit, replace(injections, power_w=power), BATCH)
    assert [failure.lane for failure in found.failures] == [10]
    assert "Load.one" in found.failures[0].why or "load.one" in found.failures[0].why
    np.testing.assert_array_equal(found.taps[:, :10], expected.taps[:, :10])
    assert np.isfinite(found.voltage_v[:, 11:]).all()


def test_controls_that_cannot_be_followed_are_named(compiled: Callable[[str], Circuit]) -> None:
    control = "New RegControl.far transformer=r1 winding=2 vreg=122 bus=c.1 ptphase=2"
    regulators = REGULATORS.replace("phases=1 windings=2 buses=(a.1 b.1)", "phases=3 windings=2 buses=(a b)")
    regulators = regulators.partition("New Transformer.r2")[0]
    circuit = compiled(feeder(control, regulators))
    with pytest.raises(ModelError, match="does not follow 1 controls") as caught:
        whole(circuit, day(circuit), BATCH)
    assert "regcontrol.far" in str(caught.value).lower()
    assert "another phase" in str(caught.value)
    assert whole(circuit, day(circuit), replace(BATCH, controls=False)).failures == ()
