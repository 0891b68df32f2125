"""What can be upgraded on a feeder, by the equipment of its model and the upgrades made so far."""

from collections import Counter
from collections.abc import Iterable, Sequence

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.equipment import Equipment, RegulatorData, TransformerData
from hcr.studies.interconnection.new_regulator import Place, new_regulator
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrades import (
    Line,
    Regulator,
    Tap,
    Transformer,
    Unavailable,
    Upgrade,
    UpgradeKind,
    bank_upgrade,
    line_upgrade,
    regulator_upgrade,
    tap_upgrade,
)


class UpgradeOptions:
    """What can be upgraded."""

    def __init__(self, equipment: Equipment, costs: UnitCosts) -> None:
        self._costs = costs
        self._lines = {one.name: one for one in equipment.lines}
        self._transformers = {one.name: one for one in equipment.transformers}
        self._regulators: dict[str, tuple[RegulatorData, ...]] = {}
        for one in equipment.regulators:
            self._regulators[one.transformer] = (*self._regulators.get(one.transformer, ()), one)

    def of_line(self, element: str, made: Iterable[Upgrade] = ()) -> Upgrade | Unavailable:
        """Return the upgrade of a line after those made so far, or why there is none."""
        data = self._lines.get(element)
        if data is None:
            return Unavailable(element, "it is no line")
        line = Line(data.name, data.length, data.unit, data.normal_a, data.emergency_a, data.underground)
        times = Counter(one.element for one in made if one.kind is UpgradeKind.LINE)[element]
        for _ in range(times):
            line = line.doubled()
        try:
            return line_upgrade(line, self._costs)
        except ModelError as error:
            return Unavailable(element, f"{error}")

    def of_bank(
        self, elements: Sequence[str], made: Sequence[Upgrade] = ()
    ) -> tuple[Upgrade, ...] | Unavailable:
        """Return the upgrades of all transformers between two buses, to the next rating of each."""
        bank = [self._transformer(one, made) for one in elements if one in self._transformers]
        return bank_upgrade(bank, self._costs.transformers)

    def of_taps(
        self, elements: Sequence[str], steps: int, made: Sequence[Upgrade] = ()
    ) -> tuple[Upgrade, ...] | Unavailable:
        """Return the upgrades that move the taps of all transformers between two buses.

        A transformer with a regulator's control has none: the control would move its tap back.
        """
        found = []
        for element in elements:
            data = self._transformers.get(element)
            if data is None or element in self._regulators:
                return Unavailable(element, "a control moves its tap" if data else "it is no transformer")
            position = _latest(made, UpgradeKind.TAP, element, data.tap)
            tap = Tap(element, position, data.lowest_tap, data.highest_tap, data.tap_steps)
            upgrade = tap_upgrade(tap, steps, self._costs)
            if isinstance(upgrade, Unavailable):
                return upgrade
            found.append(upgrade)
        return tuple(found)

    def of_regulators(
        self, elements: Sequence[str], change_v: float, made: Sequence[Upgrade] = ()
    ) -> tuple[Upgrade, ...] | Unavailable:
        """Return the upgrades that move the set points of all regulators between two buses."""
        found = []
        for control in (one for element in elements for one in self._regulators.get(element, ())):
            set_point = _latest(made, UpgradeKind.REGULATOR, control.name, control.set_point_v)
            regulator = Regulator(control.name, set_point, control.nominal_v, control.pt_ratio)
            upgrade = regulator_upgrade(regulator, change_v, self._costs)
            if isinstance(upgrade, Unavailable) or upgrade.new != set_point + change_v:
                why = f"{change_v:+g} V would lead beyond the end of its range"
                return Unavailable(control.name, why)
            found.append(upgrade)
        return tuple(found) if found else Unavailable(elements[0] if elements else "", "no control is there")

    def of_new_regulator(
        self, circuit: Circuit, element: str, bus: str, made: Iterable[Upgrade] = ()
    ) -> Upgrade | Unavailable:
        """Return the upgrade that builds a regulator into a line, at one of its buses.

        Parameters
        ----------
        circuit : of the feeder's model. bus : of the line, towards the source.
        """
        if any(one.kind is UpgradeKind.NEW_REGULATOR and one.element == element for one in made):
            return Unavailable(element, "it has a new regulator already")
        table, nodes = circuit.branches.elements, circuit.nodes
        at = table.names.index(element)
        terminal = [one.lower() for one in table.buses[at]].index(bus) + 1
        found = [int(table.node[one]) for one in table.conductors(at, terminal)]
        if any(node < 0 or not 1 <= nodes.number[node] <= len("abc") for node in found):
            return Unavailable(element, "it has conductors besides its phases")
        phase_v = float(nodes.base_v[found[0]])
        if not phase_v > 0.0:
            return Unavailable(element, "the nominal voltage of its bus is not known")
        numbers = tuple(int(nodes.number[node]) for node in found)
        place = Place(element, terminal, bus, numbers, phase_v, self._lines[element].normal_a)
        return new_regulator(place, self._costs)

    def _transformer(self, element: str, made: Sequence[Upgrade]) -> Transformer:
        data: TransformerData = self._transformers[element]
        present = data.windings_kva[0]
        times = _latest(made, UpgradeKind.TRANSFORMER, element, present) / present
        windings = tuple(times * kva for kva in data.windings_kva)
        return Transformer(
            element, data.phases, windings, times * data.normal_kva, times * data.emergency_kva
        )


def _latest(made: Sequence[Upgrade], kind: UpgradeKind, element: str, otherwise: float) -> float:
    """Return what the last upgrade of an element led to."""
    found = [one.new for one in made if one.kind is kind and one.element == element]
    return found[-1] if found else otherwise
