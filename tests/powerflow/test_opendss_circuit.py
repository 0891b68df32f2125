"""What is read from a compiled model: nodes, ratings, switches, injectors."""

from collections.abc import Callable

import numpy as np
import pytest

from hcr.powerflow.circuit import GROUND, Circuit
from hcr.powerflow.lanes import Injections, solve_in_blocks

Compiled = Callable[[str], Circuit]

FEEDER = """
New Circuit.f basekv=22 bus1=Src
New Line.l1 bus1=Src bus2=mv length=1 normamps=200 emergamps=260
New Line.sw bus1=mv bus2=mv2 switch=yes
New Transformer.dy buses=[mv lv.1.2.3.4] kvs=[22 0.433] kvas=[500 500] conns=[delta wye] xhl=4
New Transformer.one phases=1 buses=[mv.1.2 split.1.0] kvs=[22 0.25] kvas=[25 25] xhl=4
New Transformer.open phases=2 buses=[mv.1.2.0 od.1.2.0] kvs=[22 0.433] kvas=[100 100] xhl=4
New Reactor.neutral phases=1 bus1=lv.4 bus2=lv.0 r=1 x=0
New Capacitor.c bus1=mv kvar=100 kv=22
New Load.one phases=1 bus1=lv.2.4 kv=0.25 kw=3 kvar=1
New Load.three phases=3 bus1=lv.1.2.3.4 kv=0.433 kw=9 kvar=3
New Load.delta phases=3 bus1=lv conn=delta kv=0.433 kw=6 kvar=0
New Generator.g bus1=lv kv=0.433 kw=5 kvar=0
New PVSystem.pv bus1=lv kv=0.433 kva=5 pmpp=5
New Storage.s bus1=lv kv=0.433 kwrated=5 kwhrated=10
Set voltagebases=[22 0.433]
Calcvoltagebases
"""


def branch(circuit: Circuit, name: str) -> int:
    return [one.lower() for one in circuit.branches.elements.names].index(name.lower())


def test_nodes_have_lower_case_names_and_bases_to_ground(compiled: Compiled) -> None:
    nodes = compiled(FEEDER).nodes
    assert nodes.names[:3] == ("src.1", "src.2", "src.3")
    at = dict(zip(nodes.names, nodes.base_v, strict=True))
    assert at["mv.2"] == pytest.approx(22e3 / 3**0.5)
    assert at["lv.1"] == pytest.approx(433 / 3**0.5)
    assert [int(n) for bus, n in zip(nodes.buses, nodes.number, strict=True) if bus == "lv"] == [1, 2, 3, 4]
    assert len(nodes) == len(nodes.names)


def test_a_model_without_bases_has_zeros(compiled: Compiled) -> None:
    circuit = compiled(FEEDER.split("Set ")[0])
    assert (circuit.nodes.base_v == 0).all()


def test_a_circuit_may_be_a_source_and_a_load(compiled: Compiled) -> None:
    circuit = compiled("New Circuit.x basekv=11\nNew Load.l bus1=sourcebus kv=11 kw=1\n")
    assert len(circuit.branches) == 0
    nothing = np.empty((0, 1))
    (solution,) = solve_in_blocks(circuit, Injections(np.array([1.0]), (), nothing, nothing, 1.0))
    assert solution.current_a.shape == (0, 1)


def test_a_circuit_may_have_no_injector_at_all(compiled: Compiled) -> None:
    circuit = compiled("New Circuit.x basekv=11\nNew Line.l bus1=sourcebus bus2=b\n")
    assert len(circuit.injectors.elements) == 0
    nothing = np.empty((0, 1))
    (solution,) = solve_in_blocks(circuit, Injections(np.array([1.0]), (), nothing, nothing, 1.0))
    assert solution.injector_va.shape == (0, 1)


def test_lines_carry_the_ratings_of_the_model(compiled: Compiled) -> None:
    branches = compiled(FEEDER).branches
    assert (branches.normal_a[0], branches.emergency_a[0]) == (200, 260)
    assert np.isnan(branches.rated_kva[0])


@pytest.mark.parametrize(
    ("name", "amps", "kva"),
    [
        ("Transformer.dy", 500 / (3**0.5 * 22), 500),
        ("Transformer.one", 25 / 22, 25),
        ("Transformer.open", 100 / 2 / (22 / 3**0.5), 100),
    ],
)
def test_transformers_are_rated_by_their_nameplate(
    compiled: Compiled, name: str, amps: float, kva: float
) -> None:
    circuit = compiled(FEEDER)
    place = branch(circuit, name)
    assert circuit.branches.normal_a[place] == pytest.approx(amps)
    assert circuit.branches.emergency_a[place] == pytest.approx(1.5 * amps)
    assert circuit.branches.rated_kva[place] == kva


def test_elements_of_one_bus_are_shunts(compiled: Compiled) -> None:
    branches = compiled(FEEDER).branches
    shunts = {
        name.lower() for name, shunt in zip(branches.elements.names, branches.shunt, strict=True) if shunt
    }
    assert shunts == {"reactor.neutral", "capacitor.c"}


def test_conductors_find_their_nodes(compiled: Compiled) -> None:
    circuit = compiled(FEEDER)
    elements = circuit.branches.elements
    far = elements.conductors(branch(circuit, "Transformer.dy"), 2)
    assert [circuit.nodes.names[node] for node in elements.node[far]] == ["lv.1", "lv.2", "lv.3", "lv.4"]
    reactor = elements.conductors(branch(circuit, "Reactor.neutral"), 2)
    assert elements.node[reactor].tolist() == [GROUND]


@pytest.mark.parametrize(
    ("edit", "closed"),
    [
        ("", True),
        ("open line.sw 1", False),
        ("open line.sw 2", False),
        ("open line.sw 1 2", True),
        ("line.sw.enabled=no", False),
        ("open line.sw 1\nclose line.sw 1", True),
    ],
)
def test_a_branch_is_closed_unless_an_end_is_open_or_it_is_out_of_service(
    compiled: Compiled, edit: str, closed: bool
) -> None:
    circuit = compiled(f"{FEEDER}{edit}\n")
    assert bool(circuit.branches.closed[branch(circuit, "Line.sw")]) is closed


def test_disabled_elements_keep_their_place_and_touch_nothing(compiled: Compiled) -> None:
    circuit = compiled(f"{FEEDER}line.l1.enabled=no\nload.one.enabled=no\n")
    line, load = circuit.branches.elements, circuit.injectors.elements
    place = branch(circuit, "Line.l1")
    assert (line.node[line.conductors(place, 1)] == GROUND).all()
    assert not circuit.branches.closed[place]
    nothing = np.empty((0, 1))
    (solution,) = solve_in_blocks(circuit, Injections(np.array([1.0]), (), nothing, nothing, 1.0))
    assert (solution.current_a[line.conductors(place, 1)] == 0).all()
    if "load.one" in load.names:
        assert solution.injector_va[load.names.index("load.one"), 0] == 0


def test_injectors_come_as_loads_generators_pv_and_storage(compiled: Compiled) -> None:
    injectors = compiled(FEEDER).injectors
    kinds = [name.partition(".")[0].lower() for name in injectors.elements.names]
    assert kinds == ["load", "load", "load", "generator", "pvsystem", "storage"]
    assert injectors.power_w[:4].tolist() == [3000, 9000, 6000, 5000]
    assert np.isfinite(injectors.power_w[4:]).all()
    assert injectors.phases.tolist() == [1, 3, 3, 3, 3, 3]
    assert injectors.delta.tolist() == [False, False, True, False, False, False]
    assert injectors.is_load(0)
    assert not injectors.is_load(3)


@pytest.mark.parametrize(("place", "expected"), [(0, "lv.2.4"), (1, "lv.1.2.3.4"), (2, "lv.1.2.3")])
def test_a_connection_is_written_as_opendss_does(compiled: Compiled, place: int, expected: str) -> None:
    circuit = compiled(FEEDER)
    assert circuit.injectors.connection(place, circuit.nodes) == expected


def test_bus_and_element_names_may_have_odd_characters(compiled: Compiled) -> None:
    circuit = compiled(
        "New Circuit.x basekv=11\nNew Line.l-1/a bus1=sourcebus bus2=b#1/x-y_z\n"
        'New "Load.my house" bus1=b#1/x-y_z kv=11 kw=1 kvar=0\nSet voltagebases=[11]\nCalcvoltagebases\n'
    )
    assert "b#1/x-y_z.3" in circuit.nodes.names
    lane = Injections(np.array([1.0]), ("Load.my house",), np.array([[5e4]]), np.zeros((1, 1)), 1.0)
    assert next(solve_in_blocks(circuit, lane)).injector_va[0, 0].real == pytest.approx(5e4, rel=1e-5)


def test_the_source_bus_is_that_of_the_circuit(compiled: Compiled) -> None:
    assert compiled(FEEDER).source_bus == "src"
    assert compiled(FEEDER).frequency_hz == 60.0
