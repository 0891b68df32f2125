"""One search for a hosting capacity, several sizes ahead of itself.

The search is `search.Search`, which tells its next size only once the last one's outcome is known. Margins
of the sizes simulated so far tell how it will go on, so those sizes are simulated at once; the result is the
same as one by one.

With `SearchRules.infer` fewer are simulated: what lies beyond a simulated failure, or below a simulated
success, is taken to fail or to pass, so a search needs little more than the two sizes at which it ends. It
begins with one or both of those at which it would end if it ended where similar ones did, and closes in from
there (`narrowing.py`). The result and the failing size above it are always simulated. Where limits are not
monotone in the size this can end at another capacity, smaller or larger; where simulated sizes contradict
each other, every size of the search is simulated after all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, pairwise

from hcr.studies.interconnection.metrics import Evaluation, Margin
from hcr.studies.interconnection.narrowing import Span
from hcr.studies.interconnection.search import HostingCapacity, Search, SearchRules

MOST_STEPS = 200
"""Steps for which a search is followed ahead of its simulations."""

FARTHEST = 4.0
"""Sizes are predicted up to so many times the largest known to pass; far beyond, nothing converges."""

LINES = 12
"""A search that infers trusts no line after so many sizes."""

LONG = 8
"""A search that infers tries one size more at once after each so many."""

CLOSER = 0.25
"""Between a size that passes and one that fails, a straight line misses the limit by less than this share."""

Line = tuple[tuple[float, Evaluation], tuple[float, Evaluation]]
"""Two sizes, and what they came to."""


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a search.

    Attributes
    ----------
    capacity : with its bracket; its trials are the sizes that the search went through.
    first : what was found at the size asked for; None where that was inferred.
    failing : margins that fail at the failing size of the bracket; none where nothing failed.
    """

    capacity: HostingCapacity
    first: Evaluation | None
    failing: tuple[Margin, ...]


class Hunt:
    """A search under way.

    Parameters
    ----------
    start_kw : the size asked for; rules : of the search.
    base : how the state is without any size, which predictions begin with.
    hint_kw : where the search may end, from a state or buses like this one [kW]; 0 for none.
    first : whether the size asked for must be simulated in any case.
    """

    def __init__(
        self,
        start_kw: float,
        rules: SearchRules,
        base: Evaluation | None = None,
        *,
        hint_kw: float = 0.0,
        first: bool = True,
    ) -> None:
        self._first, self._needs_first = Search.start(start_kw, rules), first or not rules.infer
        self._seen: dict[float, Evaluation] = {}
        self._passes: dict[float, bool] = {}
        self._passing, self._failing = 0.0, float("inf")
        self._base = base if base is not None and base.passed else None
        self._infers, self._hint_kw = rules.infer, hint_kw
        self._near, self._guessed = rules.tolerance_kw, 0.0

    def learn(self, kw: float, evaluation: Evaluation) -> None:
        """Take what a simulated size came to; where it contradicts others, nothing is inferred any more."""
        self._seen[kw], self._passes[kw] = evaluation, evaluation.passed
        if self._passes[kw]:
            self._passing = max(self._passing, kw)
        else:
            self._failing = min(self._failing, kw)
        self._infers = self._infers and self._passing <= self._failing

    def result(self) -> Found | None:
        """Return the end of the search, or None while a size must still be simulated."""
        end = self._followed()
        if isinstance(end, Search) or any(kw not in self._seen for kw in self._decisive(end)):
            return None
        failing = self._seen[end.failing_kw].violations if end.failing_kw is not None else ()
        return Found(end, self._seen.get(self._first.next_kw), failing)

    def wanted(self, most: int) -> list[float]:
        """Return sizes to simulate next; none at the end.

        Parameters
        ----------
        most : sizes, unless the search is foreseen to need more.
        """
        end = self._followed()
        if isinstance(end, HostingCapacity):
            return [kw for kw in dict.fromkeys(self._decisive(end)) if kw not in self._seen]
        sizes = self._closed_in(end, most) if self._infers else self._ahead(end, self._guess(), most)
        return [kw for kw in dict.fromkeys(sizes) if kw not in self._seen] or [end.next_kw]

    def _closed_in(self, search: Search, most: int) -> Iterator[float]:
        """Yield sizes next to which the search may end, the likeliest first."""
        if self._needs_first and self._first.next_kw not in self._seen:
            yield self._first.next_kw
        most += len(self._seen) // LONG
        yield from islice(dict.fromkeys(self._likely(search, most)), most)

    def _likely(self, search: Search, most: int) -> Iterator[float]:
        span = Span(self._passing, self._failing)
        for kw in islice(filter(span.allows, (self._hint_kw, *self._line())), 1):
            yield from _ends(search, kw, span)
        if not self._seen and not self._hint_kw:
            yield from islice(_ahead(search), most)
        others = span.split(most + 1) if span.closed else span.widened(self._hint_kw, self._near / 4.0)
        for kw in islice(others, most):
            yield from _ends(search, kw, span)[:1]

    def _line(self) -> tuple[float, ...]:
        """Return where straight lines through margins say that the limit is, if they agree; else nothing."""
        span, told = Span(self._passing, self._failing), [_crossing(*line) for line in self._lines()]
        crossing, *others = told or [None]
        if crossing is None or len(self._seen) > LINES:
            return ()
        agreed = any(other is not None and span.agreed(crossing, other) for other in others)
        return (crossing,) if agreed else ()

    def _ahead(self, search: Search, guess: float | None, most: int) -> dict[float, None]:
        """Return the sizes that the search will come to, and others until there are enough."""
        if guess is None:
            return dict.fromkeys(islice(_ahead(search), max(most, 1)))
        doubt, self._guessed = self._doubt(guess), guess
        sizes = dict.fromkeys(self._foreseen(search, guess, doubt))
        for kw in chain(_around(guess, doubt), _ahead(search)):
            if len(sizes) >= most:
                break
            sizes[kw] = None
        return sizes

    def _foreseen(self, search: Search, guess: float, doubt: float) -> Iterator[float]:
        """Yield the sizes that the search will come to, and one that tells more about where it ends."""
        if self._first.next_kw not in self._seen:
            yield self._first.next_kw
        for step in _path(search, guess):
            if isinstance(step, Search):
                yield step.next_kw
                if abs(step.next_kw - guess) <= doubt:  # whether it passes is not known before
                    break
        if doubt > self._near:
            yield guess

    def _doubt(self, guess: float) -> float:
        """Return how far from a guess the search may end [kW]."""
        moved = abs(guess - (self._guessed or 0.5 * guess))
        width = self._failing - self._passing
        return moved if width == float("inf") else CLOSER * max(min(moved, width), 0.0)

    def _followed(self) -> Search | HostingCapacity:
        """Return where the search stands: at its end, or at the first size whose outcome is not known."""
        search: Search | HostingCapacity = self._first
        while isinstance(search, Search):
            passed = self._outcome(search.next_kw)
            if passed is None:
                break
            search = search.tell(passed=passed)
        return search

    def _outcome(self, kw: float) -> bool | None:
        if kw in self._passes:
            return self._passes[kw]
        if self._infers and kw <= self._passing:
            return True
        return False if self._infers and kw >= self._failing else None

    def _decisive(self, end: HostingCapacity) -> tuple[float, ...]:
        """Return the sizes that must be simulated for an end to hold."""
        return (*((self._first.next_kw,) if self._needs_first else ()), *_bracket(end))

    def _guess(self) -> float | None:
        """Return the size at which some metric should begin to fail, by straight lines between sizes."""
        if not self._seen:
            return self._hint_kw or None
        crossing = next((_crossing(*line) for line in self._lines()), None)
        if crossing is None or self._failing < float("inf"):
            return crossing
        return min(crossing, FARTHEST * self._passing)

    def _lines(self) -> list[Line]:
        """Return pairs of sizes on both sides of the limit, or next to it on one; the closest first."""
        points = sorted(self._seen.items())
        below = [one for one in points if self._passes[one[0]]]
        above = [one for one in points if not self._passes[one[0]]]
        if self._base is not None:
            below.insert(0, (0.0, self._base))
        across = list(zip(below[-1:], above[:1], strict=False))
        return [*across, *reversed(list(pairwise(below[-3:]))), *pairwise(above[:3])]


def _crossing(one: tuple[float, Evaluation], other: tuple[float, Evaluation]) -> float | None:
    """Return the smallest size at which a metric's margin is used up; None where none runs out."""
    (kw_1, found_1), (kw_2, found_2) = one, other
    sizes = []
    for margin in found_2.margins:
        before = found_1.margin(margin.metric)
        if before is None:
            continue
        left_1, left_2 = before.margin + before.tolerance, margin.margin + margin.tolerance
        if left_1 > left_2:
            sizes.append(kw_1 + (kw_2 - kw_1) * left_1 / (left_1 - left_2))
    found = [kw for kw in sizes if kw > 0.0]
    return min(found, default=None)


def _path(search: Search, threshold_kw: float) -> list[Search | HostingCapacity]:
    """Return how a search goes on if sizes pass up to a threshold; the last is its end."""
    path: list[Search | HostingCapacity] = [search]
    while isinstance(last := path[-1], Search) and len(path) < MOST_STEPS:
        path.append(last.tell(passed=last.next_kw <= threshold_kw))
    return path


def _around(guess: float, doubt: float) -> Iterator[float]:
    """Yield sizes on both sides of a guess."""
    for share in (1.0, -1.0, 0.5, -0.5, 2.0, -2.0):
        if (kw := guess + share * doubt) > 0.0:
            yield kw


def _ends(search: Search, threshold_kw: float, span: Span) -> list[float]:
    """Return the two sizes at which a search ends if sizes pass up to a threshold, the closer one first."""
    ends = [kw for kw in _bracket(_path(search, threshold_kw)[-1]) if kw in span]
    return sorted(ends, key=lambda kw: abs(kw - threshold_kw))


def _bracket(end: HostingCapacity | Search) -> tuple[float, ...]:
    return tuple(kw for kw in (end.passing_kw, end.failing_kw) if kw is not None)


def _ahead(search: Search) -> Iterator[float]:
    """Yield the next size of a search, those that may follow it, and so on."""
    level: list[Search] = [search]
    while level:
        yield from (one.next_kw for one in level)
        told = [one.tell(passed=passed) for one in level for passed in (True, False)]
        level = [one for one in told if isinstance(one, Search)]
