"""Where to look for the size at which a limit is reached, between a size that passes and one that fails.

    Span(passing, failing)
        .widened(hint, near)    beyond the one end that is known, farther each time
        .split(parts)           between its ends

Where similar searches ended, this one mostly ends within a few kW. So a miss is followed by a size a little
farther out, then by sizes `WIDER` times as far each; none is more than twice, or less than half, of the last.
Limits are often reached in a jump, as where a tap moves: no straight line through margins finds that, and the
span is halved. A line is trusted only where a second one agrees with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

WIDER = 4.0
"""How much farther than the last one the next size is, over how far that was from the hint."""

AGREED = 0.03
"""Two lines agree where what they tell differs by less than this share of what is open."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is known of where a limit is reached.

    Attributes
    ----------
    passing : largest size known to pass [kW]; 0 where none is.
    failing : smallest size known to fail [kW]; infinity where none is.
    """

    passing: float = 0.0
    failing: float = float("inf")

    def __contains__(self, kw: float) -> bool:
        """Return whether it is not known what a size comes to."""
        return self.passing < kw < self.failing

    def allows(self, kw: float) -> bool:
        """Return whether a size may be the largest that passes."""
        return kw > 0.0 and self.passing <= kw < self.failing

    @property
    def closed(self) -> bool:
        """Return whether both ends are known."""
        return self.passing > 0.0 and self.failing < float("inf")

    def agreed(self, kw: float, other: float) -> bool:
        """Return whether two sizes at which the limit may be reached are as good as the same."""
        edge = self.failing if self.passing == 0.0 else self.passing
        room = self.failing - self.passing if self.closed else abs(kw - edge)
        return abs(kw - other) <= AGREED * room

    def widened(self, hint_kw: float, near_kw: float) -> Iterator[float]:
        """Yield sizes beyond the end that is known, or on both sides of a hint if none is; farther each time.

        Parameters
        ----------
        hint_kw : where a similar search ended [kW]; 0 for none.
        near_kw : how much farther the first size is [kW].
        """
        if self.passing:
            yield from _outward(self.passing, hint_kw, near_kw, up=True)
        elif self.failing < float("inf"):
            yield from _outward(self.failing, hint_kw, near_kw, up=False)
        elif hint_kw:
            sides = (_outward(hint_kw, hint_kw, near_kw, up=up) for up in (True, False))
            yield from chain.from_iterable(zip(*sides, strict=True))

    def split(self, parts: int) -> Iterator[float]:
        """Yield the sizes between so many equal parts, the middle first."""
        for part in sorted(range(1, parts), key=lambda part: abs(2 * part - parts)):
            yield self.passing + (self.failing - self.passing) * part / parts


def _outward(kw: float, hint_kw: float, near_kw: float, *, up: bool) -> Iterator[float]:
    while True:
        far = max(near_kw, WIDER * abs(kw - hint_kw))
        kw = min(kw + far, 2.0 * kw) if up else max(kw - far, kw / 2.0)
        yield kw
