"""What a study found so far, line by line in a file: a study that was killed goes on from it.

A study is a fixed sequence of questions to the simulation. Each answer is a line of JSON, written and synced
before it is used; a study that starts again asks the same questions, and those answered are not simulated
again. A line that was cut off by a kill is no answer, and is written over.
"""

import hashlib
import json
import os
from collections.abc import Callable, Hashable
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")

FORMAT = "hcr-interconnection-journal 1"


class Journal:
    """Answers by question.

    Parameters
    ----------
    path : of the file; None keeps answers in memory only.
    about : whatever answers depend on besides the questions; a file about something else is started anew.
    """

    def __init__(self, path: Path | None = None, about: str = "") -> None:
        self._path, self._head = path, json.dumps({"format": FORMAT, "about": about})
        self._answers: dict[str, Any] = {}
        if path is not None:
            self._open(path)

    def known(self, question: object, kind: Any) -> Any:
        """Return the answer to a question as a value of a type, or None where there is none."""
        try:
            return _adapter(kind).validate_python(self._answers[_key(question)])
        except (KeyError, ValidationError):
            return None

    def note(self, *answers: tuple[object, object]) -> None:
        """Keep answers, pairs of question and answer, on disk before this returns."""
        lines = []
        for question, answer in answers:
            kind = cast(Hashable, type(answer))
            key, plain = _key(question), _adapter(kind).dump_python(answer, mode="json")
            self._answers[key] = plain
            lines.append(json.dumps([key, plain]) + "\n")
        if self._path is not None:
            _append(self._path, "".join(lines))

    def remembered(self, question: object, kind: type[T], find: Callable[[], T]) -> T:
        """Return the answer to a question, found now unless it is known."""
        known: T | None = self.known(question, kind)
        if known is not None:
            return known
        answer = find()
        self.note((question, answer))
        return answer

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes() if path.exists() else b""
        head, *lines = content.splitlines(keepends=True) or [b""]
        if head != f"{self._head}\n".encode():
            path.write_text(self._head + "\n", encoding="utf-8")
            return
        length = len(head)
        for line in lines:
            read = _read(line)
            if read is None:
                break
            self._answers[read[0]] = read[1]
            length += len(line)
        if length < len(content):
            os.truncate(path, length)


def _read(line: bytes) -> tuple[str, Any] | None:
    """Return key and answer of a line; None for one that was cut off."""
    try:
        key, answer = json.loads(line)
    except ValueError:
        return None
    return (key, answer) if line.endswith(b"\n") and isinstance(key, str) else None


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _key(question: object) -> str:
    return hashlib.sha256(json.dumps(_plain(question), sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, kind))
