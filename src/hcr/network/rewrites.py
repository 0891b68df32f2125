"""Rewrites of OpenDSS spellings that do harm here: a short, named list, each one reported.

EPRI's engine takes a few spellings that the DSS C-API does not. The importer keeps the meaning, changes the
copy in the library, and leaves the planner's own files alone. Commands that write files are taken out too: a
model in the library does not change by being read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hcr.network.dss_text import Line


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One rule: what is taken out, and why that changes nothing.

    Attributes
    ----------
    element_class : lower-case class in whose lines it applies; empty for lines of no class.
    put : what is written instead.
    """

    name: str
    element_class: str
    pattern: "re.Pattern[str]"
    reason: str
    put: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """A rewrite that was applied: where, and what it took out."""

    file: str
    line: int
    rewrite: Rewrite
    removed: str
    put: str = ""

    def __str__(self) -> str:
        done = f"wrote `{self.put}` for" if self.put else "took out"
        return f"{self.file}:{self.line}: {done} `{self.removed}`: {self.rewrite.reason}"


def _property(
    names: str, value: str = r"""(?:"[^"]*"|'[^']*'|\([^)]*\)|\[[^\]]*\]|[^\s,]+)"""
) -> "re.Pattern[str]":
    return re.compile(rf"(?<![\w%.])(?:{names})\s*=\s*{value}", re.IGNORECASE)


def _fuse_action(name: str, first: str, state: str) -> Rewrite:
    """Return the rule for one action of fuses; names may be cut short.

    Whatever the phases of a fuse, the engine writes an action past the end of the list of their states.
    """
    words = rf"""(?:"\s*{first}\w*\s*"|'\s*{first}\w*\s*'|[(\[{{]\s*{first}\w*\s*[)\]}}]|{first}\w*)"""
    return Rewrite(
        f"fuse-action-{name}",
        "fuse",
        re.compile(rf"(?<![\w%])a(?:c(?:t(?:i(?:on?)?)?)?)?\s*=\s*{words}", re.IGNORECASE),
        "the same in other words; the option corrupts this engine's memory",
        f"state=({state} {state} {state})",
    )


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
    _fuse_action("close", "c", "closed"),
    _fuse_action("open", "o", "open"),
    Rewrite(
        "output-command",
        "",
        re.compile(r"^\s*(?:show|export|plot|visualize|save|dump|fileedit)\b.*", re.IGNORECASE),
        "studies neither show nor export",
    ),
)

FILE_NAME = Rewrite(
    "file-name",
    "",
    re.compile(""),
    "the engine finds files by their exact name, and the library by a relative path",
)
"""The rule for names of files; `rewrite_lines` is told the names to change."""


def rewrite_lines(
    file: str, lines: list[Line], file_names: Mapping[tuple[int, str], str]
) -> tuple[str, list[Applied]]:
    """Return the text of a script after all rewrites, and what was applied.

    Parameters
    ----------
    file_names : what to write instead of a file's name, by line number and name as written.
    """
    applied: list[Applied] = []
    texts: list[str] = []
    names = _by_line(file_names)
    for line in lines:
        code, comment = line.code, line.text[len(line.code) :]
        for rule in REWRITES:
            if line.code and line.element_class == rule.element_class:
                removed = [match.group(0).strip() for match in rule.pattern.finditer(code)]
                applied += [Applied(file, line.number, rule, part, rule.put) for part in removed]
                code = rule.pattern.sub(rule.put, code)
        for written, name in names.get(line.number, ()):
            code = code.replace(written, name, 1)
            applied.append(Applied(file, line.number, FILE_NAME, written, name))
        texts.append(code + comment)
    return "\n".join(texts) + "\n", applied


def _by_line(file_names: Mapping[tuple[int, str], str]) -> dict[int, list[tuple[str, str]]]:
    """Return what is written and what to write instead, by line number."""
    names: dict[int, list[tuple[str, str]]] = {}
    for (number, written), name in file_names.items():
        names.setdefault(number, []).append((written, name))
    return names
