"""Values that no field expects, and changes of valid variables."""

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

NUMBERS = (
    *(0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**30, 10**400),
    *(0.0, -0.0, 0.1, 1e-320, 1e308, -1e308, float("inf"), float("-inf"), float("nan")),
)

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "x" * 100_000,
    "../../../../etc/passwd",
    "..",
    ".",
    "/",
    "\\..\\..",
    "%2e%2e%2f",
    "~root",
    "file:///etc/passwd",
    "con",
    "a/b",
    "-rf",
    "$(id)",
    "`id`",
    "'; DROP TABLE work_packages; --",
    '" OR 1=1',
    "%",
    "_",
    "\\",
    "%s%n{0}{}",
    "\u202e\u0000\u200b",
    "\N{PILE OF POO}" * 300,
    "Ω≈ç√∫",
    "e\u0301" * 500,
    "\r\nX-Injected: 1",
    "\x1b[31mred",
    "null",
    "NaN",
    "1e400",
    "٣",
    "²",
    "9" * 5000,
)

TIMES = (
    "0000-00-00T00:00:00",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59",
    "10000-01-01T00:00:00",
    "2025-02-30T00:00:00",
    "2025-01-15T24:00:00",
    "2025-01-15T00:00:00+14:00",
    "2025-01-15",
    "-2025-01-15T00:00:00",
    "2025-01-15T00:00:00." + "9" * 10_000,
    "٢٠٢٥-٠١-١٥T٠٠:٠٠:٠٠",
)

LONG_LISTS = ([f"x{number}" for number in range(40_000)], ["north"] * 1000)
"""Entries that lists of texts get besides."""

CALMER = 4
"""One in so many changes of a kind makes something enormous; the rest are quick."""


def odd(random: Random, value: Any = None) -> Any:
    """Return a value that hardly fits anywhere, more often one of the kind of `value`."""
    if isinstance(value, str) and random.random() < 0.6:
        return random.choice(TIMES if value.startswith("2025-") else TEXTS)
    if isinstance(value, int | float) and random.random() < 0.6:
        return random.choice(NUMBERS)
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: random.choice(NUMBERS),
        lambda: random.choice(TEXTS),
        lambda: random.choice(TIMES),
        lambda: random.choice((None, True, False)),
        lambda: random.choice(([], {}, [None], [[]], {"": None}, {"__typename": "x"})),
        lambda: "".join(chr(random.choice((*range(32), *range(0xD7F0, 0xE010)))) for _ in range(9)),
        lambda: random.getrandbits(random.choice((8, 31, 32, 63, 64, 200))),
    )
    return random.choice(kinds)()


def enormous(random: Random) -> Any:
    """Return a value that is large or deep."""
    return random.choice(
        (
            lambda: [odd(random)] * 40_000,
            lambda: ["north"] * 40_000,
            lambda: [f"feeder-{number}" for number in range(40_000)],
            lambda: list(range(40_000)),
            lambda: "x" * 2_000_000,
            lambda: _nested(900),
            lambda: {f"k{number}": 1 for number in range(20_000)},
            lambda: 10**4000,
        )
    )()


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from _places(below, (*path, key))


def changed(random: Random, variables: dict[str, Any]) -> dict[str, Any]:
    """Return valid variables with one to three changes."""
    found = copy.deepcopy(variables)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(_places(found))
        if not places:
            return {random.choice(("x", "id", "input")): odd(random)}
        _change(random, found, random.choice(places))
    return found


def _change(random: Random, variables: dict[str, Any], path: tuple[Any, ...]) -> None:
    holder: Any = variables
    for key in path[:-1]:
        holder = holder[key]
    key, value = path[-1], holder[path[-1]]
    choice = random.randrange(7)
    if choice == 0:
        del holder[key]
    elif choice == 1:
        holder[key] = [value, value] if random.random() < 0.5 else [[value]]
    elif choice == 2:
        holder[key] = {"value": value}
    elif choice == 3 and isinstance(holder, dict):
        holder[random.choice((f"{key}x", "", "__proto__", "\x00", "\ud800"))] = odd(random)
    elif choice == 4 and random.randrange(CALMER) == 0:
        holder[key] = enormous(random)
    else:
        holder[key] = odd(random, value)


def swept(variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield valid variables with each of their texts and numbers exchanged for each odd one of its kind."""
    for path in _places(variables):
        value = _at(variables, path)
        for one in (
            (*TEXTS, *TIMES, *LONG_LISTS)
            if isinstance(value, str)
            else ()
            if isinstance(value, dict | list)
            else NUMBERS
        ):
            found = copy.deepcopy(variables)
            holder = _at(found, path[:-1])
            if isinstance(holder, list) and isinstance(one, list):
                holder += one
            else:
                holder[path[-1]] = one
            yield found


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def document(random: Random, body: object) -> bytes:
    """Return JSON of a body, in one of the ways in which it can be written."""
    text = json.dumps(body, ensure_ascii=random.random() < 0.8)
    if random.random() < 0.05 and isinstance(body, dict) and body:
        key = random.choice(list(body))
        text = text[:-1] + f", {json.dumps(key)}: {json.dumps(odd(random))}}}"  # the same key twice
    return text.encode("utf-8", "surrogatepass")
