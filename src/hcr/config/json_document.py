"""A JSON file as plain data, with the line and column of each key; messages never quote a value."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from hcr.errors import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """The one mapping of a JSON file; its text holds secrets and stays out of the repr."""

    file: str
    data: dict[str, object]
    text: str = field(repr=False)

    def position(self, key: str) -> tuple[int, int]:
        """Return line and column, from 1, of the first place where `key` is a key; the start if nowhere."""
        found = re.search(re.escape(json.dumps(key)) + r"\s*:", self.text)
        return _place(self.text, found.start()) if found else (1, 1)

    def problem(self, message: str, *, key: str, hint: str = "") -> Problem:
        """Return a problem placed at `key`."""
        return Problem(message, self.file, *self.position(key), key, hint)


class _RepeatedKeyError(ValueError):
    pass


def load_json(path: Path) -> JsonDocument:
    """Return the file as a document; ConfigError tells where it is not the JSON we need.

    The cause is never chained: the exceptions of `json` and `codecs` carry the whole text, secrets and all.
    """
    file = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(Problem("not UTF-8", file, 1, error.start + 1, hint="save it as UTF-8")) from None
    except OSError as error:
        raise _refusal(Problem(error.strerror or "cannot be read", file)) from None
    data = _parsed(text, file)
    if not isinstance(data, dict):
        raise _refusal(Problem("expected one JSON object, `{...}`", file, 1, 1))
    return JsonDocument(file, data, text)


def _parsed(text: str, file: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        hint = "JSON has no comments, no single quotes and no comma after the last entry"
        problem = Problem(error.msg, file, error.lineno, error.colno, hint=hint)
    except _RepeatedKeyError as error:
        key = str(error)
        line, column = JsonDocument(file, {}, text).position(key)
        problem = Problem("this key is given twice", file, line, column, key, "keep one of them")
    except (RecursionError, ValueError):
        problem = Problem("nested too deep, or a number without end", file, 1, 1)
    raise _refusal(problem)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(name for name in names if names.count(name) > 1))
    return data


def _place(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def _refusal(problem: Problem) -> ConfigError:
    return ConfigError(f"{problem.file} cannot be read", [problem], why=str(problem))
