"""What controls move and look at, as the engine has it: windings, banks, terminals, and their matrices."""

from typing import Any

import numpy as np

from hcr.powerflow.circuit import ComplexArray, Elements, FloatArray, IntArray
from hcr.powerflow.controls import Bank, TapChanger
from hcr.powerflow.engine_arrays import complex_array
from hcr.powerflow.switched import BankBlock, TappedBlock

WHOLE_MATRIX = 2
"""The engine's number for building the whole admittance matrix, and with it the primitive ones."""


class NotFollowedError(Exception):
    """A control that the batch engine does not follow; the message is the reason."""


class ControlledParts:
    """The circuit as controls see it; collects what they move."""

    def __init__(self, dss: Any, places: dict[str, int], branches: Elements) -> None:
        self.dss, self.places, self.branches = dss, places, branches
        self._branch = {name.lower(): at for at, name in enumerate(branches.names)}
        self._windings: list[tuple[str, int]] = []
        self._capacitors: list[str] = []
        self._changers: list[TapChanger] = []
        self._banks: list[Bank] = []

    @property
    def changers(self) -> tuple[TapChanger, ...]:
        """Return the tap changers met so far."""
        return tuple(self._changers)

    @property
    def banks(self) -> tuple[Bank, ...]:
        """Return the capacitor banks met so far."""
        return tuple(self._banks)

    def branch(self, name: str) -> int:
        """Return the place of an element in service in the branch table.

        Raises
        ------
        NotFollowedError
            There is none.
        """
        at = self._branch.get(name.lower())
        if at is None:
            raise NotFollowedError(f"{name} is not among the lines, transformers and capacitors")
        if not self._active(name).Enabled:
            raise NotFollowedError(f"{name} is out of service")
        return at

    def phases(self, name: str) -> int:
        """Return the number of phases of an element."""
        return int(self._active(name).NumPhases)

    def winding(self, transformer: str, number: int) -> Any:
        """Return the engine's view of a winding."""
        transformers = self.dss.ActiveCircuit.Transformers
        transformers.Name = transformer
        transformers.Wdg = number
        return transformers

    def changer(self, transformer: str, number: int) -> int:
        """Return the number of a winding among the tap changers."""
        if (transformer, number) not in self._windings:
            winding = self.winding(transformer, number)
            self._windings.append((transformer, number))
            self._changers.append(
                TapChanger(
                    name=f"Transformer.{transformer}.{number}",
                    lowest=float(winding.MinTap),
                    highest=float(winding.MaxTap),
                    steps=int(winding.NumTaps),
                    present=float(winding.Tap),
                )
            )
        return self._windings.index((transformer, number))

    def bank(self, capacitor: str) -> int:
        """Return the number of a capacitor among the banks.

        Raises
        ------
        NotFollowedError
            Its steps in service are not the first ones.
        """
        if capacitor not in self._capacitors:
            states = self._states(capacitor)
            steps = sum(states)
            if states != [1] * steps + [0] * (len(states) - steps):
                raise NotFollowedError("the steps in service of its capacitor are not the first ones")
            closed = not self._active(f"capacitor.{capacitor}").IsOpen(1, 0)
            self._capacitors.append(capacitor)
            self._banks.append(Bank(f"Capacitor.{capacitor}", len(states), steps, closed))
        return self._capacitors.index(capacitor)

    def blocks(self) -> tuple[tuple[TappedBlock, ...], tuple[BankBlock, ...]]:
        """Return the primitive matrices of what moves; taps and steps are as before when this returns."""
        if not self._changers and not self._banks:
            return (), ()
        extremes = [self._tapped_at(highest=highest) for highest in (False, True)]
        most = max((bank.size for bank in self._banks), default=-1)
        by_steps = [self._banks_at(steps) for steps in range(most + 1)]
        opened = self._banks_opened()
        self._restore()
        switched = tuple(
            BankBlock(
                self._branch[bank.name.lower()],
                at,
                np.array([by_steps[steps][at] for steps in range(bank.size + 1)]),
                opened[at],
            )
            for at, bank in enumerate(self._banks)
        )
        return self._fitted(extremes), switched

    def _fitted(self, extremes: list[dict[str, tuple[FloatArray, ComplexArray]]]) -> tuple[TappedBlock, ...]:
        found = []
        for transformer, (low, first) in extremes[0].items():
            high, second = extremes[1][transformer]
            found.append(
                TappedBlock.fitted(
                    self._branch[f"transformer.{transformer}"],
                    self._changer_of_conductors(transformer),
                    taps=(low, high),
                    blocks=(first, second),
                )
            )
        return tuple(found)

    def _tapped_at(self, *, highest: bool) -> dict[str, tuple[FloatArray, ComplexArray]]:
        """Return the tap of each conductor and the matrix of each transformer, its taps at one end."""
        for (transformer, number), changer in zip(self._windings, self._changers, strict=True):
            self.winding(transformer, number).Tap = changer.highest if highest else changer.lowest
        self._build()
        found = {}
        for transformer in dict.fromkeys(transformer for transformer, _ in self._windings):
            changer_of = self._changer_of_conductors(transformer)
            ends = [changer.highest if highest else changer.lowest for changer in self._changers]
            taps = np.append(ends, 1.0)[changer_of]
            found[transformer] = (taps, self._primitive(f"transformer.{transformer}"))
        return found

    def _changer_of_conductors(self, transformer: str) -> IntArray:
        branch = self._branch[f"transformer.{transformer}"]
        span = slice(self.branches.first[branch], self.branches.first[branch + 1])
        return np.array(
            [
                self._windings.index((transformer, int(winding)))
                if (transformer, int(winding)) in self._windings
                else -1
                for winding in self.branches.terminal[span]
            ],
            np.int64,
        )

    def _banks_at(self, steps: int) -> list[ComplexArray]:
        """Return the matrix of each bank, closed, with some steps in service, all where it has fewer."""
        for name, bank in zip(self._capacitors, self._banks, strict=True):
            element = self._active(f"capacitor.{name}")
            element.Close(1, 0)
            held = min(steps, bank.size)
            self._set_states(name, [1] * held + [0] * (bank.size - held))
        self._build()
        return [self._primitive(bank.name) for bank in self._banks]

    def _banks_opened(self) -> list[ComplexArray]:
        for bank in self._banks:
            self._active(bank.name).Open(1, 0)
        self._build()
        return [self._primitive(bank.name) for bank in self._banks]

    def _restore(self) -> None:
        for (transformer, number), changer in zip(self._windings, self._changers, strict=True):
            self.winding(transformer, number).Tap = changer.present
        for name, bank in zip(self._capacitors, self._banks, strict=True):
            self._set_states(name, [1] * bank.steps + [0] * (bank.size - bank.steps))
            element = self._active(bank.name)
            (element.Close if bank.closed else element.Open)(1, 0)
        self._build()

    def _states(self, capacitor: str) -> list[int]:
        capacitors = self.dss.ActiveCircuit.Capacitors
        capacitors.Name = capacitor
        return [int(state) for state in capacitors.States]

    def _set_states(self, capacitor: str, states: list[int]) -> None:
        capacitors = self.dss.ActiveCircuit.Capacitors
        capacitors.Name = capacitor
        capacitors.States = states

    def _build(self) -> None:
        self.dss.ActiveCircuit.Solution.BuildYMatrix(WHOLE_MATRIX, 0)

    def _primitive(self, name: str) -> ComplexArray:
        values = complex_array(self._active(name).Yprim)
        size = round(len(values) ** 0.5)
        return values.reshape(size, size, order="F").copy()

    def _active(self, name: str) -> Any:
        self.dss.ActiveCircuit.SetActiveElement(name)
        return self.dss.ActiveCircuit.ActiveCktElement
