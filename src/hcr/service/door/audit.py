"""Who changed what, and who was turned away: one JSON line each, in a file that its owner alone reads.

Never in it: tokens, passwords, or what a study is about.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hcr.service.door.caller import Caller

log = logging.getLogger("hcr.service")


class AuditLog:
    """Appends events; the file may be moved away any time, the next event begins a new one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mutation(
        self, who: Caller | None, operation: str, packages: Sequence[str], seen: Mapping[str, str]
    ) -> None:
        """Note an operation that changes something; `seen` has `from`, `request_id` and `outcome`."""
        self._append({"event": "mutation", "operation": operation, "packages": list(packages)}, who, seen)

    def refused(self, who: Caller | None, reason: str, seen: Mapping[str, str]) -> None:
        """Note somebody who was not let in; `who` only where the token was genuine."""
        self._append({"event": "authentication_refused", "reason": reason}, who, seen)

    def token(self, event: str, token: Caller) -> None:
        """Note that a token was made or revoked on this machine."""
        self._append({"event": event, "scope": token.scope.value}, token, {"from": "command line"})

    def _append(self, event: Mapping[str, object], who: Caller | None, seen: Mapping[str, str]) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": time, **event, "who": who.who() if who else None, **seen})
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
