"""A circuit after an upgrade, made from the arrays of the circuit before it where that is possible."""

from collections.abc import Callable, Mapping

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.circuit_edits import with_parallel_line, with_scaled_transformer, with_set_point
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

_MADE: Mapping[UpgradeKind, Callable[[Circuit, Upgrade], Circuit]] = {
    UpgradeKind.LINE: lambda circuit, one: with_parallel_line(circuit, one.element),
    UpgradeKind.TRANSFORMER: lambda circuit, one: with_scaled_transformer(
        circuit, one.element, one.new / one.old
    ),
    UpgradeKind.REGULATOR: lambda circuit, one: with_set_point(circuit, one.element, one.new),
}


def upgraded(circuit: Circuit, upgrade: Upgrade) -> Circuit | None:
    """Return a circuit with one upgrade more; None where it must be compiled again.

    Raises
    ------
    ModelError
        The circuit has no such element.
    """
    make = _MADE.get(upgrade.kind)
    return make(circuit, upgrade) if make else None
