"""What the batch engine refuses: circuits that it does not cover, and those whose matrix has no inverse."""

from collections.abc import Sequence

from scipy.sparse import csc_array

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, IntArray
from hcr.powerflow.passive import BatchModel, Uncovered

SHOWN = 5
"""Elements that a refusal names before it counts the rest."""


def covered(circuit: Circuit) -> BatchModel:
    """Return what the engine needs of a circuit that it covers whole.

    Raises
    ------
    ModelError
        There are elements that it does not cover; they are named, with the reasons.
    """
    if circuit.batch is None:
        raise ModelError(f"{circuit.name} was not compiled for the batch engine")
    if missing := circuit.batch.uncovered:
        raise _refusal(f"does not cover {len(missing)} elements of {circuit.name}", missing)
    return circuit.batch


def followed(circuit: Circuit) -> bool:
    """Return whether a circuit has controls that move taps or steps, all of which the engine follows.

    Raises
    ------
    ModelError
        It does not follow all; those that it cannot follow are named, with the reasons.
    """
    if circuit.controls is None:
        return False
    if missing := circuit.controls.uncovered:
        raise _refusal(f"does not follow {len(missing)} controls of {circuit.name}", missing)
    return len(circuit.controls) > 0


def _refusal(what: str, missing: Sequence[Uncovered]) -> ModelError:
    more = f"; and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return ModelError(
        f"the batch engine {what}",
        why="; ".join(str(one) for one in missing[:SHOWN]) + more,
        remedy="Solve with `--engine opendss`.",
    )


def check_pivots(circuit: Circuit, matrix: csc_array, vanished: IntArray) -> None:
    """Make sure that the nodes without a pivot are those that nothing is connected to; these stay at 0 V.

    Raises
    ------
    ModelError
        Others have none: the matrix is singular.
    """
    linked = [int(node) for node in vanished if abs(matrix[[int(node)]]).sum() > 0.0]
    if linked:
        raise ModelError(
            f"the matrix of {circuit.name} is singular at node {circuit.nodes.names[linked[0]]}",
            why=f"{len(linked)} of its nodes have voltages that nothing determines",
            remedy="Solve with `--engine opendss`, or tie that part of the model to ground.",
        )
