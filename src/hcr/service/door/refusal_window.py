"""Which refusals are written down, and which are only counted: a stranger must not fill the disk."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import takewhile

from hcr.service.door.caller import Caller

WINDOW_SECONDS = 60.0
"""How long the same refusal is counted before its number is told [s]."""

MOST_WINDOWS = 1_000
"""Refusals that are remembered; when these are as many, further addresses share a window."""

OTHERS = "other addresses"
"""Address of the windows that are shared."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Who was not let in, from where, and why.

    Attributes
    ----------
    address : as `address_key` has it.
    outcome : code of the refusal.
    who : whose token it was, where that is certain.
    """

    address: str
    reason: str
    outcome: str
    who: Caller | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """How often the same was refused again, and within what time [s]."""

    refused: Refused
    times: int
    seconds: float


@dataclass(slots=True)
class _Window:
    began: float
    times: int = 0


@dataclass(slots=True)
class RefusalWindows:
    """Windows of time in which the same refusal is counted; the oldest comes first."""

    clock: Callable[[], float] = time.monotonic
    _windows: dict[Refused, _Window] = field(default_factory=dict)

    def is_first(self, refused: Refused) -> bool:
        """Return whether a refusal is to be written down; else it is counted."""
        if refused not in self._windows and len(self._windows) >= MOST_WINDOWS:
            refused = replace(refused, address=OTHERS, who=None)
        window = self._windows.get(refused)
        if window is None:
            self._windows[refused] = _Window(self.clock())
            return True
        window.times += 1
        return False

    def ended(self) -> list[Repeated]:
        """Return what was counted in windows that have ended, and forget them."""
        before = self.clock() - WINDOW_SECONDS
        over = takewhile(lambda one: one[1].began <= before, self._windows.items())
        return self._taken([refused for refused, _ in over])

    def ended_by(self, address: str) -> list[Repeated]:
        """Return what was counted of an address that now does something else, and forget it."""
        return self._taken([refused for refused in self._windows if refused.address == address])

    def all(self) -> list[Repeated]:
        """Return all that was counted, and forget it."""
        return self._taken(list(self._windows))

    def _taken(self, gone: Iterable[Refused]) -> list[Repeated]:
        now = self.clock()
        windows = [(refused, self._windows.pop(refused)) for refused in gone]
        return [
            Repeated(one, found.times, round(now - found.began, 1)) for one, found in windows if found.times
        ]
