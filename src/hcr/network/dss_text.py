"""OpenDSS script text, read line by line: which command, which class, which files it refers to.

Just enough to copy a model with everything it needs, and to rewrite single properties. The engine stays
the only reader of a model's meaning.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hcr.errors import ConfigError, Problem
from hcr.network.file_finder import FileFinder

SCRIPT_VERBS = ("redirect", "compile")
FILE_VERBS = ("buscoords", "latlongcoords", "uuids", "guids")

SHORTEST = 4
"""Letters from which a command may be cut short: `redi`, `comp`, `busc`."""

_QUOTES = {'"': '"', "'": "'", "(": ")", "[": "]", "{": "}"}
_CODE = re.compile(r"""(?:"[^"]*"|(?<=[=\s(,\[])'[^']*'|(?!//)[^!])*""")
_WORD = re.compile(r"\s*(\S+)")
_OBJECT = re.compile(r"""^(?:object\s*=\s*)?["']?([A-Za-z]\w*)\.""", re.IGNORECASE)
_FILE_PROPERTY = re.compile(
    r"""\b(?:csvfile|dblfile|sngfile|pqcsvfile|pmult_file|file)\s*=\s*("[^"]*"|'[^']*'|[^\s,)\]}]+)""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a script.

    Attributes
    ----------
    number : 1-based; text : the line with its comment; code : the line without comments.
    verb : first word, lower case; empty on continuation lines.
    element_class : lower-case class of the object being defined, continued on `~` lines.
    """

    number: int
    text: str
    code: str
    verb: str
    element_class: str


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file that a script names: where, how it is written, and whether it is itself a script."""

    line: int
    written: str
    is_script: bool


def read_lines(path: Path) -> list[Line]:
    """Return the lines of a script; bytes that are no UTF-8 are read as Windows-1252."""
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig") if is_utf8(raw) else raw.decode("cp1252", errors="replace")
    return list(_lines(text))


def is_utf8(raw: bytes) -> bool:
    """Return whether bytes are UTF-8 text, as the engine expects it."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def file_references(lines: list[Line]) -> Iterator[FileReference]:
    """Yield every file that the lines refer to."""
    for line in lines:
        is_script = _is_command(line.verb, SCRIPT_VERBS)
        if is_script or _is_command(line.verb, FILE_VERBS):
            rest = line.code.strip()[len(line.verb) :].strip()
            written = _unquoted(re.sub(r"^file\s*=\s*", "", rest, flags=re.IGNORECASE))
            if written:
                yield FileReference(line.number, written, is_script)
        elif line.element_class:  # not in `export … file=out.csv`
            for match in _FILE_PROPERTY.finditer(line.code):
                yield FileReference(line.number, _unquoted(match.group(1)), is_script=False)


def model_files(master: Path, finder: FileFinder) -> dict[Path, list[Line] | None]:
    """Return every file a model consists of: scripts with their lines, data files with None.

    Raises
    ------
    ConfigError
        A referenced file does not exist; all such places are named.
    """
    found: dict[Path, list[Line] | None] = {}
    problems: list[Problem] = []
    pending = [master.resolve()]
    while pending:
        script = pending.pop()
        lines = read_lines(script)
        found[script] = lines
        for reference in file_references(lines):
            target = finder.find(script.parent, reference.written)
            if target is None:
                problems.append(_missing(script, reference))
            elif target not in found:
                found[target] = None
                if reference.is_script:
                    pending.append(target)
    if problems:
        raise ConfigError(f"the model {master.name} refers to files that do not exist", problems)
    return found


def file_names(script: Path, lines: list[Line], finder: FileFinder) -> dict[tuple[int, str], str]:
    """Return the exact relative name of every file that a script names otherwise, by line and as written."""
    exact = {}
    folder = script.parent.resolve()
    for reference in file_references(lines):
        target = finder.find(script.parent, reference.written)
        plain = reference.written.replace("\\", "/")
        if target and (Path(plain).is_absolute() or not (script.parent / plain).exists()):
            name = Path(os.path.relpath(target, folder)).as_posix()
            exact[reference.line, reference.written] = name
    return exact


def _is_command(verb: str, commands: tuple[str, ...]) -> bool:
    """Return whether a verb is one of the commands, or short for one, as the engine allows."""
    return any(command.startswith(verb) for command in commands) if len(verb) >= SHORTEST else False


def _lines(text: str) -> Iterator[Line]:
    element_class, in_block = "", False
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text.rstrip("\r\n")), 1):
        code, in_block = _without_comment(raw, in_block=in_block)
        match = _WORD.match(code)
        verb = match.group(1).lower() if match else ""
        if verb.startswith("~") or verb in ("m", "more"):
            verb = ""
        elif verb:
            element_class = _class_of(verb, code)
        yield Line(number, raw, code, verb, element_class)


def _without_comment(raw: str, *, in_block: bool) -> tuple[str, bool]:
    """Return the line without its comment, and whether a block comment goes on."""
    if in_block or raw.startswith("/*"):  # the engine looks at the first column only
        return "", "*/" not in raw
    match = _CODE.match(raw)
    return match.group(0) if match else "", False


def _class_of(verb: str, code: str) -> str:
    rest = code.strip()[len(verb) :].strip() if verb in ("new", "edit", "batchedit") else verb
    match = _OBJECT.match(rest)
    return match.group(1).lower() if match else ""


def _unquoted(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    closing = _QUOTES.get(text[0])
    return text[1:].partition(closing)[0].strip() if closing else text.split()[0]


def _missing(script: Path, reference: FileReference) -> Problem:
    return Problem(
        f"names {reference.written!r}, which does not exist",
        file=script.name,
        line=reference.line,
        hint="copy the file beside the model, or remove the line",
    )
