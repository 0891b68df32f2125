"""Windings and coordinates as OpenDSS itself has them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dss import DSS

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.circuit_file import tree_bytes, tree_of
from hcr.powerflow.windings import Windings

MODEL = """
clear
new circuit.w basekv=22 bus1=src
new transformer.Reg phases=3 buses=(src, mid) conns=(wye, wye) kvs=(22, 22) kvas=(2000, 2000)
~ wdg=2 numtaps=16 mintap=0.95 maxtap=1.05 tap=1.0125
new regcontrol.r transformer=reg winding=2 vreg=100 ptratio=127 band=2
new line.l bus1=mid bus2=end length=1
new transformer.t1 phases=3 buses=(end, lv1) conns=(delta, wye) kvs=(22, 0.433) kvas=(200, 200)
~ wdg=1 numtaps=7 mintap=0.9 maxtap=1.075 tap=1.025
new transformer.center phases=1 windings=3 buses=(end.1.0, lv2.1.0, lv2.0.2) kvs=(12.7, 0.12, 0.12)
~ kvas=(25, 25, 25) conns=(wye, wye, wye) xhl=2 xht=2 xlt=1
new transformer.off phases=3 buses=(end, lv3) kvs=(22, 0.433) kvas=(200, 200) enabled=no
new load.a bus1=lv1 kv=0.433 kw=10
set voltagebases=[22, 0.433, 0.208]
calcvoltagebases
setbusxy bus=lv1 x=12.5 y=-3.25
"""


@pytest.fixture
def circuit(compiled: Callable[[str], Circuit]) -> Circuit:
    return compiled(MODEL)


def windings_of(circuit: Circuit) -> Windings:
    assert circuit.windings is not None
    return circuit.windings


def test_windings_are_those_of_opendss(circuit: Circuit, tmp_path: Path) -> None:
    engine = DSS.NewContext()
    engine.AllowChangeDir = False
    engine.Text.Command = f'compile "{tmp_path / "Master.dss"}"'
    theirs = []
    for transformer in engine.ActiveCircuit.Transformers:
        for number in range(1, transformer.NumWindings + 1):
            transformer.Wdg = number
            name = f"transformer.{transformer.Name}"
            taps = transformer.Tap, transformer.MinTap, transformer.MaxTap, transformer.NumTaps
            theirs.append((name, number, transformer.kV, *taps))
    own = windings_of(circuit)
    names = [circuit.branches.elements.names[branch].lower() for branch in own.branch]
    ours = zip(names, own.number, own.rated_kv, own.tap, own.lowest, own.highest, own.steps, strict=True)
    assert [tuple(row) for row in ours] == theirs


def test_taps_are_as_the_model_states_them(circuit: Circuit) -> None:
    own, names = windings_of(circuit), circuit.branches.elements.names
    rows = {
        (names[branch].lower(), int(number)): at
        for at, (branch, number) in enumerate(zip(own.branch, own.number, strict=True))
    }
    t1, reg = rows["transformer.t1", 1], rows["transformer.reg", 2]
    assert (own.tap[t1], own.lowest[t1], own.highest[t1], own.steps[t1]) == (1.025, 0.9, 1.075, 7)
    assert (own.tap[reg], own.lowest[reg], own.highest[reg], own.steps[reg]) == (1.0125, 0.95, 1.05, 16)
    assert [own.rated_kv[rows["transformer.center", number]] for number in (1, 2, 3)] == [12.7, 0.12, 0.12]
    assert own.steps[rows["transformer.t1", 2]] == 32


def test_a_model_without_transformers_has_no_windings(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled("clear\nnew circuit.c basekv=11 bus1=src\nnew load.a bus1=src kv=11 kw=1\n")
    own = windings_of(circuit)
    assert (len(own.branch), len(own.tap), own.steps.dtype) == (0, 0, np.int64)


def test_coordinates_are_those_of_the_model(circuit: Circuit) -> None:
    nodes = circuit.nodes
    placed = [at for at, bus in enumerate(nodes.buses) if bus == "lv1"]
    assert placed
    assert set(nodes.x[placed]) == {12.5}
    assert set(nodes.y[placed]) == {-3.25}
    others = np.setdiff1d(np.arange(len(nodes)), placed)
    assert np.isnan(nodes.x[others]).all()
    assert np.isnan(nodes.y[others]).all()


def test_windings_and_coordinates_come_back_from_their_bytes(circuit: Circuit) -> None:
    content = tree_bytes(circuit)
    copy = tree_of(content, Circuit, circuit.model)
    own, back = windings_of(circuit), windings_of(copy)
    for name in ("branch", "number", "rated_kv", "tap", "lowest", "highest", "steps"):
        assert getattr(back, name).tobytes() == getattr(own, name).tobytes()
        assert getattr(back, name).dtype == getattr(own, name).dtype
    assert copy.nodes.x.tobytes() == circuit.nodes.x.tobytes()
    assert copy.nodes.y.tobytes() == circuit.nodes.y.tobytes()
    assert tree_bytes(copy) == content
