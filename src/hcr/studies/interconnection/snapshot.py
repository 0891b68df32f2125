"""A study between two rounds as one JSON document: the queue, and the state of the random numbers.

The feeder is not in it: the circuit is that of the study's configuration with the queue's units and upgrades.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hcr.errors import ConfigError
from hcr.studies.interconnection.draws import Draws
from hcr.studies.interconnection.queue import Queue

FORMAT = "hcr-interconnection-snapshot"
VERSION = 1

_QUEUE = TypeAdapter(Queue)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a study stands; going on from it gives what going on without it would have."""

    queue: Queue
    draws: Draws

    def to_document(self) -> dict[str, object]:
        """Return the snapshot as plain JSON values."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "queue": _QUEUE.dump_python(self.queue, mode="json"),
            "draws": self.draws.to_document(),
        }

    def to_json(self) -> str:
        """Return the snapshot as the text of a file; the same snapshot has the same text."""
        return json.dumps(self.to_document(), indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Snapshot":
        """Return the snapshot that `to_document` wrote down.

        Raises
        ------
        ConfigError
            It is of another format or version, or something in it is not what it should be.
        """
        found = (document.get("format"), document.get("version"))
        if found != (FORMAT, VERSION):
            raise _unreadable(
                f"its format and version are {found[0]} and {found[1]}, not {FORMAT} and {VERSION}"
            )
        if not isinstance(document.get("draws"), dict):
            raise _unreadable("it has no state of the random numbers")
        try:
            queue = _QUEUE.validate_json(json.dumps(document.get("queue")), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in ("queue", *first["loc"]))
            raise _unreadable(f"{place}: {first['msg']}") from None
        return cls(queue, Draws.from_document(document["draws"]))

    @classmethod
    def from_json(cls, text: str) -> "Snapshot":
        """Return the snapshot of a file's text.

        Raises
        ------
        ConfigError
            The text is not JSON, or not of a snapshot.
        """
        try:
            document = json.loads(text)
        except ValueError as error:
            raise _unreadable(f"it is not JSON: {error}") from None
        if not isinstance(document, dict):
            raise _unreadable("it is not a JSON object")
        return cls.from_document(document)


def _unreadable(why: str) -> ConfigError:
    return ConfigError(
        "a snapshot of an interconnection study cannot be read",
        why=why,
        remedy="Run the study again from its beginning, or restore the file.",
    )
