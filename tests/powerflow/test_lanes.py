"""Lanes against cases solved by hand, and their promises: balance, independence, named failures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hcr.errors import ModelError, NotConvergedError
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks

Compiled = Callable[[str], Circuit]

TWO_BUS = """
New Circuit.two phases=1 basekv=0.24 bus1=a.1 r1=0 x1=1e-9 r0=0 x0=1e-9
New Line.l phases=1 bus1=a.1 bus2=b.1 r1=0.2 x1=0.1 r0=0.2 x0=0.1 c1=0 c0=0 length=1
New Load.house phases=1 bus1=b.1 kv=0.24 kw=1 kvar=0 model=1 vminpu=0.5 vmaxpu=1.5
Set voltagebases=[0.415692194]
Calcvoltagebases
"""

REGULATED = """
New Circuit.regulated basekv=11 bus1=src r1=1 x1=4 r0=1 x0=4
New Transformer.reg buses=[src mid] kvs=[11 11] kvas=[2000 2000] conns=[wye wye] xhl=1
New RegControl.reg transformer=reg winding=2 vreg=123 ptratio=52.92 band=2
New Line.l bus1=mid bus2=far r1=2 x1=2 r0=2 x0=2 c1=0 c0=0 length=1
New Capacitor.bank bus1=far kvar=300 kv=11
New CapControl.bank element=line.l capacitor=bank type=kvar onsetting=100 offsetting=-250
New Load.l bus1=far kv=11 kw=100 kvar=10 model=1 vminpu=0.5 vmaxpu=1.5
Set voltagebases=[11]
Calcvoltagebases
"""


def lanes(power_w: Any, power_var: Any, *, element: str = "Load.l", walk: bool = True) -> Injections:
    watts, var = np.atleast_2d(np.asarray(power_w, float)), np.atleast_2d(np.asarray(power_var, float))
    return Injections(0.5 * np.arange(1, watts.shape[1] + 1), (element,), watts, var, 0.5, walk)


def whole(solutions: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return voltages, branch currents and injector powers of all lanes."""
    blocks: list[Solution] = list(solutions)
    return (
        np.concatenate([block.voltage_v for block in blocks], axis=1),
        np.concatenate([block.current_a for block in blocks], axis=1),
        np.concatenate([block.injector_va for block in blocks], axis=1),
    )


def by_hand(watts: float, var: float) -> tuple[complex, complex]:
    """Return far-end voltage [V] and line current [A] of the two-bus feeder.

    V = E - Z conj(S / V) gives |V|^4 + (2 (RP + XQ) - E^2) |V|^2 + |Z|^2 |S|^2 = 0; the upper root holds.
    """
    z, s, e = 0.2 + 0.1j, complex(watts, var), 240.0
    middle = 2 * (z.real * watts + z.imag * var) - e**2
    square = (-middle + np.sqrt(middle**2 - 4 * abs(z * s) ** 2)) / 2
    volts = ((square + z * s.conjugate()) / e).conjugate()
    return complex(volts), complex((s / volts).conjugate())


@pytest.mark.parametrize(
    ("watts", "var"), [(0.0, 0.0), (1000.0, 0.0), (12000.0, 4000.0), (3000.0, -2000.0), (-5000.0, 0.0)]
)
def test_a_two_bus_feeder_is_as_solved_by_hand(compiled: Compiled, watts: float, var: float) -> None:
    circuit = compiled(TWO_BUS)
    voltage, current, power = whole(solve_in_blocks(circuit, lanes([watts], [var], element="Load.house")))
    volts, amps = by_hand(watts, var)
    line = circuit.branches.elements
    sent, received = (line.conductors(0, terminal)[0] for terminal in (1, 2))
    assert voltage[circuit.nodes.names.index("b.1"), 0] == pytest.approx(volts, abs=1e-4)
    assert current[sent, 0] == pytest.approx(amps, abs=1e-4)
    assert current[received, 0] == pytest.approx(-amps, abs=1e-4)
    assert power[0, 0] == pytest.approx(complex(watts, var), abs=1e-3)


def test_a_generator_counts_positive_when_it_produces(compiled: Compiled) -> None:
    circuit = compiled(TWO_BUS + "New Generator.pv phases=1 bus1=b.1 kv=0.24 kw=0 kvar=0 model=1\n")
    elements = ("Load.house", "Generator.pv")
    watts, var = np.array([[1000.0], [4000.0]]), np.array([[0.0], [500.0]])
    (solution,) = solve_in_blocks(circuit, Injections(np.array([0.5]), elements, watts, var, 0.5))
    volts, _ = by_hand(1000.0 - 4000.0, -500.0)
    assert solution.voltage_v[circuit.nodes.names.index("b.1"), 0] == pytest.approx(volts, abs=1e-4)
    np.testing.assert_allclose(solution.injector_va[:, 0], [1000.0, -4000.0 - 500.0j], atol=1e-3)


def test_the_source_delivers_loads_and_losses(compiled: Compiled) -> None:
    circuit = compiled(REGULATED)
    injections = lanes([2e5, 8e5, 1.5e6], [5e4, 2e5, 6e5])
    voltage, current, power = whole(solve_in_blocks(circuit, injections))
    elements = circuit.branches.elements
    volts = np.where((elements.node < 0)[:, None], 0.0, voltage[elements.node])
    into_branches = volts * current.conj()
    at_source = elements.conductors(elements.names.index("Transformer.reg"), 1)
    delivered = into_branches[at_source].sum(axis=0)
    np.testing.assert_allclose(delivered, into_branches.sum(axis=0) + power.sum(axis=0), atol=0.5)


def test_independent_lanes_do_not_depend_on_their_order(compiled: Compiled) -> None:
    circuit = compiled(REGULATED)
    rng = np.random.default_rng(5)
    watts, var = rng.uniform(0, 2e6, 12), rng.uniform(-1e5, 8e5, 12)
    order = rng.permutation(12)
    first, _, _ = whole(solve_in_blocks(circuit, lanes(watts, var, walk=False)))
    second, _, _ = whole(solve_in_blocks(circuit, lanes(watts[order], var[order], walk=False)))
    np.testing.assert_allclose(second, first[:, order], atol=11e3 * 1e-6)


def test_lanes_that_walk_carry_the_controls_along(compiled: Compiled) -> None:
    circuit = compiled(REGULATED)
    watts, var = np.array([2e6, 1e5, 2e6, 1e5]), np.array([8e5, 0.0, 8e5, 0.0])
    independent, _, _ = whole(solve_in_blocks(circuit, lanes(watts, var, walk=False)))
    walking, _, _ = whole(solve_in_blocks(circuit, lanes(watts, var)))
    np.testing.assert_allclose(walking[:, 0], independent[:, 0], atol=11e3 * 1e-6)
    assert np.abs(walking[:, 1] - independent[:, 1]).max() > 10.0


def test_a_blown_fuse_does_not_reach_the_next_independent_lane(compiled: Compiled) -> None:
    circuit = compiled(REGULATED + "New Fuse.f monitoredobj=line.l ratedcurrent=20\n")
    watts, var = np.array([1e5, 2e6, 1e5]), np.zeros(3)
    voltage, _, _ = whole(solve_in_blocks(circuit, lanes(watts, var, walk=False)))
    far = circuit.nodes.names.index("far.1")
    assert abs(voltage[far, 2]) == pytest.approx(abs(voltage[far, 0]), abs=11e3 * 1e-6)
    assert abs(voltage[far, 0]) > 5000


def test_controls_can_be_held(compiled: Compiled) -> None:
    circuit = compiled(REGULATED)
    injections = lanes([1.8e6, 1e5], [6e5, 0.0])
    held, _, _ = whole(solve_in_blocks(circuit, injections, SolveOptions(controls=False)))
    acting, _, _ = whole(solve_in_blocks(circuit, injections))
    mid = circuit.nodes.names.index("mid.1")
    assert abs(acting[mid, 0]) == pytest.approx(123 * 52.92, rel=0.015)
    assert abs(held[mid, 0]) < abs(acting[mid, 0]) - 50


@pytest.mark.parametrize("block", [1, 3, 7, 100])
def test_blocks_do_not_change_the_numbers(compiled: Compiled, block: int) -> None:
    circuit = compiled(REGULATED)
    injections = lanes(np.linspace(1e5, 1.5e6, 7), np.zeros(7))
    expected, _, _ = whole(solve_in_blocks(circuit, injections))
    blocks = list(solve_in_blocks(circuit, injections, SolveOptions(block_lanes=block)))
    assert sum(one.lanes for one in blocks) == injections.lanes == 7
    assert [one.first_lane for one in blocks] == list(range(0, 7, block))
    np.testing.assert_array_equal(np.concatenate([one.voltage_v for one in blocks], axis=1), expected)
    assert all((one.iterations >= 1).all() for one in blocks)


def test_given_power_is_exact_whatever_multipliers_the_model_sets(compiled: Compiled) -> None:
    circuit = compiled(
        TWO_BUS
        + "New Load.fixed phases=1 bus1=b.1 kv=0.24 kw=1 status=fixed vminpu=0.5\n"
        + "New Load.exempt phases=1 bus1=b.1 kv=0.24 kw=1 status=exempt vminpu=0.5\n"
        + "New Generator.pv phases=1 bus1=b.1 kv=0.24 kw=1 kvar=0 model=1\n"
        + "Set loadmult=2 genmult=3 year=5\n"
    )
    elements = ("Load.house", "Load.fixed", "Load.exempt", "Generator.pv")
    watts = np.array([[1000.0], [2000.0], [0.0], [3000.0]])
    injections = Injections(np.array([0.5]), elements, watts, np.zeros((4, 1)), 0.5)
    for mode in ("daily", "yearly"):
        (solution,) = solve_in_blocks(circuit, injections, SolveOptions(mode=mode))
        np.testing.assert_allclose(
            solution.injector_va[:, 0], [1000.0, 2000.0, 0.0, -3000.0], rtol=1e-5, atol=0.01
        )


def test_edits_of_a_run_come_after_those_of_the_model(compiled: Compiled) -> None:
    circuit = compiled(TWO_BUS)
    options = SolveOptions(edits=("edit vsource.source pu=1.05",))
    (solution,) = solve_in_blocks(circuit, lanes([0.0], [0.0], element="Load.house"), options)
    assert abs(solution.voltage_v[0, 0]) == pytest.approx(1.05 * 240.0, abs=1e-3)


def test_no_lanes_give_no_solutions(compiled: Compiled) -> None:
    nothing = np.empty((0, 0))
    assert list(solve_in_blocks(compiled(TWO_BUS), Injections(np.empty(0), (), nothing, nothing, 0.5))) == []


def test_a_lane_without_a_solution_is_named_by_number_and_hour(compiled: Compiled) -> None:
    circuit = compiled(TWO_BUS.replace("vminpu=0.5", "vminpu=0.01"))
    injections = lanes([1e3, 1e3, 1e9], [0.0, 0.0, 0.0], element="Load.house")
    solutions = solve_in_blocks(circuit, injections, SolveOptions(block_lanes=2))
    assert next(solutions).lanes == 2
    with pytest.raises(NotConvergedError, match=r"lane 2 \(hour 1.5 of the year\)") as caught:
        next(solutions)
    assert caught.value.lane == 2


def test_a_power_that_is_no_number_is_no_solution(compiled: Compiled) -> None:
    with pytest.raises(NotConvergedError, match="lane 0"):
        list(solve_in_blocks(compiled(TWO_BUS), lanes([np.nan], [0.0], element="Load.house")))


@pytest.mark.parametrize("element", ["Load.nobody", "Line.l", "house", ""])
def test_an_element_that_is_no_load_of_the_model_is_refused_by_name(compiled: Compiled, element: str) -> None:
    with pytest.raises(ModelError, match="is not in the model") as caught:
        list(solve_in_blocks(compiled(TWO_BUS), lanes([1.0], [0.0], element=element)))
    assert element in str(caught.value)


def test_names_of_elements_are_case_insensitive(compiled: Compiled) -> None:
    _, _, power = whole(solve_in_blocks(compiled(TWO_BUS), lanes([700.0], [0.0], element="LOAD.House")))
    assert power[0, 0].real == pytest.approx(700.0, abs=1e-3)
