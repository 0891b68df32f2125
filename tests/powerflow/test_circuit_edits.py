"""Circuits edited in their arrays against circuits compiled with the same edits by OpenDSS."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.circuit_edits import with_parallel_line, with_scaled_transformer, with_set_point
from hcr.powerflow.opendss import compile_circuit

Compiled = Callable[[str], Circuit]
MORE = """
New Linecode.cable nphases=3 r1=0.3 x1=0.2 r0=0.5 x0=0.4 c1=300 c0=200 units=km
New Line.cable bus1=far bus2=end linecode=cable length=1.3 units=km normamps=150 emergamps=210
New Transformer.lv buses=[end house] kvs=[11 0.4] kvas=[200 200] conns=[delta wye] xhl=4 %noloadloss=0.2
New Load.h bus1=house.1 phases=1 kv=0.23 kw=10 kvar=3
Set voltagebases=[11 0.4]
Calcvoltagebases
"""
EDITS: dict[str, Callable[[Circuit], Circuit]] = {
    "line": lambda circuit: with_parallel_line(circuit, "Line.cable"),
    "line of three": lambda circuit: with_parallel_line(circuit, "line.L", 3),
    "line twice": lambda circuit: with_parallel_line(with_parallel_line(circuit, "Line.l"), "Line.l"),
    "transformer": lambda circuit: with_scaled_transformer(circuit, "Transformer.lv", 1.5),
    "regulated transformer": lambda circuit: with_scaled_transformer(circuit, "Transformer.reg", 1.25),
    "set point": lambda circuit: with_set_point(circuit, "RegControl.reg", 121.0),
}


def is_the_same(edited: Circuit) -> None:
    """Assert that a circuit is what OpenDSS compiles with its edits."""
    compiled = compile_circuit(edited.model)
    one, other = edited.batch, compiled.batch
    assert one is not None
    assert other is not None
    near(one.network.block_s, other.network.block_s)
    difference = abs(one.network.matrix() - other.network.matrix())
    assert difference.max() <= 1e-9 * abs(other.network.matrix()).max()
    for name in ("normal_a", "emergency_a", "rated_kva"):
        np.testing.assert_allclose(
            getattr(edited.branches, name), getattr(compiled.branches, name), rtol=1e-9, err_msg=name
        )
    assert edited.controls is not None
    assert compiled.controls is not None
    assert edited.controls.regulators == compiled.controls.regulators
    for mine, theirs in zip(edited.controls.tapped, compiled.controls.tapped, strict=True):
        near(mine.fixed_s, theirs.fixed_s)
        near(mine.scaled_s, theirs.scaled_s)
    assert edited.equipment is not None
    assert compiled.equipment is not None
    np.testing.assert_allclose(edited.equipment.normal_a, compiled.equipment.normal_a, rtol=1e-9)
    np.testing.assert_allclose(edited.equipment.emergency_a, compiled.equipment.emergency_a, rtol=1e-9)
    for name in ("lines", "transformers", "regulators"):
        assert getattr(edited.equipment, name) == getattr(compiled.equipment, name)


def near(one: np.ndarray, other: np.ndarray) -> None:
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * np.abs(other).max(initial=0.0))


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_circuit_is_what_opendss_compiles(compiled: Compiled, regulated: str, edit: str) -> None:
    circuit = compiled(regulated + MORE)
    edited = EDITS[edit](circuit)
    is_the_same(edited)
    assert edited != circuit
    assert edited.model.digest != circuit.model.digest
    assert len(edited.model.edits) == (2 if edit == "line twice" else 1)


def test_the_charging_of_a_line_is_that_of_its_length(compiled: Compiled, regulated: str) -> None:
    edited = with_parallel_line(compiled(regulated + MORE), "Line.cable")
    assert edited.batch is not None
    at = edited.branches.elements.names.index("Line.cable")
    span = slice(edited.batch.network.block[at], edited.batch.network.block[at + 1])
    ours = edited.batch.network.block_s[span].reshape(6, 6)
    network = compile_circuit(edited.model).batch.network  # type: ignore[union-attr]
    theirs = network.block_s[span].reshape(6, 6)
    charging = [(block[:3, :3] + block[:3, 3:]).imag for block in (ours, theirs)]
    np.testing.assert_allclose(*charging, rtol=1e-6, atol=1e-9)


@pytest.mark.slow
def test_lines_and_transformers_of_a_public_feeder(radial: Path) -> None:
    circuit = compile_circuit(Model(radial, (), ""))
    assert circuit.equipment is not None
    for line in circuit.equipment.lines[::40]:
        is_the_same(with_parallel_line(circuit, line.name))
    for transformer in circuit.equipment.transformers[::20]:
        is_the_same(with_scaled_transformer(circuit, transformer.name, 1.5))


@pytest.mark.parametrize(
    "edit",
    [
        lambda circuit: with_parallel_line(circuit, "Line.none"),
        lambda circuit: with_parallel_line(circuit, "Transformer.reg"),
        lambda circuit: with_scaled_transformer(circuit, "Line.l", 2.0),
        lambda circuit: with_set_point(circuit, "RegControl.none", 120.0),
    ],
)
def test_what_is_not_there_is_refused(
    compiled: Compiled, regulated: str, edit: Callable[[Circuit], Circuit]
) -> None:
    with pytest.raises(ModelError, match="cannot be changed"):
        edit(compiled(regulated))
