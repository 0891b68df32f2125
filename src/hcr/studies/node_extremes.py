"""The lowest and highest voltage of every node, block by block."""

from collections.abc import Callable

import numpy as np

from hcr.network.zones import DEAD_PU
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.studies.row_extremes import RowExtremes
from hcr.studies.zone_series import Extreme


class NodeExtremes:
    """Lowest and highest voltage of every node so far, and the lane of each."""

    def __init__(self, circuit: Circuit) -> None:
        nodes = circuit.nodes
        self._names = nodes.names
        self._scale = np.where(nodes.base_v > 0, 1.0 / np.where(nodes.base_v > 0, nodes.base_v, 1.0), np.nan)
        self._low, self._high = RowExtremes.lowest(len(nodes)), RowExtremes.highest(len(nodes))

    def add(self, solution: Solution) -> FloatArray:
        """Take one block and return its voltages, (nodes, lanes) [pu]; NaN where there is no supply."""
        per_unit = np.abs(solution.voltage_v) * self._scale[:, None]
        dead = per_unit < DEAD_PU
        if dead.any():
            per_unit[dead] = np.nan
        self._low.take(per_unit, solution.first_lane)
        self._high.take(per_unit, solution.first_lane)
        return per_unit

    def lowest(self, nodes: IntArray) -> Extreme:
        """Return the lowest voltage among some nodes."""
        return self._among(nodes, self._low, np.argmin)

    def highest(self, nodes: IntArray) -> Extreme:
        """Return the highest voltage among some nodes."""
        return self._among(nodes, self._high, np.argmax)

    def _among(
        self, nodes: IntArray, extremes: RowExtremes, worst: Callable[[FloatArray], np.intp]
    ) -> Extreme:
        """Return the worst of some nodes, the first if several; without any supply there is none."""
        values, lanes = extremes.values, extremes.lanes
        node = int(nodes[worst(values[nodes])]) if len(nodes) else -1
        if node < 0 or not np.isfinite(values[node]):
            return Extreme(float("nan"), "", 0)
        return Extreme(float(values[node]), self._names[node], int(lanes[node]))
