"""All that a study found, as plain values: what its tables, its report and its JSON document are made of."""

from dataclasses import dataclass

from hcr.studies.interconnection.cost_sharing import Gain
from hcr.studies.interconnection.feeder_graph import EdgeKind
from hcr.studies.interconnection.metrics import Margin
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import HostingCapacity
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.upgrades import Upgrade


@dataclass(frozen=True, slots=True)
class MapBus:
    """A bus on the map; x and y are None where the model has no coordinates."""

    name: str
    kv: float
    phases: int
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True)
class MapEdge:
    """A series element on the map."""

    element: str
    kind: EdgeKind
    first: str
    second: str
    open: bool


@dataclass(frozen=True, slots=True)
class BusCapacity:
    """What a bus can take in some state of the feeder.

    Attributes
    ----------
    size : the capacity; search : how it was found, with its bracket.
    start_kw : at which the search began [kW].
    violations : margins of the last trial that failed: limits, and elements that decide.
    """

    bus: str
    kind: Kind
    size: Size
    start_kw: float
    search: HostingCapacity
    violations: tuple[Margin, ...]


@dataclass(frozen=True, slots=True)
class StudyUnit:
    """A unit of the queue; `number` is its place in the first sequence, from 1, and its name in tables."""

    number: int
    name: str
    bus: str
    kind: Kind
    size: Size


@dataclass(frozen=True, slots=True)
class StudyRound:
    """A unit asks to connect.

    Attributes
    ----------
    sequence : from 0; round : from 1; unit : its number.
    asked_kw, installed_kw, left_kw : requested, installed, and left beyond that at its bus [kW].
    passed : the request kept to all limits.
    violations : of the state after it, where it did not.
    upgrades : made for it; cleared : whether no violation is left after them.
    note : why upgrades ended without clearing all, or were not proven to be the cheapest; else empty.
    """

    sequence: int
    round: int
    unit: int
    asked_kw: float
    installed_kw: float
    left_kw: float
    passed: bool
    violations: tuple[Margin, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()
    cleared: bool = True
    note: str = ""

    @property
    def cost_usd(self) -> float:
        """Return what its upgrades cost [USD]."""
        return sum(one.cost_usd for one in self.upgrades)


@dataclass(frozen=True, slots=True)
class Compared:
    """A bus of the queue and a kind of unit there: what it can take alone, and within a sequence [kW].

    Attributes
    ----------
    independent_kw : with nothing else connected.
    sequence_kw : at the end of the sequence before its violation; own units of the bus counted in.
    upgraded_kw : after the upgrades for the violation, beyond what is installed; None without upgrades.
    """

    bus: str
    kind: Kind
    independent_kw: float
    sequence_kw: float
    upgraded_kw: float | None = None


@dataclass(frozen=True, slots=True)
class SequenceResult:
    """One order of the queue.

    Attributes
    ----------
    order : numbers of the units.
    trigger : number of the unit with which the first violation came; None where none did.
    installed_kw : of all units up to that one, itself included [kW].
    rounds : of all units that were connected.
    ended : why it ended before the last unit; empty where it did not.
    """

    index: int
    order: tuple[int, ...]
    trigger: int | None
    installed_kw: float
    rounds: tuple[StudyRound, ...]
    comparison: tuple[Compared, ...] = ()
    ended: str = ""

    @property
    def cost_usd(self) -> float:
        """Return what all upgrades of the sequence cost [USD]."""
        return sum(one.cost_usd for one in self.rounds)


@dataclass(frozen=True, slots=True)
class Payment:
    """What a unit pays by a rule.

    Attributes
    ----------
    sequence : whose upgrades are paid; rule : as `CostRule`.
    share : of the total; standard_error_usd : where the cost is an average of a sample [USD], else 0.
    """

    sequence: int
    rule: str
    unit: int
    cost_usd: float
    share: float
    standard_error_usd: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class UnitGain:
    """What the upgrades of the first sequence do for a unit's bus, without any unit connected."""

    unit: int
    gain: Gain


@dataclass(frozen=True, slots=True)
class WithdrawnUnit:
    """A unit leaves the queue, and the rest is studied again.

    Attributes
    ----------
    rounds : of the queue without it.
    before_usd, after_usd : by unit that stays and pays for its own upgrades (the trigger rule) [USD].
    """

    unit: int
    rounds: tuple[StudyRound, ...]
    before_usd: tuple[tuple[int, float], ...]
    after_usd: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class StudyResult:
    """A whole study.

    Attributes
    ----------
    feeder : its mRID; engine : `batch` or `opendss`; scenario_days : days that were solved for it.
    monitors : buses at which voltage changes are watched.
    base : margins of the feeder as it is.
    settings : what was asked; None where it was not written down.
    """

    feeder: str
    engine: str
    buses: tuple[MapBus, ...]
    edges: tuple[MapEdge, ...]
    candidates: tuple[str, ...]
    monitors: tuple[str, ...]
    islands: tuple[str, ...]
    base: tuple[Margin, ...]
    independent: tuple[BusCapacity, ...]
    units: tuple[StudyUnit, ...] = ()
    sequences: tuple[SequenceResult, ...] = ()
    gains: tuple[UnitGain, ...] = ()
    payments: tuple[Payment, ...] = ()
    withdrawals: tuple[WithdrawnUnit, ...] = ()
    warnings: tuple[str, ...] = ()
    scenario_days: int = 0
    settings: StudySettings | None = None
