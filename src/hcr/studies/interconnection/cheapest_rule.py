"""The least-cost set of upgrades that clears all violations of a state.

What there is to choose from lies on the ways from the violating buses and elements to the source: lines (a
second circuit, or four), banks of transformers (the next rating), taps that no control moves and set points
of regulators (some steps up or down), and one regulator more in one of the lines. Of each place a set has one
option at most.

    1  A set that clears is sought quickly: the path rule's, single options, those that do most for their
       price together, and all lines and banks together. What is not needed is dropped, the dearest first.
    2  All cheaper sets are tested by rising cost; the first that clears is the cheapest. Nothing is assumed
       of how upgrades work together, so that this is a proof.
    3  Where that would be more sets than may be tested, only those are tested of which the options, each by
       itself, would make up for what is violated; the answer says that it is not proven to be the cheapest.

Islands are a matter of power balance and not cleared by upgrades; where there is one nothing is bought. The
same holds where no set clears: upgrades that leave violations help nobody to connect.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, takewhile

from hcr.studies.interconnection.judge import Judge, Standing
from hcr.studies.interconnection.metrics import Evaluation, Metric
from hcr.studies.interconnection.path_rule import Clearing, PathRule
from hcr.studies.interconnection.trial import State
from hcr.studies.interconnection.upgrade_choice import UpgradeChoice
from hcr.studies.interconnection.upgrade_sets import Option, by_cost, cost_usd
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

REACH = 1.3
"""How much more options may do together than the sum of what each does by itself, for step 3."""

NEGLIGIBLE = 0.01
"""An option that makes up for less than this share of every violation is left out of step 3."""

MOST_LOOKED_AT = 200_000
"""Sets of step 3, tested or not."""

ORDER = (
    *(UpgradeKind.NEW_REGULATOR, UpgradeKind.TAP),
    *(UpgradeKind.REGULATOR, UpgradeKind.TRANSFORMER, UpgradeKind.LINE),
)
"""In which upgrades of a set are made: those first for which a circuit is compiled, so that sets share it."""


class CheapestRule:
    """Clears violations at the least cost."""

    def __init__(self, judge: Judge, choice: UpgradeChoice, path: PathRule, most_sets: int) -> None:
        self._judge, self._choice, self._path, self._most = judge, choice, path, most_sets

    def clear_all(self, states: Sequence[State]) -> list[Clearing]:
        """Return the upgrades of some states, and what is left of each."""
        return [self.clear(state) for state in states]

    def clear(self, state: State) -> Clearing:
        """Return the upgrades of a state that violates limits, and what is left."""
        standing = self._judge.standing(state)
        if not standing.violations:
            return Clearing((), standing)
        if any(margin.metric is Metric.ISLAND for margin in standing.violations):
            return Clearing((), standing, "no upgrade clears an island")
        options = self._choice.options(state, standing)
        search = _Search(self._judge, state, options, self._most)
        return search.found(self._path.clear(state))


class _Search:
    """The search for the cheapest set for one state."""

    def __init__(self, judge: Judge, state: State, options: Sequence[Option], most: int) -> None:
        self._judge, self._state, self._options, self._left = judge, state, options, most
        self._before = Evaluation(judge.standing(state).margins)
        self._tested: dict[frozenset[Option], Standing] = {}
        self._best: tuple[Option, ...] | None = None

    def found(self, path: Clearing) -> Clearing:
        """Return the cheapest set, or the best there is, no dearer than that of the path rule."""
        self._begin(path)
        proven = self._proven()
        if not proven:
            self._likely()
        if self._best is None:
            return Clearing((), self._judge.standing(self._state), self._none(complete=proven))
        upgrades = self._upgrades(self._best)
        standing = self._standing(self._best)
        note = "" if proven else f"the best of {len(self._tested)} sets; not proven to be the cheapest"
        return Clearing(upgrades, standing, note)

    def _begin(self, path: Clearing) -> None:
        """Find a set that clears, with nothing in it that is not needed."""
        made = set(path.upgrades)
        along = tuple(one for one in self._options if set(one.upgrades) <= made)
        if not path.standing.violations:
            self._take(along)
        for option in self._options:
            self._take((option,))
        self._take(tuple(self._adding_up()))
        if self._best is None:
            self._take(tuple(self._widest()))

    def _adding_up(self) -> Iterator[Option]:
        """Yield options of different places, those first that do most for their price, until they clear."""
        chosen: list[Option] = []
        for option in sorted(self._options, key=lambda one: -self._worth(one) / (1.0 + one.cost_usd)):
            if self._worth(option) <= 0.0 or self._clears(tuple(chosen)):
                break
            if option.place not in {one.place for one in chosen}:
                chosen.append(option)
        yield from chosen

    def _widest(self) -> Iterator[Option]:
        """Yield the option of each line and bank that builds most."""
        wide = (UpgradeKind.LINE, UpgradeKind.TRANSFORMER)
        found = {one.place: one for one in self._options if one.upgrades[0].kind in wide}
        yield from found.values()

    def _take(self, chosen: tuple[Option, ...]) -> None:
        """Keep a set if it clears and is cheaper than the best, without what is not needed."""
        if not self._cheaper(chosen) or not self._clears(chosen):
            return
        for option in sorted(chosen, key=lambda one: -one.cost_usd):
            without = tuple(one for one in chosen if one is not option)
            if self._clears(without):
                chosen = without
        self._best = chosen

    def _proven(self) -> bool:
        """Test all sets that are cheaper than the best, if that is not more than may be tested."""
        cheaper = takewhile(self._cheaper, by_cost(self._options))
        known = len(self._tested)
        sets = list(islice(cheaper, known + self._left + 1))
        if sum(frozenset(one) not in self._tested for one in sets) > self._left:
            return False
        self._best = next((one for one in sets if self._clears(one)), self._best)
        return True

    def _likely(self) -> None:
        """Test sets that could clear by what their options do one by one."""
        wanted = self._wanted()
        useful = [one for one in self._options if self._shares(one, wanted) > NEGLIGIBLE]
        useful.sort(key=lambda one: -self._worth(one))
        for chosen in islice(takewhile(self._cheaper, by_cost(useful)), MOST_LOOKED_AT):
            if self._left <= 0:
                return
            if self._could(chosen, wanted) and self._clears(chosen):
                self._best = chosen
                return

    def _could(self, chosen: Sequence[Option], wanted: dict[Metric, float]) -> bool:
        return all(
            REACH * sum(self._gain(one, metric) for one in chosen) >= need for metric, need in wanted.items()
        )

    def _wanted(self) -> dict[Metric, float]:
        """Return by how much each violated margin must grow."""
        return {one.metric: -one.tolerance - one.margin for one in self._before.violations}

    def _worth(self, option: Option) -> float:
        """Return which part of all violations an option makes up for."""
        wanted = self._wanted()
        return sum(min(1.0, self._gain(option, one) / need) for one, need in wanted.items()) / len(wanted)

    def _shares(self, option: Option, wanted: dict[Metric, float]) -> float:
        return max(self._gain(option, metric) / need for metric, need in wanted.items())

    def _gain(self, option: Option, metric: Metric) -> float:
        """Return by how much the margin of a metric grows with an option alone; all that is needed where it
        has no margin any more."""
        after = self._tested.get(frozenset((option,)))
        before = self._before.margin(metric)
        if after is None or before is None:
            return 0.0
        margin = Evaluation(after.margins).margin(metric)
        return self._wanted()[metric] if margin is None else margin.margin - before.margin

    def _cheaper(self, chosen: Sequence[Option]) -> bool:
        return self._best is None or cost_usd(chosen) < cost_usd(self._best)

    def _clears(self, chosen: tuple[Option, ...]) -> bool:
        """Return whether a set clears; one that may not be tested any more does not."""
        if not chosen or (frozenset(chosen) not in self._tested and self._left <= 0):
            return False
        return not self._standing(chosen).violations

    def _standing(self, chosen: tuple[Option, ...]) -> Standing:
        key = frozenset(chosen)
        if key not in self._tested:
            upgrades = (*self._state.upgrades, *self._upgrades(chosen))
            self._tested[key] = self._judge.standing(replace(self._state, upgrades=upgrades))
            self._left -= 1
        return self._tested[key]

    def _upgrades(self, chosen: Iterable[Option]) -> tuple[Upgrade, ...]:
        places = {option: at for at, option in enumerate(self._options)}
        ranked = sorted(chosen, key=lambda one: (ORDER.index(one.upgrades[0].kind), places[one]))
        return tuple(upgrade for option in ranked for upgrade in option.upgrades)

    def _none(self, *, complete: bool) -> str:
        if not self._options:
            return "nothing that could be upgraded lies between the violations and the source"
        if complete:
            return f"none of all {len(self._tested)} sets of upgrades clears the violations"
        wide = self._tested.get(frozenset(self._widest()))
        together = ", not even all lines and banks together" if wide and wide.violations else ""
        return f"none of the {len(self._tested)} sets of upgrades tested clears the violations{together}"
