"""Reads the controls of taps and capacitor steps out of the engine."""

from collections.abc import Iterator
from typing import Any

from hcr.powerflow.circuit import Elements
from hcr.powerflow.controls import CapControl, Controls, RegControl
from hcr.powerflow.opendss_capacitors import read_capacitor_control
from hcr.powerflow.opendss_properties import Properties
from hcr.powerflow.opendss_regulators import read_regulator
from hcr.powerflow.opendss_switched import ControlledParts, NotFollowedError
from hcr.powerflow.passive import Uncovered

HELD_CLASSES = frozenset({"fuse", "relay", "recloser", "swtcontrol"})
"""Protection and switches: they act on faults and on command; in a study they stay as the model has them."""

OTHER_CLASSES = frozenset({"storagecontroller", "gendispatcher", "espvlcontrol", "upfccontrol", "expcontrol"})
"""Controls that move set points in ways the batch engine does not follow."""

FOLLOWED_CLASSES = frozenset({"regcontrol", "capcontrol"})


def read_controls(dss: Any, places: dict[str, int], branches: Elements) -> Controls:
    """Return the enabled controls of a solved circuit.

    Taps and steps are moved to read the primitive matrices at other positions, and put back.

    Parameters
    ----------
    places : node index by name; branches : the circuit's branch table.
    """
    parts = ControlledParts(dss, places, branches)
    regulators: list[RegControl] = []
    capacitors: list[CapControl] = []
    order: list[tuple[bool, int]] = []
    held, uncovered = [], []
    for name in _enabled(dss.ActiveCircuit):
        kind = name.partition(".")[0].lower()
        try:
            if kind in HELD_CLASSES:
                held.append(name)
            elif kind in OTHER_CLASSES:
                raise NotFollowedError("controls of this kind are not followed")
            elif kind == "regcontrol":
                order.append((False, len(regulators)))
                regulators.append(read_regulator(Properties(dss, name), parts))
            else:
                order.append((True, len(capacitors)))
                capacitors.append(read_capacitor_control(Properties(dss, name), parts))
        except NotFollowedError as reason:
            uncovered.append(Uncovered(name, str(reason)))
    tapped, switched = parts.blocks()
    return Controls(
        changers=parts.changers,
        banks=parts.banks,
        regulators=tuple(regulators),
        capacitors=tuple(capacitors),
        order=tuple(at + len(regulators) * later for later, at in order),
        tapped=tapped,
        switched=switched,
        held=tuple(held),
        uncovered=tuple(uncovered),
    )


def _enabled(circuit: Any) -> Iterator[str]:
    for name in list(circuit.AllElementNames):
        if name.partition(".")[0].lower() in HELD_CLASSES | OTHER_CLASSES | FOLLOWED_CLASSES:
            circuit.SetActiveElement(name)
            if circuit.ActiveCktElement.Enabled:
                yield str(name)
