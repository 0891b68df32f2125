"""Circuits with one thing changed, in their arrays: what compiling with an edit gives, without compiling.

    with_parallel_line(circuit, "Line.l1")                  a second circuit beside a line
    with_scaled_transformer(circuit, "Transformer.t1", 1.5) another rating, impedances the same per unit
    with_set_point(circuit, "RegControl.r1", 124.0)         another set point, forward and reverse

Each is what OpenDSS compiles after the edit that it adds to the circuit's model.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import GROUND, Branches, Circuit, ComplexArray, Model
from hcr.powerflow.controls import Controls, RegControl
from hcr.powerflow.equipment import Equipment
from hcr.powerflow.passive import BatchModel, PassiveNetwork


def with_parallel_line(circuit: Circuit, line: str, times: int = 2) -> Circuit:
    """Return a circuit with a line as some equal ones side by side, which is a line of a part of its length.

    Series impedance and shunt admittance go with the length; both are divided by `times`. Ratings are
    multiplied.

    Raises
    ------
    ModelError
        The circuit has no such line in service, or was not read from a model.
    """
    parts = _Parts.of(circuit, line, "line")
    found = next(one for one in parts.equipment.lines if one.name.lower() == line.lower())
    after = replace(
        found,
        length=found.length / times,
        normal_a=found.normal_a * times,
        emergency_a=found.emergency_a * times,
    )
    lines = tuple(after if one is found else one for one in parts.equipment.lines)
    ratings = f"normamps={after.normal_a!r} emergamps={after.emergency_a!r}"
    edit = f"Edit {found.name} length={after.length!r} {ratings}"
    batch, _ = parts.with_block(lambda block: _shorter(block, times))
    return replace(
        circuit,
        model=_edited(circuit.model, edit),
        branches=parts.rated(times),
        batch=batch,
        equipment=replace(parts.equipment_rated(times), lines=lines),
    )


def with_scaled_transformer(circuit: Circuit, transformer: str, times: float) -> Circuit:
    """Return a circuit with a transformer of another rating; its impedances stay the same per unit.

    Raises
    ------
    ModelError
        The circuit has no such transformer in service, or was not read from a model.
    """
    parts = _Parts.of(circuit, transformer, "transformer")
    found = next(one for one in parts.equipment.transformers if one.name.lower() == transformer.lower())
    after = replace(
        found,
        windings_kva=tuple(kva * times for kva in found.windings_kva),
        normal_kva=found.normal_kva * times,
        emergency_kva=found.emergency_kva * times,
    )
    others = tuple(after if one is found else one for one in parts.equipment.transformers)
    windings = " ".join(map(repr, after.windings_kva))
    edit = (
        f"Edit {found.name} kVAs=[{windings}] normhkva={after.normal_kva!r} emerghkva={after.emergency_kva!r}"
    )
    batch, controls = parts.with_block(lambda block: times * block)
    return replace(
        circuit,
        model=_edited(circuit.model, edit),
        branches=parts.rated(times),
        batch=batch,
        controls=controls,
        equipment=replace(parts.equipment_rated(times), transformers=others),
    )


def with_set_point(circuit: Circuit, control: str, volts: float) -> Circuit:
    """Return a circuit with another set point of a regulator, forward and reverse [V at the control].

    Raises
    ------
    ModelError
        The circuit has no such control, or was not read from a model.
    """
    equipment, controls = circuit.equipment, circuit.controls
    names = [one.name.lower() for one in controls.regulators] if controls else []
    if equipment is None or controls is None or control.lower() not in names:
        raise _missing(circuit, control)
    regulators = tuple(
        _aiming(one, volts) if one.name.lower() == control.lower() else one for one in controls.regulators
    )
    data = tuple(
        replace(one, set_point_v=volts) if one.name.lower() == control.lower() else one
        for one in equipment.regulators
    )
    edit = f"Edit {control} vreg={volts!r} revvreg={volts!r}"
    return replace(
        circuit,
        model=_edited(circuit.model, edit),
        controls=replace(controls, regulators=regulators),
        equipment=replace(equipment, regulators=data),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """A branch of a circuit, and what else is known of it."""

    branches: Branches
    batch: BatchModel
    controls: Controls | None
    equipment: Equipment
    at: int

    @classmethod
    def of(cls, circuit: Circuit, name: str, kind: str) -> "_Parts":
        names = [one.lower() for one in circuit.branches.elements.names]
        at = names.index(name.lower()) if name.lower() in names else -1
        right = name.lower().startswith(f"{kind}.") and at >= 0 and circuit.branches.closed[at]
        if circuit.batch is None or circuit.equipment is None or not right:
            raise _missing(circuit, name)
        return cls(circuit.branches, circuit.batch, circuit.controls, circuit.equipment, at)

    def rated(self, times: float) -> Branches:
        """Return the branches with the ratings of this one multiplied."""
        scale = self._scale(times)
        return replace(
            self.branches,
            normal_a=self.branches.normal_a * scale,
            emergency_a=self.branches.emergency_a * scale,
            rated_kva=self.branches.rated_kva * scale,
        )

    def equipment_rated(self, times: float) -> Equipment:
        """Return the equipment with the ratings of this branch multiplied."""
        scale = self._scale(times)
        return replace(
            self.equipment,
            normal_a=self.equipment.normal_a * scale,
            emergency_a=self.equipment.emergency_a * scale,
        )

    def with_block(
        self, change: Callable[[ComplexArray], ComplexArray]
    ) -> tuple[BatchModel, Controls | None]:
        """Return the batch model and the controls with another primitive matrix of this branch."""
        network, table = self.batch.network, self.branches.elements
        node = table.node[table.first[self.at] : table.first[self.at + 1]]
        entries = slice(int(network.block[self.at]), int(network.block[self.at + 1]))
        before = network.block_s[entries].reshape(len(node), len(node))
        after, block_s = change(before), network.block_s.copy()
        block_s[entries] = after.ravel()
        live = np.flatnonzero(node != GROUND)
        network = _added(network, node[live], (after - before)[np.ix_(live, live)])
        batch = replace(self.batch, network=replace(network, block_s=block_s))
        if self.controls is None:
            return batch, None
        tapped = tuple(
            replace(one, fixed_s=change(one.fixed_s), scaled_s=change(one.scaled_s))
            if one.branch == self.at
            else one
            for one in self.controls.tapped
        )
        return batch, replace(self.controls, tapped=tapped)

    def _scale(self, times: float) -> np.ndarray:
        return np.where(np.arange(len(self.branches)) == self.at, float(times), 1.0)


def _added(network: PassiveNetwork, node: np.ndarray, block: ComplexArray) -> PassiveNetwork:
    """Return a network with a matrix between some nodes added."""
    return replace(
        network,
        row=np.concatenate([network.row, np.repeat(node, len(node))]),
        column=np.concatenate([network.column, np.tile(node, len(node))]),
        admittance_s=np.concatenate([network.admittance_s, block.ravel()]),
    )


def _shorter(block: ComplexArray, times: int) -> ComplexArray:
    """Return the primitive matrix of a line of a part of its length."""
    half = len(block) // 2
    series = -block[:half, half:]
    shunt = block[:half, :half] - series, block[half:, half:] - series
    ends = [times * series + one / times for one in shunt]
    return np.block([[ends[0], -times * series], [-times * series, ends[1]]])


def _aiming(control: RegControl, volts: float) -> RegControl:
    """Return a regulator with another set point."""
    back = control.reversal
    return replace(
        control,
        target=replace(control.target, volts=volts),
        reversal=back and replace(back, target=replace(back.target, volts=volts)),
    )


def _edited(model: Model, edit: str) -> Model:
    """Return a model with one edit more; its digest is that of the one before and the edit."""
    digest = hashlib.sha256(f"{model.digest}\n{edit}".encode()).hexdigest()
    return Model(model.master, (*model.edits, edit), digest)


def _missing(circuit: Circuit, name: str) -> ModelError:
    return ModelError(
        f"{name} of {circuit.name} cannot be changed",
        why="the circuit has no such element in service, or was not read from a model",
        remedy="Name a line, transformer or regulator of a compiled circuit.",
    )
