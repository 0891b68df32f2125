"""What a study knows after each round: units, capacities, upgrades (interconnection method, section 5).

A queue is a log. Every record carries its round, nothing is overwritten, and each question is answered from
the records up to a round:

    round 0                 independent capacities, evaluated with nothing installed
    round n                 one unit asked to connect at one bus, which is visited by that
    recalculated capacity   found without installing anything; kept beside what the round itself found
    exhausted bus           took less than it was asked; no further unit is drawn there

Undoing rounds is forgetting their records: visits and exhaustion go with them, committed or not. Totals are
counted from the installed units, so each kW stands there once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from hcr.errors import UsageError
from hcr.studies.interconnection.metrics import Margin
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import HostingCapacity
from hcr.studies.interconnection.upgrades import Upgrade


@dataclass(frozen=True, slots=True)
class Unit:
    """A resource installed in a round, on top of what its bus had."""

    round: int
    kind: Kind
    bus: str
    size: Size


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a bus can take beyond what is installed.

    Attributes
    ----------
    violations : margins of the last trial of the search that failed: limits and elements that decide.
    search : how it was found; None where it is what a unit left of its search, or given.
    recalculated : found without installing anything in its round.
    """

    round: int
    kind: Kind
    bus: str
    size: Size
    violations: tuple[Margin, ...] = ()
    search: HostingCapacity | None = None
    recalculated: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The margins of the last run of a round."""

    round: int
    kind: Kind
    bus: str
    margins: tuple[Margin, ...]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """An upgrade made in a round; the unit of that round triggered it."""

    round: int
    upgrade: Upgrade


@dataclass(frozen=True, slots=True)
class Visit:
    """A bus at which a unit asked to connect."""

    round: int
    bus: str


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """A bus that takes no further unit of a kind."""

    round: int
    kind: Kind
    bus: str


class _AtBus(Protocol):
    @property
    def round(self) -> int: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def bus(self) -> str: ...


class _OfRound(Protocol):
    @property
    def round(self) -> int: ...


AtBus = TypeVar("AtBus", bound=_AtBus)
OfRound = TypeVar("OfRound", bound=_OfRound)


@dataclass(frozen=True, slots=True)
class Queue:
    """The rounds of a study so far.

    Attributes
    ----------
    round : the present round; 0 before the first unit.
    """

    round: int = 0
    units: tuple[Unit, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    evaluations: tuple[Evaluated, ...] = ()
    upgrades: tuple[Upgraded, ...] = ()
    visits: tuple[Visit, ...] = ()
    exhaustions: tuple[Exhaustion, ...] = ()

    def opened(self, bus: str) -> "Queue":
        """Return the queue in its next round, in which a unit asks to connect at a bus."""
        following = self.round + 1
        return replace(self, round=following, visits=(*self.visits, Visit(following, bus)))

    def with_unit(self, kind: Kind, bus: str, size: Size) -> "Queue":
        """Return the queue with a unit installed in the present round."""
        return replace(self, units=(*self.units, Unit(self.round, kind, bus, size)))

    def with_capacity(self, capacity: Capacity) -> "Queue":
        """Return the queue with a capacity, which belongs to the present round whatever it says."""
        return replace(self, capacities=(*self.capacities, replace(capacity, round=self.round)))

    def with_evaluation(self, kind: Kind, bus: str, margins: tuple[Margin, ...]) -> "Queue":
        """Return the queue with the margins of a run of the present round."""
        return replace(self, evaluations=(*self.evaluations, Evaluated(self.round, kind, bus, margins)))

    def with_upgrades(self, upgrades: Iterable[Upgrade]) -> "Queue":
        """Return the queue with upgrades made in the present round."""
        made = tuple(Upgraded(self.round, upgrade) for upgrade in upgrades)
        return replace(self, upgrades=self.upgrades + made)

    def exhausted(self, kind: Kind, bus: str) -> "Queue":
        """Return the queue with a bus that takes no further unit of a kind."""
        return replace(self, exhaustions=(*self.exhaustions, Exhaustion(self.round, kind, bus)))

    def rewound(self, to_round: int) -> "Queue":
        """Return the queue as it was at the end of a round.

        Raises
        ------
        UsageError
            That round has not been.
        """
        if not 0 <= to_round <= self.round:
            raise UsageError(
                f"no queue can be rewound to round {to_round}",
                why=f"it has rounds 0 to {self.round}",
                remedy="Name one of them.",
            )
        return Queue(
            to_round,
            _until(self.units, to_round),
            _until(self.capacities, to_round),
            _until(self.evaluations, to_round),
            _until(self.upgrades, to_round),
            _until(self.visits, to_round),
            _until(self.exhaustions, to_round),
        )

    def drawable(self, candidates: Sequence[str], kind: Kind) -> tuple[str, ...]:
        """Return the buses of which the next is drawn, in the order of the draw.

        Candidates that have no unit yet, then every visit, so that a bus visited twice counts twice; without
        the exhausted ones (interconnection method, sections 1 and 5, step 1).
        """
        out = {record.bus for record in self.exhaustions if record.kind is kind}
        taken = {unit.bus for unit in self.units}
        fresh = [bus for bus in candidates if bus not in taken]
        return tuple(bus for bus in (*fresh, *(visit.bus for visit in self.visits)) if bus not in out)

    def unit(self, kind: Kind, bus: str, *, at_round: int | None = None) -> Unit | None:
        """Return the unit of a bus that was installed last, at or before a round."""
        return _latest(self.units, kind, bus, self._at(at_round))

    def capacity(
        self, kind: Kind, bus: str, *, at_round: int | None = None, as_added: bool = False
    ) -> Capacity | None:
        """Return the capacity of a bus that was found last, at or before a round.

        Parameters
        ----------
        as_added : leave recalculated ones out: what the bus had left when its unit was added.
        """
        found = [one for one in self.capacities if not (as_added and one.recalculated)]
        return _latest(found, kind, bus, self._at(at_round))

    def evaluation(self, kind: Kind, bus: str, *, at_round: int | None = None) -> Evaluated | None:
        """Return the margins found last with a round at a bus, at or before a round."""
        return _latest(self.evaluations, kind, bus, self._at(at_round))

    def installed(self, *, at_round: int | None = None) -> tuple[Unit, ...]:
        """Return the units installed at or before a round, in their order."""
        return _until(self.units, self._at(at_round))

    def totals(self, *, at_round: int | None = None) -> Mapping[Kind, Size]:
        """Return the size installed of each kind, at or before a round; only kinds that are there."""
        found: dict[Kind, Size] = {}
        for unit in self.installed(at_round=at_round):
            found[unit.kind] = found[unit.kind].plus(unit.size) if unit.kind in found else unit.size
        return found

    def upgraded(self, element: str, *, at_round: int | None = None) -> tuple[Upgrade, ...]:
        """Return the upgrades of an element at or before a round, in their order."""
        made = _until(self.upgrades, self._at(at_round))
        return tuple(one.upgrade for one in made if one.upgrade.element == element)

    def costs_usd(self, *, at_round: int | None = None) -> Mapping[int, float]:
        """Return what the upgrades of each round cost [USD]; only rounds with any, at or before a round."""
        found: dict[int, float] = {}
        for one in _until(self.upgrades, self._at(at_round)):
            found[one.round] = found.get(one.round, 0.0) + one.upgrade.cost_usd
        return found

    def _at(self, at_round: int | None) -> int:
        return self.round if at_round is None else at_round


def _until(records: Sequence[OfRound], at_round: int) -> tuple[OfRound, ...]:
    return tuple(record for record in records if record.round <= at_round)


def _latest(records: Sequence[AtBus], kind: Kind, bus: str, at_round: int) -> AtBus | None:
    fitting = (one for one in reversed(records) if one.kind is kind and one.bus == bus)
    return next((one for one in fitting if one.round <= at_round), None)
