"""What an answer of the service may be, whatever it was asked."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzzing.wire import Answer, Attack, Ending, Heard

INNER = re.compile(
    r"Traceback|<class |<[a-z_.]+\.[A-Za-z_]+ object|object at 0x|File \\?\"|site-packages|\.py\b"
    r"|\b[A-Z]\w+(?:Error|Exception|Warning)\b|\b(?:sqlalchemy|sqlite3|pydantic|starlette|uvicorn|ariadne)\b"
    r"|sys\.[a-z_]+|\bSELECT .* FROM\b"
)
"""What only our own workings would say; no attack contains it."""

PATHS = re.compile(r'"resultsPath": "[^"]*"')
"""The one path of the machine that the contract answers with, for callers beside the service."""


def faults(attack: Attack, heard: Heard, folders: tuple[Path, ...]) -> Iterator[str]:
    """Yield what is wrong with what came back."""
    if heard.hung:
        yield "it hangs"
    if attack.ending is Ending.WAIT and not heard.answers and not heard.hung:
        yield "there is no answer"
    if heard.data and not heard.answers:
        yield f"what came back is no HTTP: {heard.data[:80]!r}"
    for answer in heard.answers:
        for fault in faults_of_answer(answer, folders):
            yield f"{fault} ({answer.status})"


def faults_of_answer(answer: Answer, folders: tuple[Path, ...]) -> Iterator[str]:
    """Yield what is wrong with one answer."""
    """Yield what is wrong with one answer."""
    text = PATHS.sub("", answer.body.decode("utf-8", "replace"))
    if answer.status >= 500:
        yield f"the service broke: {text[:200]}"
    if found := INNER.search(text):
        yield f"it tells inner workings: {text[max(0, found.start() - 60) : found.end() + 60]}"
    for folder in (*folders, Path(sys.prefix)):
        if str(folder) in text:
            yield f"it tells a path of the machine, {folder}"
    if answer.header("content-type").startswith("application/json") and answer.body:
        yield from _of_document(answer.body)


def _of_document(body: bytes) -> Iterator[str]:
    try:
        document = json.loads(body.decode(), parse_constant=_no_number)
    except ValueError as error:
        yield f"it is no JSON: {error}"
        return
    errors = document.get("errors") or [] if isinstance(document, dict) else []
    for error in errors:
        if code(error) == "internal":
            yield f"the service broke: {error['message']} {error.get('path')}"


def code(error: dict[str, Any]) -> str:
    return str((error.get("extensions") or {}).get("code", "invalid"))


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
