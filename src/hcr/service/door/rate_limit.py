"""How often somebody may come: a bucket for each, filled steadily, emptied by each request."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_BUCKETS = 10_000
"""Callers that are remembered; whoever was not seen for longest is forgotten first."""


@dataclass(slots=True)
class RateLimit:
    """A token bucket for each key.

    Attributes
    ----------
    per_minute : float — requests that a bucket gains [1/min].
    at_once : int — requests that a full bucket holds.
    """

    per_minute: float
    at_once: int
    clock: Callable[[], float] = time.monotonic
    _buckets: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict)

    def take(self, key: str) -> float:
        """Take one request out of a bucket and return 0, or how long to wait for the next one [s]."""
        now = self.clock()
        level, since = self._buckets.pop(key, (float(self.at_once), now))
        level = min(float(self.at_once), level + (now - since) * self.per_minute / 60.0)
        wait = 0.0 if level >= 1.0 else (1.0 - level) * 60.0 / self.per_minute
        self._buckets[key] = (level - 1.0 if wait == 0.0 else level, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait


def address_key(address: str) -> str:
    """Return the key of an address: an IPv6 host owns its whole /64, and would have many buckets."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
