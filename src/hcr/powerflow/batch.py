"""The batch engine: many lanes at once on one factor, with the same answers as OpenDSS.

The unknown is the change x of the voltages from V0, the solution with every draw replaced by its nominal
admittance. Each iteration evaluates all draws of `LANES` lanes and solves with the factor of

    Y' = Y + nominal admittances,    Y' x = nominal current - current of the draws at V0 + x

until the estimated error of each lane is below the tolerance. Taps, capacitors and switches are held where
the model has them. Method and limits: `docs/powerflow.md`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from hcr.errors import ModelError
from hcr.powerflow.batch_kernels import (
    LANES,
    branch_currents,
    injector_powers,
    recover,
    solve_block,
    to_nodes,
)
from hcr.powerflow.circuit import GROUND, Circuit, ComplexArray, FloatArray, IntArray
from hcr.powerflow.factor import Factor, factor
from hcr.powerflow.factor_kernels import solve_one
from hcr.powerflow.lanes import Injections, LaneFailure, Solution, SolveOptions
from hcr.powerflow.ordering import eliminate
from hcr.powerflow.passive import BatchModel, Draws, nominal_admittance

Parts = tuple[FloatArray, FloatArray]
"""Real and imaginary parts of an array of states."""

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
]
"""The columns of `Draws`, as the compiled loops take them."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Everything about `LANES` lanes, real and imaginary parts apart."""

    volts: Parts
    current: Parts
    drawn: Parts
    iterations: IntArray
    worst: IntArray


class BatchEngine:
    """One circuit, factored once, solved for any number of lanes.

    Raises
    ------
    ModelError
        The circuit has elements that the engine does not cover; they are named.
    """

    def __init__(self, circuit: Circuit, options: SolveOptions) -> None:
        self._model = covered(circuit)
        self._circuit, self._options = circuit, options
        stated = circuit.injectors
        self._nominal = nominal_admittance(self._model.draws, stated.power_w, stated.power_var)
        self._factor = _factored(self._model, self._nominal)
        self._passive = self._factor.elimination.passive
        self._start = _start(self._factor, self._model.network.source_a)
        self._stated = tuple(
            np.repeat(np.nan_to_num(column)[:, None], LANES, axis=1)
            for column in (stated.power_w, stated.power_var)
        )
        self._arrange()

    def solve(self, injections: Injections, first: int, last: int) -> Solution:
        """Return the solution of lanes `first` to `last` (exclusive).

        A lane without a solution is listed in `failures`; its numbers are NaN. The others are as if it were
        not there.
        """
        blocks = [self._solve_block(injections, at, last) for at in range(first, last, LANES)]
        iterations = np.concatenate([block.iterations for block in blocks])[: last - first]
        worst = np.concatenate([block.worst for block in blocks])
        failed = np.flatnonzero(iterations == 0)
        arrays = [
            np.concatenate([parts[0] + 1j * parts[1] for parts in column], axis=1)[:, : last - first]
            for column in zip(*((block.volts, block.current, block.drawn) for block in blocks), strict=True)
        ]
        for array in arrays:
            array[:, failed] = np.nan
        failures = tuple(self.failure(injections, first + int(lane), int(worst[lane])) for lane in failed)
        return Solution(first, arrays[0], arrays[1], arrays[2], iterations, failures)

    def _solve_block(self, injections: Injections, first: int, last: int) -> _Block:
        power = self.powers(injections, first, last)
        volts, iterations, worst = self.state(power)
        current = _empty(len(self._circuit.branches.elements.node))
        branch_currents(*self.branch_tables, volts, current)
        drawn = _empty(len(self._circuit.injectors.elements))
        injector_powers(self._node_draws, power, volts, drawn)
        nodes = len(self._circuit.nodes)
        return _Block((volts[0][:nodes], volts[1][:nodes]), current, drawn, iterations, worst)

    def state(self, power: Parts) -> tuple[Parts, IntArray, IntArray]:
        """Return the voltages of `LANES` lanes, their iterations (0: no solution) and their restless places.

        Parameters
        ----------
        power : watts and var of every injector, (injectors, LANES).

        Returns
        -------
        volts : real and imaginary parts, (nodes + 1, LANES) [V]; the last row is the ground.
        """
        change = _empty(len(self._circuit.nodes) - self._passive + 1)
        limits = (self._options.tolerance**2, self._options.max_iterations)
        iterations, worst = solve_block(
            self._part, self._draws, self._admittance, power, self._volts, self._weight, limits, change
        )
        return self._recovered(change), iterations, worst

    def _recovered(self, change: Parts) -> Parts:
        """Return the voltages of all nodes, and of the ground in the last row."""
        elimination = self._factor.elimination
        nodes = len(self._circuit.nodes)
        whole = _empty(nodes)
        for full, part in zip(whole, change, strict=True):
            full[self._passive :] = part[:-1]
        recover(elimination.first, elimination.rows, *self._lower, self._passive, *whole)
        volts = _empty(nodes + 1)
        for part in volts:
            part[-1] = 0.0
        to_nodes(elimination.position, _parts(self._start), whole, volts)
        return volts

    def powers(self, injections: Injections, first: int, last: int) -> Parts:
        """Return watts and var of every injector in `LANES` lanes from `first`; past `last` it repeats."""
        rows, parts = self._rows(injections), (self._stated[0].copy(), self._stated[1].copy())
        width = min(first + LANES, last) - first
        for part, given in zip(parts, (injections.power_w, injections.power_var), strict=True):
            part[rows, :width] = given[:, first : first + width]
            part[rows, width:] = given[:, [first + width - 1]]
        return parts

    def _rows(self, injections: Injections) -> IntArray:
        """Return the injector of each row of the injections.

        Raises
        ------
        ModelError
            An element is not in the model.
        """
        names = self._circuit.injectors.elements.names
        places = {name.lower(): at for at, name in enumerate(names)}
        try:
            return np.array([places[element.lower()] for element in injections.elements], np.int64)
        except KeyError as error:
            raise ModelError(
                f"element {error.args[0]} is not in the model",
                why="the customer list of the feeder names it",
                remedy="Correct customers.csv of the feeder, or import the feeder again.",
            ) from error

    def failure(self, injections: Injections, lane: int, place: int) -> LaneFailure:
        node = int(self._factor.elimination.order[self._passive + place])
        row = np.concatenate([injections.power_w[:, lane], injections.power_var[:, lane]])
        if np.isnan(row).any():
            at = int(np.isnan(row).argmax()) % len(injections.elements)
            return LaneFailure(lane, "", f"the power of {injections.elements[at]} is not a number")
        why = f"no solution within {self._options.max_iterations} iterations"
        return LaneFailure(lane, self._circuit.nodes.names[node], why)

    def _arrange(self) -> None:
        """Bring everything into the order in which the compiled loops take it."""
        elimination, circuit = self._factor.elimination, self._circuit
        passive, nodes = self._passive, len(circuit.nodes)
        place = np.append(elimination.position, nodes) - passive  # the last entry serves GROUND (-1)
        draws = self._model.draws
        order = np.lexsort((place[draws.other], place[draws.node]))
        self._draws = _draw_table(draws, order, place[draws.node], place[draws.other])
        ground = (
            np.where(draws.node == GROUND, nodes, draws.node),
            np.where(draws.other == GROUND, nodes, draws.other),
        )
        self._node_draws = _draw_table(draws, order, *ground)
        self._admittance = _parts(self._nominal[order])
        first = elimination.first[passive:] - elimination.first[passive]
        begin = elimination.first[passive]
        self._lower = _parts(self._factor.lower)
        self._part = (
            first,
            elimination.rows[begin:] - passive,
            *(part[begin:].copy() for part in self._lower),
            *(part[passive:].copy() for part in _parts(self._factor.inverse_pivot)),
        )
        self._volts = _parts(np.append(self._start[passive:], 0.0))
        base = circuit.nodes.base_v[elimination.order[passive:]]
        base = np.where(base > 0, base, np.maximum(np.abs(self._start[passive:]), 1.0))
        self._weight = 1.0 / base**2
        table, network = circuit.branches.elements, self._model.network
        ends = np.where(table.node == GROUND, nodes, table.node)
        self.branch_tables = (table.first, ends, network.block, *_parts(network.block_s))


def covered(circuit: Circuit) -> BatchModel:
    """Return what the engine needs of a circuit that it covers whole.

    Raises
    ------
    ModelError
        There are elements that it does not cover; they are named, with the reasons.
    """
    if circuit.batch is None:
        raise ModelError(f"{circuit.name} was not compiled for the batch engine")
    missing = circuit.batch.uncovered
    if missing:
        more = f"; and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise ModelError(
            f"the batch engine does not cover {len(missing)} elements of {circuit.name}",
            why="; ".join(str(one) for one in missing[:5]) + more,
            remedy="Solve with `--engine opendss`.",
        )
    return circuit.batch


def _factored(model: BatchModel, nominal: ComplexArray) -> Factor:
    """Return the factor of the network with the nominal admittances of the draws.

    Nodes without a way to the source are held at 0 V.
    """
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
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (network.nodes, network.nodes)
    matrix = csc_array((np.concatenate(values), (row, column)), shape=shape)
    active = np.zeros(network.nodes, bool)
    for end in (draws.node, draws.other):
        active[end[end != GROUND]] = True
    return factor(matrix, eliminate(network.nodes, (row, column), active))[0]


def _start(factored: Factor, source_a: ComplexArray) -> ComplexArray:
    """Return the voltages by place with every draw at its nominal admittance [V]."""
    elimination = factored.elimination
    volts = source_a[elimination.order].astype(np.complex128)
    solve_one(elimination.first, elimination.rows, factored.lower, factored.inverse_pivot, volts)
    return volts


def _draw_table(draws: Draws, order: IntArray, node: IntArray, other: IntArray) -> DrawTable:
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
    )


def _parts(values: ComplexArray) -> Parts:
    return np.ascontiguousarray(values.real), np.ascontiguousarray(values.imag)


def _empty(rows: int) -> Parts:
    return np.empty((rows, LANES)), np.empty((rows, LANES))
