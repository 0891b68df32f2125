"""Compiled circuits on disk, each under a key that says all that it depends on.

An entry that is damaged, or that somebody else may have written, counts as none. Whatever goes wrong with the
folder costs time only: the circuit is compiled.
"""

import contextlib
import functools
import hashlib
import operator
import os
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from hcr.errors import NoSpaceError
from hcr.replacement import OWNER_ONLY, replacing

MOST_BYTES = 2**30
"""Bytes that the entries of a folder may take; those not used for longest go first."""

ABANDONED_S = 3600.0
"""Age at which a file that was never finished is removed [s]."""

_SUFFIX = ".circuit"
_CHECK = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class CircuitCache:
    """A folder of entries; any number of processes may share it."""

    folder: Path
    most_bytes: int = MOST_BYTES

    def read(self, key: str) -> bytes | None:
        """Return the content of an entry; None if there is none that can be trusted."""
        path = self.folder / f"{key}{_SUFFIX}"
        try:
            with os.fdopen(_opened(path), "rb") as stream:
                if not _is_own(os.fstat(stream.fileno())):
                    return None
                check, content = stream.read(_CHECK), stream.read()
            if check != _check(key, content):
                return None
        except OSError:
            return None
        with contextlib.suppress(OSError):  # used just now; a folder may be read-only
            os.utime(path)
        return content

    def write(self, key: str, content: bytes) -> None:
        """Keep an entry, if the folder can be written."""
        with contextlib.suppress(OSError, NoSpaceError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (
                replacing(self.folder / f"{key}{_SUFFIX}", mode=OWNER_ONLY) as fresh,
                fresh.open("wb") as stream,
            ):
                stream.write(_check(key, content))
                stream.write(content)
            self._prune()

    def _prune(self) -> None:
        """Remove the entries that were not used for longest, and what was never finished."""
        facts = {path: path.stat() for path in self.folder.iterdir()}
        left = self.most_bytes
        for path in sorted(facts, key=lambda path: facts[path].st_mtime, reverse=True):
            if path.suffix == _SUFFIX:
                left -= facts[path].st_size
                goes = left < 0
            else:
                goes = path.name.startswith(".") and time.time() - facts[path].st_mtime > ABANDONED_S
            if goes:
                path.unlink(missing_ok=True)


def default_folder(kind: str = "circuits") -> Path:
    """Return where this user's programs keep what they can make again, of one kind.

    Raises
    ------
    RuntimeError
        The user has no home.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        base = Path(named)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return base / "hcr" / kind


def _check(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + content).digest()


def _opened(path: Path) -> int:
    """Open a file, but no link to one, and no pipe that would wait for a writer."""
    special = (getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"))
    return os.open(path, functools.reduce(operator.or_, special, os.O_RDONLY))


def _is_own(facts: os.stat_result) -> bool:
    """Return whether a file is this user's, and nobody else can write it; Windows keeps folders apart."""
    if not stat.S_ISREG(facts.st_mode):
        return False
    if sys.platform == "win32":
        return True
    return facts.st_uid == os.geteuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
