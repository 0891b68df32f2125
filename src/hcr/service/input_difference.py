"""Where the inputs of two packages differ."""

from collections.abc import Iterator, Mapping

MOST_NAMED = 12
"""Paths named in a sentence."""


def differing_paths(first: object, second: object, path: str = "") -> Iterator[str]:
    """Yield the path of each value that is in one document only, or not the same in both."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in sorted({*first, *second}):
            inner = f"{path}.{key}" if path else str(key)
            yield from differing_paths(first.get(key), second.get(key), inner)
    elif first != second:
        yield path


def described(first: object, second: object) -> str:
    """Return a sentence about where two inputs differ."""
    paths = list(differing_paths(first, second))
    if not paths:
        return "The inputs are equal."
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return f"The inputs differ in {', '.join(paths[:MOST_NAMED])}{more}."
