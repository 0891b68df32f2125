"""Parquet in and out, by DuckDB. The only module that writes or reads Parquet files.

Columns are numpy arrays. Files are written by one thread, to a temporary name, then renamed: equal
columns give equal bytes, and a file is whole or absent.
"""

import errno
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from hcr.errors import UnreadableTableError
from hcr.replacement import replacing

Array = np.ndarray[Any, np.dtype[Any]]

_FULL = os.strerror(errno.ENOSPC)
Columns = Mapping[str, Array]


def write_parquet(path: Path, columns: Columns, types: Mapping[str, str] | None = None) -> int:
    """Write columns to a Parquet file and return the number of rows.

    Parameters
    ----------
    path : target; its folder is made.
    columns : equally long arrays by name; NaN, NaT and None become NULL. Times are UTC where the type is
        `TIMESTAMPTZ`. A column of NaN without memory (`np.broadcast_to`) is not even read.
    types : SQL type of each column; the array's own type where it is not named.
    """
    chosen = types or {}
    selection = ", ".join(_select(name, array, kind=chosen.get(name)) for name, array in columns.items())
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("given", _scannable(columns))
        _write(connection, path, f"SELECT {selection} FROM given")  # noqa: S608 (names are quoted)
    return len(next(iter(columns.values()))) if columns else 0


def write_parquet_parts(path: Path, parts: Iterable[Columns], types: Mapping[str, str] | None = None) -> int:
    """Write parts of a table below each other to one Parquet file and return the number of rows.

    One part at a time is in memory.

    Parameters
    ----------
    path, types : as in `write_parquet`.
    parts : one or more, with the same columns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as scratch:
        files: list[str] = []
        rows = 0
        for columns in parts:
            part = Path(scratch) / f"{len(files):06d}.parquet"
            rows += write_parquet(part, columns, types)
            files.append(str(part))
        with duckdb.connect(config={"threads": 1}) as connection:
            _write(connection, path, "SELECT * FROM read_parquet($files)", {"files": files})
    return rows


def read_parquet(
    paths: Path | Sequence[Path],
    columns: str = "*",
    *,
    where: str = "",
    parameters: Sequence[object] = (),
    joined: Mapping[str, Columns] | None = None,
) -> dict[str, Array]:
    """Return the columns of one or more Parquet files, or CSV files, as arrays; NULL gives masked entries.

    Parameters
    ----------
    columns : SQL select list.
    where : SQL that follows the files: joins, condition, grouping, order.
    parameters : values for its `?`.
    joined : further tables by name, for the joins.

    Raises
    ------
    UnreadableTableError
        A file is missing, broken, or lacks a column.
    """
    files = [str(path) for path in ([paths] if isinstance(paths, Path) else paths)]
    # CSV stays text, so that identifiers keep their leading zeros; the select list casts.
    reader = "read_csv(?, all_varchar=true, " if files[0].lower().endswith(".csv") else "read_parquet(?, "
    query = f"SELECT {columns} FROM {reader}union_by_name=true) {where}"  # noqa: S608 (our own text)
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            for name, table in (joined or {}).items():
                connection.register(name, _scannable(table))
            return connection.execute(query, [files, *parameters]).fetchnumpy()
    except duckdb.Error as error:
        raise UnreadableTableError(
            f"{files[0]} cannot be read as a table", why=" ".join(str(error).split())[:300]
        ) from error


def _write(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    query: str,
    parameters: Mapping[str, object] | None = None,
) -> None:
    """Write what a query gives to a temporary name, then rename it."""
    with replacing(path) as temporary:
        target = _quoted(str(temporary), "'")  # no place for a parameter
        copy = f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)"
        try:
            connection.execute(copy, dict(parameters or {}))
        except duckdb.IOException as error:
            if _FULL in str(error):
                raise OSError(errno.ENOSPC, _FULL, str(path)) from error
            raise


def _scannable(columns: Columns) -> dict[str, Array]:
    return {name: _readable(array) for name, array in columns.items()}


def _readable(array: Array) -> Array:
    """Return an array in a form DuckDB scans: text as objects, times in microseconds."""
    if array.dtype.kind == "U":
        return array.astype(object)
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    return array


def _select(name: str, array: Array, *, kind: str | None) -> str:
    """Return the entry of the select list that gives an array as a column of an SQL type."""
    column = _quoted(name, '"')
    if kind is None:
        return column
    given = column
    if kind == "TIMESTAMPTZ" and array.dtype.kind == "M":
        given = f"make_timestamptz(epoch_us({column}))"  # a cast would take it for this machine's local time
    elif _is_null(array):
        given = "NULL"
    return f"CAST({given} AS {kind}) AS {column}"


def _is_null(array: Array) -> bool:
    """Return whether an array is one NaN, repeated without memory."""
    repeated = len(array) > 0 and array.strides == (0,)
    return repeated and array.dtype.kind == "f" and bool(np.isnan(array[0]))


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark + mark) + mark
