"""Files that appear whole or not at all."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hcr.errors import NoSpaceError

OWNER_ONLY = 0o600
"""Mode of a file that nobody else may read."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: BaseException) -> bool:
    """Return whether a disk had no room, or a user no share of it left."""
    return isinstance(error, OSError) and error.errno in _FULL


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left below a folder.

    Whoever still writes there, in a task that was cancelled, fails.
    """
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[Path]:
    """Give a temporary name beside a file to write to; its content then takes the file's place.

    The folder is made. What was written is on the disk before it gets the name. Threads and processes that
    write the same file do not meet: the last one's stays.

    Parameters
    ----------
    mode : permissions that the file has from its first moment on, less those of the umask, as for
        `OWNER_ONLY`; without, nothing lies under the temporary name yet, and the writer decides.

    Raises
    ------
    NoSpaceError
        The disk is full, or the user's share of it.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        with room_for(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if mode is not None:
                os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
            yield temporary
            _sync(temporary)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Tell of a disk that has no room for a file in words of ours.

    Raises
    ------
    NoSpaceError
        The disk is full, or the user's share of it.
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise NoSpaceError(
            f"there is no room for {path.name}",
            why=f"the disk of {path.parent} is full",
            remedy="Make room there. Tasks then go on by themselves; a command is to be given again.",
        ) from error


def _sync(path: Path) -> None:
    """Wait until a file is on the disk; Windows asks for the right to write it, a shared file may lack it."""
    with path.open("r+b" if sys.platform == "win32" else "rb") as stream:
        os.fsync(stream.fileno())
