"""That a circuit is a value: read-only, hashed, equal to its like."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from hcr.powerflow.circuit import Circuit, Model

MODEL = """
new circuit.c basekv=11 bus1=src
new transformer.t buses=(src, b) kvs=(11, 0.4) kvas=(100, 100) %noloadloss=0.1
new regcontrol.r transformer=t winding=2 vreg=120 band=2 ptratio=1.92
new capacitor.k bus1=b kv=0.4 kvar=50
new capcontrol.k capacitor=k element=transformer.t terminal=1 type=kvar on=10 off=-10
new load.a bus1=b kv=0.4 kw=10
new generator.g bus1=b kv=0.4 kw=1
set voltagebases=[11, 0.4]
calcvoltagebases
"""


@pytest.fixture
def circuit(compiled: Callable[[str], Circuit]) -> Circuit:
    return compiled(MODEL)


def arrays(node: object) -> Iterator[np.ndarray]:
    if isinstance(node, np.ndarray):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from arrays(part)
    elif is_dataclass(node):
        for one in fields(node):
            yield from arrays(getattr(node, one.name))


def test_no_array_can_be_written(circuit: Circuit) -> None:
    found = list(arrays(circuit))
    assert len(found) > 30
    assert not any(array.flags.writeable for array in found)
    with pytest.raises(ValueError, match="read-only"):
        circuit.injectors.power_w[0] = 1.0


def test_arrays_lie_in_one_piece(circuit: Circuit) -> None:
    assert all(array.flags.c_contiguous or array.flags.f_contiguous for array in arrays(circuit))


def test_a_pickled_circuit_is_equal_and_read_only(circuit: Circuit) -> None:
    copy = pickle.loads(pickle.dumps(circuit))  # noqa: S301 (our own bytes)
    assert copy == circuit
    assert hash(copy) == hash(circuit)
    assert len({copy, circuit}) == 1
    assert not any(array.flags.writeable for array in arrays(copy))


def test_the_folder_of_its_files_is_no_part_of_a_circuit(circuit: Circuit) -> None:
    model = circuit.model
    moved = replace(circuit, model=Model(Path("elsewhere") / "Master.dss", model.edits, model.digest))
    assert moved == circuit
    assert hash(moved) == hash(circuit)


def test_any_other_number_or_name_makes_another_circuit(circuit: Circuit) -> None:
    power = circuit.injectors.power_w.copy()
    power[0] += 1e-9
    assert circuit.controls is not None
    (regulator,) = circuit.controls.regulators
    moved = replace(regulator, delay_s=regulator.delay_s + 1.0)
    others = [
        replace(circuit, name="other"),
        replace(circuit, batch=None),
        replace(circuit, model=replace(circuit.model, digest="other")),
        replace(circuit, model=replace(circuit.model, edits=("edit load.a kw=10",))),
        replace(circuit, injectors=replace(circuit.injectors, power_w=power)),
        replace(circuit, controls=replace(circuit.controls, regulators=(moved,))),
        replace(circuit, controls=replace(circuit.controls, regulators=())),
    ]
    assert all(other != circuit for other in others)
    assert circuit != "circuit"


def test_not_a_number_equals_itself(circuit: Circuit) -> None:
    assert np.isnan(circuit.branches.normal_a).any()
    assert replace(circuit, branches=replace(circuit.branches)) == circuit
    assert replace(circuit, frequency_hz=np.nan) == replace(circuit, frequency_hz=np.nan)
