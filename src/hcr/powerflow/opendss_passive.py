"""Reads the linear part of a circuit and its draws out of the engine, for the batch engine."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hcr.powerflow import draw_kinds as kinds
from hcr.powerflow.circuit import GROUND, Elements, Injectors, IntArray
from hcr.powerflow.engine_arrays import complex_array
from hcr.powerflow.passive import BatchModel, Draws, PassiveNetwork, Uncovered

INJECTOR_CLASSES = frozenset({"load", "generator", "pvsystem", "storage"})

IDLE_CLASSES = frozenset(
    {
        *("energymeter", "monitor", "sensor", "fuse", "relay", "recloser", "swtcontrol", "regcontrol"),
        *("capcontrol", "invcontrol", "expcontrol", "storagecontroller", "gendispatcher", "espvlcontrol"),
    }
)
"""Elements that carry no current. Controls among them act, or are held: see `controls_of`."""

CONTROL_CLASSES = frozenset(
    {
        *("regcontrol", "capcontrol", "invcontrol", "expcontrol", "swtcontrol", "storagecontroller"),
        *("gendispatcher", "espvlcontrol", "fuse", "relay", "recloser"),
    }
)

SOURCE_CLASSES = frozenset({"vsource", "isource"})

PASSIVE_CLASSES = frozenset({"line", "transformer", "capacitor", "reactor", "autotrans", "fault"})

LOAD_KINDS = {
    1: kinds.CONSTANT_POWER,
    2: kinds.CONSTANT_Z,
    4: kinds.CVR,
    5: kinds.CONSTANT_CURRENT,
    8: kinds.ZIP,
}

GENERATOR_KINDS = {1: kinds.GENERATOR, 2: kinds.CONSTANT_Z, 7: kinds.LIMITED}


def read_batch_model(
    dss: Any, places: dict[str, int], *, branches: Elements, injectors: Injectors
) -> BatchModel:
    """Return what the batch engine needs of a solved circuit.

    Parameters
    ----------
    places : node index by name; branches, injectors : tables of the circuit.
    """
    network, strange = read_passive(dss, places, branches)
    draws, unknown = read_draws(dss, injectors)
    return BatchModel(network, draws, controls_of(dss), (*strange, *unknown))


def read_passive(
    dss: Any, places: dict[str, int], branches: Elements
) -> tuple[PassiveNetwork, list[Uncovered]]:
    """Return the linear part of a solved circuit, and the elements that are not linear nor known.

    Parameters
    ----------
    places : node index by name; branches : the circuit's branch table.
    """
    circuit = dss.ActiveCircuit
    reader = _PassiveReader(circuit, places)
    uncovered = []
    for name in circuit.AllElementNames:
        kind = name.partition(".")[0].lower()
        if kind in PASSIVE_CLASSES or kind in SOURCE_CLASSES:
            reader.add(name, is_source=kind in SOURCE_CLASSES)
        elif kind not in INJECTOR_CLASSES and kind not in IDLE_CLASSES:
            uncovered.append(
                Uncovered(name, "this kind of element is not linear, and not known to the batch engine")
            )
    return reader.network(branches), uncovered


def controls_of(dss: Any) -> tuple[str, ...]:
    """Return the enabled elements that change taps, switches or set points while the model is solved."""
    circuit = dss.ActiveCircuit
    found = []
    for name in circuit.AllElementNames:
        if name.partition(".")[0].lower() in CONTROL_CLASSES:
            circuit.SetActiveElement(name)
            if circuit.ActiveCktElement.Enabled:
                found.append(str(name))
    return tuple(found)


class _PassiveReader:
    """Collects primitive matrices element by element."""

    def __init__(self, circuit: Any, places: dict[str, int]) -> None:
        self._circuit, self._places = circuit, places
        self._volts = complex_array(circuit.YNodeVarray)
        self._blocks: dict[str, Any] = {}
        self._rows: list[IntArray] = []
        self._columns: list[IntArray] = []
        self._values: list[Any] = []
        self._source = np.zeros(len(places), np.complex128)

    def add(self, name: str, *, is_source: bool) -> None:
        """Add one element's primitive matrix; a source's Norton current too."""
        self._circuit.SetActiveElement(name)
        element = self._circuit.ActiveCktElement
        if not element.Enabled:
            return
        nodes = self._nodes(element)
        block = complex_array(element.Yprim).reshape(len(nodes), len(nodes), order="F")
        self._blocks[name.lower()] = block
        live = np.flatnonzero(nodes >= 0)
        self._rows.append(np.repeat(nodes[live], len(live)))
        self._columns.append(np.tile(nodes[live], len(live)))
        self._values.append(block[np.ix_(live, live)].ravel())
        if is_source:
            volts = np.where(nodes >= 0, self._volts[np.maximum(nodes, 0)], 0.0)
            norton = block @ volts - complex_array(element.Currents)
            np.add.at(self._source, nodes[live], norton[live])

    def network(self, branches: Elements) -> PassiveNetwork:
        """Return the network, with the blocks of the branches in the order of their table."""
        sizes = np.diff(branches.first)
        blocks = [
            self._blocks.get(name.lower(), np.zeros((size, size), np.complex128))
            for name, size in zip(branches.names, sizes, strict=True)
        ]
        values = np.concatenate([np.empty(0, np.complex128), *self._values])
        kept = values != 0
        none = np.empty(0, np.int64)
        return PassiveNetwork(
            nodes=len(self._places),
            row=np.concatenate([none, *self._rows])[kept],
            column=np.concatenate([none, *self._columns])[kept],
            admittance_s=values[kept],
            source_a=self._source,
            block=np.concatenate(([0], np.cumsum(sizes**2, dtype=np.int64))),
            block_s=np.concatenate([np.empty(0, np.complex128), *(block.ravel() for block in blocks)]),
        )

    def _nodes(self, element: Any) -> IntArray:
        wires = int(element.NumConductors)
        buses = [str(bus).partition(".")[0].lower() for bus in element.BusNames]
        order = [int(number) for number in element.NodeOrder]
        return np.array(
            [
                self._places.get(f"{buses[at // wires]}.{number}", GROUND) if number else GROUND
                for at, number in enumerate(order)
            ],
            np.int64,
        )


def read_draws(dss: Any, injectors: Injectors) -> tuple[Draws, list[Uncovered]]:
    """Return the single-phase draws of a circuit, and the elements whose model the batch engine lacks."""
    rows: list[_Row] = []
    uncovered: list[Uncovered] = []
    for at, name in enumerate(injectors.elements.names):
        if not _is_connected(injectors, at):
            continue
        model = _Properties(dss, name)
        reason = _why_not(model, injectors, at)
        if reason:
            uncovered.append(Uncovered(name, reason))
        rows += list(_rows(model, injectors, at))
    table = np.array(rows, float).reshape(-1, 16)
    injector, node, other, kind = (table[:, column].astype(np.int64) for column in (0, 1, 2, 4))
    base, low, least, most = (table[:, column].copy() for column in (5, 6, 7, 8))
    return (
        Draws(injector, node, other, table[:, 3].copy(), kind, base, low, least, most, table[:, 9:].copy()),
        uncovered,
    )


_Row = tuple[float, ...]


class _Properties:
    """Properties of one element, asked for as text."""

    def __init__(self, dss: Any, name: str) -> None:
        self._text, self.name = dss.Text, name
        self.kind = name.partition(".")[0].lower()

    def number(self, prop: str, default: float) -> float:
        """Return a number; the default where the element has no such property."""
        try:
            return float(self.text(prop))
        except ValueError:
            return default

    def text(self, prop: str) -> str:
        """Return a property as the engine writes it."""
        self._text.Command = f'? "{self.name}.{prop}"'
        return str(self._text.Result)

    def numbers(self, prop: str) -> list[float]:
        """Return a list of numbers; empty where it is not set."""
        words = self.text(prop).strip("[]() ").replace(",", " ").split()
        try:
            return [float(word) for word in words]
        except ValueError:
            return []


def _is_connected(injectors: Injectors, at: int) -> bool:
    nodes = injectors.elements.node[injectors.elements.conductors(at, 1)]
    return bool((nodes >= 0).any())


def _why_not(model: _Properties, injectors: Injectors, at: int) -> str:
    """Return why an element cannot be solved in lanes; empty if it can."""
    number = int(model.number("model", 1))
    if model.kind == "load" and number not in LOAD_KINDS:
        return f"load model {number}"
    if model.kind == "load" and number == 8 and len(model.numbers("zipv")) != 7:
        return "load model 8 without seven ZIPV coefficients"
    if model.kind == "load" and model.number("rneut", -1.0) >= 0.0 and not _is_grounded(injectors, at):
        return "its neutral has an impedance to ground"
    if model.kind == "generator" and number not in GENERATOR_KINDS:
        return f"generator model {number}"
    if model.kind != "load" and (injectors.delta[at] or model.text("conn").lower().startswith("d")):
        return "connected in delta"
    if model.kind in ("pvsystem", "storage") and number != 1:
        return f"{model.kind} model {number}"
    return ""


def _is_grounded(injectors: Injectors, at: int) -> bool:
    nodes = injectors.elements.node[injectors.elements.conductors(at, 1)]
    return bool(len(nodes) > injectors.phases[at] and nodes[-1] == GROUND)


def _rows(model: _Properties, injectors: Injectors, at: int) -> Iterator[_Row]:
    nodes = [int(node) for node in injectors.elements.node[injectors.elements.conductors(at, 1)]]
    phases, delta = int(injectors.phases[at]), bool(injectors.delta[at])
    base = _base_volts(model, phases, delta=delta)
    bounds = [base * model.number(name, value) for name, value in _BOUNDS]
    sign = 1.0 if model.kind == "load" else -1.0
    kind, coefficients = _kind(model)
    for phase in range(phases):
        other = _other_end(nodes, phase, phases, delta=delta)
        if nodes[phase] != GROUND or other != GROUND:
            yield (at, nodes[phase], other, sign / phases, kind, base, *bounds, *coefficients)


_BOUNDS = (("vlowpu", 0.5), ("vminpu", 0.95), ("vmaxpu", 1.05))


def _other_end(nodes: Sequence[int], phase: int, phases: int, *, delta: bool) -> int:
    if delta:
        return nodes[(phase + 1) % len(nodes)]
    return nodes[phases] if len(nodes) > phases else GROUND


def _base_volts(model: _Properties, phases: int, *, delta: bool) -> float:
    """Return the rated voltage across a phase of an element [V]."""
    volts = model.number("kv", 0.0) * 1e3
    return volts if phases == 1 or delta else volts / float(np.sqrt(3.0))


def _kind(model: _Properties) -> tuple[int, list[float]]:
    number = int(model.number("model", 1))
    coefficients = [0.0] * 7
    if model.kind != "load":
        chosen = (
            GENERATOR_KINDS.get(number, kinds.GENERATOR) if model.kind == "generator" else kinds.GENERATOR
        )
        return chosen, coefficients
    if number == 8 and len(model.numbers("zipv")) == 7:
        coefficients = model.numbers("zipv")
    elif number == 4:
        coefficients[:2] = model.number("cvrwatts", 1.0), model.number("cvrvars", 2.0)
    return LOAD_KINDS.get(number, kinds.CONSTANT_POWER), coefficients
