"""Tables as records, for people and for JSON, and records as the columns of a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hcr.results.parquet import Array, read_parquet
from hcr.results.table import Table
from hcr.results.table_writer import ADDED

_KINDS: dict[str, type] = {"DOUBLE": float, "BOOLEAN": bool}


def read_records(paths: Sequence[Path]) -> list[dict[str, object]]:
    """Return the rows of Parquet files as dictionaries; times as ISO 8601 text in UTC, NULL as None.

    Raises
    ------
    UnreadableTableError
        A file is missing or broken.
    """
    if not paths:
        return []
    columns = read_parquet(paths)
    plain = {name: _plain(column) for name, column in columns.items()}
    length = len(next(iter(plain.values()), []))
    return [{name: values[row] for name, values in plain.items()} for row in range(length)]


def columns_of(table: Table, rows: Sequence[Mapping[str, object]]) -> dict[str, Array]:
    """Return records as the columns of a table, without those that its writer adds; None becomes NULL."""
    columns: dict[str, Array] = {}
    for name in table.names:
        if name in ADDED:
            continue
        values = [row[name] for row in rows]
        kind = _KINDS.get(table.types[name], object)
        if kind is float:
            values = [np.nan if value is None else value for value in values]
        columns[name] = np.array(values, kind)
    return columns


def _plain(column: "np.ndarray[Any, np.dtype[Any]]") -> list[object]:
    masked = np.ma.getmaskarray(column)
    data = np.ma.getdata(column)
    if data.dtype.kind == "M":
        stamps = np.datetime_as_string(data.astype("datetime64[m]"))
        return [
            None if gone or np.isnat(at) else f"{text}Z"
            for text, gone, at in zip(stamps, masked, data, strict=True)
        ]
    return [None if gone else value for value, gone in zip(data.tolist(), masked, strict=True)]
