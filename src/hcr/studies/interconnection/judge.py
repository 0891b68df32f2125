"""Trials judged: what a state of the feeder comes to, and what its buses can take.

    Judge(setup, days, journal)
        .standing(state) -> Standing              the state as it is
        .capacities(state, asked) -> [Found]      searches side by side, all sizes of a step in one call

Each answer is written to the journal before it is used, so that a study that was killed goes on from there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.hunt import Found, Hunt
from hcr.studies.interconnection.journal import Journal
from hcr.studies.interconnection.metrics import Criteria, Evaluation, Margin, Metric, evaluate
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.setup import Setup
from hcr.studies.interconnection.trial import Days, Placed, State
from hcr.studies.interconnection.waves import nearest, waves

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

    def capacities(self, state: State, asked: Sequence[Placed], *, first: bool = False) -> list[Found]:
        """Return what buses can take beyond a state.

        Parameters
        ----------
        asked : units at whose sizes the searches begin.
        first : whether it matters how the state is with these very sizes.
        """
        found: dict[int, Found] = {}
        for wave in self._waves(asked):
            hints = self._hints([asked[at].bus for at in wave], {asked[at].bus: found[at] for at in found})
            for start in range(0, len(wave), TOGETHER):
                part = wave[start : start + TOGETHER]
                found |= self._answered(state, {at: asked[at] for at in part}, hints, first=first)
        for at, unit in enumerate(asked):
            self._trials[state, unit] = found[at].capacity.trials
            self._latest[unit.kind, unit.bus] = found[at].capacity.size_kw
        return [found[at] for at in range(len(asked))]

    def _waves(self, asked: Sequence[Placed]) -> list[list[int]]:
        if len(asked) <= TOGETHER:
            return [list(range(len(asked)))]
        return waves(self._setup.feeder.graph, [unit.bus for unit in asked])

    def _hints(self, buses: Sequence[str], known: Mapping[str, Found]) -> dict[str, float]:
        """Return what the nearest of the buses that are known can take, by bus [kW]."""
        if not known:
            return {}
        near = nearest(self._setup.feeder.graph, known)
        return {bus: known[near[bus]].capacity.size_kw for bus in buses if bus in near}

    def _answered(
        self, state: State, asked: Mapping[int, Placed], hints: Mapping[str, float], *, first: bool
    ) -> dict[int, Found]:
        """Return the ends of some searches, from the journal or found now."""
        question = {at: ("capacity", state, unit, first) for at, unit in asked.items()}
        found = {at: known for at in asked if (known := self._journal.known(question[at], Found)) is not None}
        left = [at for at in asked if at not in found]
        if left:
            hunts = [self._hunt(state, asked[at], hints, first=first) for at in left]
            sought = dict(zip(left, self._sought(state, [asked[at] for at in left], hunts), strict=True))
            self._journal.note(*((question[at], one) for at, one in sought.items()))
            found |= sought
        return found

    def _hunt(self, state: State, unit: Placed, hints: Mapping[str, float], *, first: bool) -> Hunt:
        """Return a search, begun where the bus ended in the state asked about last, or one near by ended."""
        hint = self._latest.get((unit.kind, unit.bus), hints.get(unit.bus, 0.0))
        base = Evaluation(self.standing(state).margins)
        return Hunt(unit.size.kw, self._setup.settings.search, base, hint_kw=hint, first=first)

    def _sought(self, state: State, asked: Sequence[Placed], hunts: Sequence[Hunt]) -> list[Found]:
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
