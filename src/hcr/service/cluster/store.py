"""The store: the one place that runner and workers both reach; a folder, a bucket, any URL of fsspec."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import fsspec

from hcr.errors import ClusterError, HcrError, NetworkError, NoSpaceError, UsageError
from hcr.replacement import is_full

T = TypeVar("T")

OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci"})
"""Protocols without folders, where an upload appears whole or not at all."""

OF_ONE_PROCESS = frozenset({"memory", "dir", "simplecache", "filecache", "blockcache"})
"""Protocols that nobody else can look into."""

PAUSES_S = (1.0, 4.0, 16.0)
"""How long to wait before each further try: what a long task solved is worth some patience."""


@dataclass(frozen=True, slots=True)
class Store:
    """Files by name below a URL.

    STORE/inputs/<digest>.zip             a feeder, named by its content
    STORE/results/<package>/<id>/<path>   tables on their way home; removed once they are there
    """

    url: str

    def check(self) -> None:
        """See that files can be left here.

        Raises
        ------
        UsageError
            The URL is of no use for this, or needs a library that is missing.
        ClusterError
            The store refuses.
        NetworkError
            It cannot be used now.
        """
        protocol, _, rest = self.url.rpartition("://")
        if protocol in OF_ONE_PROCESS or (protocol in ("", "file", "local") and not rest.startswith("/")):
            raise UsageError(
                f"--store cannot be {self.url!r}",
                why="the workers of a cluster would look elsewhere",
                remedy="Give the absolute path of a folder that all see, or a URL such as s3://BUCKET/PATH.",
            )
        name = f"probe-{uuid.uuid4().hex}"
        with self._told("write to"):
            files, path = self._at(name)
            self._make_folder(files, path)
            files.pipe_file(path, b"")
            files.rm_file(path)

    def has(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        with self._told("look into"):
            files, path = self._at(name)
            files.invalidate_cache()
            return bool(_insisting(lambda: files.exists(path)))

    def put(self, source: Path, name: str) -> None:
        """Copy a file into the store, where it appears whole or not at all."""
        with self._told("write to"):
            files, path = self._at(name)
            _insisting(lambda: self._put(files, source, path))

    def get(self, name: str, target: Path) -> None:
        """Copy a file out of the store; a disk of this machine that is full raises OSError."""
        with self._told("read from", but=target.parent):
            files, path = self._at(name)
            _insisting(lambda: files.get_file(path, str(target)))

    def remove(self, folder: str) -> None:
        """Remove a folder and what is in it, if it is there."""
        with self._told("remove from"):
            files, path = self._at(folder)
            try:
                files.rm(path, recursive=True)
            except FileNotFoundError:
                pass

    def _at(self, name: str) -> tuple[Any, str]:
        try:
            files, root = fsspec.core.url_to_fs(self.url)
        except ValueError as error:
            raise self._refusal("use", error) from error
        return files, f"{root.rstrip('/')}/{name}"

    def _put(self, files: Any, source: Path, path: str) -> None:
        if not self._make_folder(files, path):
            files.put_file(str(source), path)
            return
        final = PurePosixPath(path)
        fresh = str(final.with_name(f".{final.name}.{uuid.uuid4().hex}.tmp"))
        try:
            files.put_file(str(source), fresh)
            files.mv(fresh, path)
        except BaseException:
            if files.exists(fresh):
                files.rm_file(fresh)
            raise

    def _make_folder(self, files: Any, path: str) -> bool:
        """Make the folder of a file, and return True, unless the store knows no folders."""
        protocols = {files.protocol} if isinstance(files.protocol, str) else set(files.protocol)
        if protocols & OBJECT_STORES:
            return False
        files.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        return True

    @contextmanager
    def _told(self, what: str, *, but: Path | None = None) -> Iterator[None]:
        """Tell faults of the store as such; libraries of all kinds are behind it, with errors of all kinds.

        What is missing or forbidden stays so; whatever else it was may pass, and makes tasks wait. A full
        disk is told apart: below `but` it is the caller's.
        """
        try:
            yield
        except HcrError:
            raise
        except ImportError as error:
            raise UsageError(
                f"the store {self.url} cannot be used",
                why=str(error),
                remedy="Install that library, here and on all workers.",
            ) from error
        except (FileNotFoundError, PermissionError) as error:
            raise self._refusal(what, error) from error
        except Exception as error:
            if is_full(error):
                full = but or self.url
                raise NoSpaceError("there is no room for a file of a task", why=f"{full} is full") from error
            raise NetworkError(
                f"cannot {what} the store {self.url} now", why=_text(error), remedy=_REMEDY
            ) from error

    def _refusal(self, what: str, error: Exception) -> ClusterError:
        return ClusterError(f"cannot {what} the store {self.url}", why=_text(error), remedy=_REMEDY)


_REMEDY = (
    "Check --store, and that this machine and all workers may read and write there: "
    "credentials are in their own environment or files."
)


def _text(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _insisting(action: Callable[[], T]) -> T:
    """Return what an action gives, trying again where it may have been a fault that passes."""
    for pause in PAUSES_S:
        try:
            return action()
        except (FileNotFoundError, PermissionError, ImportError):
            raise
        except Exception as error:  # those of many libraries have no class in common
            if is_full(error):
                raise
            time.sleep(pause)
    return action()
