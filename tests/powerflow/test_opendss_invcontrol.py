"""InvControls that a model brings along: followed where their settings are known, named where not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.inverter_curves import Monitored, Reference
from hcr.powerflow.inverter_table import ModelInverter
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.passive import Uncovered

Compiled = Callable[[str], Circuit]

TIGHT = "voltagechangetolerance=1e-9 varchangetolerance=1e-8 activepchangetolerance=1e-8"
MODEL = """
New Circuit.sunny basekv=0.4 bus1=a pu={source} r1=0.001 x1=0.001 r0=0.001 x0=0.001
New Line.l bus1=a bus2=b r1=0.3 x1=0.2 r0=0.5 x0=0.4 c1=0 c0=0 length=1
New Load.house bus1=b.1 phases=1 kv=0.23 kw=2 kvar=1 vminpu=0.5 vmaxpu=1.5
New XYCurve.var npts=4 xarray=[0.92 0.98 1.02 1.08] yarray=[0.44 0 0 -0.44]
New XYCurve.watt npts=3 xarray=[1.0 1.05 1.1] yarray=[1 1 0.2]
New PVSystem.roof bus1=b phases=3 kv=0.4 kva=20 pmpp=22 irradiance={sun} vminpu=0.5 vmaxpu=1.5 {system}
New InvControl.pv derlist=[pvsystem.roof] {control}
Set voltagebases=[0.4]
Calcvoltagebases
"""

VOLT_VAR = "mode=voltvar vvc_curve1=var"
VOLT_WATT = "mode=voltwatt voltwatt_curve=watt"
BOTH = "combimode=vv_vw vvc_curve1=var voltwatt_curve=watt"


def model(
    control: str, *, system: str = "", sun: float = 0.8, source: float = 1.05, tight: str = TIGHT
) -> str:
    return MODEL.format(control=f"{control} {tight}", system=system, sun=sun, source=source)


def inverter_of(circuit: Circuit) -> ModelInverter:
    assert circuit.batch is not None
    (found,) = circuit.batch.inverters
    return found


def uncovered_of(circuit: Circuit) -> tuple[Uncovered, ...]:
    assert circuit.batch is not None
    return circuit.batch.uncovered


def solutions(circuit: Circuit, *, controls: bool = True) -> tuple[Any, Any]:
    """Return the solution of both engines for the model as written, OpenDSS with many control iterations."""
    nothing = np.empty((0, 1))
    lane = Injections(np.array([1.0]), (), nothing, nothing, 1.0, walk=False)
    (ours,) = solve_in_blocks(circuit, lane, SolveOptions(engine="batch", controls=controls))
    (theirs,) = solve_in_blocks(circuit, lane, SolveOptions(controls=controls, max_control_iterations=2000))
    assert not ours.failures
    return ours, theirs


@pytest.mark.parametrize("source", [0.9, 0.97, 1.05, 1.075])
@pytest.mark.parametrize("control", [VOLT_VAR, VOLT_WATT, BOTH])
@pytest.mark.parametrize("reference", ["varaval", "varmax"])
def test_voltages_are_those_of_invcontrol(
    compiled: Compiled, control: str, reference: str, source: float
) -> None:
    circuit = compiled(model(f"{control} refreactivepower={reference}", source=source))
    ours, theirs = solutions(circuit)
    np.testing.assert_allclose(ours.voltage_v, theirs.voltage_v, rtol=0, atol=1e-6 * 230)
    np.testing.assert_allclose(ours.injector_va, theirs.injector_va, rtol=0, atol=0.05)


@pytest.mark.parametrize("axis", ["pavailablepu", "pmpppu", "pctpmpppu", "kvaratingpu"])
@pytest.mark.parametrize(
    "system", ["%pmpp=70", "wattpriority=yes", "kvarmax=5 kvarmaxabs=3", "pf=1 %cutin=1"]
)
def test_settings_of_the_pv_system_count(compiled: Compiled, system: str, axis: str) -> None:
    text = model(f"{BOTH} voltwattyaxis={axis} refreactivepower=varmax", system=system, source=1.07)
    ours, theirs = solutions(compiled(text))
    np.testing.assert_allclose(ours.voltage_v, theirs.voltage_v, rtol=0, atol=1e-6 * 230)


@pytest.mark.parametrize("monitored", ["avg", "max", "min", "1", "3"])
def test_the_monitored_phase_counts(compiled: Compiled, monitored: str) -> None:
    ours, theirs = solutions(compiled(model(f"{VOLT_VAR} monvoltagecalc={monitored}")))
    np.testing.assert_allclose(ours.voltage_v, theirs.voltage_v, rtol=0, atol=1e-6 * 230)


@pytest.mark.parametrize("follow", ["yes", "no"])
@pytest.mark.parametrize("control", [VOLT_VAR, BOTH])
def test_in_the_dark_an_inverter_does_what_opendss_lets_it_do(
    compiled: Compiled, control: str, follow: str
) -> None:
    text = model(control, system=f"varfollowinverter={follow}", sun=0.05, source=1.06)
    ours, theirs = solutions(compiled(text))
    np.testing.assert_allclose(ours.voltage_v, theirs.voltage_v, rtol=0, atol=1e-6 * 230)


def test_settings_are_read_in_watts_and_shares(compiled: Compiled) -> None:
    text = model(f"{BOTH} refreactivepower=varmax", system="%pmpp=50 kvarmax=9 kvarmaxabs=7 %pminnovars=10")
    found = inverter_of(compiled(text))
    assert found.control == "InvControl.pv"
    assert found.inverter.element.lower() == "pvsystem.roof"
    assert found.inverter.rating_va == 20e3
    assert found.inverter.monitored is Monitored.AVERAGE
    assert found.inverter.curve.reference is Reference.VARMAX
    assert found.power_w == pytest.approx(0.8 * 22e3)
    limits = found.limits
    assert (limits.most_w, limits.watt_base_w, limits.up_var, limits.down_var) == (11e3, 22e3, 9e3, 7e3)
    assert limits.quiet_w == pytest.approx(2200.0)


def test_sloping_ends_go_on_until_the_share_ends(compiled: Compiled) -> None:
    curve = inverter_of(compiled(model(BOTH))).inverter.curve
    assert curve.volt_var[0] == pytest.approx((0.92 - 0.56 * 0.06 / 0.44, 1.0))
    assert curve.volt_var[-1] == pytest.approx((1.08 + 0.56 * 0.06 / 0.44, -1.0))
    assert curve.volt_watt == ((1.0, 1.0), (1.05, 1.0), (1.1, 0.2), pytest.approx((1.1125, 0.0)))


def test_a_followed_control_is_no_control_that_is_held(compiled: Compiled) -> None:
    circuit = compiled(model(VOLT_VAR))
    assert circuit.batch is not None
    assert circuit.batch.controls == ()
    assert circuit.batch.uncovered == ()


def test_held_controls_hold_the_inverters_of_the_model(compiled: Compiled) -> None:
    ours, theirs = solutions(compiled(model(VOLT_VAR)), controls=False)
    np.testing.assert_allclose(ours.voltage_v, theirs.voltage_v, rtol=0, atol=1e-6 * 230)
    assert abs(ours.injector_va[1, 0].imag) < 1.0


def test_a_disabled_control_is_not_followed(compiled: Compiled) -> None:
    circuit = compiled(model(f"{VOLT_VAR} enabled=no"))
    assert circuit.batch is not None
    assert circuit.batch.inverters == ()
    assert circuit.batch.uncovered == ()


@pytest.mark.parametrize(
    ("control", "system", "words"),
    [
        ("mode=dynamicreaccurr", "", "its mode is dynamicreaccurr"),
        ("combimode=vv_drc vvc_curve1=var", "", "its mode is vv_drc"),
        ("mode=voltwatt vvc_curve1=var", "", "it has no voltwatt_curve"),
        (f"{VOLT_VAR} hysteresis_offset=-0.01", "", "hysteresis"),
        (f"{VOLT_VAR} voltage_curvex_ref=avg", "", "average over time"),
        (f"{VOLT_VAR} rateofchangemode=lpf lpftau=5", "", "rate of change"),
        (f"{VOLT_VAR} monbus=[a.1] monbusesvbase=[230]", "", "other buses"),
        (VOLT_VAR, "%pminkvarmax=20", "pvsystem.roof: its reactive power is limited by a slope"),
        (VOLT_WATT, "pf=0.9", "follows a power factor"),
    ],
)
def test_settings_that_are_not_followed_are_named(
    compiled: Compiled, control: str, system: str, words: str
) -> None:
    (missing,) = uncovered_of(compiled(model(control, system=system, sun=0.5, tight="")))
    assert missing.element == "InvControl.pv"
    assert words in missing.reason.lower()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            "New InvControl.second derlist=[pvsystem.roof] mode=voltvar vvc_curve1=var",
            "another control besides",
        ),
        (
            (
                "New Storage.cell bus1=b phases=3 kv=0.4 kwrated=5\n"
                "New InvControl.second derlist=[storage.cell] mode=voltvar vvc_curve1=var"
            ),
            "storage.cell, which is no pv system",
        ),
    ],
    ids=["two controls", "storage"],
)
def test_elements_that_are_not_followed_are_named(compiled: Compiled, more: str, words: str) -> None:
    (missing,) = uncovered_of(
        compiled(model(VOLT_VAR).replace("Set voltagebases", f"{more}\nSet voltagebases"))
    )
    assert missing.element == "InvControl.second"
    assert words in missing.reason.lower()
