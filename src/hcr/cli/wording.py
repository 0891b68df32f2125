"""Words for people."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def times_told(times: Sequence[str]) -> str | None:
    """Return how many there are, and from when to when: `2 times, 2025-01-01 01:00 to 2025-01-02 01:00`.

    They are ISO 8601 texts in order; None without any.
    """
    if not times:
        return None
    first, *others = (one.replace("T", " ")[: len("2025-01-01 01:00")] for one in times)
    return f"{counted(len(times), 'time')}, {first} to {others[-1]}" if others else first
