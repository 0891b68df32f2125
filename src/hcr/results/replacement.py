"""Files that appear whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hcr.errors import NoSpaceError

_FULL = (errno.ENOSPC, errno.EDQUOT)


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left below a folder; nobody may write there now."""
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
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise NoSpaceError(
            f"there is no room for {path.name}",
            why=f"the disk of {path.parent} is full",
            remedy="Make room there; work goes on by itself.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
