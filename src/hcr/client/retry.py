"""When to try again: back-off with jitter, and the service's own wish."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long to wait; clock, sleep and chance come in for tests.

    Parameters
    ----------
    attempts : int
        Times a request is sent at most.
    first_wait_s : float
        Longest wait before the second attempt [s]; doubles with each further one.
    longest_wait_s : float
        No wait is longer than this [s]; a service that asks for more is not waited for.
    random : callable
        Gives a number from 0 to 1; the wait is 50 to 100 % of the back-off, so that many clients do not
        come back at the same moment.
    """

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    now: Callable[[], float] = time.time

    def wait_s(self, attempt: int, retry_after: str | None = None) -> float | None:
        """Seconds to wait after attempt number `attempt` (from 1), or None when it was the last one."""
        if attempt >= self.attempts:
            return None
        wish = self._wish_s(retry_after)
        if wish is not None and wish > self.longest_wait_s:
            return None
        back_off = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (attempt - 1))
        return max(wish or 0.0, back_off * (0.5 + self.random() / 2))

    def _wish_s(self, retry_after: str | None) -> float | None:
        """Seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110, 10.2.3)."""
        if retry_after is None:
            return None
        text = retry_after.strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - self.now())
