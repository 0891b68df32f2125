"""Results from the service to this machine: whole packages, or the rows that people look at."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hcr.cli.session import embedded_extra
from hcr.errors import ServerError

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
class ZoneResults:
    """Rows of `zone_summary` and `customer_summary` of a package.

    `offsets` are the feeders' local standard times as `+10:00`, by feeder.
    """

    zones: list[Record]
    customers: list[Record]
    offsets: dict[str, str]


def fetch_results(api: "HostingCapacityApi", package_id: str, out: Path) -> Fetched:
    """Copy all tables of a package and its manifest, last, into a folder.

    Raises
    ------
    NotFoundError
        The package is not there, or has no results yet.
    ServerError
        A file differs from its checksum in the manifest.
    """
    text, tables = _manifest(api, package_id)
    copied = 0
    for path, sha256 in tables:
        target = out / path
        if target.is_file() and _digest(target) == sha256:
            continue
        _fetch(api, package_id, (path, sha256), target)
        copied += 1
    out.mkdir(parents=True, exist_ok=True)
    temporary = out / f".{MANIFEST}.part"
    temporary.write_bytes(text)
    temporary.replace(out / MANIFEST)
    return Fetched(copied, len(tables) - copied)


def read_results(api: "HostingCapacityApi", package_id: str) -> ZoneResults:
    """Return the zone and customer rows of a package.

    Raises
    ------
    NotFoundError
        The package is not there, or has no results yet.
    UsageError
        Parquet cannot be read here: the extra `embedded` is not installed.
    """
    text, tables = _manifest(api, package_id)
    with tempfile.TemporaryDirectory(prefix="hcr-") as folder:
        rows = {}
        for name in ("zone_summary", "customer_summary"):
            chosen = [one for one in tables if one[0].startswith(f"{name}/")]
            for path, sha256 in chosen:
                _fetch(api, package_id, (path, sha256), Path(folder) / path)
            rows[name] = _records([Path(folder) / path for path, _ in chosen])
    offsets = {
        str(task["feeder"]): str(task.get("utc_offset", "+00:00")) for task in json.loads(text)["tasks"]
    }
    return ZoneResults(rows["zone_summary"], rows["customer_summary"], offsets)


def zone_records(api: "HostingCapacityApi", package_id: str) -> list[Record]:
    """Return the zone rows of a package."""
    return read_results(api, package_id).zones


def _manifest(api: "HostingCapacityApi", package_id: str) -> tuple[bytes, list[tuple[str, str]]]:
    """Return the manifest as it is, and path and checksum of each table."""
    text = api.result_file(package_id, MANIFEST)
    try:
        tasks = json.loads(text)["tasks"]
        tables = [(str(one["path"]), str(one["sha256"])) for task in tasks for one in task["tables"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(
            f"the manifest of work package {package_id} cannot be read", why=str(error)
        ) from error
    for path, _ in tables:
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise ServerError(
                f"the manifest of work package {package_id} names a file outside its folder", why=path
            )
    return text, tables


def _fetch(api: "HostingCapacityApi", package_id: str, table: tuple[str, str], target: Path) -> None:
    """Write one file, whole and checked, or not at all."""
    path, sha256 = table
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(api.result_file(package_id, path))
        if _digest(part) != sha256:
            raise ServerError(
                f"{path} of work package {package_id} is damaged",
                why="it differs from its checksum in the manifest",
                remedy="Fetch again; if it stays so, run the package again.",
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _records(paths: Sequence[Path]) -> list[Record]:
    if not paths:
        return []
    with embedded_extra("reading Parquet"):
        from hcr.results.records import read_records

        return read_records(paths)
