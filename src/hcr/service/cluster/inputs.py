"""What a task is solved from, on its way to workers: a feeder's folder as one archive, named by content."""

import shutil
import tempfile
import threading
import zipfile
from collections import defaultdict
from pathlib import Path

from hcr.errors import ClusterError, FeederError
from hcr.network.feeder import Feeder, folder_digest
from hcr.network.library import Library
from hcr.powerflow.model_files import model_files
from hcr.service.cluster.store import Store


class Inputs:
    """The archives of a store, as the runner sees them; any number of threads may use it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._one_at_a_time: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def put(self, library: Library, mrid: str) -> str:
        """Return the digest of a feeder after its archive is in the store.

        Raises
        ------
        NotFoundError
            The feeder is not in the library.
        FeederError
            Its model reads files that would not travel along.
        ClusterError, NetworkError
            The store refuses, or cannot be used now.
        """
        with self._one_at_a_time[mrid]:
            feeder = library.open(mrid)
            _check_travels(feeder)
            digest = folder_digest(feeder.folder)
            if self._store.has(archive_name(digest)):
                return digest
            with tempfile.TemporaryDirectory(prefix="hcr-") as place:
                copy, archive = Path(place, "feeder"), Path(place, "feeder.zip")
                _copy(feeder.folder, copy)
                digest = folder_digest(copy)  # of what travels, were the feeder changed just now
                pack(copy, archive)
                self._store.put(archive, archive_name(digest))
            return digest


def archive_name(digest: str) -> str:
    """Return the name of a feeder's archive in the store."""
    return f"inputs/{digest}.zip"


def pack(folder: Path, archive: Path) -> None:
    """Write all files below a folder into an archive: names and contents, no times, no owners."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as stream:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, stream.open(entry, "w") as target:
                shutil.copyfileobj(source, target, 2**20)


def unpack(archive: Path, folder: Path, digest: str) -> None:
    """Bring the files of an archive into a folder.

    Raises
    ------
    ClusterError
        They are not those that the digest is of.
    """
    try:
        with zipfile.ZipFile(archive) as stream:
            stream.extractall(folder)
    except zipfile.BadZipFile as error:
        raise _damaged(digest) from error
    if folder_digest(folder) != digest:
        raise _damaged(digest)


def _check_travels(feeder: Feeder) -> None:
    """Refuse a model that reads files beside its feeder's folder: a worker would not have them."""
    home = feeder.folder.resolve()
    outside = [path for path in model_files(feeder.master).digests if not path.is_relative_to(home)]
    if outside:
        more = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
        raise FeederError(
            f"feeder {feeder.mrid} cannot travel to a cluster",
            why=f"its model names {min(outside)}{more}, outside the feeder's folder",
            remedy="`hcr DIR feeder import --replace` brings all files of a model into the folder.",
        )


def _files(folder: Path) -> list[Path]:
    """Return the files that count: those of `folder_digest`."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _copy(folder: Path, target: Path) -> None:
    for path in _files(folder):
        own = target / path.relative_to(folder)
        own.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, own)


def _damaged(digest: str) -> ClusterError:
    return ClusterError(
        f"{archive_name(digest)} of the store is damaged",
        why="its content is not what its name says",
        remedy="Remove it and retry the package: it is then uploaded again.",
    )
