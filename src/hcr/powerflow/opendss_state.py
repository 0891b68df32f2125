"""What changes in the engine from lane to lane: powers of elements, and what controls have moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.opendss_circuit import element_names
from hcr.powerflow.opendss_names import quoted

if TYPE_CHECKING:
    from hcr.powerflow.controls import Controls


@dataclass(frozen=True, slots=True)
class ControlState:
    """Taps and capacitor steps as the model's first solution left them.

    Independent lanes go back to it, so that no lane depends on those solved before.
    """

    taps: tuple[tuple[str, int, float], ...]
    capacitors: tuple[tuple[str, tuple[int, ...]], ...]

    @classmethod
    def read(cls, dss: Any) -> "ControlState":
        """Return the present state of every transformer winding and capacitor bank."""
        transformers, capacitors = dss.ActiveCircuit.Transformers, dss.ActiveCircuit.Capacitors
        taps = []
        for transformer in transformers:
            for winding in range(1, transformer.NumWindings + 1):
                transformer.Wdg = winding
                taps.append((transformer.Name, winding, float(transformer.Tap)))
        states = tuple((bank.Name, tuple(int(step) for step in bank.States)) for bank in capacitors)
        return cls(tuple(taps), states)

    def restore(self, dss: Any) -> None:
        """Set taps and capacitor steps back; only what differs, so that Ybus is rebuilt only when needed."""
        dss.Text.Command = "reset controls"  # closes what fuses and relays opened, forgets pending actions
        transformers, capacitors = dss.ActiveCircuit.Transformers, dss.ActiveCircuit.Capacitors
        for name, winding, tap in self.taps:
            transformers.Name = name
            transformers.Wdg = winding
            if transformers.Tap != tap:
                transformers.Tap = tap
        for name, states in self.capacitors:
            capacitors.Name = name
            if tuple(capacitors.States) != states:
                capacitors.States = states


@dataclass(frozen=True, slots=True)
class PositionReader:
    """Reads where the tap changers and banks of a circuit's controls are now.

    Attributes
    ----------
    windings : transformer's number and winding of each tap changer; banks : capacitor's number of each bank.
    """

    dss: Any
    windings: tuple[tuple[int, int], ...]
    banks: tuple[int, ...]

    @classmethod
    def of(cls, dss: Any, controls: "Controls | None") -> "PositionReader":
        """Return a reader of what some controls move."""
        transformers, capacitors = dss.ActiveCircuit.Transformers, dss.ActiveCircuit.Capacitors
        windings, banks = [], []
        for changer in controls.changers if controls else ():
            transformer, _, winding = changer.name.partition(".")[2].rpartition(".")
            transformers.Name = transformer
            windings.append((int(transformers.idx), int(winding)))
        for bank in controls.banks if controls else ():
            capacitors.Name = bank.name.partition(".")[2]
            banks.append(int(capacitors.idx))
        return cls(dss, tuple(windings), tuple(banks))

    def empty(self, lanes: int) -> tuple[FloatArray, IntArray]:
        """Return arrays for taps and steps, (changers, lanes) and (banks, lanes)."""
        return np.empty((len(self.windings), lanes)), np.empty((len(self.banks), lanes), np.int64)

    def write(self, taps: FloatArray, steps: IntArray) -> None:
        """Set the taps [pu] and the steps in service, where they differ."""
        transformers, capacitors = self.dss.ActiveCircuit.Transformers, self.dss.ActiveCircuit.Capacitors
        for (place, winding), tap in zip(self.windings, taps, strict=True):
            transformers.idx = place
            transformers.Wdg = winding
            if float(transformers.Tap) != tap:
                transformers.Tap = float(tap)
        for place, held in zip(self.banks, steps, strict=True):
            capacitors.idx = place
            present = [int(state) for state in capacitors.States]
            if sum(present) != held:
                capacitors.States = [1] * int(held) + [0] * (len(present) - int(held))

    def read(self) -> tuple[list[float], list[int]]:
        """Return the taps [pu] and the steps in service."""
        transformers, capacitors = self.dss.ActiveCircuit.Transformers, self.dss.ActiveCircuit.Capacitors
        taps, steps = [], []
        for place, winding in self.windings:
            transformers.idx = place
            transformers.Wdg = winding
            taps.append(float(transformers.Tap))
        for place in self.banks:
            capacitors.idx = place
            steps.append(sum(int(state) for state in capacitors.States))
        return taps, steps


AS_GIVEN = {
    # Loads of status `fixed` or `exempt` would leave out `loadmult`; all would grow from year to year.
    "load": "daily=hcr_as_given yearly=hcr_as_given growth=hcr_as_given status=variable",
    "generator": "daily=hcr_as_given yearly=hcr_as_given status=fixed",
}
"""What makes an element take the power it is given, by class."""


@dataclass(frozen=True, slots=True)
class ElementSetter:
    """Sets the power of chosen Load and Generator elements, row by row."""

    dss: Any
    loads: tuple[tuple[int, int], ...]
    generators: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, dss: Any, elements: Sequence[str]) -> "ElementSetter":
        """Return a setter for elements given by full name; their shapes and growth are switched off.

        Raises
        ------
        ModelError
            An element is no Load or Generator of the model.
        """
        places = {
            "load": {name.lower(): at for at, name in enumerate(element_names(dss.ActiveCircuit.Loads), 1)},
            "generator": {
                name.lower(): at for at, name in enumerate(element_names(dss.ActiveCircuit.Generators), 1)
            },
        }
        rows: dict[str, list[tuple[int, int]]] = {"load": [], "generator": []}
        if elements:
            dss.Text.Command = "new loadshape.hcr_as_given npts=1 interval=1 mult=[1.0]"
            dss.Text.Command = "new growthshape.hcr_as_given npts=1 year=[0] mult=[1.0]"
        for row, element in enumerate(elements):
            kind, _, name = element.lower().partition(".")
            if name not in places.get(kind, {}):
                raise ModelError(
                    f"element {element} is not in the model",
                    why="the customer list of the feeder names it",
                    remedy="Correct customers.csv of the feeder, or import the feeder again.",
                )
            dss.Text.Command = f"edit {quoted(f'{kind}.{name}')} {AS_GIVEN[kind]}"
            rows[kind].append((places[kind][name], row))
        return cls(dss, tuple(rows["load"]), tuple(rows["generator"]))

    def set(self, power_w: FloatArray, power_var: FloatArray) -> None:
        """Set one lane's powers [W], [var]."""
        circuit = self.dss.ActiveCircuit
        scale = 1e-3 / float(circuit.Solution.LoadMult)  # the engine multiplies loads by `loadmult`
        loads, generators = circuit.Loads, circuit.Generators
        for place, row in self.loads:
            loads.idx = place
            loads.kW = power_w[row] * scale
            loads.kvar = power_var[row] * scale
        for place, row in self.generators:
            generators.idx = place
            generators.kW = power_w[row] * 1e-3
            generators.kvar = power_var[row] * 1e-3
