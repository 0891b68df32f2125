"""Results from the service to this machine: whole packages, or the rows that people look at."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from hcr.cli.session import embedded_extra
from hcr.errors import ServerError
from hcr.replacement import replacing

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi

MANIFEST = "manifest.json"
Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many files were copied, and how many were there already."""

    copied: int
    skipped: int


@dataclass(frozen=True, slots=True)
class RemoteTable:
    """A file of a package's results: its path in the package's folder, and the hex digest of its content."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest: its text as it came, its files, the offsets of feeders from UTC, the kind of package."""

    text: bytes
    tables: tuple[RemoteTable, ...]
    offsets: dict[str, str]
    kind: str


@dataclass(frozen=True, slots=True)
class ZoneResults:
    """Rows of `zone_summary` and `customer_summary` of a package.

    `offsets` are the local standard times as `+10:00`, by feeder, of those that were solved. `kind` is that
    of the package: not all have zones.
    """

    zones: list[Record]
    customers: list[Record]
    offsets: dict[str, str]
    kind: str = ""


def fetch_results(api: "HostingCapacityApi", package_id: str, out: Path) -> Fetched:
    """Copy all tables of a package and its manifest, last, into a folder.

    Raises
    ------
    NotFoundError
        The package is not there, or has no results yet.
    ServerError
        A file differs from its checksum in the manifest.
    """
    manifest = _manifest(api, package_id)
    copied = 0
    for table in manifest.tables:
        target = out / table.path
        if target.is_file() and _digest(target) == table.sha256:
            continue
        _fetch(api, package_id, table, target)
        copied += 1
    with replacing(out / MANIFEST) as temporary:
        temporary.write_bytes(manifest.text)
    return Fetched(copied, len(manifest.tables) - copied)


def read_results(api: "HostingCapacityApi", package_id: str) -> ZoneResults:
    """Return the zone and customer rows of a package.

    Raises
    ------
    NotFoundError
        The package is not there, or has no results yet.
    UsageError
        Parquet cannot be read here: the extra `embedded` is not installed.
    """
    manifest = _manifest(api, package_id)
    with tempfile.TemporaryDirectory(prefix="hcr-") as folder:
        rows = {}
        for name in ("zone_summary", "customer_summary"):
            chosen = [table for table in manifest.tables if table.path.startswith(f"{name}/")]
            for table in chosen:
                _fetch(api, package_id, table, Path(folder) / table.path)
            rows[name] = _records([Path(folder) / table.path for table in chosen])
    return ZoneResults(rows["zone_summary"], rows["customer_summary"], manifest.offsets, manifest.kind)


def zone_records(api: "HostingCapacityApi", package_id: str) -> list[Record]:
    """Return the zone rows of a package."""
    return read_results(api, package_id).zones


def _manifest(api: "HostingCapacityApi", package_id: str) -> Manifest:
    """Return the manifest of a package.

    Raises
    ------
    ServerError
        It cannot be read, or names a file outside the package's folder.
    """
    text = api.result_file(package_id, MANIFEST)
    try:
        document = json.loads(text)
        tasks, kind = document["tasks"], str(document.get("kind", ""))
        tables = [
            RemoteTable(str(one["path"]), str(one["sha256"])) for task in tasks for one in task["tables"]
        ]
        told = [(str(task["feeder"]), task.get("utc_offset")) for task in tasks]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServerError(
            f"the manifest of work package {package_id} cannot be read",
            why=f"{type(error).__name__}: {error}",
        ) from error
    for table in tables:
        if _leaves_folder(table.path):
            raise ServerError(
                f"the manifest of work package {package_id} names a file outside its folder", why=table.path
            )
    offsets = {feeder: str(offset) for feeder, offset in told if offset}
    return Manifest(text, tuple(tables), offsets, kind)


def _leaves_folder(path: str) -> bool:
    """Return whether a path leads out of the folder it is meant for, on this system or another."""
    return any(
        bool(pure.drive or pure.root) or ".." in pure.parts
        for pure in (PurePosixPath(path), PureWindowsPath(path))
    )


def _fetch(api: "HostingCapacityApi", package_id: str, table: RemoteTable, target: Path) -> None:
    """Write one file, whole and checked, or not at all."""
    with replacing(target) as part:
        part.write_bytes(api.result_file(package_id, table.path))
        if _digest(part) != table.sha256:
            raise ServerError(
                f"the file {table.path} of work package {package_id} is damaged",
                why="it differs from its checksum in the manifest",
                remedy="Fetch again; if it stays so, run the package again.",
            )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _records(paths: Sequence[Path]) -> list[Record]:
    if not paths:
        return []
    with embedded_extra("reading Parquet"):
        from hcr.results.records import read_records

        return read_records(paths)
