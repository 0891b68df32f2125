"""What calibrations wrote: rows of their tables, feeder by feeder."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from hcr.service.calibration_runs import CalibrationRuns
from hcr.service.place import Place
from hcr.service.states import TaskState
from hcr.service.stored_tables import stored_rows
from hcr.service.tap_settings import TapSettings
from hcr.studies.task import TapPosition

TAPS, TRANSFORMERS = "calibrated_taps", "calibration_transformers"


@dataclass(frozen=True, slots=True)
class CalibrationResults:
    """The tables of calibrations, and what they say about taps.

    Every method raises `UnreadableTableError` where a table is gone or damaged.
    """

    runs: CalibrationRuns
    place: Place

    def files(self, run: Row[Any], table: str) -> dict[str, Path]:
        """Return the files of a run's table by feeder."""
        folder = self.place.results(run.id)
        return {
            task.feeder: folder / written["path"]
            for task in self.runs.ledger.tasks_of(run.id)
            if task.state == TaskState.SUCCEEDED.value
            for written in json.loads(task.outcome)["tables"]
            if written["table"] == table
        }

    def names(self) -> list[str]:
        """Return the names of all sets."""
        return self.runs.set_names()

    def settings(self, name: str, feeders: Collection[str]) -> TapSettings | None:
        """Return what the set of that name has for some feeders; None where there is no such set."""
        run = self.runs.set_named(name)
        if run is None:
            return None
        taps, transformers = (self.files(run, table) for table in (TAPS, TRANSFORMERS))
        found = {
            feeder: _positions(taps[feeder], transformers[feeder])
            for feeder in dict.fromkeys(feeders)
            if feeder in taps and feeder in transformers
        }
        return TapSettings(run.name, run.id, {feeder: one for feeder, one in found.items() if one})

    def records(
        self, name: str, *, feeder: str | None = None, transformer: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of `calibrated_taps` of a set; none where there is no such set.

        A run's ID is as good as a name, and means that run.
        """
        run = self.runs.meant(name)
        if run is None:
            return []
        where, wanted = ("WHERE transformer_id = ?", [transformer]) if transformer is not None else ("", [])
        return [
            row
            for of, file in self.files(run, TAPS).items()
            if feeder is None or of == feeder
            for row in stored_rows(file, where=f"{where} ORDER BY transformer_id", parameters=wanted)
        ]


def _positions(taps: Path, transformers: Path) -> tuple[TapPosition, ...]:
    """Return where the taps of a feeder stand, of those that were found."""
    rows = stored_rows(transformers, "transformer_id, winding, tap_pu")
    known: dict[str, dict[str, Any]] = {row["transformer_id"]: row for row in rows}
    found: Sequence[dict[str, Any]] = stored_rows(
        taps, "transformer_id, tap_set_pos", where="ORDER BY transformer_id"
    )
    return tuple(
        TapPosition(
            f"Transformer.{row['transformer_id']}",
            int(known[row["transformer_id"]]["winding"]),
            float(known[row["transformer_id"]]["tap_pu"]),
            int(row["tap_set_pos"]),
        )
        for row in found
        if row["transformer_id"] in known
    )
