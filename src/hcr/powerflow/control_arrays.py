"""Controls of a circuit as the compiled loops take them: rules, where they look, where each lane stands."""

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.control_state import queue_of, where_at_first
from hcr.powerflow.control_table import ControlTable
from hcr.powerflow.lane_block import LANES


def rules_of(table: ControlTable) -> tuple[FloatArray | IntArray, ...]:
    """Return the rules as `act` takes them."""
    controls = table.controls
    return (
        *(table.regulator_numbers, table.regulator_choices),
        *(table.capacitor_numbers, table.capacitor_choices),
        np.array([bank.size for bank in controls.banks], np.int64),
        np.array(controls.order, np.int64),
    )


class ControlArrays:
    """The controls of an engine's circuit, for the lanes of a block.

    Attributes
    ----------
    where : where each lane stands; carried : the same of one lane, what a block leaves to the next.
    values : matrices of the moved branches in each lane, (entries, lanes), real and imaginary [S].
    ends : the moved branches as `moved_currents` takes them.
    moves : how often each tap changer and each bank moved in each lane, (changers or banks, lanes).
    """

    def __init__(self, engine: BatchEngine, lanes: int = LANES) -> None:
        controls, branches = engine.live, engine.circuit.branches.elements
        self.table = table = ControlTable.of(controls, branches)
        self.where, self.carried = where_at_first(controls, lanes), where_at_first(controls, 1)
        moved = engine.tail.moved
        place = engine.active_places
        entries = (int(moved.entry[-1]), lanes)
        self.values = np.zeros(entries), np.zeros(entries)
        self.ends = (moved.first, moved.entry, place[moved.node])
        self.moving = (moved.of_loops(), engine.tail.of_loops(), self.values)
        watched = {int(conductor): row for row, conductor in enumerate(_conductors(engine, table))}
        rows = np.array([watched.get(int(conductor), -1) for conductor in moved.conductor], np.int64)
        nodes, conductors = (len(table.nodes) + 1, lanes), (len(table.ends), lanes)
        self.moves = tuple(
            np.zeros((len(parts), lanes), np.int64) for parts in (controls.changers, controls.banks)
        )
        self._queue = queue_of(controls, lanes)
        self._look = (
            *(place[table.nodes], _watched_branches(engine, table), self.ends, rows),
            (
                *(table.regulator_numbers, table.regulator_choices),
                *(table.pairs, table.limited, table.terminals, table.ends),
            ),
            (
                *(table.capacitor_numbers, table.capacitor_choices),
                *(table.pairs, table.overrides, table.terminals, table.currents, table.ends),
            ),
            (np.zeros(nodes), np.zeros(nodes)),
            (np.zeros(conductors), np.zeros(conductors)),
        )
        self._seen = (
            np.zeros((3, len(controls.regulators), lanes)),
            np.zeros((3, len(controls.capacitors), lanes)),
        )

    def of_loops(self) -> tuple[object, ...]:
        """Return the controls as `walk_lanes` takes them."""
        return (rules_of(self.table), self._look, self.where, self._queue, self._seen)

    def reset(self) -> None:
        """Go back to where the model stands before its first step."""
        self.carried = where_at_first(self.table.controls, 1)


def _conductors(engine: BatchEngine, table: ControlTable) -> IntArray:
    """Return the branch table's conductor of each watched one."""
    first = engine.circuit.branches.elements.first
    spans = [np.arange(first[branch], first[branch + 1]) for branch in table.branches]
    return np.concatenate([np.empty(0, np.int64), *spans])


def _watched_branches(engine: BatchEngine, table: ControlTable) -> tuple[FloatArray | IntArray, ...]:
    """Return the watched branches as `branch_currents` takes them, nodes numbered as in the table."""
    _, _, block, real, imaginary = engine.branch_table
    sizes = np.diff(table.first)
    spans = [
        np.arange(block[branch], block[branch] + size**2)
        for branch, size in zip(table.branches, sizes, strict=True)
    ]
    entries = np.concatenate([np.empty(0, np.int64), *spans])
    first = np.concatenate(([0], np.cumsum(sizes**2, dtype=np.int64)))
    return (table.first, table.ends, first, real[entries], imaginary[entries])
