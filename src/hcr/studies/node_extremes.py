"""The lowest and highest voltage of every node, block by block."""

from collections.abc import Callable

import numpy as np

from hcr.network.zones import DEAD_PU
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.studies.zone_series import Extreme


class NodeExtremes:
    """Lowest and highest voltage of every node so far, and the lane of each."""

    def __init__(self, circuit: Circuit) -> None:
        nodes = circuit.nodes
        self._names = nodes.names
        self._scale = np.where(nodes.base_v > 0, 1.0 / np.where(nodes.base_v > 0, nodes.base_v, 1.0), np.nan)
        self.low, self.high = np.full(len(nodes), np.inf), np.full(len(nodes), -np.inf)
        self.low_lane, self.high_lane = np.zeros(len(nodes), np.int64), np.zeros(len(nodes), np.int64)

    def add(self, solution: Solution) -> FloatArray:
        """Take one block and return its voltages, (nodes, lanes) [pu]; NaN where there is no supply."""
        per_unit = np.abs(solution.voltage_v) * self._scale[:, None]
        per_unit[per_unit < DEAD_PU] = np.nan
        low, high = np.nan_to_num(per_unit, nan=np.inf), np.nan_to_num(per_unit, nan=-np.inf)
        self._keep(low.argmin(axis=1), low, solution.first_lane, lowest=True)
        self._keep(high.argmax(axis=1), high, solution.first_lane, lowest=False)
        return per_unit

    def lowest(self, nodes: IntArray) -> Extreme:
        """Return the lowest voltage among some nodes."""
        return self._among(nodes, self.low, self.low_lane, np.argmin)

    def highest(self, nodes: IntArray) -> Extreme:
        """Return the highest voltage among some nodes."""
        return self._among(nodes, self.high, self.high_lane, np.argmax)

    def _keep(self, at: IntArray, values: FloatArray, first: int, *, lowest: bool) -> None:
        found = values[np.arange(len(values)), at]
        best, lanes = (self.low, self.low_lane) if lowest else (self.high, self.high_lane)
        better = found < best if lowest else found > best
        best[better] = found[better]
        lanes[better] = at[better] + first

    def _among(
        self, nodes: IntArray, values: FloatArray, lanes: IntArray, worst: Callable[[FloatArray], np.intp]
    ) -> Extreme:
        """Return the worst of some nodes, the first if several; without any supply there is none."""
        node = int(nodes[worst(values[nodes])]) if len(nodes) else -1
        if node < 0 or not np.isfinite(values[node]):
            return Extreme(float("nan"), "", 0)
        return Extreme(float(values[node]), self._names[node], int(lanes[node]))
