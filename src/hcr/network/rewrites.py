"""Rewrites of OpenDSS spellings that the engine refuses: a short, named list, each one reported.

EPRI's engine takes a few spellings that the DSS C-API does not. The importer keeps the meaning, changes the
copy in the library, and leaves the planner's own files alone.
"""

import re
from dataclasses import dataclass

from hcr.network.dss_text import Line


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One rule: a property of a class that is taken out, and why that changes nothing."""

    name: str
    element_class: str
    pattern: "re.Pattern[str]"
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A rewrite that was applied: where, and what it took out."""

    file: str
    line: int
    rewrite: Rewrite
    removed: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: took out `{self.removed}`: {self.rewrite.reason}"


def _property(
    names: str, value: str = r"""(?:"[^"]*"|'[^']*'|\([^)]*\)|\[[^\]]*\]|[^\s,]+)"""
) -> "re.Pattern[str]":
    return re.compile(rf"(?<![\w%.])(?:{names})\s*=\s*{value}", re.IGNORECASE)


REWRITES = (
    Rewrite(
        "pvsystem-mode",
        "pvsystem",
        _property("mode"),
        "PVSystem has no property `mode`; the engine would read it as `model`",
    ),
    Rewrite(
        "pvsystem-model-7",
        "pvsystem",
        _property("model", r"7\b"),
        "PVSystem has models 1 to 3; 1, constant power, is the default",
    ),
    Rewrite(
        "fuse-action-close",
        "fuse",
        _property("action", r"c(?:lose)?\b"),
        "closed is a fuse's default; the option corrupts this engine's memory",
    ),
)


def rewrite_lines(file: str, lines: list[Line]) -> tuple[str, list[Applied]]:
    """Return the text of a script after all rewrites, and what was applied."""
    applied: list[Applied] = []
    texts: list[str] = []
    for line in lines:
        text = line.text
        for rule in REWRITES:
            if line.element_class == rule.element_class and line.code:
                text, removed = _take_out(rule, text, line.code)
                applied += [Applied(file, line.number, rule, part) for part in removed]
        texts.append(text)
    return "\n".join(texts) + "\n", applied


def _take_out(rule: Rewrite, text: str, code: str) -> tuple[str, list[str]]:
    """Return the text without the rule's property; comments stay as they are."""
    removed = [match.group(0) for match in rule.pattern.finditer(code)]
    if not removed:
        return text, []
    comment = text[len(code) :] if text.startswith(code) else ""
    body = text[: len(code)] if text.startswith(code) else text
    return rule.pattern.sub("", body) + comment, removed
