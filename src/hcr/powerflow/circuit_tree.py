"""A circuit as a tree of frozen dataclasses, tuples and arrays: what holds for every branch of it."""

from dataclasses import fields, is_dataclass

import numpy as np

_PLAIN = (str, int, float, bool, type(None))
"""Types of most parts, which hold no arrays."""


def seal(node: object) -> None:
    """Make all arrays below a node read-only."""
    if isinstance(node, np.ndarray):
        node.flags.writeable = False
    elif isinstance(node, tuple):
        for part in node:
            if type(part) not in _PLAIN:
                seal(part)
    elif is_dataclass(node):
        seal(tuple([getattr(node, one.name) for one in fields(node)]))


def alike(one: object, other: object) -> bool:
    """Return whether two nodes hold the same types and numbers; NaN equals NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if is_dataclass(one):
        return all(alike(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return one == other or (one != one and other != other)
