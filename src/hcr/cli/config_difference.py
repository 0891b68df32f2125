"""What differs between two requests, key by key."""

from collections.abc import Iterator, Mapping

Difference = tuple[str, object, object]
MISSING = None


def differences(first: Mapping[str, object], second: Mapping[str, object]) -> list[Difference]:
    """Return key, first and second value of everything that differs, in the order of the keys.

    Lists are compared as a whole, except lists of blocks, which are compared entry by entry.
    """
    ours, theirs = dict(_leaves(first, "")), dict(_leaves(second, ""))
    keys = sorted({*ours, *theirs})
    return [
        (key, ours.get(key, MISSING), theirs.get(key, MISSING))
        for key in keys
        if ours.get(key) != theirs.get(key)
    ]


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{at}]")
    else:
        yield path, value
