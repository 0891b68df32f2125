"""Where the files of a package lie.

    <root>/<table>/<scenario>/<feeder>/<year>/<from>_<to>.parquet       raw tables
    <root>/metrics/<table>/<scenario>/<feeder>/<from>_<to>.parquet      metric tables: no year folder
    <root>/<table>/<scenario>/<feeder>/<year>/<table>.parquet           plain tables
    <root>/<document>/<scenario>/<feeder>/<year>/<document>.json         documents
    <root>/.under_way/<feeder>/                 what a task goes on from when it is interrupted: no result
    <root>/manifest.json

`<root>` is the package's folder, named after its ID.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from hcr.results.table import Table

MANIFEST_FILE = "manifest.json"

UNDER_WAY = ".under_way"
"""Folder of what tasks keep for themselves; no table and no document has such a name."""

ACTIVITY_FILE = "activity.txt"
"""Name of the file in which a task that is under way tells what it does, in one line."""

STAMP_FORMAT = "%Y-%m-%d-%H-%M"

LONGEST_PART = 150
"""Characters of a folder name; file systems allow 255 bytes, some sync tools fewer."""


@dataclass(frozen=True, slots=True)
class TaskSpan:
    """A task and the time it covers: what tells one file of a table from another.

    Attributes
    ----------
    scenario, feeder, year : the task.
    start, end : begin of the first and end of the last interval, UTC, in the modelled year.
    """

    scenario: str
    feeder: str
    year: int
    start: datetime
    end: datetime


def table_path(root: Path, table: Table, *, task: TaskSpan) -> Path:
    """Return the file of a table for one task."""
    owner = Path(safe_part(task.scenario)) / safe_part(task.feeder)
    span = f"{task.start:{STAMP_FORMAT}}_{task.end:{STAMP_FORMAT}}.parquet"
    if table.place == "metrics":
        return root / "metrics" / table.name / owner / span
    file = span if table.place == "raw" else f"{table.name}.parquet"
    return root / table.name / owner / str(task.year) / file


def document_path(root: Path, name: str, *, task: TaskSpan) -> Path:
    """Return the file of a JSON document of one task."""
    owner = Path(safe_part(task.scenario)) / safe_part(task.feeder)
    return root / name / owner / str(task.year) / f"{name}.json"


def under_way_folder(root: Path, feeder: str) -> Path:
    """Return the folder of what the task of a feeder keeps for itself: no result lies in it."""
    return root / UNDER_WAY / safe_part(feeder)


def table_folder(root: Path, table: Table) -> Path:
    """Return the folder that holds all files of a table."""
    return root / "metrics" / table.name if table.place == "metrics" else root / table.name


def safe_part(text: str) -> str:
    """Return text as one folder name: letters, digits, `_ - . ~` stay, others are percent-encoded.

    Names that are too long end in a digest of the whole, so that different names stay different.
    """
    part = quote(text, safe="")
    if not part.strip("."):
        part = part.replace(".", "%2E") or "%"  # a bare % is no encoding of anything
    if len(part) <= LONGEST_PART:
        return part
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{part[: LONGEST_PART - 17]}-{digest}"
