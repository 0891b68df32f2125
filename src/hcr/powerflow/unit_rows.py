"""Units that only some lanes of a block have, phase by phase, as the compiled loops take them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray, Parts
from hcr.powerflow.scenarios import Scenario, Unit

Columns = tuple[IntArray | FloatArray, ...]

NO_UNITS: Columns = (*(np.empty(0, np.int64) for _ in range(3)), *(np.empty(0) for _ in range(4)))
"""No such units, as `solve_block` takes them."""


@dataclass(frozen=True, slots=True)
class UnitRows:
    """The phases of all units of a block's scenarios.

    Attributes
    ----------
    lane : (phases,) int, scenario of each; node : (phases,) int, circuit node.
    output : watts and var of each phase, (phases, steps) each.
    least, most : (phases,) float, squares of the voltages between which its power is constant [V²].
    """

    lane: IntArray
    node: IntArray
    output: Parts
    least: FloatArray
    most: FloatArray

    @classmethod
    def of(cls, scenarios: Sequence[Scenario], places: "UnitNodes", steps: int) -> "UnitRows":
        """Return the units of some scenarios.

        Raises
        ------
        ModelError
            A unit is at no node, or at one that units cannot be at, or its curve does not fit the day.
        """
        units = [(lane, unit) for lane, scenario in enumerate(scenarios) for unit in scenario.units]
        for _, unit in units:
            _check(unit, steps)
        sizes = [len(unit.nodes) for _, unit in units]
        node = np.array([places[name] for _, unit in units for name in unit.nodes], np.int64)
        base = places.base_v[node]
        bands = np.array([unit.band_pu for _, unit in units], float).reshape(-1, 2).repeat(sizes, axis=0)
        output = [np.empty((0, steps)), np.empty((0, steps))]
        if units:
            share = 1.0 / np.repeat(sizes, sizes)[:, None]
            output = [
                np.repeat([getattr(unit, part) for _, unit in units], sizes, axis=0) * share
                for part in ("power_w", "power_var")
            ]
        return cls(
            lane=np.repeat(np.array([lane for lane, _ in units], np.int64), sizes),
            node=node,
            output=(output[0], output[1]),
            least=(bands[:, 0] * base) ** 2,
            most=(bands[:, 1] * base) ** 2,
        )

    def columns(self, places: IntArray, first_row: int) -> tuple[Columns, IntArray]:
        """Return them as `solve_block` takes them, and the place of each of their rows.

        Units at the same place share a row.

        Parameters
        ----------
        places : place of each node among those with draws; first_row : number of the first row of units.
        """
        rows, row = np.unique(places[self.node], return_inverse=True)
        power = np.zeros(len(self.lane)), np.zeros(len(self.lane))
        columns = (self.lane, places[self.node], first_row + row, *power, self.least, self.most)
        return columns, rows


class UnitNodes:
    """The nodes that units can be at, by name.

    Raises
    ------
    ModelError
        One is not in the circuit, or has no nominal voltage.
    """

    def __init__(self, circuit: Circuit, names: Sequence[str]) -> None:
        number = {name.lower(): at for at, name in enumerate(circuit.nodes.names)}
        self.base_v = circuit.nodes.base_v
        for name in names:
            if name.lower() not in number or not self.base_v[number[name.lower()]] > 0.0:
                raise ModelError(
                    f"no unit can be at node {name}",
                    why=f"{circuit.name} has no node of that name with a nominal voltage",
                    remedy="Name nodes as bus and number, such as `b1.1`, and set the model's voltage bases.",
                )
        self._number = {name.lower(): number[name.lower()] for name in names}

    @property
    def numbers(self) -> list[int]:
        """Return the nodes, ascending."""
        return sorted(self._number.values())

    def __getitem__(self, name: str) -> int:
        if name.lower() not in self._number:
            raise ModelError(
                f"a unit is at node {name}, which the walk was not made for",
                remedy="Name all nodes that units can be at when making the `ScenarioWalk`.",
            )
        return self._number[name.lower()]


def _check(unit: Unit, steps: int) -> None:
    """Make sure that a unit has phases and a curve for every step."""
    where = unit.nodes[0] if unit.nodes else "no node"
    if not unit.nodes:
        raise ModelError("a unit is at no node", remedy="Name the nodes of its phases.")
    for name in ("power_w", "power_var"):
        curve = np.asarray(getattr(unit, name))
        if curve.shape != (steps,) or not np.isfinite(curve).all():
            raise ModelError(
                f"{name} of the unit at {where} does not fit the day",
                why=f"it has the shape {curve.shape}, the day {steps} steps, and all must be numbers",
                remedy="Give a number for each step.",
            )
