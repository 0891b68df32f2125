"""Texts that cannot be meant: a Python `None`, a placeholder, full stops where commas belong."""

import re
from enum import Enum
from typing import Final

_PLACEHOLDER: Final = re.compile(r"<[^<>]+>|\.\.\.|changeme|(?:another )?feeder mrid", re.IGNORECASE)
_NUMBERS: Final = re.compile(r"[-+]?\d+(?:\.\d+)?\.?(?:\s+[-+]?\d+(?:\.\d+)?\.?)+")
_PYTHON_NAME: Final = re.compile(r"[A-Za-z_]\w*\.([A-Za-z_]\w*)")


def doubt(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text that was typed but cannot be meant, and what to do."""
    if text == "None":
        return "`None` is a text in YAML", "write null, or leave the key out"
    if _PLACEHOLDER.fullmatch(text.strip()):
        return f"`{text.strip()}` is a placeholder", "put your own value"
    return None


def number_doubt(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text in a list of numbers that holds several of them."""
    if _NUMBERS.fullmatch(text.strip()):
        return f"`{text}` is one text, not several numbers", "put commas between them: [20.0, 100.0]"
    return None


def python_member(text: str, kind: type[Enum]) -> str | None:
    """Return the value that a Python name such as `Strategy.ADDITIVE` stands for, if it is one of `kind`."""
    found = _PYTHON_NAME.fullmatch(text.strip())
    return found.group(1) if found and found.group(1) in kind.__members__ else None
