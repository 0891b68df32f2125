"""What can be upgraded on a feeder, by the equipment of its model and the upgrades made so far."""

from collections import Counter
from collections.abc import Iterable

from hcr.errors import ModelError
from hcr.powerflow.equipment import Equipment
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrades import Line, Unavailable, Upgrade, UpgradeKind, line_upgrade


class UpgradeOptions:
    """What can be upgraded."""

    def __init__(self, equipment: Equipment, costs: UnitCosts) -> None:
        self._costs = costs
        self._lines = {one.name: one for one in equipment.lines}

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
