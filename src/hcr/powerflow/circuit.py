"""A compiled circuit as plain arrays: nodes, branches, loads, generators; no customers, no years."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hcr.powerflow.circuit_tree import alike, seal

if TYPE_CHECKING:
    from hcr.powerflow.controls import Controls
    from hcr.powerflow.equipment import Equipment
    from hcr.powerflow.passive import BatchModel
    from hcr.powerflow.windings import Windings

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Parts = tuple[FloatArray, FloatArray]
"""Real and imaginary parts of an array."""

GROUND = -1
"""Node index of the ground reference."""


@dataclass(frozen=True, slots=True)
class Model:
    """Where a circuit comes from: OpenDSS files, and edits applied after compiling them.

    Attributes
    ----------
    master : entry file of the OpenDSS model.
    edits : OpenDSS commands run after `compile`, before the first solution.
    digest : SHA-256 over the contents of the model's files and the edits.
    """

    master: Path
    edits: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Nodes:
    """Every node of the circuit, in the engine's order.

    Attributes
    ----------
    names : (nodes,) `bus.number`, lower case.
    buses : (nodes,) name of the node's bus.
    number : (nodes,) int, the number after the dot; 1 to 3 are phases, 4 is the neutral by convention.
    base_v : (nodes,) float, nominal voltage to ground [V]; 0 where the model has none.
    x, y : (nodes,) float, coordinates of the bus as the model has them, NaN without any.
    """

    names: tuple[str, ...]
    buses: tuple[str, ...]
    number: IntArray
    base_v: FloatArray
    x: FloatArray = field(default_factory=lambda: np.empty(0))
    y: FloatArray = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Elements:
    """A table of circuit elements of one role; conductors are flattened over terminals and elements.

    Attributes
    ----------
    names : (elements,) full names such as `Line.l1`, in the engine's spelling.
    buses : (elements,) bus names by terminal, without node numbers.
    first : (elements + 1,) int, offset of each element's conductors.
    terminal : (conductors,) int, terminal number, 1 based.
    node : (conductors,) int, node index of each conductor, `GROUND` for the reference.
    """

    names: tuple[str, ...]
    buses: tuple[tuple[str, ...], ...]
    first: IntArray
    terminal: IntArray
    node: IntArray

    def __len__(self) -> int:
        return len(self.names)

    def conductors(self, element: int, terminal: int) -> IntArray:
        """Return the conductor indices of one terminal of one element."""
        span = np.arange(self.first[element], self.first[element + 1])
        return np.asarray(span[self.terminal[span] == terminal])


@dataclass(frozen=True, slots=True)
class Branches:
    """Power-delivery elements with their ratings at terminal 1.

    Attributes
    ----------
    elements : the table of names, buses and conductors.
    normal_a, emergency_a : (branches,) float, rated phase current at terminal 1 [A]; NaN if there is none.
    rated_kva : (branches,) float, nameplate of transformers [kVA]; NaN elsewhere.
    shunt : (branches,) bool, true for elements with a single bus (capacitors, reactors to ground).
    closed : (branches,) bool, in service and open at no end; as the model states it.
    """

    elements: Elements
    normal_a: FloatArray
    emergency_a: FloatArray
    rated_kva: FloatArray
    shunt: NDArray[np.bool_]
    closed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.elements)


@dataclass(frozen=True, slots=True)
class Injectors:
    """Elements that draw or produce power: loads, generators, PV systems, storage, in that order.

    Attributes
    ----------
    elements : the table of names, buses and conductors; those out of service are connected to nothing.
    power_w, power_var : (elements,) float, power as the model states it [W], [var]; loads positive when
        drawing, others when producing; of PV systems and storage what they do in the model as written.
    rated_v : (elements,) float, rated voltage of loads and generators as the model states it: across the
        element for one phase, phase to phase otherwise [V]; NaN elsewhere.
    phases : (elements,) int, number of phases; delta : (elements,) bool, connected phase to phase.
    """

    elements: Elements
    power_w: FloatArray
    power_var: FloatArray
    rated_v: FloatArray
    phases: IntArray
    delta: NDArray[np.bool_]

    def connection(self, element: int, nodes: Nodes) -> str:
        """Return an element's bus with its node numbers, as OpenDSS writes it: `lv1.2.4`."""
        ends = self.elements.node[self.elements.conductors(element, 1)]
        numbers = [0 if node == GROUND else int(nodes.number[node]) for node in ends]
        return ".".join([self.elements.buses[element][0], *(str(number) for number in numbers)])

    def is_load(self, element: int) -> bool:
        """Return whether the element is a Load."""
        return self.elements.names[element].lower().startswith("load.")


@dataclass(frozen=True, slots=True, eq=False)
class Circuit:
    """An immutable, picklable picture of a compiled OpenDSS circuit; `model.digest` identifies it.

    Its arrays are read-only. Two circuits are equal if they hold the same, be their files in other folders.

    Attributes
    ----------
    batch : what the batch engine needs besides; controls : those that move taps and capacitor steps;
        windings : of its transformers; equipment : lengths, set points, protection. A circuit written by hand
        may lack all of these.
    """

    model: Model
    name: str
    frequency_hz: float
    nodes: Nodes
    branches: Branches
    injectors: Injectors
    source_bus: str
    batch: "BatchModel | None" = None
    controls: "Controls | None" = None
    windings: "Windings | None" = None
    equipment: "Equipment | None" = None

    def __post_init__(self) -> None:
        seal(self._content())

    def __reduce__(self) -> tuple[type["Circuit"], tuple[object, ...]]:
        """Arrays are unpickled writeable: a copy is made as any other circuit is."""
        return Circuit, (self.model, self.name, *self._content())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Circuit):
            return NotImplemented
        return self is other or (self._key() == other._key() and alike(self._content(), other._content()))

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.model.digest, self.model.edits, self.name

    def _content(self) -> tuple[object, ...]:
        return (
            *(self.frequency_hz, self.nodes, self.branches, self.injectors),
            *(self.source_bus, self.batch, self.controls, self.windings, self.equipment),
        )
