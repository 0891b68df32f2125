"""Rows of result tables that were stored, for answers over the wire."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hcr.errors import UnreadableTableError


def stored_rows(
    file: Path, columns: str = "*", *, where: str = "", parameters: Sequence[object] = ()
) -> list[dict[str, Any]]:
    """Return rows of a stored table; NULL is None.

    Parameters
    ----------
    columns, where : SQL before and after the file; parameters : values for its `?`.

    Raises
    ------
    UnreadableTableError
        The file is gone or damaged; the message tells no folder of this machine.
    """
    from hcr.results.parquet import read_parquet  # DuckDB and numpy: only when a table is read

    try:
        found = read_parquet(file, columns, where=where, parameters=parameters)
    except UnreadableTableError as error:
        raise UnreadableTableError(
            f"the stored table {file.name} cannot be read",
            why="its file is gone or damaged",
            remedy="Run the package again; the service's log has the engine's words.",
        ) from error
    names = list(found)
    return [dict(zip(names, values, strict=True)) for values in zip(*_lists(found), strict=True)]


def _lists(found: Any) -> list[list[Any]]:
    return [array.tolist() for array in found.values()]
