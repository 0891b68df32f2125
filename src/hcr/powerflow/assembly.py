"""The matrix that the batch engine factors: the network, with every draw at its nominal admittance."""

import numpy as np
from scipy.sparse import csc_array

from hcr.powerflow.circuit import GROUND, BoolArray, ComplexArray
from hcr.powerflow.passive import BatchModel


def loaded_matrix(model: BatchModel, nominal: ComplexArray) -> tuple[csc_array, BoolArray]:
    """Return Y with the nominal admittances of the draws, and which nodes have draws."""
    draws, network = model.draws, model.network
    ends = (
        (draws.node, draws.node, 1.0),
        (draws.other, draws.other, 1.0),
        (draws.node, draws.other, -1.0),
        (draws.other, draws.node, -1.0),
    )
    rows, columns, values = [network.row], [network.column], [network.admittance_s]
    for row, column, sign in ends:
        live = (row != GROUND) & (column != GROUND)
        rows.append(row[live])
        columns.append(column[live])
        values.append(sign * nominal[live])
    shape = (network.nodes, network.nodes)
    places = np.concatenate(rows), np.concatenate(columns)
    active = np.zeros(network.nodes, bool)
    for end in (draws.node, draws.other):
        active[end[end != GROUND]] = True
    return csc_array((np.concatenate(values), places), shape=shape), active
