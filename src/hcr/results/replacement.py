"""Files that appear whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hcr.errors import NoSpaceError

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
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file to write to; its content then takes the file's place.

    The folder is made. What was written is on the disk before it gets the name.

    Raises
    ------
    NoSpaceError
        The disk is full, or the user's share of it.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        if not is_full(error):
            raise
        raise NoSpaceError(
            f"there is no room for {path.name}",
            why=f"the disk of {path.parent} is full",
            remedy="Make room there; work goes on by itself.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
