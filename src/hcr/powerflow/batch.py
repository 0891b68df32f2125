"""The batch engine: many lanes at once on one factor, with the same answers as OpenDSS.

The unknown is the change x of the voltages from V0, the solution with every draw replaced by its nominal
admittance. Each iteration evaluates all draws of `LANES` lanes and solves with the factor of

    Y' = Y + nominal admittances,    Y' x = nominal current - current of the draws at V0 + x

until the estimated error of each lane is below the tolerance. Taps and capacitor steps are held where the
model has them, or where `walk` wants them. Method and limits: `docs/powerflow.md`.
"""

from functools import cached_property

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.assembly import loaded_matrix
from hcr.powerflow.batch_kernels import solve_block
from hcr.powerflow.circuit import GROUND, Circuit, ComplexArray, FloatArray, IntArray
from hcr.powerflow.control_state import Positions
from hcr.powerflow.control_table import ControlTable
from hcr.powerflow.controls import Controls
from hcr.powerflow.draw_table import DrawTable, draw_ends, draw_table
from hcr.powerflow.factor import factor
from hcr.powerflow.frozen import FrozenNetwork, FrozenNetworks, moving_links
from hcr.powerflow.inverter_table import inverter_columns, placed
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lane_powers import LanePowers
from hcr.powerflow.lanes import Injections, LaneFailure, Solution, SolveOptions
from hcr.powerflow.ordering import eliminate
from hcr.powerflow.output_kernels import branch_currents, injector_powers, to_nodes
from hcr.powerflow.passive import BatchModel, nominal_admittance
from hcr.powerflow.reduction_kernels import recover
from hcr.powerflow.watched import Watched, watched

Parts = tuple[FloatArray, FloatArray]
"""Real and imaginary parts of an array of states."""


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
        branches = circuit.branches.elements
        self.table = ControlTable.of(circuit.controls or Controls(), branches)
        matrix, active = loaded_matrix(self._model, self._nominal, moving_links(self.table, branches))
        self._matrix = matrix
        active[self.table.nodes] = True
        links = matrix.tocoo()
        self._factor = factor(matrix, eliminate(matrix.shape[0], (links.row, links.col), active))[0]
        self._passive = self._factor.elimination.passive
        self.networks = FrozenNetworks(
            self._model.network, self.table, branches, matrix=matrix, factor=self._factor
        )
        self._rest = self.networks.at_rest
        self._powers = LanePowers(circuit.injectors)
        self._followed: Injections | None = None
        self._draws: DrawTable
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
        taps, steps = Positions.present(self.table.controls).repeated(last - first)
        return Solution(first, volts, current, drawn, iterations, failures, taps=taps, capacitor_steps=steps)

    def _solve_block(
        self, injections: Injections, first: int, last: int
    ) -> tuple[ComplexArray, ComplexArray, ComplexArray, IntArray, IntArray]:
        lanes = last - first
        power = self.padded(self.powers(injections, first, last))
        change, iterations, worst = self.change(power, self._rest)
        volts, current, drawn = self.outputs(change, power, self._rest)
        return (
            *(volts[:, :lanes], current[:, :lanes], drawn[:, :lanes]),
            *(iterations[:lanes], worst[:lanes]),
        )

    @staticmethod
    def padded(power: Parts) -> Parts:
        """Return powers of a whole block of lanes: the last one repeated."""
        missing = LANES - power[0].shape[1]
        watts, var = (
            np.concatenate([part, np.repeat(part[:, -1:], missing, axis=1)], axis=1) for part in power
        )
        return watts, var

    def change(
        self, power: Parts, network: FrozenNetwork, *, begin: Parts | None = None
    ) -> tuple[Parts, IntArray, IntArray]:
        """Return the change from `network.volts` of some lanes, their iterations and their restless places.

        Parameters
        ----------
        power : watts and var of every injector, (injectors, LANES); set to what inverters come to.
        network : the circuit at the lanes' taps and steps.
        begin : a change to begin from, of other taps and steps.
        """
        shape = (len(self._weight) + 1, LANES)
        change = (begin[0].copy(), begin[1].copy()) if begin else (np.zeros(shape), np.zeros(shape))
        limits = (self._options.tolerance**2, self._options.max_iterations)
        iterations, worst = solve_block(self.at(network), power, change, self._scratch, limits)
        return change, iterations, worst

    def at(self, network: FrozenNetwork) -> tuple[object, ...]:
        """Return a network with the draws, as `solve_block` takes them."""
        draws = self._ends, self._draws, self._admittance
        return (network.part, network.rows, *draws, network.volts, self._weight)

    def sensed(self, change: Parts, network: FrozenNetwork) -> Parts:
        """Return the voltages at the nodes that controls look at, and of the ground, (nodes + 1, lanes)."""
        at = self._place[self.table.nodes]
        zero = np.zeros((1, change[0].shape[1]))
        real, imaginary = (
            np.concatenate([start[at][:, None] + part[at], zero])
            for start, part in zip(network.volts, change, strict=True)
        )
        return real, imaginary

    def outputs(
        self, change: Parts, power: Parts, network: FrozenNetwork
    ) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return voltages of the nodes, currents into the branch conductors and powers into the injectors."""
        lanes, (nodes, conductors, injectors) = change[0].shape[1], self.sizes
        volts = self._recovered(change, network)
        current = np.empty((conductors, lanes)), np.empty((conductors, lanes))
        branch_currents(*self.branch_tables, volts, current)
        moved = np.empty((len(network.moved[1]), lanes)), np.empty((len(network.moved[1]), lanes))
        branch_currents(*network.moved, volts, moved)
        drawn = np.empty((injectors, lanes)), np.empty((injectors, lanes))
        injector_powers(self._node_draws, power, volts, drawn)
        for part, other in zip(current, moved, strict=True):
            part[self.networks.moved_conductors] = other
        whole = (volts[0][:nodes] + 1j * volts[1][:nodes], current[0] + 1j * current[1])
        return (*whole, drawn[0] + 1j * drawn[1])

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Return the numbers of nodes, of branch conductors and of injectors."""
        circuit = self._circuit
        return len(circuit.nodes), len(circuit.branches.elements.node), len(circuit.injectors.elements)

    def _recovered(self, change: Parts, network: FrozenNetwork) -> Parts:
        """Return the voltages of all nodes, and of the ground in the last row."""
        elimination, lanes = self._factor.elimination, change[0].shape[1]
        nodes = len(self._circuit.nodes)
        whole = np.empty((nodes + 1, lanes)), np.empty((nodes + 1, lanes))
        for full, part in zip(whole, change, strict=True):
            full[self._passive :] = part
        recover(elimination.first, elimination.rows, *network.lower, self._passive, *whole)
        volts = np.zeros((nodes + 1, lanes)), np.zeros((nodes + 1, lanes))
        to_nodes(elimination.position, network.start, whole, volts)
        return volts

    @property
    def network(self) -> tuple[object, ...]:
        """Return the circuit at rest as `solve_block` takes it."""
        return self.at(self._rest)

    @property
    def whole(self) -> tuple[object, ...]:
        """Return the whole factor and the voltages at zero change, as `reduce_lanes` takes them."""
        elimination, rest = self._factor.elimination, self._rest
        return (elimination.first, elimination.rows, *rest.lower, self._passive, rest.start)

    def scratch(self, lanes: int = LANES) -> tuple[FloatArray, ...]:
        """Return working arrays of `solve_block`."""
        shape, draws = (len(self._weight) + 1, lanes), (len(self._model.draws), lanes)
        return np.empty(shape), np.empty(shape), np.empty(draws), np.empty(draws), np.empty((3, lanes))

    def reduction_scratch(self, zones: int) -> tuple[object, ...]:
        """Return working arrays of `reduce_lanes`."""
        nodes, _, injectors = self.sizes
        power, states = (injectors, LANES), (nodes + 1, LANES)
        return (
            *(np.empty(power), np.empty(power), np.empty(states), np.empty(states)),
            *(self.scratch(), np.empty((2, zones, LANES))),
        )

    @cached_property
    def watched(self) -> Watched:
        """Return what the reductions look at."""
        start = self._rest.start[0] + 1j * self._rest.start[1]
        return watched(
            self._circuit, self._model.network, self._matrix, self._factor.elimination.position, start
        )

    @property
    def injector_of_draws(self) -> IntArray:
        """Return the injector of each draw, in the order of the loops."""
        return self._draws[0]

    @property
    def places(self) -> IntArray:
        """Return the place of each node, and that of the ground last, (nodes + 1,)."""
        return np.append(self._factor.elimination.position, len(self._circuit.nodes))

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
            injectors=self._circuit.injectors,
            draws=self._model.draws,
        )
        self._draws = (*self._draws[:-1], placed(columns, self._place))

    def failure(self, injections: Injections, lane: int, place: int) -> LaneFailure:
        """Return why a lane has no solution; `place` is where it was most restless."""
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
        self._place = place
        draws = self._model.draws
        order = np.lexsort((place[draws.other], place[draws.node]))
        self._draws = draw_table(draws, order, place[draws.node], place[draws.other])
        ground = (
            np.where(draws.node == GROUND, nodes, draws.node),
            np.where(draws.other == GROUND, nodes, draws.other),
        )
        self._node_draws = draw_table(draws, order, *ground)
        self._admittance = _parts(self._nominal[order])
        start = self._rest.start[0] + 1j * self._rest.start[1]
        base = circuit.nodes.base_v[elimination.order[passive:]]
        base = np.where(base > 0, base, np.maximum(np.abs(start[passive:]), 1.0))
        self._weight = 1.0 / base**2
        self._ends = draw_ends(self._draws[1], self._draws[2], len(self._weight))
        self._scratch = self.scratch()
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


def _parts(values: ComplexArray) -> Parts:
    return np.ascontiguousarray(values.real), np.ascontiguousarray(values.imag)
