"""Units connect one after another: a sequence of rounds, to its first violation and beyond.

Parts 1b, 1c, 2a and 2b of the interconnection method. A `Course` is a sequence at the end of a round; each of
its functions gives the course after it, so an earlier one can always be gone back to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hcr.studies.interconnection.draws import Draws
from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.path_rule import Clearing
from hcr.studies.interconnection.queue import Capacity, Queue
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.round import Request, outcome
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.snapshot import Snapshot
from hcr.studies.interconnection.study_result import StudyRound, StudyUnit
from hcr.studies.interconnection.trial import Placed, State


@dataclass(frozen=True, slots=True)
class Course:
    """A sequence so far.

    Attributes
    ----------
    index : of the sequence, from 0; rounds : of the units that were connected.
    """

    index: int
    queue: Queue
    draws: Draws
    rounds: tuple[StudyRound, ...] = ()

    @property
    def snapshot(self) -> Snapshot:
        """Return what a file must hold to go on from here."""
        return Snapshot(self.queue, self.draws)

    @property
    def state(self) -> State:
        """Return what is in the circuit."""
        return state_of(self.queue)

    @property
    def violated(self) -> bool:
        """Return whether the last unit violated a limit."""
        return bool(self.rounds) and not self.rounds[-1].passed


def state_of(queue: Queue) -> State:
    """Return what a queue has in the circuit."""
    units = tuple(Placed(unit.kind, unit.bus, unit.size) for unit in queue.units)
    return State(units, tuple(one.upgrade for one in queue.upgrades))


def connected(course: Course, unit: StudyUnit, judge: Judge) -> Course:
    """Return the course after a unit was connected in full, whether limits allow it or not."""
    placed = Placed(unit.kind, unit.bus, unit.size)
    (found,) = judge.capacities(course.state, [placed], first=True)
    assert found.first is not None  # noqa: S101 - it was asked for
    passed, limit = found.first.passed, found.capacity.size_kw
    decided = outcome(Request(unit.size.kw, allow_violations=True), passed=passed, limit_kw=limit)
    queue = course.queue.opened(unit.bus).with_unit(
        unit.kind, unit.bus, unit.size.scaled(decided.installed_kw)
    )
    left = unit.size.scaled(decided.left_kw)
    queue = queue.with_capacity(
        Capacity(queue.round, unit.kind, unit.bus, left, violations=found.failing, search=found.capacity)
    )
    if decided.exhausted:
        queue = queue.exhausted(unit.kind, unit.bus)
    standing = judge.standing(state_of(queue))
    queue = queue.with_evaluation(unit.kind, unit.bus, standing.margins)
    made = StudyRound(
        sequence=course.index,
        round=queue.round,
        unit=unit.number,
        asked_kw=unit.size.kw,
        installed_kw=decided.installed_kw,
        left_kw=decided.left_kw,
        passed=passed,
        violations=standing.violations,
        cleared=not standing.violations,
    )
    return replace(course, queue=queue, rounds=(*course.rounds, made))


def cleared(course: Course, clearing: Clearing) -> Course:
    """Return the course after upgrades were made for its last unit."""
    last = replace(
        course.rounds[-1],
        upgrades=clearing.upgrades,
        cleared=not clearing.standing.violations,
        note=clearing.note,
    )
    queue = course.queue.with_upgrades(clearing.upgrades)
    return replace(course, queue=queue, rounds=(*course.rounds[:-1], last))


def drawn_unit(course: Course, candidates: Sequence[str], settings: StudySettings) -> tuple[StudyUnit, Draws]:
    """Return the unit that asks next, bus and size drawn."""
    kind = settings.resource.kind
    bus, draws = course.draws.one_of(course.queue.drawable(candidates, kind))
    known = course.queue.capacity(kind, bus)
    size, draws = draws.size(kind, settings.resource.sizes, known.size.kw if known else None)
    number = len(course.rounds) + 1
    return StudyUnit(number, f"{number} {bus}", bus, kind, size), draws


Site = tuple[Kind, str]
"""A kind of unit, and a bus."""


def recalculated(
    queue: Queue, draws: Draws, sites: Sequence[Site], judge: Judge, settings: StudySettings
) -> tuple[Queue, Draws]:
    """Return a queue with what some buses can take beyond its state, each search begun at a drawn size."""
    asked = []
    for kind, bus in sites:
        known = queue.capacity(kind, bus)
        size, draws = draws.size(kind, settings.resource.sizes, known.size.kw if known else None)
        asked.append(Placed(kind, bus, size))
    return with_capacities(queue, asked, judge), draws


def with_capacities(queue: Queue, asked: Sequence[Placed], judge: Judge) -> Queue:
    """Return a queue with what some buses can take beyond its state.

    Parameters
    ----------
    asked : units at whose sizes the searches begin.
    """
    for unit, found in zip(asked, judge.capacities(state_of(queue), asked), strict=True):
        size = unit.size.scaled(found.capacity.size_kw)
        queue = queue.with_capacity(
            Capacity(queue.round, unit.kind, unit.bus, size, found.failing, found.capacity, recalculated=True)
        )
    return queue


def whole_kw(queue: Queue, site: Site) -> float:
    """Return what a bus takes in all: what its own units have, and what it could take beyond [kW]."""
    kind, bus = site
    left = queue.capacity(kind, bus)
    own = sum(unit.size.kw for unit in queue.units if (unit.kind, unit.bus) == site)
    return own + (left.size.kw if left else 0.0)
