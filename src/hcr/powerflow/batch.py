"""The batch engine: many lanes at once on one factor, with the same answers as OpenDSS.

The unknown is the change x of the voltages from V0, the solution with every draw replaced by its nominal
admittance. Each iteration evaluates all draws of `LANES` lanes and solves with the factor of

    Y' = Y + nominal admittances,    Y' x = nominal current - current of the draws at V0 + x

until the estimated error of each lane is below the tolerance. Taps and capacitor steps are held where the
model has them, or, for `walk`, each lane has its own. Method and limits: `docs/powerflow.md`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from hcr.powerflow.assembly import loaded_matrix
from hcr.powerflow.batch_kernels import draw_currents, solve_block
from hcr.powerflow.circuit import GROUND, Circuit, ComplexArray, FloatArray, IntArray, Parts
from hcr.powerflow.control_state import where_at_first
from hcr.powerflow.control_table import ControlTable
from hcr.powerflow.controls import Controls
from hcr.powerflow.covered import check_pivots, covered
from hcr.powerflow.draw_table import DrawTable, draw_ends, draw_table
from hcr.powerflow.factor import active_part, factor, parts_of
from hcr.powerflow.factor_kernels import solve_one
from hcr.powerflow.inverter_table import inverter_columns, placed
from hcr.powerflow.jumps import no_jumps
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lane_powers import LanePowers
from hcr.powerflow.lane_vectors import in_precision, lanes_of
from hcr.powerflow.lanes import Injections, LaneFailure, Solution, SolveOptions
from hcr.powerflow.ordering import eliminate
from hcr.powerflow.output_kernels import branch_currents, to_nodes
from hcr.powerflow.passive import nominal_admittance
from hcr.powerflow.reduction_kernels import recover, zone_sums
from hcr.powerflow.tail import Moved, links_with, tail_of
from hcr.powerflow.unit_rows import NO_UNITS
from hcr.powerflow.watched import Watched, watched

Outputs = tuple[ComplexArray, ComplexArray, ComplexArray]
"""Voltages of the nodes, currents into the branch conductors and powers into the injectors."""


class BatchEngine:
    """One circuit, factored once, solved for any number of lanes.

    Parameters
    ----------
    moving : each lane has taps and steps of its own, see `Tail`; otherwise they are where the model has them.
    kept : nodes that stay among those with draws, for units that only some lanes have.

    Raises
    ------
    ModelError
        The circuit has elements that the engine does not cover; they are named.
    """

    def __init__(
        self, circuit: Circuit, options: SolveOptions, *, moving: bool = False, kept: Sequence[int] = ()
    ) -> None:
        self._model = covered(circuit)
        self.circuit, self.stated, self._options, self._moving = circuit, circuit, options, moving
        stated, self.controls = circuit.injectors, circuit.controls or Controls()
        self._nominal = nominal_admittance(self._model.draws, stated.power_w, stated.power_var)
        self.live = self.controls if moving else Controls()
        moved = Moved.of(self.live, circuit.branches.elements)
        matrix, active = loaded_matrix(self._model, self._nominal)
        active[ControlTable.of(self.live, circuit.branches.elements).nodes] = True
        active[list(kept)] = True
        self._matrix = matrix
        links = matrix.tocoo()
        elimination = eliminate(
            matrix.shape[0], links_with(moved, links.row, links.col), active, last=moved.nodes
        )
        whole, vanished = factor(matrix, elimination)
        check_pivots(circuit, matrix, vanished)
        start = self._model.network.source_a[elimination.order].astype(np.complex128)
        solve_one(elimination.first, elimination.rows, whole.lower, whole.inverse_pivot, start)
        self.factor, self.start = whole, parts_of(start)
        self.tail = tail_of(whole, matrix, moved, start)
        self._passive = elimination.passive
        self._powers = LanePowers(circuit.injectors)
        self._followed: Injections | None = None
        self._spare: dict[tuple[int, type], list[Any]] = {}
        self.jumps, self.limits = no_jumps(), (options.tolerance**2, options.max_iterations)
        self.draws: DrawTable
        self._arrange()

    def solve(self, injections: Injections, first: int, last: int) -> Solution:
        """Return the solution of lanes `first` to `last` (exclusive).

        A lane without a solution is listed in `failures`; its numbers are NaN. The others are as if it were
        not there.
        """
        spans = [(at, min(at + LANES, last)) for at in range(first, last, LANES)]
        found = [self._solve_block(injections, *span) for span in spans]
        iterations, worst = (np.concatenate([block[part] for block in found]) for part in (3, 4))
        failed = np.flatnonzero(iterations == 0)
        volts, current, drawn = (
            np.concatenate([block[part] for block in found], axis=1) for part in range(3)
        )
        for array in (volts, current, drawn):
            array[:, failed] = np.nan
        failures = tuple(self.failure(injections, first + int(lane), int(worst[lane])) for lane in failed)
        held = where_at_first(self.controls, last - first)
        return Solution(
            *(first, volts, current, drawn, iterations, failures), taps=held[0][:-1], capacitor_steps=held[2]
        )

    def _solve_block(
        self, injections: Injections, first: int, last: int
    ) -> tuple[ComplexArray, ComplexArray, ComplexArray, IntArray, IntArray]:
        lanes = last - first
        power = self.padded(self.powers(injections, first, last))
        change, (iterations, worst) = self.states(), np.zeros((2, LANES), np.int64)
        self._settle(lanes, power, change, iterations, worst)
        volts, current, drawn = self.outputs(change, power)
        return (
            *(volts[:, :lanes], current[:, :lanes], drawn[:, :lanes]),
            *(iterations[:lanes], worst[:lanes]),
        )

    def _settle(self, lanes: int, power: Parts, change: Parts, iterations: IntArray, worst: IntArray) -> None:
        """Solve a block of which some lanes count; all arrays but the number are set."""
        solve_block(self.network, power, change, self._scratch, self.limits, iterations, worst)

    def serves(self, circuit: Circuit, options: SolveOptions, *, moving: bool) -> bool:
        """Return whether the engine is of a circuit and fits some options; tolerances are of no account."""
        fits = (self._moving, self._options.controls) == (moving, options.controls)
        return self.stated is circuit and fits

    @staticmethod
    def padded(power: Parts) -> Parts:
        """Return powers of a whole block of lanes: the last one repeated."""
        lanes = np.minimum(np.arange(LANES), power[0].shape[1] - 1)
        return power[0].take(lanes, axis=1), power[1].take(lanes, axis=1)

    def states(self) -> Parts:
        """Return the states of a block before the first iteration."""
        shape = (len(self._weight) + 1, LANES)
        return np.zeros(shape), np.zeros(shape)

    def outputs(self, change: Parts, power: Parts) -> Outputs:
        """Return what a block of lanes comes to, taps and steps where the model has them."""
        lanes, (nodes, conductors, injectors) = change[0].shape[1], self.sizes
        volts = self._recovered(change)
        current = np.empty((conductors, lanes)), np.empty((conductors, lanes))
        branch_currents(*self.branch_table, volts, current)
        drawn, (_, _, cr, ci, work) = np.empty((2, injectors, lanes)), self._scratch
        draws, nominal, start = self.draws, self._admittance, self.volts
        draw_currents(draws, nominal, power, start, change, (cr, ci), work)
        zone_sums(draws, nominal, start, change, (cr, ci), draws[0], drawn)
        whole = (volts[0][:nodes] + 1j * volts[1][:nodes], current[0] + 1j * current[1])
        return (*whole, drawn[0] + 1j * drawn[1])

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Return the numbers of nodes, of branch conductors and of injectors."""
        circuit = self.circuit
        return len(circuit.nodes), len(circuit.branches.elements.node), len(circuit.injectors.elements)

    def _recovered(self, change: Parts) -> Parts:
        """Return the voltages of all nodes, and of the ground in the last row."""
        elimination, lanes = self.factor.elimination, change[0].shape[1]
        nodes = len(self.circuit.nodes)
        whole = np.empty((nodes + 1, lanes)), np.empty((nodes + 1, lanes))
        for full, part in zip(whole, change, strict=True):
            full[self._passive :] = part
        recover(*self._common, 0, self._passive, *whole)
        volts = np.zeros((nodes + 1, lanes)), np.zeros((nodes + 1, lanes))
        to_nodes(elimination.position, self.start, whole, volts)
        return volts

    @property
    def network(self) -> tuple[object, ...]:
        """Return the circuit as `solve_block` takes it."""
        return (*self._part, *self._places_of_draws, *(self._tail_structure, self.own, NO_UNITS))

    @property
    def whole(self) -> tuple[object, ...]:
        """Return the whole factor and the voltages at zero change, as `reduce_lanes` takes them."""
        return (*self._common, self._passive, self.start)

    def scratch(self, lanes: int = LANES) -> tuple[FloatArray, ...]:
        """Return working arrays of `solve_block`."""
        shape, draws = (len(self._weight) + 1, lanes), (len(self._model.draws), lanes)
        return np.empty(shape), np.empty(shape), np.empty(draws), np.empty(draws), np.empty((3, lanes))

    @contextmanager
    def borrowed(self, zones: int, kind: type) -> Iterator[Any]:
        """Lend working arrays of `reduce_lanes`, each to one thread at a time."""
        spare = self._spare.setdefault((zones, kind), [])
        scratch = spare.pop() if spare else in_precision(self.reduction_scratch(zones, kind), kind)
        try:
            yield scratch
        finally:
            spare.append(scratch)

    def reduction_scratch(self, zones: int, kind: type) -> tuple[Parts, Parts, tuple[object, ...]]:
        """Return working arrays of `reduce_lanes`: powers, states of all places, and others."""
        lanes, (nodes, _, injectors) = lanes_of(kind), self.sizes
        power, states, moved = (injectors, lanes), (nodes + 1, lanes), (len(self.tail.moved.node), lanes)
        others = (self.scratch(lanes), np.empty((2, zones, lanes)), (np.empty(moved), np.empty(moved)))
        return (np.empty(power), np.empty(power)), (np.zeros(states), np.zeros(states)), others

    @cached_property
    def moved_columns(self) -> tuple[IntArray, ...]:
        """Return the conductors of moved branches, their monitored rows, and those at each place."""
        place = self._place[self.tail.moved.node]
        counts = np.bincount(place, minlength=len(self.volts[0]))
        first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        at_places = np.argsort(place, kind="stable").astype(np.int64)
        return (np.arange(len(place)), self.watched.moved_row, first, at_places)

    @cached_property
    def watched(self) -> Watched:
        """Return what the reductions look at."""
        start = self.start[0] + 1j * self.start[1]
        position = self.factor.elimination.position
        network, moved = self._model.network, self.tail.moved
        return watched(self.circuit, network, self._matrix, position, start, moved)

    @property
    def places(self) -> IntArray:
        """Return the place of each node, and that of the ground last, (nodes + 1,)."""
        return np.append(self.factor.elimination.position, len(self.circuit.nodes))

    @property
    def active_places(self) -> IntArray:
        """Return the place of each node among those with draws, negative without one; the ground last."""
        return self._place

    def given(
        self, injections: Injections
    ) -> tuple[FloatArray, FloatArray, IntArray, FloatArray, FloatArray]:
        """Return stated power of all injectors, the rows of the injections, and their power."""
        self._follow(injections)
        return self._powers.given(injections)

    def powers(self, injections: Injections, first: int, last: int) -> Parts:
        """Return watts and var of every injector in lanes `first` to `last` (exclusive)."""
        self._follow(injections)
        return self._powers.of(injections, first, last)

    def _follow(self, injections: Injections) -> None:
        """Take over the inverters of the injections, and of the model unless controls are held."""
        if injections is self._followed:
            return
        self._followed = injections
        built_in = self._model.inverters if self._options.controls else ()
        driven = {element.lower() for element in injections.elements}
        columns = inverter_columns(
            injections.inverters,
            [one.driven() if one.inverter.element.lower() in driven else one for one in built_in],
            injectors=self.circuit.injectors,
            draws=self._model.draws,
        )
        self.draws = (*self.draws[:-1], placed(columns, self._place))

    def failure(self, injections: Injections, lane: int, place: int) -> LaneFailure:
        """Return why a lane has no solution; `place` is where it was most restless."""
        row = np.concatenate([injections.power_w[:, lane], injections.power_var[:, lane]])
        if np.isnan(row).any():
            element = injections.elements[int(np.isnan(row).argmax()) % len(injections.elements)]
            return LaneFailure(lane, self._node_of(element), f"the power of {element} is not a number")
        node = int(self.factor.elimination.order[self._passive + place])
        why = f"no solution within {self._options.max_iterations} iterations"
        return LaneFailure(lane, self.circuit.nodes.names[node], why)

    def _node_of(self, element: str) -> str:
        """Return the node of an injector's first conductor; empty where it has none."""
        table = self.circuit.injectors.elements
        at = [name.lower() for name in table.names].index(element.lower())
        ends = [int(node) for node in table.node[table.conductors(at, 1)] if node != GROUND]
        return self.circuit.nodes.names[ends[0]] if ends else ""

    def _arrange(self) -> None:
        """Bring everything into the order in which the compiled loops take it."""
        elimination, circuit = self.factor.elimination, self.circuit
        passive, nodes = self._passive, len(circuit.nodes)
        place = np.append(elimination.position, nodes) - passive  # the last entry serves GROUND (-1)
        self._place = place
        draws = self._model.draws
        order = np.lexsort((place[draws.other], place[draws.node]))
        self.draws = draw_table(draws, order, place[draws.node], place[draws.other])
        self._admittance = parts_of(self._nominal[order])
        base = circuit.nodes.base_v[elimination.order[passive:]]
        start = np.hypot(self.start[0][passive:], self.start[1][passive:])
        self._weight = 1.0 / np.where(base > 0, base, np.maximum(start, 1.0)) ** 2
        self.volts = np.append(self.start[0][passive:], 0.0), np.append(self.start[1][passive:], 0.0)
        self._ends = draw_ends(self.draws[1], self.draws[2], len(self._weight))
        self._common = (elimination.first, elimination.rows, *parts_of(self.factor.lower))
        self._part = active_part(self.factor, passive, passive + self.tail.begin)
        self._tail_structure = self.tail.structure()
        self.own = self.tail.lanes(LANES)
        self._scratch = self.scratch()
        table, network = circuit.branches.elements, self._model.network
        ends = np.where(table.node == GROUND, nodes, table.node)
        self.branch_table = (table.first, ends, network.block, *parts_of(network.block_s))

    @property
    def _places_of_draws(self) -> tuple[object, ...]:
        return (self._ends, self.draws, self._admittance, self.volts, self._weight)
