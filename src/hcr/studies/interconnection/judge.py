"""Trials judged: what a state of the feeder comes to, and what its buses can take.

    Judge(setup, days, journal)
        .standing(state) -> Standing              the state as it is
        .standings(states) -> [Standing]          many at once
        .capacities(state, asked) -> [Found]      searches side by side, all sizes of a step in one call

Each answer is written to the journal before it is used, so that a study that was killed goes on from there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hcr.errors import NotConvergedError
from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.hunt import Found, Hunt
from hcr.studies.interconnection.journal import Journal
from hcr.studies.interconnection.metrics import Criteria, Evaluation, Margin, Metric, evaluate
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.search import HostingCapacity
from hcr.studies.interconnection.setup import Setup
from hcr.studies.interconnection.trial import Days, Placed, State
from hcr.studies.interconnection.upgrades import Upgrade
from hcr.studies.interconnection.waves import between, waves

TOGETHER = 64
"""Searches that begin at once; more of them begin in waves, and learn from one another."""

AT_ONCE = 192
"""Trials whose days are in memory at once."""

LANES = 32
"""Sizes of one step that cost little more than one."""

FEWEST, MOST = 1, 4
"""Sizes that one search tries in a step, where many searches share the lanes, and where it has them alone."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A state of the feeder, judged.

    Attributes
    ----------
    margins : of each metric, the deciding one of all days.
    changing : monitored buses whose voltage changes by more than the limit, the largest change first.
    """

    margins: tuple[Margin, ...]
    changing: tuple[str, ...]

    @property
    def violations(self) -> tuple[Margin, ...]:
        """Return the margins that fail."""
        return Evaluation(self.margins).violations


class Judge:
    """Judges by the base days: the feeder without any unit or upgrade."""

    def __init__(self, setup: Setup, days: Days, journal: Journal) -> None:
        self._setup, self._days, self._journal = setup, days, journal
        self._criteria: tuple[Criteria, ...] | None = None
        self._trials: dict[object, int] = {}
        self._latest: dict[tuple[Kind, str], float] = {}

    @property
    def scenario_days(self) -> int:
        """Return how many days the trials of all answers so far have, simulated one by one or foreseen."""
        return sum(self._trials.values()) * len(self._setup.days)

    @property
    def base(self) -> Standing:
        """Return the feeder as it is."""
        return self.standing(State())

    def standing(self, state: State) -> Standing:
        """Return what a state comes to."""
        self._trials[state] = 1
        return self._journal.remembered(("standing", state), Standing, lambda: self._standing(state))

    def standings(self, states: Sequence[State]) -> list[Standing]:
        """Return what some states come to; those with the same upgrades are solved side by side.

        A part of them of which some are known, after an interruption, is solved once more as a whole: what is
        beside a state may count in the last digit.
        """
        alike: dict[tuple[Upgrade, ...], list[State]] = {}
        for state in dict.fromkeys(states):
            alike.setdefault(state.upgrades, []).append(state)
        for group in (one for one in alike.values() if len(one) > 1):
            for first in range(0, len(group), TOGETHER):
                self._stand(group[first : first + TOGETHER])
        return [self.standing(state) for state in states]

    def _stand(self, states: Sequence[State]) -> None:
        """Find what states with the same upgrades come to, as far as that is not known."""
        questions = [("standing", state) for state in states]
        left = [at for at, one in enumerate(questions) if self._journal.known(one, Standing) is None]
        if left:
            solved = self._days.stand(states[0].upgrades, [state.units for state in states])
            self._journal.note(*((questions[at], self._stood(solved[at])) for at in left))

    def capacities(self, state: State, asked: Sequence[Placed], *, first: bool = False) -> list[Found]:
        """Return what buses can take beyond a state.

        Parameters
        ----------
        asked : units at whose sizes the searches begin.
        first : whether it matters how the state is with these very sizes.
        """
        base = Evaluation(self.standing(state).margins)
        found: dict[int, Found] = {}
        for wave in self._waves(asked):
            ends = {asked[at].bus: _end_kw(found[at].capacity) for at in found}
            hints = {at: self._hint(asked[at], ends) for at in wave}
            rules = self._setup.settings.search
            searches = {
                at: Hunt(asked[at].size.kw, rules, base, hint_kw=hints[at], first=first) for at in wave
            }
            found |= self._answered(state, asked, searches, first=first)
        for at, unit in enumerate(asked):
            self._trials[state, unit] = found[at].capacity.trials
            self._latest[unit.kind, unit.bus] = _end_kw(found[at].capacity)
        return [found[at] for at in range(len(asked))]

    def _waves(self, asked: Sequence[Placed]) -> list[list[int]]:
        if len(asked) <= TOGETHER:
            return [list(range(len(asked)))]
        return waves(self._setup.feeder.graph, [unit.bus for unit in asked])

    def _hint(self, unit: Placed, ends: Mapping[str, float]) -> float:
        """Return where a bus ended in the state asked about last, or others near it did; 0 if unknown."""
        latest = self._latest.get((unit.kind, unit.bus))
        return latest or between(self._setup.feeder.graph, ends, unit.bus)

    def _answered(
        self, state: State, asked: Sequence[Placed], searches: Mapping[int, Hunt], *, first: bool
    ) -> dict[int, Found]:
        """Return the ends of some searches, from the journal, or found now and written there as they end.

        What a search that infers tries must not depend on how far the others are: after an interruption,
        those that ended are not tried again.
        """
        sites = [unit.bus for unit in asked]
        question = {at: ("capacity", state, asked[at], first) for at in searches}
        known = {at: self._journal.known(question[at], Found) for at in searches}
        found = {at: one for at, one in known.items() if one is not None}
        while active := [at for at in searches if at not in found]:
            most = _most(len(searches if self._setup.settings.search.infer else active))
            wanted = [(at, kw) for at in active for kw in searches[at].wanted(most)]
            trials = [_sized(asked[at], kw) for at, kw in wanted]
            for (at, kw), evaluation in zip(wanted, self._evaluations(state, trials, sites), strict=True):
                searches[at].learn(kw, evaluation)
            ended = {at: end for at in active if (end := searches[at].result()) is not None}
            self._journal.note(*((question[at], end) for at, end in ended.items()))
            found |= ended
        return found

    def _standing(self, state: State) -> Standing:
        (days,) = self._days.solve(state, [None])
        return self._stood(days)

    def _stood(self, days: Sequence[DayResult]) -> Standing:
        return Standing(self._judged(days).margins, tuple(self._changing(days)))

    def _changing(self, days: Sequence[DayResult]) -> Iterator[str]:
        limit = self._setup.settings.limits.change_percent
        worst: dict[str, float] = {}
        for day in days:
            for bus, percent in zip(day.monitored.buses, day.monitored.change_percent.tolist(), strict=True):
                worst[bus] = max(worst.get(bus, 0.0), percent)
        yield from sorted((bus for bus in worst if worst[bus] > limit), key=lambda bus: (-worst[bus], bus))

    def _evaluations(
        self, state: State, trials: Sequence[Placed], sites: Sequence[str]
    ) -> Iterator[Evaluation]:
        for start in range(0, len(trials), AT_ONCE):
            part = trials[start : start + AT_ONCE]
            yield from map(self._judged, self._days.solve(state, part, sites=sites))

    def _judged(self, days: Sequence[DayResult]) -> Evaluation:
        """Return the deciding margins of all days."""
        if self._criteria is None:
            base = self._base_days()
            settings, islands = self._setup.settings, self._setup.feeder.islands
            self._criteria = tuple(
                Criteria(settings.limits, settings.tolerances, day, islands) for day in base
            )
        each = [evaluate(day, criteria) for day, criteria in zip(days, self._criteria, strict=True)]
        return each[0] if len(each) == 1 else Evaluation(tuple(_worst(each)))

    def _base_days(self) -> tuple[DayResult, ...]:
        """Return the days of the feeder as it is.

        Raises
        ------
        NotConvergedError
            One of them has no solution.
        """
        (base,) = self._days.solve(State(), [None])
        for at, (day, inputs) in enumerate(zip(base, self._setup.days, strict=True)):
            if not day.converged:
                raise NotConvergedError(
                    f"feeder {self._setup.mrid}: the day {inputs.name!r} did not converge",
                    lane=at,
                    why="it has no solution even before anything is connected, so nothing can be judged",
                    remedy="Look for loads beyond what the feeder can carry, or lower `loadMultiplier`.",
                )
        return base


def _worst(each: Sequence[Evaluation]) -> Iterator[Margin]:
    for metric in Metric:
        found = [margin for one in each if (margin := one.margin(metric)) is not None]
        if found:
            yield min(found, key=lambda margin: (margin.passed, margin.margin))


def _most(searches: int) -> int:
    """Return how many sizes each of some searches tries in a step."""
    return min(MOST, max(FEWEST, LANES // searches))


def _end_kw(capacity: HostingCapacity) -> float:
    """Return where a search ended: the middle of its bracket, or the largest size where none failed [kW]."""
    passing = capacity.passing_kw or 0.0
    return passing if capacity.failing_kw is None else (passing + capacity.failing_kw) / 2.0


def _sized(unit: Placed, kw: float) -> Placed:
    return Placed(unit.kind, unit.bus, unit.size.scaled(kw))
