"""Reads a compiled circuit out of the engine, once, into plain arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import (
    GROUND,
    Branches,
    Circuit,
    Elements,
    Injectors,
    IntArray,
    Model,
    Nodes,
)
from hcr.powerflow.engine_arrays import complex_array
from hcr.powerflow.equipment import read_equipment
from hcr.powerflow.opendss_controls import read_controls
from hcr.powerflow.opendss_passive import read_batch_model
from hcr.powerflow.windings import read_windings

INJECTOR_CLASSES = ("load", "generator", "pvsystem", "storage")


def read_circuit(dss: Any, model: Model) -> Circuit:
    """Return the circuit that an engine context holds; it must have been solved once.

    Raises
    ------
    ModelError
        The engine's tables contradict each other, or a nominal voltage is negative or no number.
    """
    circuit = dss.ActiveCircuit
    nodes = _read_nodes(circuit)
    for node in np.flatnonzero(~(nodes.base_v >= 0.0)).tolist():
        raise ModelError(
            f"node {nodes.names[node]} of {circuit.Name} has a nominal voltage of {nodes.base_v[node]:g} V",
            why="voltages per unit of it would mean nothing",
            remedy="Correct `voltagebases` or `setkvbase` of the model.",
        )
    places = {name: place for place, name in enumerate(nodes.names)}
    branches, injectors = _read_branches(dss, places), _read_injectors(dss, places)
    return Circuit(
        model=model,
        name=str(circuit.Name),
        frequency_hz=float(circuit.Solution.Frequency),
        nodes=nodes,
        branches=branches,
        injectors=injectors,
        source_bus=_source_bus(circuit),
        batch=read_batch_model(dss, places, branches=branches.elements, injectors=injectors),
        controls=read_controls(dss, places, branches.elements),
        windings=read_windings(dss, branches.elements.names),
        equipment=read_equipment(dss, branches.elements.names),
    )


def _read_nodes(circuit: Any) -> Nodes:
    names = tuple(name.lower() for name in circuit.YNodeOrder)
    split = [name.rpartition(".") for name in names]
    buses = {}
    for bus in circuit.ActiveBus:
        x, y = (float(bus.x), float(bus.y)) if bus.Coorddefined else (np.nan, np.nan)
        buses[bus.Name.lower()] = float(bus.kVBase) * 1e3, x, y
    facts = np.array([buses.get(bus, (0.0, np.nan, np.nan)) for bus, _, _ in split]).reshape(-1, 3)
    return Nodes(
        names=names,
        buses=tuple(bus for bus, _, _ in split),
        number=np.array([int(number) for _, _, number in split], np.int64),
        base_v=facts[:, 0].copy(),
        x=facts[:, 1].copy(),
        y=facts[:, 2].copy(),
    )


def _read_branches(dss: Any, places: dict[str, int]) -> Branches:
    circuit = dss.ActiveCircuit
    names = [name for name in circuit.PDElements.AllNames if "." in name]  # "NONE" where there is none
    elements = _read_elements(circuit, names, places)
    ratings = [_rating(circuit, name) for name in names]
    normal, emergency, kva = (np.array([row[k] for row in ratings], float) for k in range(3))
    shunt = np.array([len(set(buses)) == 1 for buses in elements.buses], bool)
    closed = np.array([_is_closed(circuit, name) for name in names], bool)
    found = len(complex_array(circuit.PDElements.AllCurrents))
    if found != len(elements.node):
        raise ModelError(
            f"{circuit.Name}: the engine lists {found} branch currents for {len(elements.node)} conductors",
            remedy="Please report this model: its branches cannot be read safely.",
        )
    return Branches(elements, normal, emergency, kva, shunt, closed)


def _is_closed(circuit: Any, name: str) -> bool:
    """Return whether a branch is in service and no terminal of it is open in all phases."""
    circuit.SetActiveElement(name)
    element = circuit.ActiveCktElement
    if not element.Enabled:
        return False
    phases = range(1, int(element.NumPhases) + 1)
    ends = range(1, int(element.NumTerminals) + 1)
    return not any(all(element.IsOpen(end, phase) for phase in phases) for end in ends)


def _rating(circuit: Any, name: str) -> tuple[float, float, float]:
    """Return normal and emergency current at terminal 1 [A] and nameplate [kVA], NaN where there is none.

    Lines carry the ratings of the model. For transformers the engine assumes 110 and 150 % of nameplate
    unless told otherwise; planners count from 100 and 150 %, so these are computed here.
    """
    circuit.SetActiveElement(name)
    element = circuit.ActiveCktElement
    kind = name.partition(".")[0].lower()
    if kind == "transformer":
        transformers = circuit.Transformers
        transformers.Name = name.partition(".")[2]
        transformers.Wdg = 1
        kva, kv = float(transformers.kVA), float(transformers.kV)
        phases = int(element.NumPhases)
        phase_kv = kv / np.sqrt(3.0) if phases > 1 else kv  # OpenDSS states phase to phase from two phases on
        rated = kva / phases / phase_kv
        return rated, 1.5 * rated, kva
    if kind == "line":
        return float(element.NormalAmps), float(element.EmergAmps), np.nan
    return np.nan, np.nan, np.nan


def _read_injectors(dss: Any, places: dict[str, int]) -> Injectors:
    circuit = dss.ActiveCircuit
    classes = (circuit.Loads, circuit.Generators, circuit.PVSystems, circuit.Storages)
    names = [
        f"{kind}.{name}"
        for kind, group in zip(INJECTOR_CLASSES, classes, strict=True)
        for name in element_names(group)
    ]
    elements = _read_elements(circuit, names, places)
    stated: list[tuple[float, float, float]] = []
    for group in classes[:2]:
        stated += [(float(item.kW) * 1e3, float(item.kvar) * 1e3, float(item.kV) * 1e3) for item in group]
    stated += [_power_of(circuit, name) for name in names[len(stated) :]]
    columns = np.array(stated, float).reshape(len(names), 3).T.copy()
    phases = [_phases(circuit, name) for name in names]
    delta = [bool(getattr(item, "IsDelta", False)) for group in classes[:2] for item in group]
    delta += [False] * (len(names) - len(delta))
    return Injectors(elements, columns[0], columns[1], columns[2], _integers(phases), np.array(delta, bool))


def _power_of(circuit: Any, name: str) -> tuple[float, float, float]:
    """Return what an element produces in the model as written [W], [var]; its rated voltage is not told."""
    circuit.SetActiveElement(name)
    element = circuit.ActiveCktElement
    power = complex_array(element.TotalPowers) if element.Enabled else np.zeros(1, np.complex128)
    return -1e3 * float(power[0].real), -1e3 * float(power[0].imag), np.nan


def _phases(circuit: Any, name: str) -> int:
    circuit.SetActiveElement(name)
    return int(circuit.ActiveCktElement.NumPhases)


def _read_elements(circuit: Any, names: Sequence[str], places: dict[str, int]) -> Elements:
    buses: list[tuple[str, ...]] = []
    counts: list[int] = []
    terminals: list[int] = []
    nodes: list[int] = []
    for name in names:
        circuit.SetActiveElement(name)
        element = circuit.ActiveCktElement
        ends = [str(bus).partition(".")[0].lower() for bus in element.BusNames]
        wires = int(element.NumConductors)
        # A disabled element keeps its place in the engine's arrays, but is connected to nothing.
        live = bool(element.Enabled)
        order = [int(number) for number in element.NodeOrder] if live else [0] * (wires * len(ends))
        buses.append(tuple(ends))
        counts.append(len(order))
        for place, number in enumerate(order):
            end = place // wires
            terminals.append(end + 1)
            nodes.append(places.get(f"{ends[end]}.{number}", GROUND) if number else GROUND)
    first = np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype(np.int64)
    return Elements(tuple(names), tuple(buses), first, _integers(terminals), _integers(nodes))


def _source_bus(circuit: Any) -> str:
    circuit.SetActiveElement("Vsource.source")
    return str(circuit.ActiveCktElement.BusNames[0]).partition(".")[0].lower()


def element_names(group: Any) -> list[str]:
    """Return the names of all elements of a class, none for an empty class."""
    return [name for name in group.AllNames if name and name.lower() != "none"] if group.Count else []


def _integers(values: list[int]) -> IntArray:
    return np.array(values, np.int64)
