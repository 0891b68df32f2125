"""Load data from a planner's file into the library's form: sorted, complete columns, one reading a time."""

from pathlib import Path
from typing import Any

import numpy as np

from hcr.errors import FeederError, UnreadableTableError
from hcr.results.parquet import read_parquet, write_parquet

COLUMNS = {
    "load_id": "VARCHAR",
    "time": "TIMESTAMP",
    "import_w": "DOUBLE",
    "import_var": "DOUBLE",
    "export_w": "DOUBLE",
    "export_var": "DOUBLE",
    "v_v": "DOUBLE",
}
HAS_OFFSET = "regexp_matches(CAST(time AS VARCHAR), ':.*([+-]|[Zz]$)')"
"""Whether a stamp tells its zone; the engine would turn it into the time of this machine, or of UTC."""

OPTIONAL = {"import_var": "0", "export_w": "0", "export_var": "0", "v_v": "NULL"}
"""What a column holds where the file has none: no power, or no measurement."""


def import_load_data(source: Path, target: Path) -> None:
    """Write load data from a Parquet or CSV file to `target`, sorted by customer and time.

    Raises
    ------
    FeederError
        A column is missing, a value does not fit, or a customer has two readings for one time.
    """
    columns = _read(source)
    order = np.lexsort((columns["time"], columns["load_id"]))
    ordered = {name: column[order] for name, column in columns.items()}
    repeated = (ordered["load_id"][1:] == ordered["load_id"][:-1]) & (
        ordered["time"][1:] == ordered["time"][:-1]
    )
    if repeated.any():
        at = int(repeated.argmax())
        raise _unusable(source, f"{ordered['load_id'][at]} has two readings for {ordered['time'][at]}")
    negative = [name for name in ("import_w", "export_w") if (ordered[name] < 0).any()]
    if negative:
        raise _unusable(source, f"{negative[0]} is negative; import and export are both counted positive")
    if (ordered["v_v"] < 0).any():
        raise _unusable(source, "v_v is negative; it is the magnitude of a voltage")
    write_parquet(target, ordered, COLUMNS)


def _read(source: Path) -> dict[str, "np.ndarray[tuple[int], np.dtype[Any]]"]:
    try:
        present = read_parquet(source, where="LIMIT 0")
        missing = [name for name in COLUMNS if name not in present and name not in OPTIONAL]
        if missing:
            raise _unusable(source, f"column {missing[0]} is missing")
        select = ", ".join(
            f"CAST({name if name in present else OPTIONAL[name]} AS {kind}) AS {name}"
            for name, kind in COLUMNS.items()
        )
        offsets = read_parquet(source, "time", where=f"WHERE {HAS_OFFSET} LIMIT 1")["time"]
        if len(offsets):
            raise _unusable(source, f"time {offsets[0]} has an offset; it must be local standard time, bare")
        columns = read_parquet(source, select)
    except UnreadableTableError as error:
        raise _unusable(source, error.why) from error
    if not len(columns["load_id"]):
        raise _unusable(source, "it has no rows")
    return {name: _filled(source, name, column) for name, column in columns.items()}


def _filled(source: Path, name: str, column: Any) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    """Return a column without mask; gaps are allowed in measurements only."""
    if name in ("load_id", "time"):
        if np.ma.getmaskarray(column).any():
            raise _unusable(source, f"column {name} has empty cells")
        return np.asarray(column.astype(str) if name == "load_id" else column.astype("datetime64[us]"))
    return np.ma.filled(column.astype(float), np.nan)


def _unusable(source: Path, why: str) -> FeederError:
    return FeederError(
        f"load data {source} cannot be used",
        why=why,
        remedy=f"It needs the columns {', '.join(COLUMNS)}; {', '.join(OPTIONAL)} may be missing.",
    )
