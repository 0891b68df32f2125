"""The draws of a circuit as columns, in the order in which the compiled loops take them."""

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.inverter_table import NO_INVERTERS, Columns
from hcr.powerflow.passive import Draws

DrawTable = tuple[
    IntArray,
    IntArray,
    IntArray,
    FloatArray,
    IntArray,
    FloatArray,
    FloatArray,
    FloatArray,
    FloatArray,
    FloatArray,
    Columns,
]
"""The columns of `Draws`, as the compiled loops take them, and those of the inverters."""


def draw_table(draws: Draws, order: IntArray, node: IntArray, other: IntArray) -> DrawTable:
    """Return the draws in an order, with other numbers for their terminals, and no inverters."""
    return (
        draws.injector[order],
        node[order].astype(np.int64),
        other[order].astype(np.int64),
        draws.share[order],
        draws.kind[order],
        draws.base_v[order],
        draws.low_v[order],
        draws.min_v[order],
        draws.max_v[order],
        draws.coefficients[order],
        NO_INVERTERS,
    )


def draw_ends(node: IntArray, other: IntArray, places: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the draws at each place: where each begins, draws, 1 for their first end or -1 for the other.

    Parameters
    ----------
    node, other : (draws,) place of either end; `places` is the ground, which has none.
    """
    end, draw = np.concatenate([node, other]), np.tile(np.arange(len(node)), 2)
    sign = np.repeat([1.0, -1.0], len(node))
    order = np.argsort(end, kind="stable")[: int((end < places).sum())]
    counts = np.bincount(end[order], minlength=places)
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return first, draw[order].astype(np.int64), sign[order]
