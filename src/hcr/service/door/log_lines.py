"""Lines of the service's log: text for people, JSON for machines; each with the request it belongs to."""

import contextlib
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO

from hcr.service.door.request_record import CURRENT

LOG_FORMATS = ("text", "json")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON: time (UTC), level, logger, message, and what is known of the request."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextLines(logging.Formatter):
    """One line for people; what callers sent cannot begin another one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line, with request and packages at its end."""
        context = _context()
        parts = [f"request={context['request_id']}"] if context else []
        parts += [f"package={one}" for one in context.get("packages", ())]
        line = super().formatMessage(record) + (f" [{' '.join(parts)}]" if parts else "")
        return "".join(one if one.isprintable() else " " for one in line)


def _context() -> dict[str, str | tuple[str, ...]]:
    request = CURRENT.get()
    if request is None:
        return {}
    return {"request_id": request.id} | ({"packages": request.packages} if request.packages else {})


@contextlib.contextmanager
def logging_as(form: str, *, quiet: bool = False, stream: TextIO | None = None) -> Iterator[None]:
    """Write the log of this process in one of `LOG_FORMATS` meanwhile; quiet leaves out what went well."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root, own = logging.getLogger(), logging.getLogger("hcr")
    before = own.level
    root.addHandler(handler)
    own.setLevel(logging.WARNING if quiet else logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        own.setLevel(before)
