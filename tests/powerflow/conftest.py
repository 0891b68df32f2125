"""Small OpenDSS models, written and compiled."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.opendss import compile_circuit


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[[str], Circuit]:
    """Return a function that writes a model's text and compiles it."""

    def compile_text(text: str) -> Circuit:
        master = tmp_path / "Master.dss"
        master.write_text(text, encoding="utf-8")
        return compile_circuit(Model(master, (), "as written"))

    return compile_text


REGULATED = """
New Circuit.live basekv=11 bus1=src r1=1 x1=4 r0=1 x0=4
New Transformer.reg buses=[src mid] kvs=[11 11] kvas=[2000 2000] conns=[wye wye] xhl=1
New RegControl.reg transformer=reg winding=2 vreg=123 ptratio=52.92 band=2
New Line.l bus1=mid bus2=far r1=2 x1=2 r0=2 x0=2 c1=0 c0=0 length=1 normamps=200
New Capacitor.bank bus1=far kvar=300 kv=11
New CapControl.bank element=line.l capacitor=bank type=kvar onsetting=100 offsetting=-250
New Load.l bus1=far kv=11 kw=100 kvar=10 model=1 vminpu=0.5 vmaxpu=1.5
New Generator.g bus1=far kv=11 kw=900 kvar=0 model=1
Set voltagebases=[11]
Calcvoltagebases
"""


@pytest.fixture(scope="session")
def regulated() -> str:
    """Return the text of a small model with a regulator and a switched capacitor."""
    return REGULATED
