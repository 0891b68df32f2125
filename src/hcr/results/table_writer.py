"""Writes one table of one task and says what was written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hcr.errors import HcrError
from hcr.results.layout import TaskSpan, table_path
from hcr.results.parquet import Columns, write_parquet
from hcr.results.table import Table

Array = np.ndarray[Any, np.dtype[Any]]
"""One column of a table."""

ADDED = ("scenario", "feeder", "year")
"""Columns that the writer adds, the same in every row of a task."""


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A file of results.

    Attributes
    ----------
    table : name of the table; path : relative to the package's folder, with forward slashes.
    rows : number of rows; sha256 : hex digest of the file.
    """

    table: str
    path: str
    rows: int
    sha256: str


def write_table(root: Path, table: Table, *, task: TaskSpan, rows: Columns) -> WrittenTable:
    """Write the rows of a table for one task and return what was written.

    The file appears whole or not at all; equal rows give equal bytes.

    Parameters
    ----------
    root : the package's folder.
    rows : equally long arrays, one per column of the table. `scenario`, `feeder` and `year` are added here.
        Times are datetime64 in UTC; NaN, NaT and None become NULL.

    Raises
    ------
    HcrError
        The columns are not the table's, or not equally long.
    """
    length = _checked_length(table, rows)
    columns = {**rows, **_constants(task, length)}
    path = table_path(root, table, task=task)
    write_parquet(path, {name: columns[name] for name in table.names}, table.types)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return WrittenTable(table.name, path.relative_to(root).as_posix(), length, digest)


def stacked(parts: Sequence[Columns]) -> dict[str, Array]:
    """Return the rows of several parts below each other; all parts have the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else ())}


def _checked_length(table: Table, rows: Columns) -> int:
    needed = set(table.names) - set(ADDED)
    missing, unknown = sorted(needed - set(rows)), sorted(set(rows) - needed)
    lengths = {len(array) for array in rows.values()}
    if not missing and not unknown and len(lengths) == 1:
        return lengths.pop()
    faults = [
        f"missing {', '.join(missing)}" if missing else "",
        f"unknown {', '.join(unknown)}" if unknown else "",
        f"lengths {sorted(lengths)}" if len(lengths) > 1 else "",
    ]
    raise HcrError(
        f"rows of table {table.name} do not fit it",
        why="; ".join(fault for fault in faults if fault),
        remedy="This is a fault of hcr: please report it.",
    )


def _constants(task: TaskSpan, length: int) -> dict[str, Array]:
    """Return the columns `ADDED`, each `length` long."""
    return {
        "scenario": np.full(length, task.scenario, object),
        "feeder": np.full(length, task.feeder, object),
        "year": np.full(length, task.year, np.int64),
    }
