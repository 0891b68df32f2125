"""Upgrades: what changes in the circuit, and what it costs (interconnection method, section 7).

    line_upgrade        one circuit becomes two: length / 2, ratings x 2   per foot of each circuit built
    bank_upgrade        all transformers of a bank, to the next rating     each by its phases and rating
    tap_upgrade         winding 1 by so many steps                         a settings change
    regulator_upgrade   set point by so many volts, reverse as well        a settings change
    new_regulator       one more, in a line: new_regulator.py              one price

Each tells what can be done with an element as it is now: an `Upgrade`, or `Unavailable` with the reason.
Elements go by their full names, such as `Line.l1`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

from hcr.powerflow.opendss_names import quoted
from hcr.studies.interconnection.unit_costs import TransformerPrices, UnitCosts, feet

THREE_PHASE_KVA = (
    *(30.0, 45.0, 75.0, 112.5, 150.0, 225.0, 300.0, 500.0),
    *(750.0, 1000.0, 1500.0, 2000.0, 3750.0, 5000.0, 7500.0, 10000.0),
)
"""Standard ratings of transformers of more than one phase [kVA] (interconnection method, section 7)."""

SINGLE_PHASE_KVA = (5.0, 10.0, 15.0, 25.0, 37.5, 50.0, 75.0, 100.0, 167.0, 250.0, 333.0, 500.0)
"""Standard ratings of transformers of one phase [kVA] (interconnection method, section 7)."""

LEAST_STEP = 1.1
"""A transformer is replaced by one larger than this times its rating."""


class UpgradeKind(StrEnum):
    """What is upgraded."""

    LINE = "line"
    TRANSFORMER = "transformer"
    TAP = "tap"
    REGULATOR = "regulator"
    NEW_REGULATOR = "new_regulator"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A change of one element.

    Attributes
    ----------
    old, new : what characterises it before and after: normal amps of a line [A], rating of a transformer
        [kVA], tap [pu], set point [V on the control's base]; of a new regulator 0 and its set point.
    edits : OpenDSS commands that make the change.
    length_ft : length of the circuits built [ft]; 0 for whatever has no length.
    """

    kind: UpgradeKind
    element: str
    old: float
    new: float
    unit: str
    edits: tuple[str, ...]
    cost_usd: float
    length_ft: float = 0.0


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an element cannot be upgraded."""

    element: str
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the circuit has it now.

    Attributes
    ----------
    length : in its unit; of the circuits in parallel together, so half the route where there are two.
    circuits : how many run in parallel, 2 after one upgrade.
    """

    name: str
    length: float
    unit: str
    normal_amps: float
    emergency_amps: float
    underground: bool = False
    circuits: int = 1

    def doubled(self) -> "Line":
        """Return the line after an upgrade: as many circuits again along the same route."""
        return Line(
            self.name,
            self.length / 2.0,
            self.unit,
            2.0 * self.normal_amps,
            2.0 * self.emergency_amps,
            self.underground,
            2 * self.circuits,
        )


@dataclass(frozen=True, slots=True)
class Transformer:
    """A transformer.

    Attributes
    ----------
    windings_kva : rating by winding [kVA].
    normal_kva, emergency_kva : what its first winding may carry [kVA].
    """

    name: str
    phases: int
    windings_kva: tuple[float, ...]
    normal_kva: float
    emergency_kva: float


@dataclass(frozen=True, slots=True)
class Tap:
    """The tap of the first winding of a transformer [pu], its range [pu], and the steps of that range."""

    transformer: str
    position: float
    lowest: float = 0.9
    highest: float = 1.1
    steps: int = 32


@dataclass(frozen=True, slots=True)
class Regulator:
    """The control of a regulator.

    Attributes
    ----------
    set_point_v : on the base of the control [V].
    nominal_v : of the winding it controls [V]; pt_ratio : between that winding and the control.
    """

    control: str
    set_point_v: float
    nominal_v: float
    pt_ratio: float


def line_upgrade(line: Line, costs: UnitCosts) -> Upgrade:
    """Return the upgrade that doubles a line's circuits.

    What is built is charged: a second upgrade puts two circuits beside two, and costs the route twice.

    Raises
    ------
    ModelError
        The length has no unit.
    """
    after = line.doubled()
    route_ft = feet(line.length * line.circuits, line.unit)
    built_ft = route_ft * (after.circuits - line.circuits)
    price = costs.underground_line if line.underground else costs.overhead_line
    edit = (
        f"Edit {quoted(line.name)} length={_text(after.length)} "
        f"normamps={_text(after.normal_amps)} emergamps={_text(after.emergency_amps)}"
    )
    return Upgrade(
        UpgradeKind.LINE,
        line.name,
        line.normal_amps,
        after.normal_amps,
        "A",
        (edit,),
        built_ft * price.usd,
        built_ft,
    )


def bank_upgrade(bank: Sequence[Transformer], prices: TransformerPrices) -> tuple[Upgrade, ...] | Unavailable:
    """Return the upgrades of all transformers between the same two buses, each to its next standard rating.

    They come together: one of a bank that stays small would still be overloaded.
    """
    found = []
    for transformer in bank:
        kva = next_rating(transformer.phases, transformer.windings_kva[0])
        if kva is None:
            why = f"no standard rating is above {LEAST_STEP:g} x {transformer.windings_kva[0]:g} kVA"
            return Unavailable(transformer.name, why)
        found.append(_larger(transformer, kva, prices))
    return tuple(found)


def next_rating(phases: int, kva: float) -> float | None:
    """Return the smallest standard rating above 1.1 times a rating [kVA]; None where there is none."""
    ratings = SINGLE_PHASE_KVA if phases == 1 else THREE_PHASE_KVA
    return next((rating for rating in ratings if rating > LEAST_STEP * kva), None)


def tap_upgrade(tap: Tap, steps: int, costs: UnitCosts) -> Upgrade | Unavailable:
    """Return the upgrade that moves a tap by steps of (highest - 1) or (1 - lowest) over half their number.

    A tap at the end of its range is not moved beyond.
    """
    reach = tap.highest - 1.0 if steps > 0 else 1.0 - tap.lowest
    moved = tap.position + steps * reach / (tap.steps / 2.0)
    if not tap.lowest - 1e-9 <= moved <= tap.highest + 1e-9:
        why = f"its tap would be {moved:g} pu, outside {tap.lowest:g} to {tap.highest:g} pu"
        return Unavailable(tap.transformer, why)
    edit = f"Edit {quoted(tap.transformer)} wdg=1 tap={_text(moved)}"
    found = (tap.position, moved, "pu", (edit,), costs.settings_change.usd)
    return Upgrade(UpgradeKind.TAP, tap.transformer, *found)


def regulator_upgrade(regulator: Regulator, change_v: float, costs: UnitCosts) -> Upgrade | Unavailable:
    """Return the upgrade that moves a set point, and the reverse one to the same volts.

    It stays within 0.95 and 1.05 of nominal, rounded outwards to whole volts of the control.
    """
    nominal_v = regulator.nominal_v / regulator.pt_ratio
    low, high = floor(0.95 * nominal_v), ceil(1.05 * nominal_v)
    moved = min(max(regulator.set_point_v + change_v, low), high)
    if moved == regulator.set_point_v:
        why = f"its set point is {moved:g} V already, the end of {low} to {high} V"
        return Unavailable(regulator.control, why)
    edit = f"Edit {quoted(regulator.control)} vreg={_text(moved)} revvreg={_text(moved)}"
    found = (regulator.set_point_v, moved, "V", (edit,), costs.settings_change.usd)
    return Upgrade(UpgradeKind.REGULATOR, regulator.control, *found)


def _larger(transformer: Transformer, kva: float, prices: TransformerPrices) -> Upgrade:
    present = transformer.windings_kva[0]
    share = kva / present
    windings = " ".join(_text(winding * share) for winding in transformer.windings_kva)
    edit = (
        f"Edit {quoted(transformer.name)} kVAs=[{windings}] "
        f"normhkva={_text(transformer.normal_kva * share)} "
        f"emerghkva={_text(transformer.emergency_kva * share)}"
    )
    cost = prices.usd(transformer.phases, kva)
    return Upgrade(UpgradeKind.TRANSFORMER, transformer.name, present, kva, "kVA", (edit,), cost)


def _text(value: float) -> str:
    return f"{value:.12g}"
