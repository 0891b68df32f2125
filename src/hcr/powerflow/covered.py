"""What the batch engine refuses: circuits that it does not cover, and those whose matrix has no inverse."""

from scipy.sparse import csc_array

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, IntArray
from hcr.powerflow.passive import BatchModel


def covered(circuit: Circuit) -> BatchModel:
    """Return what the engine needs of a circuit that it covers whole.

    Raises
    ------
    ModelError
        There are elements that it does not cover; they are named, with the reasons.
    """
    if circuit.batch is None:
        raise ModelError(f"{circuit.name} was not compiled for the batch engine")
    missing = circuit.batch.uncovered
    if missing:
        more = f"; and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise ModelError(
            f"the batch engine does not cover {len(missing)} elements of {circuit.name}",
            why="; ".join(str(one) for one in missing[:5]) + more,
            remedy="Solve with `--engine opendss`.",
        )
    return circuit.batch


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
