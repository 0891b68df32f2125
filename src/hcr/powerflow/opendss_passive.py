"""Reads the linear part of a circuit and its draws out of the engine, for the batch engine."""

from dataclasses import replace
from typing import Any

import numpy as np

from hcr.powerflow.circuit import GROUND, Elements, Injectors, IntArray
from hcr.powerflow.engine_arrays import complex_array
from hcr.powerflow.islands import floating_islands
from hcr.powerflow.opendss_draws import INJECTOR_CLASSES, read_draws
from hcr.powerflow.opendss_invcontrol import read_inverters
from hcr.powerflow.passive import BatchModel, PassiveNetwork, Uncovered

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

FLOATING = "nothing ties its part of the network to ground, so its voltage is not determined"

SOURCE_CLASSES = frozenset({"vsource", "isource"})

PASSIVE_CLASSES = frozenset({"line", "transformer", "capacitor", "reactor", "autotrans", "fault"})


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
    inverters, unclear = read_inverters(dss)
    followed = {one.control.lower() for one in inverters}
    controls = tuple(name for name in controls_of(dss) if name.lower() not in followed)
    model = BatchModel(network, draws, controls, (*strange, *unknown, *unclear), inverters)
    names = {place: name for name, place in places.items()}
    floating = [
        Uncovered(f"node {names[node]}", FLOATING) for node in floating_islands(model, injectors).tolist()
    ]
    return replace(model, uncovered=(*model.uncovered, *floating))


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
