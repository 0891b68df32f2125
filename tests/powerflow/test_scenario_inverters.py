"""Units with inverters: what elements with inverters come to, of the batch engine and of OpenDSS."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.inverter_curves import IEEE_1547_B, Inverter, InverterCurve, Monitored
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.scenario_walk import ScenarioWalk
from hcr.powerflow.scenarios import Scenario, ScenarioResult, Unit, walk_scenarios

Compiled = Callable[[str], Circuit]
LIVE = SolveOptions(mode="daily", engine="batch", tolerance=1e-10, max_iterations=200)
STEPS = 40
FAR = ("far.1", "far.2", "far.3")
ONE = ("far.2",)
VOLT_VAR = InverterCurve(IEEE_1547_B.volt_var)
VOLT_WATT = InverterCurve(volt_watt=((1.0, 1.0), (1.06, 0.2)))
BOTH = replace(IEEE_1547_B, volt_watt=VOLT_WATT.volt_watt)
RESTING = replace(BOTH, quiet_below=0.05)
RATING = 2.2e6
CURVES = pytest.mark.parametrize(
    "curve", [VOLT_VAR, VOLT_WATT, BOTH, RESTING], ids=["volt-var", "volt-watt", "both", "resting"]
)
THREE_PHASES = "New Generator.u bus1=far kv=11 kw=1 kvar=0 model=1 vminpu=0.5 vmaxpu=1.5\n"
ONE_PHASE = THREE_PHASES.replace("far kv=11", "far.2 phases=1 kv=6.350852961085883")


def day() -> Injections:
    hours = 0.5 * np.arange(1, STEPS + 1)
    watts = 1e6 * (0.8 + 0.5 * np.sin(hours / 3))[None]
    return Injections(hours, ("Load.l",), watts, 0.4 * watts, 0.5)


def sun() -> np.ndarray:
    """Return a share of the rating for each step, nothing at either end of the day."""
    return 1.2 * np.maximum(0.0, np.sin(np.linspace(-0.5, np.pi + 0.5, STEPS)))


def unit(curve: InverterCurve, nodes: tuple[str, ...] = FAR, rating: float = RATING) -> Unit:
    return Unit(nodes, rating * sun(), 0 * sun(), (0.5, 1.5), Inverter("unit", curve, rating))


def with_element(one: Unit, element: str = "Generator.u") -> Injections:
    """Return the day with an element in the place of a unit."""
    assert one.inverter is not None
    return replace(
        day(),
        elements=("Load.l", element),
        power_w=np.vstack([day().power_w, one.power_w]),
        power_var=np.vstack([day().power_var, one.power_var]),
        inverters=(replace(one.inverter, element=element),),
    )


def whole(circuit: Circuit, injections: Injections, options: SolveOptions) -> Solution:
    (solution,) = solve_in_blocks(circuit, injections, replace(options, block_lanes=STEPS))
    return solution


def is_as(found: ScenarioResult, circuit: Circuit, theirs: Solution, tolerance: float) -> None:
    """Assert that a scenario has the taps, where they move, and the extremes of a solution."""
    assert found.failures == ()
    if len(found.taps):
        np.testing.assert_array_equal(found.taps, theirs.taps)
        np.testing.assert_array_equal(found.capacitor_steps, theirs.capacitor_steps)
    size = np.abs(theirs.voltage_v) / circuit.nodes.base_v[:, None]
    np.testing.assert_allclose(found.low_pu[0], size.min(axis=0), rtol=0, atol=tolerance)
    np.testing.assert_allclose(found.high_pu[0], size.max(axis=0), rtol=0, atol=tolerance)


@CURVES
@pytest.mark.parametrize(
    ("nodes", "rating", "element"), [(FAR, RATING, THREE_PHASES), (ONE, RATING / 4, ONE_PHASE)]
)
def test_units_are_what_elements_with_inverters_are(
    compiled: Compiled,
    regulated: str,
    curve: InverterCurve,
    nodes: tuple[str, ...],
    rating: float,
    element: str,
) -> None:
    circuit, other = compiled(regulated), compiled(regulated + element)
    one = unit(curve, nodes, rating)
    (found,) = walk_scenarios(circuit, day(), [Scenario((one,))], LIVE)
    is_as(found, other, whole(other, with_element(one), LIVE), 1e-8)
    plain = walk_scenarios(circuit, day(), [Scenario((replace(one, inverter=None),))], LIVE)[0]
    assert (found.high_pu[0] < plain.high_pu[0] - 1e-4).any()


@CURVES
def test_units_are_what_opendss_makes_of_a_pv_system_with_an_invcontrol(
    compiled: Compiled, regulated: str, curve: InverterCurve
) -> None:
    held = replace(LIVE, controls=False)
    circuit, other = compiled(regulated), compiled(regulated + THREE_PHASES)
    one = unit(curve)
    (found,) = walk_scenarios(circuit, day(), [Scenario((one,))], held)
    theirs = whole(other, with_element(one), replace(held, engine="opendss", tolerance=1e-9))
    is_as(found, other, theirs, 1e-6)


@pytest.mark.parametrize("monitored", list(Monitored))
def test_the_voltage_it_goes_by_is_chosen(compiled: Compiled, regulated: str, monitored: Monitored) -> None:
    lopsided = regulated + "New Load.one bus1=far.1 phases=1 kv=6.35 kw=300 model=2\n"
    circuit, other = compiled(lopsided), compiled(lopsided + THREE_PHASES)
    one = unit(BOTH)
    one = replace(one, inverter=Inverter("unit", BOTH, RATING, monitored))
    (found,) = walk_scenarios(circuit, day(), [Scenario((one,))], LIVE)
    is_as(found, other, whole(other, with_element(one), LIVE), 1e-8)


def test_a_lane_does_not_see_the_inverters_of_others(compiled: Compiled, regulated: str) -> None:
    walk = ScenarioWalk(compiled(regulated), LIVE, nodes=FAR)
    plain = Scenario((replace(unit(BOTH), inverter=None),))
    given = [plain, *(Scenario((unit(curve),)) for curve in (VOLT_VAR, VOLT_WATT, BOTH, RESTING))]
    together = walk.walk(day(), given)
    for scenario, beside in zip(given, together, strict=True):
        (alone,) = walk.walk(day(), [scenario])
        np.testing.assert_array_equal(alone.low_pu, beside.low_pu)
        np.testing.assert_array_equal(alone.iterations, beside.iterations)


def test_without_power_an_inverter_rests_only_where_its_curve_says_so() -> None:
    dark = sun() == 0.0
    assert unit(VOLT_VAR).gives().all()
    for curve in (VOLT_WATT, RESTING):
        np.testing.assert_array_equal(unit(curve).gives(), ~dark)
    assert (~unit(RESTING).gives())[[0, -1]].all()
