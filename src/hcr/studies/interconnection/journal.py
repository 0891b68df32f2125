"""What a study found so far, line by line in a file: a study that was killed goes on from it.

A study is a fixed sequence of questions to the simulation. Answers that were found together are one line of
JSON, written and synced before they are used; a study that starts again asks the same questions, and those
answered are not simulated again. A line that was cut off by a kill holds no answer, and is written over.
"""

import hashlib
import json
import os
from collections.abc import Callable, Hashable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from hcr.replacement import replacing, room_for

T = TypeVar("T")

FORMAT = "hcr-interconnection-journal 1"


class Journal:
    """Answers by question.

    Parameters
    ----------
    path : of the file; None keeps answers in memory only.
    about : whatever answers depend on besides the questions; a file about something else is started anew.
    heard : is told the keys of questions whose answers are known, or are noted, be they none.

    Raises
    ------
    NoSpaceError
        The disk is full, or the user's share of it; when noting, too.
    """

    def __init__(
        self,
        path: Path | None = None,
        about: str = "",
        heard: Callable[[Iterable[str]], None] = lambda _: None,
    ) -> None:
        self._heard = heard
        self._path, self._head = path, json.dumps({"format": FORMAT, "about": about})
        self._answers: dict[str, Any] = {}
        if path is not None:
            self._open(path)

    def known(self, question: object, kind: Any) -> Any:
        """Return the answer to a question as a value of a type, or None where there is none."""
        key = _key(question)
        try:
            answer = _adapter(kind).validate_python(self._answers[key])
        except (KeyError, ValidationError):
            return None
        self._heard((key,))
        return answer

    def note(self, *answers: tuple[object, object]) -> None:
        """Keep answers, pairs of question and answer: on disk before this returns, all of them or none."""
        found = {}
        for question, answer in answers:
            kind = cast(Hashable, type(answer))
            found[_key(question)] = _adapter(kind).dump_python(answer, mode="json")
        if found and self._path is not None:
            with room_for(self._path):
                _append(self._path, json.dumps(found).encode() + b"\n")
        self._answers |= found
        self._heard(found)

    def remembered(self, question: object, kind: type[T], find: Callable[[], T]) -> T:
        """Return the answer to a question, found now unless it is known."""
        known: T | None = self.known(question, kind)
        if known is not None:
            return known
        answer = find()
        self.note((question, answer))
        return answer

    def _open(self, path: Path) -> None:
        content = path.read_bytes() if path.exists() else b""
        head, *lines = content.splitlines(keepends=True) or [b""]
        if head != f"{self._head}\n".encode():
            with replacing(path) as temporary:
                temporary.write_bytes(f"{self._head}\n".encode())
            return
        length = len(head)
        for line in lines:
            read = _read(line)
            if read is None:
                break
            self._answers |= read
            length += len(line)
        if length < len(content):
            os.truncate(path, length)


def _read(line: bytes) -> dict[str, Any] | None:
    """Return the answers of a line by their keys; None for one that was cut off, or is something else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if line.endswith(b"\n") and isinstance(found, dict) else None


def _append(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _key(question: object) -> str:
    """Return a name of a question of plain values, tuples and frozen dataclasses: the same in any process."""
    return hashlib.sha256(repr(question).encode()).hexdigest()


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, kind))
