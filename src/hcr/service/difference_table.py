"""Rows that hold the same zones of two packages beside each other."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hcr.errors import UnreadableTableError
from hcr.results.enhanced_table import ENHANCED
from hcr.results.parquet import Array, Columns, read_parquet, write_parquet
from hcr.results.summary_tables import ZONE_SUMMARY
from hcr.results.table import DOUBLE, INTEGER, ZONE_IDENTITY, Table

ZONE_KEYS = ("scenario", "feeder", "year", *(column.name for column in ZONE_IDENTITY))
KEYS = {ZONE_SUMMARY.name: ZONE_KEYS, ENHANCED.name: (*ZONE_KEYS, "season", "time_of_day")}
"""Columns that say which row of the one package belongs to which of the other, by table."""


_YEAR = "year(timezone('UTC', timestamp)) AS year"
"""The modelled year of metric tables, which have a stamp at its begin."""


def write_difference(
    target: Path, table: Table, *, first: Sequence[Path], second: Sequence[Path], slices: dict[str, str]
) -> int:
    """Write the rows of two packages beside each other and return their number.

    Each number of the table has three columns: `<name>_1`, `<name>_2`, and `<name>_difference`, the second
    less the first; NULL where a package has no such zone or no such value.

    Parameters
    ----------
    first, second : files of the table in either package.
    slices : values that columns must have, such as `season`.

    Raises
    ------
    UnreadableTableError
        A table is gone or damaged; the message tells no folder of this machine.
    """
    keys = KEYS[table.name]
    numbers = [column.name for column in table.columns if column.type in (DOUBLE, INTEGER)]
    numbers = [name for name in numbers if name not in keys]
    try:
        one = _read(list(first), table, numbers, slices)
        other = _read(list(second), table, numbers, slices)
        rows = _joined(one, other, keys, numbers)
    except UnreadableTableError as error:
        raise UnreadableTableError(
            f"a stored table {table.name} cannot be read",
            why="its file is gone or damaged",
            remedy="Run the package again; the service's log has the engine's words.",
        ) from error
    kinds = {**table.types, "year": INTEGER}
    types = {name: kinds[name] for name in keys}
    types |= {f"{name}_{side}": kinds[name] for name in numbers for side in ("1", "2", "difference")}
    return write_parquet(target, _plain(rows), types)


def _read(
    files: list[Path], table: Table, numbers: Sequence[str], slices: dict[str, str]
) -> dict[str, Array]:
    """Return keys and numbers of one package's rows."""
    keys = [_YEAR if name == "year" and name not in table.names else name for name in KEYS[table.name]]
    wanted = " AND ".join(f"{name} = ?" for name in slices) or "true"
    found = read_parquet(
        files, ", ".join((*keys, *numbers)), where=f"WHERE {wanted}", parameters=[*slices.values()]
    )
    return _plain(found)


def _joined(one: Columns, other: Columns, keys: Sequence[str], numbers: Sequence[str]) -> dict[str, Array]:
    """Return the rows of both sides beside each other, also those that only one side has.

    Rows are matched here, in the order of the keys' first appearance: they are few, a zone and slice each.
    """
    places = [_places(side, keys) for side in (one, other)]
    rows = list(dict.fromkeys([*places[0], *places[1]]))
    at = [np.array([side.get(row, -1) for row in rows], np.int64) for side in places]
    columns = {name: np.array([row[i] for row in rows], object) for i, name in enumerate(keys)}
    for name in numbers:
        left, right = _taken(one[name], at[0]), _taken(other[name], at[1])
        columns |= {f"{name}_1": left, f"{name}_2": right, f"{name}_difference": right - left}
    return columns


def _places(side: Columns, keys: Sequence[str]) -> dict[tuple[object, ...], int]:
    values = zip(*(side[name].tolist() for name in keys), strict=True)
    return {row: place for place, row in enumerate(values)}


def _taken(column: Array, at: Array) -> Array:
    """Return the values at some rows, NaN where there is none."""
    values = np.append(np.asarray(column, float), np.nan)
    return np.asarray(values[at])


def _plain(columns: Columns) -> dict[str, Array]:
    """Return columns without masks: NaN for numbers that are NULL, None for all else."""
    return {name: _unmasked(array) for name, array in columns.items()}


def _unmasked(array: Array) -> Array:
    if not isinstance(array, np.ma.MaskedArray):
        return array
    numeric = array.dtype.kind in "fiu"
    plain = array.data.astype(float if numeric else object)
    plain[np.ma.getmaskarray(array)] = np.nan if numeric else None
    return np.asarray(plain)
