"""Reads a control of a capacitor bank out of the engine.

What the settings mean: CapControl.pas of the DSS C-API (Sample, GetControlVoltage, GetControlCurrent).
"""

from collections.abc import Sequence

from hcr.powerflow.circuit import GROUND
from hcr.powerflow.control_kinds import HIGHEST, LOWEST, MEAN, SINGLE, CapacitorKind
from hcr.powerflow.controls import CapControl, VoltageOverride
from hcr.powerflow.opendss_properties import Properties
from hcr.powerflow.opendss_switched import ControlledParts, NotFollowedError

KINDS = {
    "current": CapacitorKind.CURRENT,
    "voltage": CapacitorKind.VOLTAGE,
    "kvar": CapacitorKind.KVAR,
    "time": CapacitorKind.TIME,
    "powerfactor": CapacitorKind.POWER_FACTOR,
}

PHASES = {"avg": MEAN, "max": HIGHEST, "min": LOWEST}


def read_capacitor_control(model: Properties, parts: ControlledParts) -> CapControl:
    """Return a capacitor control.

    Raises
    ------
    NotFollowedError
        The batch engine does not follow it.
    """
    kind = KINDS.get(model.text("type").lower())
    if kind is None or model.text("usermodel"):
        raise NotFollowedError(f"a capacitor control of type {model.text('type')}")
    name = model.text("capacitor").lower().removeprefix("capacitor.")
    parts.branch(f"capacitor.{name}")
    bank = parts.bank(name)
    sight = _Sight(model, parts, name)
    on, off = model.number("onsetting"), model.number("offsetting")
    if kind is CapacitorKind.POWER_FACTOR:
        on, off = _power_factor(on, 0.95), _power_factor(off, 1.05)
    parts.dss.ActiveCircuit.Capacitors.Name = name
    kvar = float(parts.dss.ActiveCircuit.Capacitors.kvar)
    return CapControl(
        name=model.name,
        bank=bank,
        kind=kind,
        terminal=tuple(sight.terminal),
        pairs=sight.pairs(sight.ends),
        phase=min(sight.voltage_phase, SINGLE),
        currents=sight.currents(),
        current_phase=min(sight.current_phase, SINGLE),
        pt_ratio=model.number("ptratio"),
        ct_ratio=model.number("ctratio"),
        on=on,
        off=off,
        on_delay_s=model.number("delay"),
        off_delay_s=model.number("delayoff"),
        dead_s=model.number("deadtime"),
        override=sight.override(),
        first_kvar=kvar * model.number("pctminkvar") / 100.0,
        further_kvar=kvar / parts.banks[bank].size * 0.5,
    )


class _Sight:
    """Nodes and conductors that a capacitor control looks at."""

    def __init__(self, model: Properties, parts: ControlledParts, capacitor: str) -> None:
        self._model, self._parts = model, parts
        watched = model.text("element")
        branch, table = parts.branch(watched), parts.branches
        self.terminal = [int(at) for at in table.conductors(branch, model.whole("terminal"))]
        self.ends = [int(table.node[at]) for at in self.terminal]
        self._begin = int(table.first[branch])
        self._seen = parts.phases(watched)
        self._phases = parts.phases(f"capacitor.{capacitor}")
        self._delta = Properties(parts.dss, f"capacitor.{capacitor}").text("conn").lower() in ("delta", "ll")
        self.voltage_phase = _phase(model.text("ptphase"), len(self.ends))
        self.current_phase = _phase(model.text("ctphase"), len(self.terminal))

    def pairs(self, ends: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """Return the nodes across which it measures; of a delta bank, a single one from phase to phase."""
        if self.voltage_phase < 0:
            return tuple((end, GROUND) for end in ends[: self._seen])
        next_phase = self.voltage_phase % self._phases
        return ((ends[self.voltage_phase - 1], ends[next_phase] if self._delta else GROUND),)

    def currents(self) -> tuple[int, ...]:
        """Return the conductors whose currents it measures.

        A single phase counts from the first terminal of the element, all of them from the one watched.
        """
        if self.current_phase > 0:
            return (self._begin + self.current_phase - 1,)
        return tuple(self.terminal[: self._phases])

    def override(self) -> VoltageOverride | None:
        """Return the voltages at which the bank switches whatever its control says."""
        if not self._model.flag("voltoverride"):
            return None
        ends, bus = self.ends, self._model.text("vbus").lower()
        if bus:
            ends = [at for name, at in self._parts.places.items() if name.rpartition(".")[0] == bus]
            ends = ends[: self._phases]
            if len(ends) < max(self._seen if self.voltage_phase < 0 else self.voltage_phase, 1):
                raise NotFollowedError(
                    f"the bus of its voltage override, {bus}, lacks phases that it watches"
                )
        return VoltageOverride(self._model.number("vmin"), self._model.number("vmax"), self.pairs(ends))


def _phase(text: str, most: int) -> int:
    """Return a phase that a control goes by."""
    special = PHASES.get(text.lower())
    if special is not None:
        return special
    if not 1 <= int(text) <= most:
        raise NotFollowedError(f"it goes by phase {text}, which its element does not have")
    return int(text)


def _power_factor(value: float, default: float) -> float:
    """Return a setting where 1 to 2 stands for a leading power factor; OpenDSS writes those negative."""
    if not -1.0 <= value <= 1.0:
        return default
    return 2.0 + value if value < 0.0 else value
