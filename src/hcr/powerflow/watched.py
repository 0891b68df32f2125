"""What the reductions look at in every lane: currents at the head of branches, the balance of every node."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array

from hcr.powerflow.circuit import Circuit, ComplexArray, FloatArray, IntArray, Parts
from hcr.powerflow.factor import parts_of
from hcr.powerflow.passive import PassiveNetwork
from hcr.powerflow.tail import Moved


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a linear map from the changes at the places to currents, as the compiled loops take them.

    Attributes
    ----------
    first : where each row begins, (rows + 1,); columns : places; entries : real and imaginary parts [S].
    at_rest : current of each row at zero change, real and imaginary [A].
    """

    first: IntArray
    columns: IntArray
    entries: Parts
    at_rest: Parts

    @classmethod
    def of(cls, matrix: csr_array, at_rest: ComplexArray) -> "Rows":
        """Return the rows of a matrix."""
        return cls(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int64),
            parts_of(matrix.data.astype(np.complex128)),
            parts_of(at_rest),
        )

    def columns_of_loop(self) -> tuple[IntArray, FloatArray, FloatArray, IntArray, Parts]:
        """Return first, real and imaginary entries, places, and the currents at rest."""
        return (self.first, *self.entries, self.columns, self.at_rest)


@dataclass(frozen=True, slots=True)
class Watched:
    """The phase conductors at terminal 1 of all closed series branches, and the balance of every node.

    Attributes
    ----------
    branch, conductor : (rows,) int, which branch and which conductor each row is of.
    moved_row : (moved conductors,) int, row of each conductor of a moved branch, -1 for none.
    currents : their currents; balance : what flows off each place into the network and the draws' nominal
        admittances, less what the sources give.
    """

    branch: IntArray
    conductor: IntArray
    moved_row: IntArray
    currents: Rows
    balance: Rows


def watched(
    circuit: Circuit,
    network: PassiveNetwork,
    matrix: csc_array,
    position: IntArray,
    start: ComplexArray,
    moved: Moved,
) -> Watched:
    """Return what is watched of a circuit.

    Parameters
    ----------
    matrix : the network with the draws' nominal admittances, by node [S].
    position : place of each node; start : voltage at zero change, by place [V].
    moved : branches that are left out of both, because their matrices are each lane's own.
    """
    branch, conductor = monitored(circuit)
    heads = currents_into(circuit, network, position, conductor, moved.branch)
    order = np.argsort(position)
    rows, columns, live = moved.links
    present = csc_array((moved.present_s[live], (rows, columns)), shape=matrix.shape)
    balance = csr_array((matrix - present)[order][:, order])
    row = {int(one): at for at, one in enumerate(conductor)}
    return Watched(
        branch,
        conductor,
        np.array([row.get(int(one), -1) for one in moved.conductor], np.int64),
        Rows.of(heads, heads @ start),
        Rows.of(balance, balance @ start - network.source_a[order]),
    )


def monitored(circuit: Circuit) -> tuple[IntArray, IntArray]:
    """Return branch and conductor of every monitored row: phases at the head of closed series branches."""
    table, branches = circuit.branches.elements, circuit.branches
    owner = np.repeat(np.arange(len(table)), np.diff(table.first))
    number = np.append(circuit.nodes.number, 0)[table.node]
    phases = (table.terminal == 1) & (number >= 1) & (number <= 3)
    conductor = np.flatnonzero(phases & ~branches.shunt[owner] & branches.closed[owner])
    return owner[conductor], conductor


def currents_into(
    circuit: Circuit, network: PassiveNetwork, position: IntArray, conductor: IntArray, left_out: IntArray
) -> csr_array:
    """Return the rows of the primitive matrices of some branch conductors, by place.

    Rows of branches that are left out are there, and empty.
    """
    table = circuit.branches.elements
    branch = np.searchsorted(table.first, conductor, side="right") - 1
    width = np.diff(table.first)[branch]
    begin = network.block[branch] + (conductor - table.first[branch]) * width
    entries = _spans(begin, width)
    ends = table.node[_spans(table.first[branch], width)]
    live = (ends >= 0) & ~np.isin(np.repeat(branch, width), left_out)
    row = np.repeat(np.arange(len(branch)), width)[live]
    places = (row, position[ends[live]])
    return csr_array((network.block_s[entries[live]], places), shape=(len(branch), len(position)))


def _spans(first: IntArray, width: IntArray) -> IntArray:
    """Return all numbers of some spans, one span after the other."""
    offsets = np.concatenate(([0], np.cumsum(width)))
    return np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], width)


NOTHING = Rows.of(csr_array((0, 1), dtype=np.complex128), np.empty(0, np.complex128))
"""No rows."""
