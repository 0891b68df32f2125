"""Trials judged: what a state of the feeder comes to, and what its buses can take.

    Judge(setup, days, journal)
        .standing(state) -> Standing              the state as it is
        .standings(states) -> [Standing]          many at once
        .capacities(state, asked) -> [Found]      searches side by side, all sizes of a step in one call

Each answer is written to the journal before it is used, so that a study that was killed goes on from there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.hunt import Found, Hunt
from hcr.studies.interconnection.journal import Journal
from hcr.studies.interconnection.metrics import Criteria, Evaluation, Margin, Metric, evaluate
from hcr.studies.interconnection.setup import Setup
from hcr.studies.interconnection.trial import Days, Placed, State
from hcr.studies.interconnection.upgrades import Upgrade

TOGETHER = 64
"""Searches side by side: whole blocks of lanes, and little to repeat after a kill."""

LANES = 32
"""Sizes of one step that cost little more than one."""

FEWEST, MOST = 1, 12
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

    @property
    def scenario_days(self) -> int:
        """Return how many days the answers so far took, now or before an interruption."""
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
        """Return what some states come to; those with the same upgrades are solved side by side."""
        unknown: dict[tuple[Upgrade, ...], list[State]] = {}
        for state in dict.fromkeys(states):
            if self._journal.known(("standing", state), Standing) is None:
                unknown.setdefault(state.upgrades, []).append(state)
        for upgrades, group in unknown.items():
            for first in range(0, len(group) if len(group) > 1 else 0, TOGETHER):
                part = group[first : first + TOGETHER]
                solved = self._days.stand(upgrades, [state.units for state in part])
                found = zip(part, map(self._stood, solved), strict=True)
                self._journal.note(*((("standing", state), standing) for state, standing in found))
        return [self.standing(state) for state in states]

    def capacities(self, state: State, asked: Sequence[Placed]) -> list[Found]:
        """Return what buses can take beyond a state.

        Parameters
        ----------
        asked : units at whose sizes the searches begin.
        """
        found: dict[int, Found] = {}
        for at, unit in enumerate(asked):
            known = self._journal.known(("capacity", state, unit), Found)
            if known is not None:
                found[at] = known
        left = [at for at in range(len(asked)) if at not in found]
        for first in range(0, len(left), TOGETHER):
            part = left[first : first + TOGETHER]
            sought = self._sought(state, [asked[at] for at in part])
            pairs = list(zip(part, sought, strict=True))
            self._journal.note(*((("capacity", state, asked[at]), one) for at, one in pairs))
            found |= pairs
        self._trials |= {(state, unit): found[at].capacity.trials for at, unit in enumerate(asked)}
        return [found[at] for at in range(len(asked))]

    def _sought(self, state: State, asked: Sequence[Placed]) -> list[Found]:
        rules = self._setup.settings.search
        base = Evaluation(self.standing(state).margins)
        hunts = [Hunt(unit.size.kw, rules, base) for unit in asked]
        ended: dict[int, Found] = {}
        while active := [at for at in range(len(hunts)) if at not in ended]:
            most = min(MOST, max(FEWEST, LANES // len(active)))
            tried = [(at, kw) for at in active for kw in hunts[at].wanted(most)]
            trials = [_sized(asked[at], kw) for at, kw in tried]
            for (at, kw), evaluation in zip(tried, self._evaluations(state, trials), strict=True):
                hunts[at].learn(kw, evaluation)
            for at in active:
                result = hunts[at].result()
                if result is not None:
                    ended[at] = result
        return [ended[at] for at in range(len(hunts))]

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

    def _evaluations(self, state: State, trials: Sequence[Placed]) -> list[Evaluation]:
        return [self._judged(days) for days in self._days.solve(state, trials)]

    def _judged(self, days: Sequence[DayResult]) -> Evaluation:
        """Return the deciding margins of all days."""
        if self._criteria is None:
            (base,) = self._days.solve(State(), [None])
            settings, islands = self._setup.settings, self._setup.feeder.islands
            self._criteria = tuple(
                Criteria(settings.limits, settings.tolerances, day, islands) for day in base
            )
        each = [evaluate(day, criteria) for day, criteria in zip(days, self._criteria, strict=True)]
        return each[0] if len(each) == 1 else Evaluation(tuple(_worst(each)))


def _worst(each: Sequence[Evaluation]) -> Iterator[Margin]:
    for metric in Metric:
        found = [margin for one in each if (margin := one.margin(metric)) is not None]
        if found:
            yield min(found, key=lambda margin: (margin.passed, margin.margin))


def _sized(unit: Placed, kw: float) -> Placed:
    return Placed(unit.kind, unit.bus, unit.size.scaled(kw))
