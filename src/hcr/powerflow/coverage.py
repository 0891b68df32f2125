"""What keeps a circuit from the batch engine: elements whose behaviour it lacks, each with the reason.

Where nothing keeps it, both engines give the same answers.
"""

from collections.abc import Sequence

from hcr.powerflow.circuit import GROUND, Circuit
from hcr.powerflow.lanes import Injections
from hcr.powerflow.opendss import elements_that_vary
from hcr.powerflow.passive import Uncovered

SHOWN = 3
"""Elements that a sentence names before it counts the rest."""


def uncovered_elements(circuit: Circuit, injections: Injections, *, mode: str) -> tuple[Uncovered, ...]:
    """Return the elements that the batch engine cannot solve as OpenDSS does.

    Elements without injections keep one power in the batch engine, so those that follow a load shape in the
    model, a load multiplier or their own state of charge are among them; and so are the controls that it
    does not follow.

    Parameters
    ----------
    mode : time mode of the engine, which chooses the load shapes.
    """
    if circuit.batch is None:
        return (Uncovered(circuit.name, "it was not compiled for the batch engine"),)
    left = _left_alone(circuit, injections)
    # The engine is asked only where something is left alone: compiling once more takes time.
    varying = elements_that_vary(circuit.model, left, mode=mode) if left else ()
    controls = circuit.controls.uncovered if circuit.controls is not None else ()
    return (*circuit.batch.uncovered, *varying, *controls)


def protection_held(circuit: Circuit) -> tuple[str, ...]:
    """Return fuses, relays, reclosers and switch controls, which the batch engine leaves as they are."""
    return circuit.controls.held if circuit.controls is not None else ()


def sentence(missing: Sequence[Uncovered]) -> str:
    """Return the first few elements with their reasons, and how many more there are."""
    more = f"; and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return "; ".join(str(one) for one in missing[:SHOWN]) + more


def _left_alone(circuit: Circuit, injections: Injections) -> tuple[str, ...]:
    """Return the elements in service that the injections do not name."""
    given = {name.lower() for name in injections.elements}
    elements = circuit.injectors.elements
    return tuple(
        name
        for at, name in enumerate(elements.names)
        if name.lower() not in given and (elements.node[elements.conductors(at, 1)] != GROUND).any()
    )
