"""Feeders on a worker's own disk: each fetched once, whole, kept while there is room."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hcr.network.feeder import folder_digest
from hcr.network.library import Library
from hcr.service.cluster.inputs import archive_name, unpack
from hcr.service.cluster.store import Store

MOST_BYTES = 10 * 2**30
"""Bytes that feeders may take; those not used for longest, and by no task now, go first."""


@dataclass(frozen=True, slots=True)
class InputCache:
    """A folder of feeders by digest; any number of processes of one machine may share it.

    FOLDER/<digest>/<mrid>/   a feeder
    FOLDER/<digest>.lock      held by whoever fetches or reads it; its time is that of the last use
    """

    folder: Path
    most_bytes: int = MOST_BYTES

    @contextmanager
    def library(self, store: Store, digest: str, mrid: str) -> Iterator[Library]:
        """Give a library that holds one feeder, as long as the block lasts.

        Raises
        ------
        ClusterError
            The store does not have the feeder, or not as it should be.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        root, fetched = self.folder / digest, False
        with self._lock(digest).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            if not _is_whole(root / mrid, digest):
                fcntl.flock(lock, fcntl.LOCK_UN)
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not _is_whole(root / mrid, digest):
                    shutil.rmtree(root / mrid, ignore_errors=True)
                    self._fetch(store, digest, root / mrid)
                    fetched = True
                fcntl.flock(lock, fcntl.LOCK_SH)
            os.utime(lock.fileno())
            if fetched:  # only then there may be too much
                self._prune()
            yield Library(root, self.folder / "generated", self.folder / "circuits")

    def _lock(self, digest: str) -> Path:
        return self.folder / f"{digest}.lock"

    def _fetch(self, store: Store, digest: str, target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as place:
            archive, fresh = Path(place, "feeder.zip"), Path(place, "feeder")
            store.get(archive_name(digest), archive)
            unpack(archive, fresh, digest)
            target.parent.mkdir(exist_ok=True)
            fresh.rename(target)

    def _prune(self) -> None:
        """Remove feeders beyond the room there is, and what was never finished."""
        left = self.most_bytes
        locks = {path: path.stat().st_mtime for path in self.folder.glob("*.lock")}
        for lock in sorted(locks, key=lambda path: locks[path], reverse=True):
            left -= _size(lock.with_suffix(""))
            if left < 0:
                _remove_unused(lock)
        for path in self.folder.glob(".new-*"):
            with contextlib.suppress(FileNotFoundError):  # another process was first
                if time.time() - path.stat().st_mtime > 24 * 3600:
                    shutil.rmtree(path, ignore_errors=True)


def _is_whole(folder: Path, digest: str) -> bool:
    return folder.is_dir() and folder_digest(folder) == digest


def _size(folder: Path) -> int:
    size = 0
    with contextlib.suppress(FileNotFoundError):  # it is on its way out
        for path in folder.rglob("*"):
            size += path.stat().st_size
    return size


def _remove_unused(lock: Path) -> None:
    """Remove a feeder unless somebody reads it; its lock stays, as somebody may be waiting for it."""
    with lock.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        folder = lock.with_suffix("")
        gone = folder.with_name(f".new-{uuid.uuid4().hex}")  # whole or gone, whenever this process ends
        with contextlib.suppress(OSError):
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
