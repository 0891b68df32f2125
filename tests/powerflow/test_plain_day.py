"""The plain day: scenarios solved only where they differ from it are what they are when solved throughout."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.inverter_curves import IEEE_1547_B, Inverter
from hcr.powerflow.lanes import Injections, SolveOptions
from hcr.powerflow.scenario_walk import ScenarioWalk
from hcr.powerflow.scenarios import Scenario, ScenarioResult, Unit, Watch

Compiled = Callable[[str], Circuit]
LIVE = SolveOptions(mode="daily", engine="batch", tolerance=1e-12)
STEPS = 60
FAR = ("far.1", "far.2", "far.3")
MID = ("mid.1", "mid.2", "mid.3")
LOW_VOLTAGE = """
New Transformer.lv buses=[far house] kvs=[11 0.4] kvas=[200 200] conns=[delta wye] xhl=4
New Load.h bus1=house.1 phases=1 kv=0.23 kw=10 kvar=3
Set voltagebases=[11 0.4]
Calcvoltagebases
"""
UNEVEN = "New Load.uneven bus1=mid.2 phases=1 kv=6.35 kw=90 kvar=30\n"
CVR = "New Load.jumps bus1=far kv=11 kw=300 kvar=100 model=4 cvrwatts=0.8 cvrvars=2 vminpu=0.98 vmaxpu=1.02\n"


def day(steps: int = STEPS) -> Injections:
    hours = 0.25 * np.arange(1, steps + 1)
    watts = 1e6 * (1 + np.sin(hours / 3))[None]
    return Injections(hours, ("Load.l",), watts, 0.4 * watts, 0.25)


def sunny(kw: float, nodes: tuple[str, ...] = FAR, steps: int = STEPS, kvar: float = 0.0) -> Unit:
    """Return a unit that gives power in the middle of the day only."""
    curve = np.maximum(0.0, np.sin(np.linspace(-1.0, np.pi + 1.0, steps)))
    return Unit(nodes, 1e3 * kw * curve, 1e3 * kvar * curve)


def never_dark(scenario: Scenario) -> Scenario:
    """Return the same scenario with so little power besides that it changes nothing, but at every step."""
    watts = np.full(len(scenario.units[0].power_w), 1e-9)
    return Scenario((*scenario.units, Unit(scenario.units[0].nodes, watts, 0 * watts)))


def alike(one: ScenarioResult, other: ScenarioResult) -> None:
    """Assert that two results differ by no more than a tight tolerance lets them."""
    for name in ("taps", "capacitor_steps", "tap_moves", "bank_moves", "hours_above_normal"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12, err_msg=name)
    for name in ("low_pu", "high_pu", "change_percent", "normal_percent", "emergency_percent", "terminal_va"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-9, err_msg=name
        )
    assert (one.low_node, one.high_node) == (other.low_node, other.high_node)
    assert [failure.lane for failure in one.failures] == [failure.lane for failure in other.failures]


@pytest.mark.parametrize("more", ["", CVR], ids=["", "jumping"])
def test_steps_that_are_those_of_the_plain_day_are_taken_from_it(
    compiled: Compiled, regulated: str, more: str
) -> None:
    circuit, injections = compiled(regulated + LOW_VOLTAGE + more), day()
    watch = Watch(terminals=(("Line.l", 1), ("Transformer.reg", 2)))
    walk = ScenarioWalk(circuit, LIVE, nodes=(*FAR, *MID), watch=watch)
    sizes = np.random.default_rng(5).uniform(100, 4000, 40)
    given = [
        Scenario((sunny(kw, MID if at % 2 else FAR, kvar=0.3 * kw * (at % 3 - 1)),))
        for at, kw in enumerate(sizes)
    ]
    for some, all_steps in zip(
        walk.walk(injections, given), walk.walk(injections, list(map(never_dark, given))), strict=True
    ):
        alike(some, all_steps)


def test_controls_that_were_led_elsewhere_are_followed_into_the_night(
    compiled: Compiled, regulated: str
) -> None:
    circuit, injections = compiled(regulated.replace("band=2", "band=4") + UNEVEN), day(24)
    quiet = replace(
        injections, power_w=0 * injections.power_w + 2e6, power_var=0 * injections.power_var + 2e6 / 3
    )
    curve = np.where((np.arange(24) > 5) & (np.arange(24) < 12), 4e6, 0.0)
    given = Scenario((Unit(FAR, curve, 0 * curve),))
    walk = ScenarioWalk(circuit, LIVE, nodes=FAR)
    plain, found = walk.walk(quiet, [Scenario(), given])
    assert (found.taps[:, 12:] != plain.taps[:, 12:]).any()
    alike(found, walk.walk(quiet, [never_dark(given)])[0])


def test_steps_without_a_solution_are_those_of_the_plain_day_too(compiled: Compiled, regulated: str) -> None:
    circuit, injections = compiled(regulated + UNEVEN), day()
    watts = injections.power_w.copy()
    watts[0, [2, 11, 30, 45, 46, 59]] = np.nan
    broken, given = replace(injections, power_w=watts), [Scenario((sunny(900.0),)), Scenario()]
    walk = ScenarioWalk(circuit, LIVE, nodes=FAR)
    some, none = walk.walk(broken, given)
    alike(some, walk.walk(broken, [never_dark(given[0])])[0])
    assert [failure.lane for failure in none.failures] == [2, 11, 30, 45, 46, 59]
    assert {failure.node for failure in none.failures} == {"far.1"}
    (ended,) = walk.walk(broken, given[:1], stop_at_failure=True)
    assert ended.failures[0] == some.failures[0]
    assert not ended.iterations[some.failures[-1].lane :].any()


@pytest.mark.parametrize("inverter", [None, Inverter("roof", IEEE_1547_B, 500e3)], ids=["", "inverter"])
def test_units_in_common_are_in_every_scenario_and_in_the_plain_day(
    compiled: Compiled, regulated: str, inverter: Inverter | None
) -> None:
    circuit, injections = compiled(regulated + UNEVEN), day()
    walk = ScenarioWalk(circuit, LIVE, nodes=(*FAR, *MID))
    all_day = Unit(FAR, np.full(STEPS, 7e5), np.full(STEPS, 1e5), (0.9, 1.1))
    common = all_day, replace(sunny(400.0, MID), inverter=inverter)
    given = [Scenario(), Scenario((sunny(1200.0),)), Scenario((sunny(500.0, MID), sunny(100.0)))]
    found = walk.walk(injections, given, common=common)
    apart = walk.walk(injections, [Scenario((*one.units, *common)) for one in given])
    for one, other in zip(found, apart, strict=True):
        alike(one, other)
    assert (found[0].taps != walk.walk(injections, given[:1])[0].taps).any()
    for one, other in zip(found, walk.walk(injections, given[::-1], common=common)[::-1], strict=True):
        np.testing.assert_array_equal(one.low_pu, other.low_pu)
