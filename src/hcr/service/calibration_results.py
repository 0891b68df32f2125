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

    def files(self, run: Row[Any], feeder: str | None = None) -> dict[str, dict[str, Path]]:
        """Return the files of a run, of all feeders or of one, by feeder and table."""
        folder = self.place.results(run.id)
        return {
            task.feeder: {
                written["table"]: folder / written["path"] for written in json.loads(task.outcome)["tables"]
            }
            for task in self.runs.ledger.tasks_of(run.id)
            if task.state == TaskState.SUCCEEDED.value and feeder in (None, task.feeder)
        }

    def names(self) -> list[str]:
        """Return the names of all sets."""
        return self.runs.set_names()

    def settings(self, name: str, feeders: Collection[str]) -> TapSettings | None:
        """Return what the set of that name has for some feeders; None where there is no such set."""
        run = self.runs.set_named(name)
        if run is None:
            return None
        files = self.files(run)
        found = {
            feeder: _positions(files[feeder][TAPS], files[feeder][TRANSFORMERS])
            for feeder in dict.fromkeys(feeders)
            if {TAPS, TRANSFORMERS} <= files.get(feeder, {}).keys()
        }
        positions = {feeder: taps for feeder, (taps, _) in found.items() if taps}
        doubtful = {feeder: names for feeder, (_, names) in found.items() if names}
        return TapSettings(run.name, run.id, positions, doubtful)

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
            for files in self.files(run, feeder).values()
            if TAPS in files
            for row in stored_rows(files[TAPS], where=f"{where} ORDER BY transformer_id", parameters=wanted)
        ]


def _positions(taps: Path, transformers: Path) -> tuple[tuple[TapPosition, ...], tuple[str, ...]]:
    """Return where the taps of a feeder stand, of those that were found, and which of them are doubtful."""
    rows = stored_rows(transformers, "transformer_id, winding, tap_pu, doubtful")
    known: dict[str, dict[str, Any]] = {row["transformer_id"]: row for row in rows}
    found: Sequence[dict[str, Any]] = stored_rows(
        taps, "transformer_id, tap_set_pos", where="ORDER BY transformer_id"
    )
    both = [
        (mrid, int(row["tap_set_pos"]), known[mrid])
        for row in found
        if (mrid := row["transformer_id"]) in known
    ]
    positions = tuple(
        TapPosition(f"Transformer.{mrid}", int(one["winding"]), float(one["tap_pu"]), position)
        for mrid, position, one in both
    )
    return positions, tuple(mrid for mrid, _, one in both if one["doubtful"])
