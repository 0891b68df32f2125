"""Units that a block of scenarios has besides its circuit, by phase, as the compiled loops take them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray, Parts
from hcr.powerflow.inverter_table import settings_of, spans_of
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.scenarios import Scenario, Unit

Columns = tuple[IntArray | FloatArray, ...]

NO_UNITS: tuple[Columns, Columns, Columns] = (
    (*(np.empty(0, np.int64) for _ in range(3)), *(np.empty(0) for _ in range(4))),
    (
        *(np.empty(0, np.int64) for _ in range(2)),
        *(np.empty((0, LANES)) for _ in range(2)),
        *(np.empty(0) for _ in range(2)),
    ),
    (np.empty(0, np.int64), spans_of([]), np.empty(0), *settings_of([])),
)
"""No such units, as `solve_block` takes them."""


@dataclass(frozen=True, slots=True)
class UnitRows:
    """The phases of some units.

    Attributes
    ----------
    lane : (phases,) int, lane of each; node : (phases,) int, circuit node.
    output : watts and var of each phase, (phases, steps) each.
    least, most : (phases,) float, squares of the voltages between which its power is constant [V²].
    driven : inverters: lane, phases (first and last), 1 / rated voltage of each phase, settings.
    """

    lane: IntArray
    node: IntArray
    output: Parts
    least: FloatArray
    most: FloatArray
    driven: Columns

    @classmethod
    def of(cls, units: Sequence[tuple[int, Unit]], places: "UnitNodes", steps: int) -> "UnitRows":
        """Return some units, each in a lane.

        Raises
        ------
        ModelError
            A unit is at no node, or at one that units cannot be at, or its curve does not fit the day.
        """
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
            driven=_driven(units, sizes, 1.0 / base),
        )


def _driven(units: Sequence[tuple[int, Unit]], sizes: Sequence[int], scale: FloatArray) -> Columns:
    """Return the inverters of some units as `move` takes them; `scale` is by phase."""
    having = [(at, lane, unit.inverter) for at, (lane, unit) in enumerate(units) if unit.inverter]
    lanes = np.array([lane for _, lane, _ in having], np.int64)
    spans = spans_of(sizes)[[at for at, _, _ in having]].reshape(-1, 2)
    return (lanes, np.ascontiguousarray(spans), scale, *settings_of([inverter for _, _, inverter in having]))


@dataclass(frozen=True, slots=True)
class CommonUnits:
    """Units that all lanes have: those side by side, and those whose inverters each lane has for itself."""

    shared: UnitRows
    driven: tuple[Unit, ...]

    @classmethod
    def of(cls, units: Sequence[Unit], places: "UnitNodes", steps: int) -> "CommonUnits":
        """Return some units; see `UnitRows.of` for what is refused."""
        shared = UnitRows.of([(0, unit) for unit in units if not unit.inverter], places, steps)
        return cls(shared, tuple(unit for unit in units if unit.inverter))


@dataclass(frozen=True, slots=True)
class BlockUnits:
    """The units of a block's lanes: those that a lane has for itself, and those that all have.

    Attributes
    ----------
    begins, ends : (lanes,) int, first step at which the units of a lane's own give power, and the first after
        the last one; the number of steps for a lane without any.
    """

    own: UnitRows
    shared: UnitRows
    begins: IntArray
    ends: IntArray

    @classmethod
    def of(
        cls, scenarios: Sequence[Scenario], common: CommonUnits, places: "UnitNodes", steps: int
    ) -> "BlockUnits":
        """Return the units of some scenarios; see `UnitRows.of` for what is refused."""
        units = [(lane, unit) for lane, one in enumerate(scenarios) for unit in (*one.units, *common.driven)]
        own = UnitRows.of(units, places, steps)
        spans = np.array([_span(scenario, steps) for scenario in scenarios], np.int64).reshape(-1, 2)
        return cls(own, common.shared, spans[:, 0], spans[:, 1])

    @property
    def always(self) -> bool:
        """Return whether each lane's own units give power at the first step and at the last."""
        steps = self.own.output[0].shape[1]
        return bool((self.begins == 0).all() and (self.ends == steps).all())

    def columns(self, places: IntArray, first_row: int, lanes: int) -> tuple[tuple[Columns, ...], IntArray]:
        """Return them as `solve_block` takes them, and the place of each of their rows.

        Units at the same place share a row.

        Parameters
        ----------
        places : place of each node among those with draws; first_row : number of the first row of units;
        lanes : width of the block.
        """
        own, shared = self.own, self.shared
        at = places[np.concatenate([own.node, shared.node])]
        rows, row = np.unique(at, return_inverse=True)
        row, count = row.astype(np.int64) + first_row, len(own.node)
        power = np.zeros((2, count)), np.zeros((2, len(shared.node), lanes))
        columns = (
            (own.lane, at[:count], row[:count], *power[0], own.least, own.most),
            (at[count:], row[count:], *power[1], shared.least, shared.most),
            own.driven,
        )
        return columns, rows


def _span(scenario: Scenario, steps: int) -> tuple[int, int]:
    """Return the first step at which a scenario's units give power, and the first after the last one."""
    gives = np.zeros(steps, bool)
    for unit in scenario.units:
        gives |= unit.gives()
    lit = np.flatnonzero(gives)
    return (int(lit[0]), int(lit[-1]) + 1) if len(lit) else (steps, steps)


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
