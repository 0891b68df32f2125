"""Load duration curves of a package, from its stored tables.

The table `duration_curves` has them ready; where it was not asked for, the powers at the zone's head in
`energy_meters_raw` give the same curve.
"""

import json
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Row

from hcr.errors import NotFoundError, UsageError
from hcr.service.states import TaskState
from hcr.service.stored_tables import stored_rows

Point: TypeAlias = dict[str, Any]
"""One point of a curve: columns of its zone, `v_base` [V], `percentage_of_time` [%] and `kw` [kW]."""

READY, RAW = "duration_curves", "energy_meters_raw"

POINTS = 100
"""Points of a curve: one a percent."""

_ZONE = "mz_type, conducting_equipment_mrid, terminal_sequence_number"


@dataclass(frozen=True, slots=True)
class CurveOf:
    """Whose curve is asked for: a model of a package, and the equipment at the head of a zone."""

    package_id: str
    feeder: str
    scenario: str
    year: int
    equipment: str

    @property
    def model(self) -> str:
        """Return what people call the model."""
        return f"{self.feeder} · {self.scenario} · {self.year}"


def duration_curves(asked: CurveOf, task: Row[Any] | None, folder: Path) -> list[dict[str, Any]]:
    """Return the curves of one piece of equipment, one a terminal, in the shape of the contract.

    Parameters
    ----------
    task : row of the ledger for the model, None if the package has no such model.
    folder : the package's results.

    Raises
    ------
    NotFoundError
        There is no such model, or no zone begins at the equipment.
    UsageError
        The model was not solved, or neither of the tables was asked for.
    UnreadableTableError
        A table is damaged.
    """
    files = _tables(asked, task)
    if READY in files:
        points = _stored(folder / files[READY], asked.equipment)
    elif RAW in files:
        points = _computed(folder / files[RAW], asked.equipment)
    else:
        raise UsageError(
            f"{asked.model} has no duration curves",
            why="the package was asked to store neither these nor the raw meter readings",
            remedy="Submit it with `resultProcessorConfig.writerConfig.outputWriterConfig."
            "enhancedMetricsConfig.populateDurationCurves` or `resultProcessorConfig.storedResults."
            "energyMetersRaw` set to true.",
        )
    if not points:
        raise NotFoundError(
            f"no measurement zone of {asked.model} begins at {asked.equipment!r}",
            why=f"zones begin at {_heads(folder / files[READY if READY in files else RAW])}",
        )
    return _by_terminal(asked, points)


def _tables(asked: CurveOf, task: Row[Any] | None) -> dict[str, str]:
    """Return the files of a model's tables by name."""
    if task is None:
        raise NotFoundError(
            f"the package has no model {asked.model}",
            remedy="`work-package show` lists feeders, scenarios and years.",
        )
    if task.state != TaskState.SUCCEEDED.value:
        raise UsageError(
            f"{asked.model} has no results",
            why=f"its state is {task.state}",
            remedy="Wait for its end, or retry it where it failed.",
        )
    return {one["table"]: one["path"] for one in json.loads(task.outcome)["tables"]}


def _stored(file: Path, equipment: str) -> list[Point]:
    return stored_rows(
        file,
        f"{_ZONE}, v_base, percentage_of_time, kw",
        where="WHERE conducting_equipment_mrid = ? ORDER BY terminal_sequence_number, percentage_of_time",
        parameters=[equipment],
    )


def _computed(file: Path, equipment: str) -> list[Point]:
    """Return points from interval readings: point p is element ceil(p·N/100) of N powers, largest first."""
    rows = stored_rows(
        file,
        f"{_ZONE}, voltage_class_1 AS v_base, kwh AS kw",
        where="WHERE conducting_equipment_mrid = ? ORDER BY terminal_sequence_number, kwh DESC",
        parameters=[equipment],
    )
    return [
        {**powers[-(-percent * len(powers) // POINTS) - 1], "percentage_of_time": percent}
        for _, group in groupby(rows, itemgetter("terminal_sequence_number"))
        for powers in [list(group)]
        for percent in range(1, POINTS + 1)
    ]


def _heads(file: Path) -> str:
    found = stored_rows(file, "DISTINCT conducting_equipment_mrid AS name", where="ORDER BY 1 LIMIT 9")
    names = [str(row["name"]) for row in found]
    return ", ".join(names[:8]) + (" and others" if len(names) > 8 else "")


def _by_terminal(asked: CurveOf, points: list[Point]) -> list[dict[str, Any]]:
    curves: dict[int, list[Point]] = {}
    for point in points:
        terminal = int(point["terminal_sequence_number"])
        curves.setdefault(terminal, []).append(
            {
                "workPackageId": asked.package_id,
                "scenario": asked.scenario,
                "feeder": asked.feeder,
                "conductingEquipment": asked.equipment,
                "terminalSequenceNumber": terminal,
                "measurementZoneType": point["mz_type"],
                "timestamp": f"{asked.year}-01-01T00:00:00",
                "percentageOfTime": point["percentage_of_time"],
                "kw": point["kw"],
                "vBase": point["v_base"],
            }
        )
    return [
        {"terminalSequenceNumber": terminal, "durationCurve": {"points": curve}}
        for terminal, curve in curves.items()
    ]
