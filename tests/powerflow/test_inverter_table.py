"""Inverters as arrays: order, measured pairs, and what is refused."""

from collections.abc import Callable

import numpy as np
import pytest

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.inverter_curves import IEEE_1547_A, IEEE_1547_B, Inverter, Monitored
from hcr.powerflow.inverter_table import Columns, inverter_columns, placed
from hcr.powerflow.passive import BatchModel

Compiled = Callable[[str], Circuit]

MODEL = """
New Circuit.c basekv=0.4 bus1=a
New Line.l bus1=a.1.2.3.4 bus2=b.1.2.3.4 phases=4 rmatrix=[1|0 1|0 0 1|0 0 0 1] xmatrix=[1|0 1|0 0 1|0 0 0 1]
New Reactor.earth bus1=b.4 phases=1 r=1 x=0
New Generator.one phases=1 bus1=b.2.4 kv=0.23 kw=1
New Generator.three phases=3 bus1=b kv=0.4 kw=1
New Generator.off phases=1 bus1=b.1 kv=0.23 kw=1 enabled=no
Set voltagebases=[0.4]
Calcvoltagebases
"""


def batch(circuit: Circuit) -> BatchModel:
    assert circuit.batch is not None
    return circuit.batch


def columns(circuit: Circuit, *inverters: Inverter) -> Columns:
    return inverter_columns(inverters, [], injectors=circuit.injectors, draws=batch(circuit).draws)


def test_each_phase_is_measured_across_the_element(compiled: Compiled) -> None:
    circuit = compiled(MODEL)
    three, one = Inverter("generator.THREE", IEEE_1547_A, 3e3), Inverter("Generator.one", IEEE_1547_B, 1e3)
    injector, measured, (node, other, scale), *_ = columns(circuit, three, one)
    names = [*circuit.nodes.names, "ground"]
    assert [circuit.injectors.elements.names[at] for at in injector] == ["generator.three", "generator.one"]
    assert measured.tolist() == [[0, 3], [3, 4]]
    assert [names[at] for at in node] == ["b.1", "b.2", "b.3", "b.2"]
    assert [names[at] for at in other] == ["ground", "ground", "ground", "b.4"]
    np.testing.assert_allclose(1 / scale, [400 / 3**0.5] * 3 + [230])


def test_corners_lie_one_after_the_other(compiled: Compiled) -> None:
    inverters = Inverter("Generator.three", IEEE_1547_A, 3e3), Inverter("Generator.one", IEEE_1547_B, 1e3)
    *_, var_curve, watt_curve, volts, shares = columns(compiled(MODEL), *inverters)
    assert var_curve.tolist() == [[0, 3], [5, 9]]
    assert watt_curve.tolist() == [[3, 5], [9, 11]]
    assert volts[5:9].tolist() == [0.92, 0.98, 1.02, 1.08]
    assert shares[9:].tolist() == [1.0, 0.2]


def test_numbers_are_watts_and_var_and_choices_are_numbers(compiled: Compiled) -> None:
    inverter = Inverter("Generator.one", IEEE_1547_B, 1e3, Monitored.LOWEST)
    table = columns(compiled(MODEL), inverter)
    np.testing.assert_array_equal(table[3], [[1e3, np.inf, 1e3, 1e3, 1e3, 0.0, np.nan, np.nan]])
    assert table[4].tolist() == [[0, 0, 2, 0]]


def test_places_take_the_place_of_nodes_and_the_last_is_the_ground(compiled: Compiled) -> None:
    circuit = compiled(MODEL)
    table = columns(circuit, Inverter("Generator.three", IEEE_1547_A, 3e3))
    place = np.arange(len(circuit.nodes) + 1) + 100
    node, other, _ = placed(table, place)[2]
    np.testing.assert_array_equal(node, table[2][0] + 100)
    assert set(other.tolist()) == {100 + len(circuit.nodes)}


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        (["Generator.none"], r"Generator\.none is not in the model"),
        (["Generator.off"], r"Generator\.off is not in service"),
        (["Generator.one", "generator.ONE"], r"two inverter curves: generator\.one"),
    ],
)
def test_what_cannot_be_is_refused(compiled: Compiled, elements: list[str], words: str) -> None:
    inverters = [Inverter(element, IEEE_1547_A, 1e3) for element in elements]
    with pytest.raises(ModelError, match=words):
        columns(compiled(MODEL), *inverters)
