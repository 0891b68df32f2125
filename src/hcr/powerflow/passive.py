"""The linear part of a circuit: admittances of everything that is no load, and the currents of the sources.

    Y V = J + I(V)

Y holds lines, transformers, capacitors, reactors and the sources' own admittance; J the sources' Norton
currents; I(V) what loads and generators inject. Y is complex symmetric: every element's primitive matrix is.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array

from hcr.powerflow.circuit import ComplexArray, FloatArray, IntArray

if TYPE_CHECKING:
    from hcr.powerflow.inverter_table import ModelInverter


@dataclass(frozen=True, slots=True)
class PassiveNetwork:
    """Admittances and source currents over the circuit's nodes.

    Attributes
    ----------
    nodes : number of nodes.
    row, column : (entries,) int; admittance_s : (entries,) complex [S]; repeated places add up.
    source_a : (nodes,) complex, Norton currents of the sources [A].
    block : (branches + 1,) int, where each branch's primitive matrix begins in `block_s`.
    block_s : complex, primitive admittances of the branches, row by row [S].
    """

    nodes: int
    row: IntArray
    column: IntArray
    admittance_s: ComplexArray
    source_a: ComplexArray
    block: IntArray
    block_s: ComplexArray

    def matrix(self) -> csc_array:
        """Return Y, (nodes, nodes) [S]."""
        shape = (self.nodes, self.nodes)
        return csc_array((self.admittance_s, (self.row, self.column)), shape=shape)


@dataclass(frozen=True, slots=True)
class Draws:
    """Single-phase draws: each phase of each load, generator, PV system and storage.

    A draw takes the current `(P gp - j Q gq) V` at the voltage V across it, where gp and gq depend on the
    model and on |V| alone (see `draw_kernels`).

    Attributes
    ----------
    injector : (draws,) int, element in the circuit's injectors.
    node, other : (draws,) int, terminals; `GROUND` for the reference.
    share : (draws,) float, part of the element's power; negative where positive power is produced.
    kind : (draws,) int, one of the kinds of `draw_kernels`.
    base_v : (draws,) float, rated voltage across the draw [V].
    low_v, min_v, max_v : (draws,) float, voltages where the model changes [V].
    coefficients : (draws, 7) float, ZIP shares and cut-off, or CVR exponents; zero otherwise.
    """

    injector: IntArray
    node: IntArray
    other: IntArray
    share: FloatArray
    kind: IntArray
    base_v: FloatArray
    low_v: FloatArray
    min_v: FloatArray
    max_v: FloatArray
    coefficients: FloatArray

    def __len__(self) -> int:
        return len(self.injector)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """An element that the batch engine cannot solve, and why."""

    element: str
    reason: str

    def __str__(self) -> str:
        return f"{self.element}: {self.reason}"


@dataclass(frozen=True, slots=True)
class BatchModel:
    """What the batch engine needs of a circuit.

    Attributes
    ----------
    network : the linear part; draws : everything else that takes or gives power.
    controls : names of enabled elements that change taps or switches; the engine holds those.
    uncovered : elements that it cannot solve, with the reasons.
    inverters : those of the model that follow curves.
    """

    network: PassiveNetwork
    draws: Draws
    controls: tuple[str, ...]
    uncovered: tuple[Uncovered, ...]
    inverters: "tuple[ModelInverter, ...]" = ()


def nominal_admittance(draws: Draws, power_w: FloatArray, power_var: FloatArray) -> ComplexArray:
    """Return the admittance of each draw at rated voltage, conj(S) / V², (draws,) [S].

    Parameters
    ----------
    power_w, power_var : (injectors,) power of the elements [W], [var]; NaN counts as zero.
    """
    power = np.nan_to_num(power_w) - 1j * np.nan_to_num(power_var)
    return np.asarray(power[draws.injector] * draws.share / draws.base_v**2)
