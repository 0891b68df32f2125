"""A circuit after an upgrade: made in its arrays where that can be done, else compiled."""

from pathlib import Path

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.circuit_edits import with_parallel_line, with_scaled_transformer, with_set_point
from hcr.powerflow.compilation import compile_model
from hcr.studies.interconnection.feeder import rated_by_opendss
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind


def upgraded(circuit: Circuit, upgrade: Upgrade, cache: Path | None = None) -> Circuit:
    """Return a circuit after an upgrade, with the ratings of OpenDSS.

    Parameters
    ----------
    cache : folder of compiled circuits.

    Raises
    ------
    ModelError
        OpenDSS refuses the upgrade, or the circuit has no such element.
    """
    match upgrade.kind:
        case UpgradeKind.LINE:
            return with_parallel_line(circuit, upgrade.element)
        case UpgradeKind.TRANSFORMER:
            return with_scaled_transformer(circuit, upgrade.element, upgrade.new / upgrade.old)
        case UpgradeKind.REGULATOR:
            return with_set_point(circuit, upgrade.element, upgrade.new)
        case _:
            edits = (*circuit.model.edits, *upgrade.edits)
            return rated_by_opendss(compile_model(circuit.model.master, edits=edits, cache=cache))
