"""What scenarios are watched by: classes of nodes, buses, elements and terminals, as the loops take them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import GROUND, FloatArray, IntArray
from hcr.powerflow.covered import covered
from hcr.powerflow.scenario_reduction_kernels import SOME
from hcr.powerflow.scenarios import Watch
from hcr.powerflow.watched import Rows, currents_into, monitored

MEDIUM_V = 1000.0
"""Nominal voltage to ground above which a node counts as above 1 kV [V]."""

PHASES = (1, 2, 3)
"""Node numbers that are phases."""

Columns = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Names behind the arrays of a `ScenarioResult`.

    Attributes
    ----------
    nodes : (nodes watched,) names, those above 1 kV first; of equal voltages the first counts as the extreme.
    buses, terminals, changers, banks : names, in the order of the arrays.
    elements : (elements,) full names of the closed series elements with a rating.
    element_rows : (elements,) int, row of each among those that the loops fill.
    normal_a, emergency_a : (elements,) float, their ratings [A]; NaN without one.
    """

    nodes: tuple[str, ...]
    buses: tuple[str, ...]
    elements: tuple[str, ...]
    element_rows: IntArray
    normal_a: FloatArray
    emergency_a: FloatArray
    terminals: tuple[tuple[str, int], ...]
    changers: tuple[str, ...]
    banks: tuple[str, ...]


def layout_of(engine: BatchEngine, watch: Watch) -> tuple[Layout, Columns]:
    """Return what is watched, by names and as `reduce_steps` takes it, without the moved branches.

    Raises
    ------
    ModelError
        A bus or an element that is to be watched is not in the circuit.
    """
    circuit = engine.circuit
    nodes, node_columns = _nodes(engine)
    buses, bus_columns = _buses(engine, watch.buses)
    elements, element_rows, element_columns = _elements(engine)
    branches = circuit.branches
    layout = Layout(
        nodes=tuple(circuit.nodes.names[node] for node in nodes),
        buses=buses,
        elements=tuple(branches.elements.names[branch] for branch in elements),
        element_rows=element_rows,
        normal_a=_ratings(branches.normal_a[elements]),
        emergency_a=_ratings(branches.emergency_a[elements]),
        terminals=watch.terminals,
        changers=tuple(changer.name for changer in engine.live.changers),
        banks=tuple(bank.name for bank in engine.live.banks),
    )
    return layout, (node_columns, bus_columns, element_columns, _terminals(engine, watch.terminals))


def _ratings(amperes: FloatArray) -> FloatArray:
    return np.where(amperes > 0.0, amperes, np.nan)


def _nodes(engine: BatchEngine) -> tuple[IntArray, Columns]:
    """Return the nodes with a nominal voltage, those above 1 kV first, and their columns."""
    base, places = engine.circuit.nodes.base_v, engine.places
    classes = [np.flatnonzero(base > MEDIUM_V), np.flatnonzero((base > 0.0) & (base <= MEDIUM_V))]
    classes = [nodes[np.argsort(-places[nodes])] for nodes in classes]
    high, low = (parts_of(places[nodes], len(places)) for nodes in classes)
    nodes = np.concatenate(classes)
    firsts = high, low + len(classes[0])
    return nodes, (firsts, places[nodes].astype(np.int64), 1.0 / base[nodes] ** 2)


def parts_of(places: IntArray, count: int) -> IntArray:
    """Return where those of each `SOME` places begin, from the last places to the first.

    Parameters
    ----------
    places : from the highest down; count : of all places.
    """
    begins = SOME * np.arange(-(-count // SOME), -1, -1)
    return np.searchsorted(-places, -begins, side="right").astype(np.int64)


def _buses(engine: BatchEngine, wanted: Sequence[str] | None) -> tuple[tuple[str, ...], Columns]:
    """Return the watched buses and where their phases are."""
    nodes = engine.circuit.nodes
    phases: dict[str, list[int]] = {}
    for node, bus in enumerate(nodes.buses):
        if nodes.number[node] in PHASES and nodes.base_v[node] > 0.0:
            phases.setdefault(bus.lower(), []).append(node)
    chosen = tuple(phases) if wanted is None else tuple(wanted)
    for bus in chosen:
        if bus.lower() not in phases:
            raise ModelError(
                f"bus {bus} of {engine.circuit.name} cannot be watched",
                why="the circuit has no phase of that bus with a nominal voltage",
                remedy="Name a bus of the circuit, and set its voltage bases.",
            )
    spans = [phases[bus.lower()] for bus in chosen]
    places = engine.places[np.array([node for span in spans for node in span], np.int64)]
    share = np.array([1.0 / (len(span) * nodes.base_v[span[0]]) for span in spans])
    return chosen, (_offsets([len(span) for span in spans]), places.astype(np.int64), share)


def _elements(engine: BatchEngine) -> tuple[IntArray, IntArray, Columns]:
    """Return the monitored branches that have a rating, where the loops keep each, and their columns."""
    branches, (branch, conductor) = engine.circuit.branches, monitored(engine.circuit)
    normal, emergency = branches.normal_a, branches.emergency_a
    rated = (normal[branch] > 0.0) | (emergency[branch] > 0.0)
    elements, own = np.unique(branch[rated], return_inverse=True)
    lowest = _lowest_places(engine)[elements]
    order = np.argsort(-lowest, kind="stable")
    row = np.argsort(order)
    counts, limit = np.bincount(own)[order], np.where(normal > 0.0, normal, np.inf)[elements[order]] ** 2
    rows = _rows(engine, conductor[rated][np.argsort(row[own], kind="stable")])
    return (
        elements,
        row,
        (parts_of(lowest[order], len(engine.places)), _offsets(counts.tolist()), rows, limit),
    )


def _lowest_places(engine: BatchEngine) -> IntArray:
    """Return the lowest place that each branch is at."""
    table = engine.circuit.branches.elements
    return np.asarray(np.minimum.reduceat(engine.places[table.node], table.first[:-1]))


def _terminals(engine: BatchEngine, wanted: Sequence[tuple[str, int]]) -> Columns:
    table = engine.circuit.branches.elements
    number = {name.lower(): at for at, name in enumerate(table.names)}
    spans: list[IntArray] = []
    for element, terminal in wanted:
        at = number.get(element.lower(), -1)
        span = table.conductors(at, terminal) if at >= 0 else np.empty(0, np.int64)
        if not len(span):
            raise ModelError(
                f"terminal {terminal} of {element} cannot be watched",
                why=f"{engine.circuit.name} has no such terminal of a series or shunt element",
                remedy="Name a power-delivery element of the circuit, and one of its terminals.",
            )
        spans.append(span)
    conductors = np.concatenate([np.empty(0, np.int64), *spans]).astype(np.int64)
    node = table.node[conductors]
    places = np.where(node == GROUND, -1, engine.places[node]).astype(np.int64)
    return (_offsets([len(span) for span in spans]), places, _rows(engine, conductors))


def _rows(engine: BatchEngine, conductors: IntArray) -> Columns:
    """Return the currents into some branch conductors as `reduce_steps` takes them."""
    moved, position = engine.tail.moved, engine.factor.elimination.position
    matrix = currents_into(
        engine.circuit, covered(engine.circuit).network, position, conductors, moved.branch
    )
    rows = Rows.of(matrix, matrix @ (engine.start[0] + 1j * engine.start[1]))
    at = {int(conductor): row for row, conductor in enumerate(moved.conductor)}
    own = np.array([at.get(int(conductor), -1) for conductor in conductors], np.int64)
    return (*rows.columns_of_loop(), own)


def _offsets(lengths: Sequence[int]) -> IntArray:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)
