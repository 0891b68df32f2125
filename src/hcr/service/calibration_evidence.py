"""What answers why a calibration found what it found: rows of its tables, in the names of the contract."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from ariadne import QueryType
from pydantic.alias_generators import to_camel

from hcr.errors import UsageError
from hcr.service.calibration_results import TRANSFORMERS, CalibrationResults
from hcr.service.package_view import View
from hcr.service.paging import refuse_long
from hcr.service.refusals import answered
from hcr.service.stored_tables import stored_rows

MOST_ROWS, MOST_CUSTOMERS = 50_000, 10_000
"""Rows of each list of a report, and customers of one transformer."""

CANDIDATES, CUSTOMERS, TIMES, SUMMARY = (
    f"calibration_{name}" for name in ("candidates", "customers", "times", "summary")
)

BEHIND = (
    "WHERE contains(concat(',', transformer_id, ','), concat(',', ?, ','))"
    f" ORDER BY transformer_id <> ?, cpi_id LIMIT {MOST_CUSTOMERS}"
)
"""Customers behind a transformer, those first whom it alone feeds; its name may have commas of its own."""

Files: TypeAlias = Mapping[str, Path]
"""Files of one feeder by table."""


def bind_evidence(results: CalibrationResults, query: QueryType) -> None:
    """Answer what explains calibrations."""

    @query.field("getCalibrationEvidence")
    def why(*_: object, calibrationId: str, transformerMrid: str, feeder: str | None = None) -> View | None:  # noqa: N803
        refuse_long([calibrationId, transformerMrid], "calibrationId")
        run = results.runs.meant(calibrationId)
        files = {} if run is None else results.files(run, feeder)
        found: View | None = answered(lambda: _of_transformer(files, transformerMrid))
        return found

    @query.field("getCalibrationReport")
    def report(*_: object, calibrationId: str, feeder: str) -> View | None:  # noqa: N803
        refuse_long([calibrationId, feeder], "calibrationId")
        run = results.runs.meant(calibrationId)
        files = {} if run is None else results.files(run, feeder).get(feeder, {})
        found: View | None = answered(lambda: _of_feeder(files))
        return found


def _of_transformer(feeders: Mapping[str, Files], mrid: str) -> View | None:
    """Return what speaks for the tap of a transformer; None where no feeder has such a transformer.

    Raises
    ------
    UsageError
        Several feeders have one of that name.
    """
    found = {
        name: rows
        for name, files in feeders.items()
        if (rows := _rows(files, TRANSFORMERS, "WHERE transformer_id = ?", mrid))
    }
    if not found:
        return None
    if len(found) > 1:
        raise UsageError(
            f"transformer {mrid} is not one but {len(found)}",
            why=f"the feeders {', '.join(found)} have one each of that name",
            remedy="Name the feeder too (--feeder).",
        )
    ((feeder, rows),) = found.items()
    files = feeders[feeder]
    return {
        "transformer": rows[0],
        "candidates": _rows(files, CANDIDATES, "WHERE transformer_id = ? ORDER BY tap_pos", mrid),
        "customers": _rows(files, CUSTOMERS, BEHIND, mrid, mrid),
    }


def _of_feeder(files: Files) -> View | None:
    """Return all that was found on a feeder; None where the run did not calibrate it."""
    if TRANSFORMERS not in files:
        return None
    tables = {"transformers": TRANSFORMERS, "times": TIMES, "customers": CUSTOMERS}
    lists = {name: _rows(files, table, f"LIMIT {MOST_ROWS + 1}") for name, table in tables.items()}
    summary = _rows(files, SUMMARY, "LIMIT 1")
    cut = [tables[name] for name, rows in lists.items() if len(rows) > MOST_ROWS]
    return {
        "summary": summary[0] if summary else None,
        **{name: rows[:MOST_ROWS] for name, rows in lists.items()},
        "leftOut": sum(_count(files[table]) - MOST_ROWS for table in cut),
    }


def _rows(files: Files, table: str, where: str, *parameters: str) -> list[View]:
    return _views(files[table], where, *parameters) if table in files else []


def _count(file: Path) -> int:
    return int(stored_rows(file, "count(*) AS n")[0]["n"])


def _views(file: Path, where: str, *parameters: str) -> list[View]:
    rows: Sequence[View] = stored_rows(file, where=where, parameters=parameters)
    return [{to_camel(name): value for name, value in row.items()} for row in rows]
