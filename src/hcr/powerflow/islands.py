"""Parts of a network that nothing ties to ground: nothing determines their voltages."""

import numpy as np
from scipy.sparse.csgraph import connected_components

from hcr.powerflow.assembly import loaded_matrix
from hcr.powerflow.circuit import Injectors, IntArray
from hcr.powerflow.factor_kernels import SINGULAR
from hcr.powerflow.passive import BatchModel, nominal_admittance


def floating_islands(model: BatchModel, injectors: Injectors) -> IntArray:
    """Return one node of each island without a way to ground, draws at their nominal admittances included.

    The admittances at every node of such an island add up to nothing. A node that nothing is connected to
    is no island: it stays at 0 V.
    """
    nominal = nominal_admittance(model.draws, injectors.power_w, injectors.power_var)
    matrix = loaded_matrix(model, nominal)[0]
    largest = np.asarray(abs(matrix).max(axis=1).todense()).ravel()
    tied = np.abs(np.asarray(matrix.sum(axis=1)).ravel()) > SINGULAR * largest
    count, island = connected_components(abs(matrix), directed=False)
    grounded = np.zeros(count, bool)
    grounded[island[tied | (largest == 0.0)]] = True
    return np.array([np.flatnonzero(island == one)[0] for one in np.flatnonzero(~grounded)], np.int64)
