"""The time, as the service keeps it: always UTC."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time as the ledger keeps it: without a zone."""
    return zoned_now().replace(tzinfo=None)


def zoned_now() -> datetime:
    """Return the time with its zone, as files keep it that say which."""
    return datetime.now(UTC)
