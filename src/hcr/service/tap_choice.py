"""Which tap settings a request asks for by name, and what they have for its feeders."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hcr.service.tap_settings import TapSettings

OPTION = ("generatorConfig", "model", "transformerTapSettings")

MOST_NAMED = 8
"""Sets, or feeders, named in a sentence."""


class TapSource(Protocol):
    """Where calibration sets are looked up."""

    def names(self) -> list[str]:
        """Return the names of all sets."""

    def settings(self, name: str, feeders: Collection[str]) -> TapSettings | None:
        """Return what the set of that name has for some feeders; None where there is no such set."""


class NoSets:
    """A source without any set."""

    def names(self) -> list[str]:
        """Return none."""
        return []

    def settings(self, name: str, feeders: Collection[str]) -> TapSettings | None:
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class TapChoice:
    """What came of looking a set up: its settings, a fault, a warning; each empty where there is none."""

    settings: TapSettings | None = None
    fault: str = ""
    warning: str = ""


def choose_taps(wire: Mapping[str, Any], feeders: Collection[str], source: TapSource) -> TapChoice:
    """Return the tap settings that a request in wire form names, for the feeders that it solves."""
    name = _named(wire)
    if name is None:
        return TapChoice()
    found = source.settings(name, feeders)
    if found is None:
        return TapChoice(fault=f"there are no tap settings {name!r}; {_known(source.names())}")
    bare = sorted(feeder for feeder in set(feeders) if not found.feeders.get(feeder))
    if not bare:
        return TapChoice(found)
    text = f"tap settings {name!r} have nothing for {_listed(bare)}; the taps of the model are used there"
    return TapChoice(found, warning=text)


def _named(wire: Mapping[str, Any]) -> str | None:
    at: Any = wire
    for key in OPTION:
        at = at.get(key) if isinstance(at, Mapping) else None
    return at if isinstance(at, str) else None


def _known(names: list[str]) -> str:
    return f"there are {_listed(names)}" if names else "no calibration has found any yet"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
