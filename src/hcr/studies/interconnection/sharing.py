"""Who pays for a study's upgrades, by each rule that is asked for (interconnection method, part 3)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hcr.errors import ConfigError
from hcr.studies.interconnection.cost_sharing import Gain, Split, by_gain, by_shapley, pro_rata, trigger_pays
from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.queue import Queue
from hcr.studies.interconnection.sequence import Course, Site
from hcr.studies.interconnection.settings import CostRule, StudySettings
from hcr.studies.interconnection.shapley import groups
from hcr.studies.interconnection.study_result import (
    Payment,
    SequenceResult,
    StudyRound,
    StudyUnit,
    UnitGain,
    WithdrawnUnit,
)
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.upgrades import Upgrade

if TYPE_CHECKING:
    from hcr.studies.interconnection.study import Study


def gains(
    judge: Judge,
    alone: Queue,
    units: Sequence[StudyUnit],
    upgrades: tuple[Upgrade, ...],
    settings: StudySettings,
) -> tuple[UnitGain, ...]:
    """Return what upgrades do for the bus of each unit, with no unit connected.

    Each search begins at the capacity before, or where there is none at the smallest that is told.

    Parameters
    ----------
    alone : what each bus can take without upgrades.
    """
    if not upgrades or CostRule.GAIN not in settings.sharing.rules:
        return ()
    before = {site: _alone_kw(alone, site) for site in dict.fromkeys(_site(unit) for unit in units)}
    sizes = {_site(unit): unit.size for unit in units}
    start = [
        Placed(*site, sizes[site].scaled(kw or settings.search.floor_kw or settings.search.tolerance_kw))
        for site, kw in before.items()
    ]
    found = judge.capacities(State(upgrades=upgrades), start)
    after = {site: one.capacity.size_kw for site, one in zip(before, found, strict=True)}
    return tuple(
        UnitGain(unit.number, Gain(unit.size.kw, before[_site(unit)], after[_site(unit)])) for unit in units
    )


def payments(
    study: "Study",
    units: Sequence[StudyUnit],
    sequences: Sequence[SequenceResult],
    gained: Sequence[UnitGain],
    settings: StudySettings,
) -> tuple[Payment, ...]:
    """Return what each unit pays by each rule.

    The trigger and pro-rata rules split the cost of each sequence, the others that of the first. Units that
    do not connect, because a sequence ends before them, pay for nothing.
    """
    found: list[Payment] = []
    for sequence in sequences:
        found += _paid(sequence.index, by_trigger(sequence.rounds, units))
        there = {one.unit for one in sequence.rounds}
        kw = {_name(unit.number): unit.size.kw for unit in units if unit.number in there}
        found += _paid(sequence.index, pro_rata(kw, sequence.cost_usd))
    if gained:
        there = {one.unit for one in sequences[0].rounds}
        won = {_name(one.unit): one.gain for one in gained if one.unit in there}
        found += _paid(0, by_gain(won, sequences[0].cost_usd, settings.sharing.gain))
    if CostRule.SHAPLEY in settings.sharing.rules:
        names, sampling = [_name(unit.number) for unit in units], settings.sharing.sampling
        asked = groups(names, sampling)
        connected = [[unit for unit in units if _name(unit.number) in group] for group in asked]
        costs = dict(zip(asked, study.costs_usd(connected), strict=True))
        found += _paid(0, by_shapley(names, costs.__getitem__, sampling))
    wanted = {str(rule) for rule in settings.sharing.rules}
    return tuple(one for one in found if one.rule in wanted)


def withdrawn(
    study: "Study",
    start: Course,
    first: SequenceResult,
    units: Sequence[StudyUnit],
    settings: StudySettings,
) -> tuple[WithdrawnUnit, ...]:
    """Return what becomes of the first sequence when a unit leaves: each withdrawal is studied again."""
    found = []
    for number in settings.sharing.withdrawals:
        staying = [unit for unit in units if unit.number != number]
        course = study.whole(start, staying)
        before, after = by_trigger(first.rounds, units), by_trigger(course.rounds, staying)
        found.append(
            WithdrawnUnit(
                number,
                course.rounds,
                tuple((unit.number, before.costs_usd[_name(unit.number)]) for unit in staying),
                tuple((unit.number, after.costs_usd[_name(unit.number)]) for unit in staying),
            )
        )
    return tuple(found)


def check_withdrawals(numbers: Sequence[int], units: int) -> None:
    """Check that the units that leave are in the queue.

    Raises
    ------
    ConfigError
        Some are not.
    """
    unknown = [number for number in numbers if not 1 <= number <= units]
    if unknown:
        raise ConfigError(
            f"no unit {', '.join(map(str, unknown))} can withdraw",
            why=f"the queue has {units} units",
            remedy=f"Give numbers from 1 to {units} in `sharing.withdrawals`." if units else "Give none.",
        )


def by_trigger(rounds: Sequence[StudyRound], units: Sequence[StudyUnit]) -> Split:
    """Return the split in which each unit pays for its own upgrades; those that never connect pay nothing."""
    at = {_name(one.unit): one.round for one in rounds}
    split = trigger_pays(at, {one.round: one.cost_usd for one in rounds})
    costs = {_name(unit.number): split.costs_usd.get(_name(unit.number), 0.0) for unit in units}
    return replace(split, costs_usd=costs)


def _paid(sequence: int, split: Split) -> list[Payment]:
    return [
        Payment(
            sequence=sequence,
            rule=split.rule,
            unit=int(name),
            cost_usd=cost,
            share=split.shares[name],
            standard_error_usd=split.standard_errors_usd.get(name, 0.0),
            note=split.note,
        )
        for name, cost in split.costs_usd.items()
    ]


def _name(number: int) -> str:
    return str(number)


def _site(unit: StudyUnit) -> Site:
    return unit.kind, unit.bus


def _alone_kw(alone: Queue, site: Site) -> float:
    found = alone.capacity(*site)
    return found.size.kw if found else 0.0
