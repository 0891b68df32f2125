"""Pairs of sizes that close in on the size at which a limit is reached.

A straight line between a size that passes and one that fails tells where the limit should be; how far it can
be off is not known. So two sizes on both sides of that guess are simulated. If the limit lies between them,
the next pair is closer by `CLOSER`. Once a pair would be closer than the search is exact, the search's own
last two sizes are simulated. A limit that a close pair misses is one that is reached in a jump, as where a
tap moves; no line finds that, and the search goes on by its own halving.
"""

CLOSER = 0.03
"""Half the distance of the next pair, over the distance of one that holds the limit."""

WIDER = 4.0
"""The next pair, over one that does not hold the limit, while no size is known to fail or none to pass."""

HINTED, GUESSED = 0.03, 0.2
"""Half the distance of the first pair, over the guess: where a similar state is known, and where none is."""


class Closing:
    """How close the pairs of a search are.

    Parameters
    ----------
    near_kw : how exact the search is [kW]; hint_kw : where a similar one ended [kW], 0 for unknown.

    Attributes
    ----------
    jumps : the limit is reached in a jump; pairs are of no use.
    """

    def __init__(self, near_kw: float, hint_kw: float = 0.0) -> None:
        self._near, self._share = near_kw, HINTED if hint_kw else GUESSED
        self._half = 0.0
        self._closed = False
        self.jumps = False

    def pair(self, guess: float, passing: float, failing: float) -> tuple[float, ...]:
        """Return the sizes to simulate next; none where the search should end.

        Parameters
        ----------
        passing, failing : the largest size known to pass and the smallest known to fail [kW]; 0 and infinity
            where none is.
        """
        if not self._half:
            self._half = self._share * guess
            return guess - self._half, guess + self._half
        if not passing or failing == float("inf"):
            self._half = WIDER * self._half
            return max(guess - self._half, guess / 2.0), guess + self._half
        room = failing - passing
        self.jumps = self._closed and room > 2.0 * self._half
        self._closed, self._half = True, CLOSER * room
        if self._half <= self._near / 2.0:
            self._half = self._near
            return ()
        return max(guess - self._half, passing + self._half), min(guess + self._half, failing - self._half)
