"""The end of the factor, which is each lane's own: the nodes of the branches that controls change.

Taps and steps change entries of Y between these nodes and no others. Eliminated last, they leave the rest of
the factor common to all lanes; what is left of Y there, the Schur complement S, is small, and a lane's own
part is S with the matrices of the branches at the lane's taps and steps added.

    tail_of(...) -> Tail          the structure, S and the branches, once for a circuit
    Tail.lanes(width)             room for the own part of each lane
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_array, diags_array

from hcr.powerflow.circuit import GROUND, BoolArray, ComplexArray, Elements, FloatArray, IntArray, Parts
from hcr.powerflow.controls import Controls
from hcr.powerflow.factor import Factor, parts_of
from hcr.powerflow.switched import BankBlock, TappedBlock

Columns = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """The branches that controls change, entry by entry of their primitive matrices.

    Attributes
    ----------
    branch : (branches,) int; first : (branches + 1,) int, where the conductors of each begin.
    conductor : (conductors,) int, which of the branch table each is.
    node : (conductors,) int, circuit node of each; `GROUND` for the reference.
    entry : (branches + 1,) int, where the entries of each begin, row by row.
    kind : (entries,) int, 0 for transformers, 1 for banks.
    fixed_s, scaled_s : (entries,) complex, F and S of transformers, see `TappedBlock`.
    near, far : (entries,) int, tap changers of row and column, one past the last where none moves; of banks
        the bank, and where its values begin in `stepped_s`: by steps in service, disconnected last.
    size : (banks,) int, steps of each bank. present_s : (entries,) complex, as the model has them.
    """

    branch: IntArray
    first: IntArray
    conductor: IntArray
    node: IntArray
    entry: IntArray
    kind: IntArray
    fixed_s: ComplexArray
    scaled_s: ComplexArray
    near: IntArray
    far: IntArray
    size: IntArray
    stepped_s: ComplexArray
    present_s: ComplexArray

    @property
    def nodes(self) -> IntArray:
        """Return the circuit nodes that they touch."""
        return np.unique(self.node[self.node != GROUND])

    @property
    def links(self) -> tuple[IntArray, IntArray, BoolArray]:
        """Return rows and columns of all entries of Y that they have, by node, and which these are."""
        rows, columns = _ends(self, np.append(np.arange(self.node.max(initial=-1) + 1), GROUND))
        live = (rows != GROUND) & (columns != GROUND)
        return rows[live], columns[live], live

    def of_loops(self) -> Columns:
        """Return what `set_blocks` takes."""
        values = (*parts_of(self.fixed_s), *parts_of(self.scaled_s), *parts_of(self.stepped_s))
        return (self.kind, self.near, self.far, self.size, *values)

    @classmethod
    def of(cls, controls: Controls, branches: Elements) -> "Moved":
        """Return the branches that some controls change."""
        tapped = [_tapped(block, controls) for block in controls.tapped]
        sizes = np.array([bank.size for bank in controls.banks], np.int64)
        stepped: list[ComplexArray] = []
        banks = [_switched(block, controls, stepped) for block in controls.switched]
        parts = [*tapped, *banks]
        blocks: tuple[TappedBlock | BankBlock, ...] = (*controls.tapped, *controls.switched)
        chosen = np.array([block.branch for block in blocks], np.int64)
        spans = [np.arange(branches.first[branch], branches.first[branch + 1]) for branch in chosen]
        lengths = [len(span) for span in spans]
        joined = [np.concatenate([part[k] for part in parts]) if parts else np.empty(0) for k in range(6)]
        kind, fixed, scaled, near, far, present = joined
        conductors = np.concatenate([np.empty(0, np.int64), *spans])
        return cls(
            branch=chosen,
            first=_offsets(lengths),
            conductor=conductors,
            node=branches.node[conductors],
            entry=_offsets([length**2 for length in lengths]),
            kind=kind.astype(np.int64),
            fixed_s=fixed.astype(np.complex128),
            scaled_s=scaled.astype(np.complex128),
            near=near.astype(np.int64),
            far=far.astype(np.int64),
            size=sizes,
            stepped_s=np.concatenate([np.empty(0, np.complex128), *stepped]),
            present_s=present.astype(np.complex128),
        )


def _tapped(block: TappedBlock, controls: Controls) -> tuple[Any, ...]:
    size, none = len(block.changer), len(controls.changers)
    changer = np.where(block.changer < 0, none, block.changer)
    present = block.matrix([one.present for one in controls.changers])
    return (
        np.zeros(size**2),
        *(block.fixed_s.ravel(), block.scaled_s.ravel()),
        *(np.repeat(changer, size), np.tile(changer, size), present.ravel()),
    )


def _switched(block: BankBlock, controls: Controls, stepped: list[ComplexArray]) -> tuple[Any, ...]:
    """Return the columns of a bank, and append its values, step by step for each entry."""
    bank, size = controls.banks[block.bank], block.open_s.size
    values = np.concatenate([block.by_steps, block.open_s[None]]).reshape(-1, size).T
    begin = sum(len(one) for one in stepped) + values.shape[1] * np.arange(size)
    stepped.append(np.ascontiguousarray(values).ravel())
    zero = np.zeros(size, np.complex128)
    present = block.matrix(bank.steps, closed=bank.closed).ravel()
    return np.ones(size), zero, zero, np.full(size, block.bank), begin, present


@dataclass(frozen=True, slots=True)
class Tail:
    """The last places of the factor.

    Attributes
    ----------
    begin : first place of the tail among those with draws.
    first, rows : structure of L there, columns and rows from 0.
    schur : diagonal and entries of L's structure, column by column, diagonal first: S, real and imaginary
    [S].
    column_first : where each column of `schur` begins; column_rows : its rows.
    target : (moved entries,) int, where each adds to `schur`; -1 where it does not.
    row, column : (moved entries,) int, places in the tail; -1 for the ground.
    start : voltage at zero change of the tail's places, real and imaginary [V].
    """

    begin: int
    first: IntArray
    rows: IntArray
    schur: Parts
    column_first: IntArray
    column_rows: IntArray
    target: IntArray
    row: IntArray
    column: IntArray
    start: Parts
    moved: Moved

    def lanes(self, width: int) -> tuple[FloatArray, ...]:
        """Return room for each lane's own part: L, inverse pivots and right-hand side, each in two parts."""
        entries, places = (len(self.rows), width), (len(self.first) - 1, width)
        shapes = (entries, entries, places, places, places, places)
        return tuple(np.zeros(shape) for shape in shapes)

    def of_loops(self) -> Columns:
        """Return what `factor_lane` takes."""
        structure = (self.first, self.rows, self.column_first, self.column_rows, *self.schur)
        return (*structure, self.target, self.row, self.column, *parts_of(self.moved.present_s), *self.start)

    def structure(self) -> Columns:
        """Return the structure as the loops take it: begin, first and rows by columns, the same by rows."""
        counts = np.diff(self.first)
        columns = np.repeat(np.arange(len(counts)), counts)
        order = np.argsort(self.rows, kind="stable")
        by_row = _offsets(np.bincount(self.rows, minlength=len(counts)).tolist())
        rows = (by_row, columns[order].astype(np.int64), order.astype(np.int64))
        return (self.begin, self.first, self.rows, *rows)


def tail_of(factor: Factor, matrix: csc_array, moved: Moved, start: ComplexArray) -> Tail:
    """Return the tail of a factor.

    Parameters
    ----------
    factor : of the matrix, the moved nodes last; matrix : by node, taps and steps where the model has them.
    start : voltage at zero change, by place of the whole factor [V].
    """
    elimination, count = factor.elimination, len(moved.nodes)
    total = len(elimination.order)
    begin = total - count
    first = elimination.first[begin:] - elimination.first[begin]
    rows = elimination.rows[elimination.first[begin] :] - begin
    end, inverse = elimination.first[begin], factor.inverse_pivot[:begin]
    common = (factor.lower[:end], elimination.rows[:end], elimination.first[: begin + 1])
    lower = csc_array(common, shape=(total, begin))[begin:]
    pivot = np.where(inverse == 0.0, 0.0, 1.0 / np.where(inverse == 0.0, 1.0, inverse))
    own = matrix[elimination.order[begin:]][:, elimination.order[begin:]]
    schur = (own - (lower @ diags_array(pivot)) @ lower.T).toarray()
    column_first = first + np.arange(count + 1)
    column_rows = np.concatenate(
        [np.empty(0, np.int64), *(np.append(j, rows[first[j] : first[j + 1]]) for j in range(count))]
    )
    columns = np.repeat(np.arange(count), np.diff(column_first))
    place = np.append(elimination.position - begin, -1)  # the last entry serves GROUND (-1)
    row, column = _ends(moved, place)
    live = (row >= 0) & (column >= 0)
    np.subtract.at(schur, (row[live], column[live]), moved.present_s[live])
    where = {(int(i), int(j)): at for at, (i, j) in enumerate(zip(column_rows, columns, strict=True))}
    target = [where[i, j] if i >= j >= 0 else -1 for i, j in zip(row.tolist(), column.tolist(), strict=True)]
    return Tail(
        begin=begin - elimination.passive,
        first=first,
        rows=rows,
        schur=parts_of(schur[column_rows, columns]),
        column_first=column_first,
        column_rows=column_rows.astype(np.int64),
        target=np.array(target, np.int64),
        row=row,
        column=column,
        start=parts_of(start[begin:]),
        moved=moved,
    )


def _ends(moved: Moved, place: IntArray) -> tuple[IntArray, IntArray]:
    """Return the places of row and column of every moved entry."""
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for begin, end in zip(moved.first[:-1], moved.first[1:], strict=True):
        ends = place[moved.node[begin:end]]
        rows.append(np.repeat(ends, end - begin))
        columns.append(np.tile(ends, end - begin))
    return np.concatenate(rows), np.concatenate(columns)


def _offsets(lengths: list[int]) -> IntArray:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)


def links_with(moved: Moved, rows: IntArray, columns: IntArray) -> tuple[IntArray, IntArray]:
    """Return the links of a matrix with those that taps and steps can make."""
    near, far, _ = moved.links
    return np.concatenate([rows, near]), np.concatenate([columns, far])
