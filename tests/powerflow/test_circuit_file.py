"""That a circuit comes back from its bytes as it was."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from hcr.powerflow import circuit_file
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.circuit_file import tree_bytes, tree_of
from hcr.powerflow.opendss import compile_circuit

EVERYTHING = """
new circuit.c basekv=11 bus1=src
new transformer.t buses=(src, b) kvs=(11, 0.4) kvas=(100, 100) %noloadloss=0.1
new regcontrol.r transformer=t winding=2 vreg=120 band=2 ptratio=1.92 reversible=yes
new capacitor.k bus1=b kv=0.4 kvar=50
new capcontrol.k capacitor=k element=transformer.t terminal=1 type=kvar on=10 off=-10 vmax=126 vmin=115
~ voltoverride=yes
new load.a bus1=b kv=0.4 kw=10 model=3
new xycurve.v npts=4 yarray=[1 1 -1 -1] xarray=[0.5 0.95 1.05 1.5]
new pvsystem.p bus1=b kv=0.4 kva=10 pmpp=10
new invcontrol.i mode=voltvar vvc_curve1=v
new swtcontrol.f switchedobj=transformer.t switchedterm=1
set voltagebases=[11, 0.4]
calcvoltagebases
"""


def leaves(node: object) -> Iterator[object]:
    """Yield the types, layouts and bits of all that a circuit holds."""
    yield type(node)
    if isinstance(node, np.ndarray):
        yield node.dtype, node.shape, node.strides, node.tobytes()
    elif is_dataclass(node):
        for one in fields(node):
            yield from leaves(getattr(node, one.name))
    elif isinstance(node, tuple):
        for part in node:
            yield from leaves(part)
    else:
        yield repr(node)


def test_a_circuit_comes_back_to_the_bit(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled(EVERYTHING)
    assert circuit.batch is not None
    assert circuit.controls is not None
    assert circuit.batch.inverters
    assert circuit.batch.uncovered
    assert circuit.controls.regulators[0].reversal
    assert circuit.controls.capacitors[0].override
    assert circuit.controls.held
    copy = tree_of(tree_bytes(circuit), Circuit, circuit.model)
    assert list(leaves(copy)) == list(leaves(circuit))


@pytest.mark.parametrize("network", ["radial", "ieee_lvn"])
def test_a_network_comes_back_to_the_bit(i2x_models: Path, radial: Path, network: str) -> None:
    master = radial if network == "radial" else i2x_models / network / "HCABase.dss"
    circuit = compile_circuit(Model(master, (), ""))
    copy = tree_of(tree_bytes(circuit), Circuit, circuit.model)
    assert list(leaves(copy)) == list(leaves(circuit))


def test_nothing_in_the_bytes_is_run(compiled: Callable[[str], Circuit]) -> None:
    content = tree_bytes(compiled(EVERYTHING))
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        kinds = {archive[name].dtype.kind for name in archive.files}
        json.loads(archive["text"].tobytes())
    assert kinds <= set("bfiuc")


def test_the_path_is_not_written(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled(EVERYTHING)
    content = tree_bytes(circuit)
    assert str(circuit.model.master.parent).encode() not in content
    moved = Model(Path("elsewhere.dss"), ("edit",), "digest")
    assert tree_of(content, Circuit, moved).model == moved


def test_a_field_that_no_file_can_hold_is_refused() -> None:
    @dataclass(frozen=True)
    class Strange:
        place: dict[str, int]

    with pytest.raises(TypeError, match=r"dict\[str, int\]"):
        circuit_file._readers(Strange)
