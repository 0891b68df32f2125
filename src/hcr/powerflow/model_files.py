"""Which files an OpenDSS model reads, and the digest of their contents.

A file counts if a script names it, by any word: reading commands as the engine does would have to be exact,
and a file too many only makes the digest change more often than it must.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hcr.powerflow.fuse_actions import fuse_actions

_NUMBERS = b"0123456789.,+-eE \t\r\n"
_SEPARATORS = b" ,=()[]{}|\"'!"
_SPACES = bytes.maketrans(_SEPARATORS, b" " * len(_SEPARATORS))
_QUOTED = re.compile(rb'"([^"\r\n]+)"|\'([^\'\r\n]+)\'|\(([^)\r\n]+)\)|\[([^]\r\n]+)\]|\{([^}\r\n]+)\}')
_MOVES = frozenset({b"cd", b"data", b"datap", b"datapa", b"datapat", b"datapath"})
_MOVE = re.compile(rb"^\s*cd\b|\bdata(?:p(?:a(?:th?)?)?)?\s*=", re.IGNORECASE | re.MULTILINE)
"""What changes the working folder: the command, and the option, however short."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The files of a model.

    Attributes
    ----------
    master : absolute path of the entry file.
    digests : SHA-256 of each file, by absolute path.
    certain : no script has names that only the engine could tell.
    fuse_actions : places, as file and line, where the action of a fuse is set.
    """

    master: Path
    digests: dict[Path, str]
    certain: bool
    fuse_actions: tuple[str, ...]

    def digest(self, edits: Sequence[str]) -> str:
        """Return the SHA-256 over names relative to the entry file, contents and edits.

        Raises
        ------
        ValueError
            A file has no name relative to the entry file: it is on another drive.
        """
        folder = self.master.parent
        files = [
            (Path(os.path.relpath(path, folder)).as_posix(), digest) for path, digest in self.digests.items()
        ]
        parts = [self.master.name, sorted(files), list(edits)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def model_files(master: Path, edits: Sequence[str] = ()) -> ModelFiles:
    """Return the files of a model and of edits applied to it.

    Raises
    ------
    OSError
        A file cannot be read.
    """
    entry = _in_real_folder(master)
    names = _Names()
    commands = "\n".join(edits).encode(errors="surrogateescape")
    names.add(commands, entry.parent)
    digests: dict[Path, str] = {}
    actions = [f"edit {line}" for line in fuse_actions(commands)]
    pending = {entry}
    while pending:
        for path in pending:
            content = path.read_bytes()
            digests[path] = hashlib.sha256(content).hexdigest()
            names.add(content, path.parent)
            actions += [f"{path.name}:{line}" for line in fuse_actions(content)]
        pending = set(names.files()) - digests.keys()
    return ModelFiles(entry, digests, names.certain, tuple(sorted(actions)))


@dataclass(slots=True)
class _Names:
    """The words of some scripts, and the folders that they may be relative to.

    Attributes
    ----------
    words : of each script, lower case; paths : words of all scripts that lead to other folders, as written.
    folders : the files of each folder, by name in lower case.
    certain : folders stay, and no name is put together of variables.
    """

    words: list[set[bytes]] = field(default_factory=list)
    paths: set[bytes] = field(default_factory=set)
    folders: dict[Path, dict[bytes, list[Path]]] = field(default_factory=dict)
    certain: bool = True

    def add(self, text: bytes, folder: Path) -> None:
        """Take the words of a file in a folder."""
        if folder not in self.folders:
            self.folders[folder] = _listed(folder)
        if not text.translate(None, _NUMBERS):
            return
        words = _words(text)
        lower = set(map(bytes.lower, words))
        self.words.append(lower)
        self.paths |= {word.replace(b"\\", b"/") for word in words if b"/" in word or b"\\" in word}
        moves = not _MOVES.isdisjoint(lower) and _MOVE.search(text)
        joins = b"@" in text and any(word[:1] == b"@" and set(word) & set(b"^./\\") for word in lower)
        self.certain = self.certain and not moves and not joins

    def files(self) -> Iterator[Path]:
        """Yield the files that the words name."""
        for folder, names in self.folders.items():
            for words in self.words:
                for name in names.keys() & words:
                    yield from names[name]
            for path in self.paths:
                target = folder / os.fsdecode(path)
                with contextlib.suppress(OSError, ValueError):  # no name of a file at all
                    if target.is_file():
                        yield _in_real_folder(target)


def _in_real_folder(path: Path) -> Path:
    """Return a file by the one name of its folder; a link stays, as names are relative to where it lies."""
    return path.parent.resolve() / path.name


def _listed(folder: Path) -> dict[bytes, list[Path]]:
    """Return the files of a folder by name in lower case; some systems do not tell the cases apart."""
    names: dict[bytes, list[Path]] = {}
    for path in folder.iterdir():
        if path.is_file():
            names.setdefault(os.fsencode(path.name).lower(), []).append(path)
    return names


def _words(text: bytes) -> set[bytes]:
    """Return all that may be the name of a file: words, what is quoted, and what precedes a comment."""
    words = set(text.translate(_SPACES).split())
    words.update(b"".join(groups).strip() for groups in _QUOTED.findall(text))
    words.update([word.partition(b"//")[0] for word in words if b"//" in word])
    return words
