"""A regulator where there was none: one of each phase at the source's end of a line.

The line is moved to a new bus, and a single-phase transformer with a RegControl for each of its phases leads
there from the old one. It holds 120 V in a band of 2 V on the base of its control, whichever way power flows.
It is rated for twice the line's normal amps, so that it does not stand in the way of a second circuit. Its
impedance and losses are those that the IEEE test feeders give their regulators: 0.01 %.
"""

from dataclasses import dataclass

from hcr.powerflow.opendss_names import quoted
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

SET_POINT_V, BAND_V = 120.0, 2.0
CIRCUITS = 2.0
"""Circuits of the line that it is rated for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a regulator can be built.

    Attributes
    ----------
    line : full name; terminal : of it, towards the source, at `bus`; nodes : numbers of its phases there.
    phase_v : nominal voltage to ground [V]; normal_amps : of the line [A].
    """

    line: str
    terminal: int
    bus: str
    nodes: tuple[int, ...]
    phase_v: float
    normal_amps: float


def new_regulator(place: Place, costs: UnitCosts) -> Upgrade:
    """Return the upgrade that builds a regulator."""
    name = f"hcr_reg_{place.line.partition('.')[2]}".lower().replace(".", "_")
    phases = "".join(f".{node}" for node in place.nodes)
    moved = f"Edit {quoted(place.line)} bus{place.terminal}={quoted(name + phases)}"
    units = [edit for node in place.nodes for edit in _phase(place, name, node)]
    line_kv = 3.0**0.5 * place.phase_v / 1e3
    known = ("MakeBusList", f"SetkVBase bus={quoted(name)} kVLL={line_kv:.12g}")
    edits = (moved, *units, *known)
    found = (0.0, SET_POINT_V, "V", edits, costs.new_regulator.usd)
    return Upgrade(UpgradeKind.NEW_REGULATOR, place.line, *found)


def _phase(place: Place, name: str, node: int) -> tuple[str, str]:
    """Return the commands for the regulator of one phase."""
    kv, kva = place.phase_v / 1e3, CIRCUITS * place.normal_amps * place.phase_v / 1e3
    one = f"{name}_{node}"
    ends = f"{quoted(f'{place.bus}.{node}')} {quoted(f'{name}.{node}')}"
    transformer = (
        f"New {quoted(f'Transformer.{one}')} phases=1 windings=2 buses=({ends}) conns=(wye wye) "
        f"kvs=({kv:.12g} {kv:.12g}) kvas=({kva:.12g} {kva:.12g}) xhl=0.01 %loadloss=0.01"
    )
    control = (
        f"New {quoted(f'RegControl.{one}')} transformer={quoted(one)} winding=2 vreg={SET_POINT_V:g} "
        f"band={BAND_V:g} ptratio={place.phase_v / SET_POINT_V:.12g}"
    )
    return transformer, control
