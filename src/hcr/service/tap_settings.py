"""Tap settings as a package is solved with: found when it is submitted, and never looked up again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace

from hcr.studies.task import TapPosition, Task


@dataclass(frozen=True, slots=True)
class TapSettings:
    """The positions that a calibration found.

    Attributes
    ----------
    name : of the calibration set; run : ID of the run that found it.
    feeders : positions by feeder.
    doubtful : transformers by feeder whose position should be looked at before it is used.
    """

    name: str
    run: str
    feeders: Mapping[str, tuple[TapPosition, ...]]
    doubtful: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def applied(self, tasks: list[Task]) -> list[Task]:
        """Return tasks that are solved with these settings."""
        return [replace(task, taps=self.feeders.get(task.feeder, ())) for task in tasks]

    def stored(self) -> str:
        """Return the settings as JSON."""
        return json.dumps(asdict(self), sort_keys=True)


def read_tap_settings(text: str | None) -> TapSettings | None:
    """Return stored settings; None where there are none.

    Raises
    ------
    ValueError
        The text is no such settings.
    """
    if text is None:
        return None
    try:
        parts = json.loads(text)
        feeders = {name: tuple(_positions(taps)) for name, taps in parts["feeders"].items()}
        doubtful = {name: tuple(mrids) for name, mrids in parts.get("doubtful", {}).items()}
        return TapSettings(parts["name"], parts["run"], feeders, doubtful)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the stored tap settings cannot be read: {error}") from error


def _positions(taps: object) -> Iterator[TapPosition]:
    if not isinstance(taps, list):
        raise ValueError(f"the stored tap settings cannot be read: {taps!r} is no list of positions")
    for one in taps:
        yield TapPosition(**one)
