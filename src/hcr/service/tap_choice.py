"""Which tap settings a request asks for by name, and what they have for its feeders."""

import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hcr.service.tap_settings import TapSettings

OPTION = ("generatorConfig", "model", "transformerTapSettings")

MOST_NAMED = 8
"""Sets, feeders or transformers named in a sentence."""


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
    """What came of looking a set up: its settings, a fault, warnings; each empty where there is none."""

    settings: TapSettings | None = None
    fault: str = ""
    warnings: tuple[str, ...] = ()


def choose_taps(wire: Mapping[str, Any], feeders: Collection[str], source: TapSource) -> TapChoice:
    """Return the tap settings that a request in wire form names, for the feeders that it solves."""
    name = _named(wire)
    if name is None:
        return TapChoice()
    found = source.settings(name, feeders)
    if found is None:
        return TapChoice(fault=f"there are no tap settings {name!r}; {_known(source.names())}")
    return TapChoice(found, warnings=tuple(_warnings(found, feeders)))


def _warnings(found: TapSettings, feeders: Collection[str]) -> Iterator[str]:
    """Yield what somebody should know who uses settings for some feeders."""
    start = f"tap settings {found.name!r} have"
    if bare := sorted(feeder for feeder in set(feeders) if not found.feeders.get(feeder)):
        yield f"{start} nothing for {_listed(bare)}; the taps of the model are used there"
    doubtful = [f"{mrid} ({feeder})" for feeder, mrids in found.doubtful.items() for mrid in mrids]
    if doubtful:
        positions = "1 doubtful position" if len(doubtful) == 1 else f"{len(doubtful)} doubtful positions"
        yield (
            f"{start} {positions}, used like the others: {_listed(doubtful)};"
            f" `calibration get-tx-tap-settings {shlex.quote(found.name)} --explain TRANSFORMER` tells why"
        )


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
