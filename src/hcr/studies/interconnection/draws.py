"""The random draws of a study, number by number (interconnection method, section 2).

One generator serves a study: the Mersenne Twister of NumPy's legacy `RandomState`, seeded by a text. A value
of `Draws` is that generator between two draws; each draw gives what was drawn and the generator after it, so
a snapshot holds the value, and a step repeated from it draws the same again. The order of a study:

    monitors    one bus of each depth of the feeder      draws.one_of(buses)
    rooftop PV  a share for each residential candidate   draws.share()
    a round     the bus, where none is given             draws.one_of(candidates)
                the size, where none is given            draws.size(kind, choices, most_kw)

Orders of the queue come from a generator of their own, `orders`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np

from hcr.errors import ConfigError
from hcr.studies.interconnection.resource import Kind, Size

T = TypeVar("T")

_WORDS = 624


@dataclass(frozen=True, slots=True)
class SizeChoices:
    """What a drawn size can be.

    Attributes
    ----------
    least_kw, most_kw : ends of the range of whole numbers, both drawn [kW].
    battery_hours : hours of storage, of which one is drawn [h].
    """

    least_kw: int = 50
    most_kw: int = 1000
    battery_hours: tuple[float, ...] = (2.0, 4.0)

    def __post_init__(self) -> None:
        if not 0 < self.least_kw <= self.most_kw or not self.battery_hours:
            raise ConfigError(
                "sizes cannot be drawn",
                why=f"from {self.least_kw} to {self.most_kw} kW with {len(self.battery_hours)} battery hours",
                remedy="Give 0 < least <= most, and at least one number of hours.",
            )


@dataclass(frozen=True, slots=True)
class Draws:
    """The generator between two draws: the words of its state, and how many of them are used up."""

    words: tuple[int, ...]
    position: int

    @classmethod
    def seeded(cls, text: str) -> "Draws":
        """Return the generator of a seed text, or of the feeder's name where no seed is set.

        The seed is the first four bytes of the text's SHA-256, read as a little-endian unsigned number.
        """
        seed = int.from_bytes(sha256(text.encode("utf-8")).digest()[:4], "little")
        return _after(np.random.RandomState(seed))

    def index(self, n: int) -> tuple[int, "Draws"]:
        """Return one of 0 … n-1.

        Raises
        ------
        ConfigError
            There is nothing to draw from.
        """
        if n < 1:
            raise ConfigError(
                "nothing is left to draw from",
                why="no bus is a candidate: each has something attached, or is exhausted",
                remedy="Name the buses of the queue, or widen the limits.",
            )
        generator = self._generator()
        return int(generator.randint(0, n)), _after(generator)

    def one_of(self, choices: Sequence[T]) -> tuple[T, "Draws"]:
        """Return one of the choices, in whose order the study draws."""
        at, rest = self.index(len(choices))
        return choices[at], rest

    def share(self) -> tuple[float, "Draws"]:
        """Return a number of the interval [0, 1)."""
        generator = self._generator()
        return float(generator.random_sample()), _after(generator)

    def size(self, kind: Kind, choices: SizeChoices, most_kw: float | None) -> tuple[Size, "Draws"]:
        """Return a size no larger than a bus is known to take.

        Parameters
        ----------
        most_kw : the bus's last known capacity [kW]; None or nothing above zero where none is known. Sizes
            are drawn again until one fits; below the range it is this capacity exactly, and none is drawn.
        """
        limit = most_kw if most_kw is not None and most_kw > 0.0 else None
        generator = self._generator()
        while True:
            size = _drawn(generator, kind, choices, limit)
            if limit is None or size.kw <= limit:
                return size, _after(generator)

    def to_document(self) -> dict[str, object]:
        """Return the state as plain JSON values."""
        return {"generator": "MT19937", "words": list(self.words), "position": self.position}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Draws":
        """Return the generator that `to_document` wrote down.

        Raises
        ------
        ConfigError
            The document is not the state of such a generator.
        """
        words, position = document.get("words"), document.get("position")
        if document.get("generator") != "MT19937" or not _is_state(words, position):
            raise ConfigError(
                "the state of the random numbers cannot be read",
                why=f"it is not {_WORDS} words of a Mersenne Twister and a position",
                remedy="Start the study again, or restore its snapshot.",
            )
        return cls(tuple(document["words"]), document["position"])

    def _generator(self) -> np.random.RandomState:
        generator = np.random.RandomState()
        generator.set_state(("MT19937", np.array(self.words, dtype=np.uint32), self.position, 0, 0.0))
        return generator


def orders(units: int, sequences: int, *, seed: int = 0) -> tuple[tuple[int, ...], ...]:
    """Return further orders of a queue, by the index of each unit in the first.

    All come from one `default_rng(seed)`; an order is drawn again while its last unit is that of the first
    sequence, which triggered there (interconnection method, section 2). A queue of one has one order only.
    """
    generator = np.random.default_rng(seed)
    return tuple(_order(generator, units) for _ in range(sequences))


def _order(generator: np.random.Generator, units: int) -> tuple[int, ...]:
    while True:
        order = tuple(int(at) for at in generator.permutation(units))
        if units < 2 or order[-1] != units - 1:
            return order


def _drawn(generator: np.random.RandomState, kind: Kind, choices: SizeChoices, limit: float | None) -> Size:
    below = limit is not None and limit < choices.least_kw
    kw = (
        limit
        if limit is not None and below
        else float(generator.randint(choices.least_kw, choices.most_kw + 1))
    )
    if kind is not Kind.BATTERY:
        return Size.of(kind, kw)
    return Size.of(kind, kw, hours=choices.battery_hours[generator.randint(0, len(choices.battery_hours))])


def _after(generator: np.random.RandomState) -> Draws:
    state: Any = generator.get_state()
    return Draws(tuple(state[1].tolist()), int(state[2]))


def _is_state(words: object, position: object) -> bool:
    return (
        isinstance(words, list)
        and len(words) == _WORDS
        and all(type(word) is int and 0 <= word < 2**32 for word in words)
        and type(position) is int
        and 0 <= position <= _WORDS
    )
