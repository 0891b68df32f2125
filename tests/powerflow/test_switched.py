"""Matrices of transformers at any tap and of banks at any step, against those of OpenDSS."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from dss import DSS

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.engine_arrays import complex_array
from hcr.powerflow.switched import TappedBlock

TEXT = """
Clear
New Circuit.moved bus1=src basekv=12.47 phases=3
New Transformer.t phases=3 windings=3 buses=(src b c) kvs=(12.47 4.16 0.48) kvas=(1000 800 300) conns={conns}
~ xhl=5 xht=6 xlt=7 %loadloss=0.6 %noloadloss=0.2 %imag=0.5 rneut=4 xneut=1 taps=(1 1.0125 1)
New Capacitor.bank bus1=b phases=3 kv=4.16 kvar=[100 200] numsteps=2 states=[1 0] conn={conn}
New RegControl.t transformer=t winding=2 vreg=120 band=2 ptratio=20
{second}
New CapControl.bank capacitor=bank element=transformer.t terminal=2 type=voltage
"""
SECOND = "New RegControl.s transformer=t winding=3 vreg=120 band=2 ptratio=2"


@pytest.fixture
def primitive(tmp_path: Any) -> Callable[[str, str], np.ndarray]:
    """Return a function that runs a command in OpenDSS and reads an element's primitive matrix."""

    def read(commands: str, element: str) -> np.ndarray:
        engine: Any = DSS.NewContext()
        engine.AllowChangeDir = False
        engine.Text.Command = f'compile "{tmp_path / "Master.dss"}"'
        for command in ("set controlmode=off", *commands.split(";"), "solve"):
            engine.Text.Command = command
        engine.ActiveCircuit.SetActiveElement(element)
        values = complex_array(engine.ActiveCircuit.ActiveCktElement.Yprim)
        size = round(len(values) ** 0.5)
        return values.reshape(size, size, order="F")

    return read


@pytest.mark.parametrize("conns", ["(wye wye wye)", "(delta wye wye)", "(wye delta delta)"])
@pytest.mark.parametrize("tap", [0.9, 0.95625, 1.0, 1.1])
def test_a_transformer_has_the_matrix_of_opendss_at_any_tap(
    compiled: Callable[[str], Circuit], primitive: Callable[[str, str], np.ndarray], conns: str, tap: float
) -> None:
    circuit = compiled(TEXT.format(conns=conns, conn="wye", second=""))
    assert circuit.controls is not None
    (block,) = circuit.controls.tapped
    expected = primitive(f"transformer.t.wdg=2 tap={tap}", "transformer.t")
    np.testing.assert_allclose(block.matrix([tap]), expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_two_tap_changers_of_one_transformer_move_apart(
    compiled: Callable[[str], Circuit], primitive: Callable[[str, str], np.ndarray]
) -> None:
    circuit = compiled(TEXT.format(conns="(wye wye wye)", conn="wye", second=SECOND))
    assert circuit.controls is not None
    (block,) = circuit.controls.tapped
    assert block.changers == (0, 1)
    expected = primitive("transformer.t.wdg=2 tap=0.95;transformer.t.wdg=3 tap=1.05", "transformer.t")
    found = block.matrix([0.95, 1.05])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("conn", ["wye", "delta"])
@pytest.mark.parametrize(("steps", "closed"), [(0, True), (1, True), (2, True), (1, False)])
def test_a_bank_has_the_matrix_of_opendss_at_any_step(
    compiled: Callable[[str], Circuit],
    primitive: Callable[[str, str], np.ndarray],
    conn: str,
    steps: int,
    closed: bool,
) -> None:
    circuit = compiled(TEXT.format(conns="(wye wye wye)", conn=conn, second=""))
    assert circuit.controls is not None
    (bank,) = circuit.controls.switched
    states = " ".join("1" if at < steps else "0" for at in range(2))
    commands = f"capacitor.bank.states=[{states}]" + ("" if closed else ";open capacitor.bank term=1")
    expected = primitive(commands, "capacitor.bank")
    np.testing.assert_allclose(bank.matrix(steps, closed=closed), expected, rtol=0, atol=1e-15)


def test_a_winding_that_does_not_move_keeps_its_part() -> None:
    """One conductor at each of two windings: y (1, -1; -1, 1) turned by the ratio, and a leak on each."""
    leak, y = 1e-6, 2.0 - 4.0j
    changer = np.array([-1, 0])

    def matrix(tap: float) -> np.ndarray:
        return np.array([[y + leak, -y / tap], [-y / tap, y / tap**2 + leak]])

    taps = np.array([1.0, 0.9]), np.array([1.0, 1.1])
    block = TappedBlock.fitted(3, changer, taps=taps, blocks=(matrix(0.9), matrix(1.1)))
    np.testing.assert_allclose(block.matrix([1.03]), matrix(1.03), rtol=1e-13)
    assert block.branch == 3
