"""Chosen lanes solved once more, and two solutions of them held against each other.

    pick(injections, lanes)                   the lanes alone, as independent states
    solve_alone, solve_walk(circuit, ...)     their solution by one of the engines
    solve_held(circuit, ...)                  in OpenDSS, taps and capacitor steps as another has them
    taken(solution, columns), joined(blocks)  parts of solutions, and parts put together
    compare(circuit, ours, theirs)            the largest differences, where and when

Which lanes are worth it is the business of the studies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hcr.errors import NotConvergedError
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray
from hcr.powerflow.lanes import Injections, LaneFailure, Solution, SolveOptions, solve_in_blocks

TOLERANCE_PU = 1e-5
"""Largest difference of a node voltage at which two solutions agree [pu].

Both engines iterate to 1e-8 and differ by about 1e-7. OpenDSS at its own default tolerance is off by up to
6e-5, and meters of class 0.5 by 5e-3: a difference of 1e-5 changes no decision, and a fault is far larger.
"""

TOLERANCE_PERCENT = 0.1
"""Largest difference of a branch current at which two solutions agree [% of its normal rating]."""

Number = TypeVar("Number", np.float64, np.int64)

NONE = -1
"""Lane of a difference that does not exist."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference of one quantity.

    Attributes
    ----------
    value : size of the complex difference, >= 0; NaN where nothing can be compared.
    place : node or branch; empty where nothing can be compared.
    lane : column of the two solutions.
    """

    value: float
    place: str
    lane: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far two solutions of the same lanes are apart.

    Attributes
    ----------
    voltage_pu : of node voltages, per unit of the nominal voltage there.
    current_a : of currents into branch conductors [A].
    current_percent : of currents at terminal 1 of rated branches [% of the normal rating].
    failures : lanes that have no solution in either.
    twofold : columns that have two solutions, one in each, and are left out; see `twofold_lanes`.
    """

    voltage_pu: Difference
    current_a: Difference
    current_percent: Difference
    failures: tuple[LaneFailure, ...] = ()
    twofold: tuple[int, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether the solutions agree; a quantity that no lane has a scale for does not count."""
        beyond = (
            self.voltage_pu.value > TOLERANCE_PU,
            self.current_percent.value > TOLERANCE_PERCENT,
            bool(self.failures),
        )
        return not any(beyond)


def pick(injections: Injections, lanes: IntArray) -> Injections:
    """Return some lanes of the injections as independent states."""
    return replace(
        injections,
        hours=injections.hours[lanes],
        power_w=injections.power_w[:, lanes],
        power_var=injections.power_var[:, lanes],
        walk=False,
    )


def solve_alone(
    circuit: Circuit, injections: Injections, lanes: IntArray, *, options: SolveOptions
) -> Solution:
    """Return the solution of some lanes, each solved on its own from the controls as the model states them.

    Raises
    ------
    NotConvergedError
        A lane has no solution; `lane` is its number in the injections.
    """
    try:
        return joined(list(solve_in_blocks(circuit, pick(injections, lanes), options)))
    except NotConvergedError as error:
        error.lane = int(lanes[error.lane])
        raise


def solve_walk(
    circuit: Circuit, injections: Injections, lanes: IntArray, *, options: SolveOptions
) -> Solution:
    """Return the solution of some lanes where controls carry over: the whole walk up to the last is solved.

    Raises
    ------
    NotConvergedError
        A lane has no solution.
    """
    last = int(lanes.max()) + 1
    span = replace(
        injections,
        hours=injections.hours[:last],
        power_w=injections.power_w[:, :last],
        power_var=injections.power_var[:, :last],
    )
    kept = list(_columns(solve_in_blocks(circuit, span, options), np.unique(lanes)))
    solution = joined(kept)
    order = np.searchsorted(np.unique(lanes), lanes)
    return taken(solution, order)


def solve_held(
    circuit: Circuit, injections: Injections, lanes: IntArray, *, like: Solution, options: SolveOptions
) -> Solution:
    """Return the solution of some lanes in OpenDSS, taps and capacitor steps held where `like` has them.

    Raises
    ------
    NotConvergedError
        A lane has no solution; `lane` is its number in the injections.
    """
    from hcr.powerflow.opendss import OpenDss  # heavy: loaded when first used, as `solve_in_blocks` does

    engine = OpenDss(circuit.model, edits=options.edits)
    engine.prepare(pick(injections, lanes), replace(options, controls=False))
    engine.hold(like.taps, like.capacitor_steps)
    try:
        return engine.solve_block(0, len(lanes))
    except NotConvergedError as error:
        error.lane = int(lanes[error.lane])
        raise


def joined(blocks: list[Solution]) -> Solution:
    """Return blocks of lanes as one; failures stay with their lanes."""
    return Solution(
        first_lane=0,
        voltage_v=np.concatenate([block.voltage_v for block in blocks], axis=1),
        current_a=np.concatenate([block.current_a for block in blocks], axis=1),
        injector_va=np.concatenate([block.injector_va for block in blocks], axis=1),
        iterations=np.concatenate([block.iterations for block in blocks]),
        failures=tuple(failure for block in blocks for failure in block.failures),
        taps=np.concatenate([block.taps for block in blocks], axis=1),
        capacitor_steps=np.concatenate([block.capacitor_steps for block in blocks], axis=1),
    )


def compare(circuit: Circuit, ours: Solution, theirs: Solution) -> Comparison:
    """Return the largest differences between two solutions of the same lanes."""
    nodes, branches = circuit.nodes, circuit.branches
    volts = np.abs(ours.voltage_v - theirs.voltage_v) * _inverse(nodes.base_v)[:, None]
    amperes = np.abs(ours.current_a - theirs.current_a)
    table = branches.elements
    owner = np.repeat(np.arange(len(table)), np.diff(table.first))
    rating = np.where(table.terminal == 1, branches.normal_a[owner], np.nan)
    names = [table.names[branch] for branch in owner]
    return Comparison(
        voltage_pu=_largest(volts, nodes.names),
        current_a=_largest(amperes, names),
        current_percent=_largest(100.0 * amperes * _inverse(rating)[:, None], names),
        failures=(*ours.failures, *theirs.failures),
    )


def _columns(blocks: Iterator[Solution], lanes: IntArray) -> Iterator[Solution]:
    """Yield the part of each block that holds wanted lanes, so that a year is never held whole."""
    for block in blocks:
        inside = lanes[(lanes >= block.first_lane) & (lanes < block.first_lane + block.lanes)]
        if len(inside):
            yield taken(block, inside - block.first_lane)


def taken(solution: Solution, columns: IntArray) -> Solution:
    """Return some columns of a solution, in memory of their own."""
    return replace(
        solution,
        first_lane=0,
        voltage_v=solution.voltage_v[:, columns],
        current_a=solution.current_a[:, columns],
        injector_va=solution.injector_va[:, columns],
        iterations=solution.iterations[columns],
        taps=_columns_of(solution.taps, columns),
        capacitor_steps=_columns_of(solution.capacitor_steps, columns),
    )


def _columns_of(values: NDArray[Number], columns: IntArray) -> NDArray[Number]:
    """Return some columns; an engine that does not tell has an array without any."""
    return values[:, columns] if values.shape[1] else values


def _inverse(values: FloatArray) -> FloatArray:
    """Return 1 / value, NaN where the value is not above zero."""
    known = values > 0
    return np.where(known, 1.0 / np.where(known, values, 1.0), np.nan)


def _largest(differences: FloatArray, names: tuple[str, ...] | list[str]) -> Difference:
    """Return the largest difference, the first of equal ones; rows without a scale are NaN and left out."""
    if not differences.size or np.isnan(differences).all():
        return Difference(float("nan"), "", NONE)
    row, lane = np.unravel_index(int(np.nanargmax(differences)), differences.shape)
    return Difference(float(differences[row, lane]), names[int(row)], int(lane))
