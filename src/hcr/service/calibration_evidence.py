"""What answers why a calibration found what it found: rows of its tables, in the names of the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ariadne import QueryType
from pydantic.alias_generators import to_camel
from sqlalchemy import Row

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


def bind_evidence(results: CalibrationResults, query: QueryType) -> None:
    """Answer what explains calibrations."""

    @query.field("getCalibrationEvidence")
    def why(*_: object, calibrationId: str, transformerMrid: str, feeder: str | None = None) -> View | None:  # noqa: N803
        refuse_long([calibrationId, transformerMrid], "calibrationId")
        run = results.runs.meant(calibrationId)
        found: View | None = answered(
            lambda: run and Evidence(results, run).of_transformer(transformerMrid, feeder)
        )
        return found

    @query.field("getCalibrationReport")
    def report(*_: object, calibrationId: str, feeder: str) -> View | None:  # noqa: N803
        refuse_long([calibrationId, feeder], "calibrationId")
        run = results.runs.meant(calibrationId)
        found: View | None = answered(lambda: run and Evidence(results, run).of_feeder(feeder))
        return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """The tables of one run."""

    results: CalibrationResults
    run: Row[Any]

    def of_transformer(self, mrid: str, feeder: str | None) -> View | None:
        """Return what speaks for the tap of a transformer; None where the run has no such transformer."""
        for name, file in self.results.files(self.run, TRANSFORMERS).items():
            rows = _views(file, "WHERE transformer_id = ?", mrid) if feeder in (None, name) else []
            if rows:
                behind = f"WHERE list_contains(string_split(transformer_id, ','), ?) LIMIT {MOST_CUSTOMERS}"
                return {
                    "transformer": rows[0],
                    "candidates": self._rows(
                        CANDIDATES, name, "WHERE transformer_id = ? ORDER BY tap_pos", mrid
                    ),
                    "customers": self._rows(CUSTOMERS, name, behind, mrid),
                }
        return None

    def of_feeder(self, feeder: str) -> View | None:
        """Return all that was found on a feeder; None where the run did not calibrate it."""
        if feeder not in self.results.files(self.run, TRANSFORMERS):
            return None
        lists = {
            name: self._rows(table, feeder, f"LIMIT {MOST_ROWS + 1}")
            for name, table in (("transformers", TRANSFORMERS), ("times", TIMES), ("customers", CUSTOMERS))
        }
        summary = self._rows(SUMMARY, feeder, "LIMIT 1")
        cut = [name for name, rows in lists.items() if len(rows) > MOST_ROWS]
        return {
            "summary": summary[0] if summary else None,
            **{name: rows[:MOST_ROWS] for name, rows in lists.items()},
            "leftOut": sum(self._count(name, feeder) - MOST_ROWS for name in cut),
        }

    def _rows(self, table: str, feeder: str, where: str, *parameters: str) -> list[View]:
        file = self.results.files(self.run, table).get(feeder)
        return _views(file, where, *parameters) if file is not None else []

    def _count(self, name: str, feeder: str) -> int:
        file = self.results.files(self.run, f"calibration_{name}")[feeder]
        return int(stored_rows(file, "count(*) AS n")[0]["n"])


def _views(file: Path, where: str, *parameters: str) -> list[View]:
    rows: Sequence[View] = stored_rows(file, where=where, parameters=parameters)
    return [{to_camel(name): value for name, value in row.items()} for row in rows]
