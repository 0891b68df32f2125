"""The network at rest: factored at one set of taps and capacitor steps, and remembered for the next time."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from hcr.powerflow.circuit import GROUND, ComplexArray, Elements, FloatArray, IntArray
from hcr.powerflow.control_state import Positions
from hcr.powerflow.control_table import ControlTable
from hcr.powerflow.factor import Factor
from hcr.powerflow.factor_kernels import solve_one
from hcr.powerflow.passive import PassiveNetwork
from hcr.powerflow.refactor import Refactoring
from hcr.powerflow.switched import BankBlock, TappedBlock

Parts = tuple[FloatArray, FloatArray]
"""Real and imaginary parts of an array."""

BranchTable = tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray]
"""First conductors of some branches, nodes, first entries of their matrices, and the entries in two parts."""

MovedBlock = TappedBlock | BankBlock
"""A branch that controls change."""

REMEMBERED = 32
"""Networks kept: controls come back to the same few positions; one of 9549 nodes takes about 1.5 MB."""


@dataclass(frozen=True, slots=True)
class FrozenNetwork:
    """A factored network, as the compiled loops take it.

    Attributes
    ----------
    part : first, rows, lr, li, dr, di of the factor of the places with draws, column by column.
    rows : the same row by row: first, columns, lr, li.
    lower : L of all places, real and imaginary.
    start : (nodes,) voltage by place with every draw at its nominal admittance, real and imaginary [V].
    volts : the same of the places with draws, and the ground.
    watched : branches that controls look at; moved : branches that they change; both as `branch_currents`
        takes them, with nodes numbered among those that controls look at, and among all.
    """

    part: tuple[IntArray | FloatArray, ...]
    rows: tuple[IntArray | FloatArray, ...]
    lower: Parts
    start: Parts
    volts: Parts
    watched: BranchTable
    moved: BranchTable


@dataclass(frozen=True, slots=True)
class _Move:
    """A branch that controls change: its matrix in the model, and where its entries go.

    Attributes
    ----------
    taken : entries of the flattened matrix that lie below the diagonal of the factored one.
    entries, columns : where these are stored there, and in which columns.
    """

    block: MovedBlock
    present_s: ComplexArray
    taken: IntArray
    entries: IntArray
    columns: IntArray


class FrozenNetworks:
    """The network of a circuit at any taps and steps.

    Parameters
    ----------
    matrix : Y with the nominal admittances at the model's taps and steps, and stored zeros where other
        positions have entries; factor : its factor.
    """

    def __init__(
        self,
        network: PassiveNetwork,
        table: ControlTable,
        branches: Elements,
        *,
        matrix: csc_array,
        factor: Factor,
    ) -> None:
        self._network, self._branches, self._factor = network, branches, factor
        self._refactoring = Refactoring(matrix, factor)
        controls = table.controls
        self._present = Positions.present(controls)
        blocks: tuple[MovedBlock, ...] = (*controls.tapped, *controls.switched)
        self._moves = [self._move(block) for block in blocks]
        moved = np.array([move.block.branch for move in self._moves], np.int64)
        ends = np.where(branches.node == GROUND, network.nodes, branches.node)
        self.moved_conductors = _conductors(branches, moved)
        self._watched = _branch_table(network, branches, table.branches, table.ends)
        self._moved = _branch_table(network, branches, moved, ends[self.moved_conductors])
        self._places = [_place(table.branches, int(branch)) for branch in moved]
        self._kept: OrderedDict[Positions, FrozenNetwork] = OrderedDict()
        self._matrices: dict[tuple[int, tuple[float, ...]], ComplexArray] = {}
        self.at_rest = self.at(self._present)

    def at(self, positions: Positions) -> FrozenNetwork:
        """Return the network at some taps and steps."""
        known = self._kept.get(positions)
        if known is None:
            known = self._kept[positions] = self._frozen(positions)
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        self._kept.move_to_end(positions)
        return known

    def _frozen(self, positions: Positions) -> FrozenNetwork:
        changed = self._changed(positions)
        factor = self._refactored(changed) if changed else self._factor
        elimination = factor.elimination
        start = self._network.source_a[elimination.order].astype(np.complex128)
        solve_one(elimination.first, elimination.rows, factor.lower, factor.inverse_pivot, start)
        passive, lower = elimination.passive, _parts(factor.lower)
        begin = elimination.first[passive]
        active = [part[begin:].copy() for part in lower]
        first, columns, entries = self._refactoring.active_rows
        return FrozenNetwork(
            part=(
                *self._refactoring.active_structure,
                *active,
                *(part[passive:].copy() for part in _parts(factor.inverse_pivot)),
            ),
            rows=(first, columns, *(part[entries] for part in active)),
            lower=lower,
            start=_parts(start),
            volts=_parts(np.append(start[passive:], 0.0)),
            watched=_replaced(self._watched, {self._places[at]: block for at, block in changed.items()}),
            moved=_replaced(self._moved, changed),
        )

    def _changed(self, positions: Positions) -> dict[int, ComplexArray]:
        """Return the matrices that differ from the model's, by number of the move [S]."""
        found = {}
        for at, move in enumerate(self._moves):
            setting = _setting(move.block, positions)
            if setting != _setting(move.block, self._present):
                if (at, setting) not in self._matrices:
                    self._matrices[at, setting] = _matrix(move.block, positions)
                found[at] = self._matrices[at, setting]
        return found

    def _refactored(self, changed: dict[int, ComplexArray]) -> Factor:
        """Return the factor with some matrices in place of the model's."""
        moves = [self._moves[at] for at in changed]
        changes = [
            (block - move.present_s).ravel()[move.taken]
            for move, block in zip(moves, changed.values(), strict=True)
        ]
        return self._refactoring.with_changes(
            np.concatenate([move.entries for move in moves]),
            np.concatenate([move.columns for move in moves]),
            np.concatenate(changes),
        )

    def _move(self, block: MovedBlock) -> _Move:
        nodes = self._branches.node[_conductors(self._branches, np.array([block.branch]))]
        size = len(nodes)
        row, column = np.repeat(nodes, size), np.tile(nodes, size)
        taken = np.flatnonzero((row != GROUND) & (column != GROUND))
        below, entries, columns = self._refactoring.stored(row[taken], column[taken])
        return _Move(block, self._network.branch_block(block.branch), taken[below], entries, columns)


def _setting(block: MovedBlock, positions: Positions) -> tuple[float, ...]:
    """Return what the matrix of a branch depends on."""
    if isinstance(block, BankBlock):
        return (positions.steps[block.bank], positions.closed[block.bank])
    return tuple(positions.taps[changer] for changer in block.changers)


def _matrix(block: MovedBlock, positions: Positions) -> ComplexArray:
    if isinstance(block, BankBlock):
        return block.matrix(positions.steps[block.bank], closed=positions.closed[block.bank])
    return block.matrix(positions.taps)


def _conductors(branches: Elements, chosen: IntArray) -> IntArray:
    spans = [np.arange(branches.first[branch], branches.first[branch + 1]) for branch in chosen]
    return np.concatenate([np.empty(0, np.int64), *spans])


def _branch_table(
    network: PassiveNetwork, branches: Elements, chosen: IntArray, ends: IntArray
) -> BranchTable:
    """Return some branches with their matrices in the model."""
    sizes = branches.first[chosen + 1] - branches.first[chosen]
    entries = [network.branch_block(int(branch)).ravel() for branch in chosen]
    first = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
    block = np.concatenate(([0], np.cumsum(sizes**2, dtype=np.int64)))
    return (first, ends, block, *_parts(np.concatenate([np.empty(0, np.complex128), *entries])))


def _replaced(table: BranchTable, blocks: dict[int, ComplexArray]) -> BranchTable:
    """Return a table with other matrices of some of its branches; -1 names one that it does not have."""
    first, ends, place, real, imaginary = table
    real, imaginary = real.copy(), imaginary.copy()
    for at, block in blocks.items():
        if at >= 0:
            span = slice(place[at], place[at + 1])
            real[span], imaginary[span] = block.real.ravel(), block.imag.ravel()
    return first, ends, place, real, imaginary


def _place(branches: IntArray, branch: int) -> int:
    """Return where a branch stands among some others, ascending; -1 if it does not."""
    at = int(np.searchsorted(branches, branch))
    return at if at < len(branches) and branches[at] == branch else -1


def moving_links(table: ControlTable, branches: Elements) -> tuple[IntArray, IntArray]:
    """Return rows and columns of all entries of Y that taps and steps can change, by node."""
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    blocks: tuple[MovedBlock, ...] = (*table.controls.tapped, *table.controls.switched)
    for block in blocks:
        nodes = branches.node[branches.first[block.branch] : branches.first[block.branch + 1]]
        live = nodes[nodes != GROUND]
        rows.append(np.repeat(live, len(live)))
        columns.append(np.tile(live, len(live)))
    return np.concatenate(rows), np.concatenate(columns)


def _parts(values: ComplexArray) -> Parts:
    return np.ascontiguousarray(values.real), np.ascontiguousarray(values.imag)
