"""Where customers' voltages are measured: each phase conductor against the neutral."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import GROUND, Circuit, ComplexArray, FloatArray, IntArray

PHASES = 3


@dataclass(frozen=True, slots=True)
class MeteredPhases:
    """The metered phases of customers, customer after customer.

    Attributes
    ----------
    node, neutral : (rows,) int node indices, `GROUND` where the neutral is the ground.
    phase : (rows,) int 0 to 2; customer : (rows,) int.
    first : (customers,) int, first row of each customer.
    """

    node: IntArray
    neutral: IntArray
    phase: IntArray
    customer: IntArray
    first: IntArray

    @classmethod
    def of(cls, circuit: Circuit, injectors: Sequence[int] | IntArray) -> "MeteredPhases":
        """Return the phases of customers whose loads are at these places of the circuit."""
        rows: list[tuple[int, int, int, int]] = []
        for customer, injector in enumerate(injectors):
            rows += [(*one, customer) for one in phases_at(circuit, int(injector))]
        table = np.array(rows, np.int64).reshape(-1, 4).T
        first = np.searchsorted(table[3], np.arange(len(injectors)))
        return cls(table[0], table[1], table[2], table[3], first.astype(np.int64))

    def volts(self, voltage_v: ComplexArray) -> FloatArray:
        """Return the size of each voltage, phase to neutral, (rows, lanes) [V].

        Parameters
        ----------
        voltage_v : (nodes, lanes) complex, voltage to ground of all nodes of the circuit [V].
        """
        wired = np.flatnonzero(self.neutral != GROUND)
        volts = voltage_v[self.node]
        volts[wired] -= voltage_v[self.neutral[wired]]
        return np.asarray(np.abs(volts))


def phases_at(circuit: Circuit, injector: int) -> list[tuple[int, int, int]]:
    """Return (node, neutral, phase) of each phase at an element.

    The neutral is the element's own neutral wire, node 4 or higher, or else the ground: a voltage between
    phases, at a delta or a single-phase load across two phases, is never taken for one against neutral.
    """
    elements, numbers = circuit.injectors.elements, circuit.nodes.number
    wires = elements.node[elements.conductors(injector, 1)]
    nodes = list(dict.fromkeys(int(node) for node in wires if node != GROUND))
    neutral = next((node for node in nodes if numbers[node] > PHASES), GROUND)
    return [(node, neutral, int(numbers[node]) - 1) for node in nodes if numbers[node] <= PHASES]
