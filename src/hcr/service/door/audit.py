"""Who changed what, and who was turned away: one JSON line each, in a file that its owner alone reads.

Never in it: tokens, passwords, or what a study is about.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hcr.service.door.caller import Caller
from hcr.service.door.rate_limit import address_key
from hcr.service.door.refusal_window import RefusalWindows, Refused, Repeated

log = logging.getLogger("hcr.service")


class AuditLog:
    """Appends events; the file may be moved away any time, the next event begins a new one.

    A refusal is written once; the same again is counted, and `write_repeated` tells how often it was. Call
    that every few seconds, and `close` at the end.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._windows = RefusalWindows(clock)
        self._lock = threading.Lock()  # for `_windows`

    def mutation(
        self, who: Caller | None, operation: str, packages: Sequence[str], seen: Mapping[str, str]
    ) -> None:
        """Note an operation that changes something; `seen` has `from`, `request_id` and `outcome`."""
        with self._lock:
            before = self._windows.ended_by(address_key(seen["from"]))
        self._append_repeated(before)
        self._append({"event": "mutation", "operation": operation, "packages": list(packages)}, who, seen)

    def refused(self, who: Caller | None, reason: str, seen: Mapping[str, str]) -> None:
        """Note somebody who was not let in; `who` only where the token was genuine."""
        refused = Refused(address_key(seen["from"]), reason, seen["outcome"], who)
        self.write_repeated()
        with self._lock:
            is_first = self._windows.is_first(refused)
        if is_first:
            self._append({"event": "authentication_refused", "reason": reason}, who, seen)

    def write_repeated(self) -> None:
        """Note how often was refused again what was refused over a minute ago."""
        with self._lock:
            ended = self._windows.ended()
        self._append_repeated(ended)

    def close(self) -> None:
        """Note what was counted and not told yet."""
        with self._lock:
            rest = self._windows.all()
        self._append_repeated(rest)

    def token(self, event: str, token: Caller) -> None:
        """Note that a token was made or revoked on this machine."""
        self._append({"event": event, "scope": token.scope.value}, token, {"from": "command line"})

    def _append_repeated(self, counted: Iterable[Repeated]) -> None:
        for one in counted:
            refused, told = one.refused, {"times": one.times, "seconds": one.seconds}
            event = {"event": "authentication_refused_again", "reason": refused.reason, **told}
            self._append(event, refused.who, {"from": refused.address, "outcome": refused.outcome})

    def _append(self, event: Mapping[str, object], who: Caller | None, seen: Mapping[str, str]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, **event, "who": who.who() if who else None, **seen})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, f"{line}\n".encode())
            finally:
                os.close(handle)
        except OSError:
            # The call was answered already; the event is at least in the log.
            log.exception("an audit event cannot be written: %s", line)
