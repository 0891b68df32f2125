"""A whole study, part by part as the interconnection method has them (its section 6).

study_feeder(model, mrid, settings, engine=…, folder=…) -> StudyResult
    set_up, days_of, Judge             what is simulated, by whom, and how it is judged
    Study.independent                  1a  what each bus can take alone
    Study.drawn, Study.ordered         1b  units connect, until one violates a limit, and 2b beyond that
    Comparison.of                      1c  what the queue's buses can take within a sequence
    Study.clear                        2a  upgrades until nothing is violated
    gains, payments, withdrawn         3   who pays: sharing.py
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hcr.errors import ConfigError
from hcr.replacement import replacing
from hcr.studies.interconnection.activity import Activity
from hcr.studies.interconnection.cheapest_rule import CheapestRule
from hcr.studies.interconnection.comparison import Comparison
from hcr.studies.interconnection.draws import Draws, orders
from hcr.studies.interconnection.engine import compiles_loops, days_of
from hcr.studies.interconnection.feeder_map import map_buses, map_edges
from hcr.studies.interconnection.journal import Journal
from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.path_rule import PathRule
from hcr.studies.interconnection.queue import Queue
from hcr.studies.interconnection.resource import Size
from hcr.studies.interconnection.sequence import (
    Course,
    Site,
    cleared,
    connected,
    drawn_unit,
    with_capacities,
)
from hcr.studies.interconnection.settings import StudySettings, UpgradeRule
from hcr.studies.interconnection.setup import Setup, set_up
from hcr.studies.interconnection.sharing import check_withdrawals, gains, payments, withdrawn
from hcr.studies.interconnection.snapshot import Snapshot
from hcr.studies.interconnection.study_doubts import silent_days, unlimited
from hcr.studies.interconnection.study_result import (
    BusCapacity,
    Compared,
    SequenceResult,
    StudyResult,
    StudyUnit,
)
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.upgrade_choice import UpgradeChoice
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.task_inputs import programs_digest


def study_feeder(
    model: Path,
    mrid: str,
    settings: StudySettings,
    *,
    engine: str = "auto",
    folder: Path | None = None,
    circuits: Path | None = None,
    threads: int = 1,
) -> StudyResult:
    """Return all that a study of a feeder finds.

    Parameters
    ----------
    model : entry file of its OpenDSS model; mrid : of the feeder.
    engine : `auto`, `batch` or `opendss`.
    folder : of the study's own files, its journal and snapshots; a study that was killed goes on from there.
        None keeps nothing.
    circuits : folder of compiled circuits. threads : of the batch engine.

    Raises
    ------
    ModelError
        The model cannot be read, or the engine asked for does not cover it.
    ConfigError
        The settings do not fit the feeder, or each other.
    """
    activity = Activity(folder)
    activity.begins("reading the feeder")
    try:
        setup = set_up(model, mrid, settings, circuits=circuits)
        days, warnings = days_of(setup, engine, threads=threads)
        base_days = 2 * len(setup.days)  # solved before any trial: to judge by, and judged
        activity.watches(days, lambda: days.solved <= base_days and compiles_loops(days.engine))
        about = repr((setup.feeder.circuit.model.digest, mrid, settings, days.engine, programs_digest()))
        journal = Journal(folder / "journal.jsonl" if folder else None, about, activity.heard)
        judge = Judge(setup, days, journal)
        activity.begins("the feeder as it is")
        found = Study(setup, judge, folder, activity).run()
    finally:
        activity.ends()
    return replace(
        found,
        engine=days.engine,
        warnings=(*warnings, *found.warnings),
        scenario_days=judge.scenario_days,
        settings=settings,
    )


class Study:
    """One study under way."""

    def __init__(
        self, setup: Setup, judge: Judge, folder: Path | None = None, activity: Activity | None = None
    ) -> None:
        self._setup, self._judge, self._folder = setup, judge, folder
        self._settings = setup.settings
        self._activity = activity or Activity()
        self._comparison = Comparison(judge, setup.settings)
        self._rule = _rule(setup, judge)

    def run(self) -> StudyResult:
        """Return all that the study finds."""
        base = self._judge.base.margins
        alone, draws, independent = self.independent()
        self._keep("independent", Snapshot(alone, draws))
        found = StudyResult(
            feeder=self._setup.mrid,
            engine="",
            buses=tuple(map_buses(self._setup)),
            edges=tuple(map_edges(self._setup)),
            candidates=self._setup.candidates,
            monitors=self._setup.monitors,
            islands=self._setup.feeder.islands.names,
            base=base,
            independent=independent,
            warnings=(*silent_days(self._setup), *unlimited(independent)),
        )
        if self._settings.capacities_only:
            return found
        return self._with_queue(found, alone, draws)

    def independent(self) -> tuple[Queue, Draws, tuple[BusCapacity, ...]]:
        """Return what each bus can take with nothing else connected, and where the draws stand then."""
        resource, draws = self._settings.resource, self._setup.draws
        asked = []
        for bus in self._setup.candidates:
            size, draws = draws.size(resource.kind, resource.sizes, None)
            asked.append(Placed(resource.kind, bus, size))
        asked += self._queued_elsewhere()
        self._activity.begins("capacities", of=len(asked))
        queue = with_capacities(Queue(), asked, self._judge)
        capacities = []
        for unit, one in zip(asked, queue.capacities, strict=True):
            assert one.search is not None  # noqa: S101 - searches made all of them
            capacities.append(
                BusCapacity(unit.bus, unit.kind, one.size, unit.size.kw, one.search, one.violations)
            )
        return queue, draws, tuple(capacities)

    def drawn(self, start: Course) -> tuple[Course, tuple[StudyUnit, ...]]:
        """Return the course after the first drawn unit that violates a limit, and the units until then."""
        course, units = start, list[StudyUnit]()
        while not course.violated and len(units) < self._settings.most_rounds:
            if not course.queue.drawable(self._setup.candidates, self._settings.resource.kind):
                break
            unit, draws = drawn_unit(course, self._setup.candidates, self._settings)
            course = self._connected(replace(course, draws=draws), unit)
            units.append(unit)
        return course, tuple(units)

    def ordered(self, start: Course, units: Sequence[StudyUnit]) -> Course:
        """Return the course after the first of some units that violates a limit, or after all of them."""
        course = start
        for unit in units:
            course = self._connected(course, unit)
            if course.violated:
                break
        return course

    def clear(self, course: Course) -> Course:
        """Return a course after upgrades for the violations of its last unit, if any are wanted."""
        if course.rounds[-1].cleared or self._settings.upgrades.rule is UpgradeRule.NONE:
            return course
        self._activity.turns_to(f"upgrades for unit {course.rounds[-1].unit}")
        return cleared(course, self._rule.clear(course.state))

    def continued(self, course: Course, units: Sequence[StudyUnit]) -> tuple[Course, str]:
        """Return a course after further units, each with upgrades for its violations, and why it ended."""
        for unit in units:
            if not course.rounds[-1].cleared:
                return course, f"unit {course.rounds[-1].unit}: {course.rounds[-1].note}"
            course = self.clear(self._connected(course, unit))
        return course, ""

    def _connected(self, course: Course, unit: StudyUnit) -> Course:
        self._activity.turns_to(f"unit {unit.number}")
        return connected(course, unit, self._judge)

    def _with_queue(self, found: StudyResult, alone: Queue, draws: Draws) -> StudyResult:
        start = Course(0, alone, draws)
        self._begin_sequence(0)
        if self._settings.queue:
            units = _given_units(self._settings)
            course = self.ordered(start, units)
        else:
            course, units = self.drawn(start)
        check_withdrawals(self._settings.sharing.withdrawals, len(units))
        if not units:
            return replace(found, warnings=("no unit asks to connect: the queue is empty",))
        sequences = [self._finished(course, units, units)]
        for index, order in enumerate(self._orders(len(units)), start=1):
            ordered = [units[at] for at in order]
            self._begin_sequence(index)
            course = self.ordered(replace(start, index=index), ordered)
            sequences.append(self._finished(course, ordered, units))
        first = sequences[0]
        upgrades = tuple(one for made in first.rounds for one in made.upgrades)
        self._activity.begins("who pays")
        gained = gains(self._judge, alone, units, upgrades, self._settings)
        paid = payments(self, units, sequences, gained, self._settings)
        self._activity.begins("withdrawals")
        left = withdrawn(self, start, first, units, self._settings)
        return replace(
            found,
            units=units,
            sequences=tuple(sequences),
            gains=gained,
            payments=paid,
            withdrawals=left,
        )

    def whole(self, start: Course, units: Sequence[StudyUnit]) -> Course:
        """Return the course of some units to its end, upgrades made for each violation."""
        course = self.ordered(start, units)
        return self._ended(self.clear(course), units)[0] if course.rounds else course

    def costs_usd(self, groups: Sequence[Sequence[StudyUnit]]) -> list[float]:
        """Return what clears the violations of each group of units, connected all at once [USD]."""
        states = [State(tuple(Placed(unit.kind, unit.bus, unit.size) for unit in units)) for units in groups]
        if self._settings.upgrades.rule is UpgradeRule.NONE:
            return [0.0] * len(states)
        judged = zip(states, self._judge.standings(states), strict=True)
        violating = [state for state, standing in judged if standing.violations]
        cleared_by = zip(violating, self._rule.clear_all(violating), strict=True)
        costs = {state: sum(one.cost_usd for one in found.upgrades) for state, found in cleared_by}
        return [costs.get(state, 0.0) for state in states]

    def _finished(
        self, course: Course, ordered: Sequence[StudyUnit], units: Sequence[StudyUnit]
    ) -> SequenceResult:
        """Return a sequence from its first violation to its end."""
        self._keep(f"sequence-{course.index}-violation", course.snapshot)
        upgraded = self.clear(course)
        comparison: tuple[Compared, ...] = ()
        if self._settings.sequences.compare:
            self._activity.turns_to("capacities within it")
            comparison = self._comparison.of(course, upgraded, units)
        ended, why = self._ended(upgraded, ordered)
        self._keep(f"sequence-{course.index}-end", ended.snapshot)
        trigger = course.rounds[-1].unit if course.violated else None
        installed = sum(one.installed_kw for one in course.rounds)
        return SequenceResult(
            index=course.index,
            order=tuple(unit.number for unit in ordered),
            trigger=trigger,
            installed_kw=installed,
            rounds=ended.rounds,
            comparison=comparison,
            ended=why,
        )

    def _ended(self, upgraded: Course, ordered: Sequence[StudyUnit]) -> tuple[Course, str]:
        """Return a sequence at its end, after its first violation was seen to, and why it ended there."""
        last = upgraded.rounds[-1]
        going_on = self._settings.upgrades.continue_queue and last.cleared
        ended, why = self.continued(upgraded, ordered[len(upgraded.rounds) :] if going_on else ())
        left = len(ordered) - len(ended.rounds)
        if left and not why:
            reason = "the queue ends with the first violation" if last.cleared else last.note
            why = f"{left} units do not connect: {reason or 'no upgrade is made'}"
        return ended, why

    def _begin_sequence(self, index: int) -> None:
        settings = self._settings.sequences
        self._activity.begins(f"sequence {index + 1} of {1 + len(settings.orders) + settings.shuffles}")

    def _orders(self, units: int) -> tuple[tuple[int, ...], ...]:
        """Return the orders of the further sequences, by index in the first."""
        settings = self._settings.sequences
        given = tuple(tuple(place - 1 for place in order) for order in settings.orders)
        for order in given:
            if sorted(order) != list(range(units)):
                raise ConfigError(
                    f"the order {[place + 1 for place in order]} does not hold each unit once",
                    why=f"the queue has {units} units",
                    remedy=f"Give the numbers 1 to {units}, each once.",
                )
        return (*given, *orders(units, settings.shuffles, seed=settings.seed))

    def _queued_elsewhere(self) -> list[Placed]:
        """Return the units of a given queue whose bus or kind is not sought anyway, each site once."""
        sought = {(self._settings.resource.kind, bus) for bus in self._setup.candidates}
        found: dict[Site, Placed] = {}
        for unit in self._settings.queue:
            site = (unit.kind, unit.bus.lower())
            if site not in sought:
                found.setdefault(site, Placed(*site, Size.of(unit.kind, unit.kw, hours=unit.hours)))
        return list(found.values())

    def _keep(self, name: str, snapshot: Snapshot) -> None:
        """Write a snapshot among the study's files."""
        if self._folder is not None:
            with replacing(self._folder / "snapshots" / f"{name}.json") as path:
                path.write_text(snapshot.to_json(), encoding="utf-8")


def _rule(setup: Setup, judge: Judge) -> PathRule | CheapestRule:
    """Return how upgrades are chosen."""
    feeder, settings = setup.feeder, setup.settings.upgrades
    options = UpgradeOptions(feeder.equipment, settings.costs)
    path = PathRule(judge, feeder.graph, options)
    if settings.rule is not UpgradeRule.CHEAPEST:
        return path
    choice = UpgradeChoice(feeder.circuit, feeder.graph, options)
    return CheapestRule(judge, choice, path, settings.most_sets)


def _given_units(settings: StudySettings) -> tuple[StudyUnit, ...]:
    units = []
    for number, unit in enumerate(settings.queue, start=1):
        bus = unit.bus.lower()
        size = Size.of(unit.kind, unit.kw, hours=unit.hours)
        units.append(StudyUnit(number, unit.name or f"{number} {bus}", bus, unit.kind, size))
    return tuple(units)
