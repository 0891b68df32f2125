"""Sets of upgrades by rising cost: what a search for the cheapest looks at, one after another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from hcr.studies.interconnection.upgrades import Upgrade


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be done at a place; of a place, a set has one option at most.

    Attributes
    ----------
    upgrades : made together.
    """

    place: str
    upgrades: tuple[Upgrade, ...]

    @property
    def cost_usd(self) -> float:
        """Return what its upgrades cost [USD]."""
        return sum(one.cost_usd for one in self.upgrades)


def cost_usd(chosen: Sequence[Option]) -> float:
    """Return what a set of options costs [USD]."""
    return sum(one.cost_usd for one in chosen)


def by_cost(options: Sequence[Option]) -> Iterator[tuple[Option, ...]]:
    """Yield every set of options but the empty one, the cheapest first, each once.

    Of sets of one cost, those of the options given first come first. Only the next sets are held in memory:
    a set leads to the one with a dearer option more, and to the one with its dearest option replaced.
    """
    ranked = sorted(options, key=lambda one: one.cost_usd)
    costs = [one.cost_usd for one in ranked]
    assert all(before <= after for before, after in pairwise(costs))  # noqa: S101 - what the order rests on
    ahead: list[tuple[float, tuple[int, ...]]] = []

    def push(places: tuple[int, ...]) -> None:
        if places[-1] < len(ranked):
            heappush(ahead, (sum(costs[at] for at in places), places))

    push((0,))
    while ahead:
        _, places = heappop(ahead)
        last = places[-1]
        push((*places[:-1], last + 1))
        if ranked[last].place not in {ranked[at].place for at in places[:-1]}:
            yield tuple(ranked[at] for at in places)
            push((*places, last + 1))
