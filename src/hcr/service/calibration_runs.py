"""Calibrations on the ledger: runs, and the sets of tap settings that they found."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from hcr.contract.enums import WorkPackageState
from hcr.service.ledger import Ledger
from hcr.service.ledger_reading import reading
from hcr.service.ledger_schema import tasks, work_packages
from hcr.service.states import CALIBRATION, TaskState

MOST_RUNS = 1000
"""Runs of one list, the newest."""

_FOUND_TAPS = '"calibrated_taps"'
"""What the outcome of a task says that found taps."""


@dataclass(frozen=True, slots=True)
class CalibrationRuns:
    """The calibrations of a ledger that are not deleted."""

    ledger: Ledger

    def one(self, run_id: str) -> Row[Any] | None:
        """Return a run, or None."""
        row = self.ledger.package(run_id)
        return row if row is not None and row.kind == CALIBRATION else None

    def all(self, name: str | None = None) -> list[Row[Any]]:
        """Return the runs of that name, or of any, the newest first."""
        return self._rows(_runs(name).limit(MOST_RUNS))

    def set_names(self) -> list[str]:
        """Return the names of the sets of tap settings, sorted."""
        return sorted({row.name for row in self._rows(_sets(None))})

    def set_named(self, name: str) -> Row[Any] | None:
        """Return the run that found the newest settings of that name, or None."""
        return next(iter(self._rows(_sets(name).limit(1))), None)

    def meant(self, given: str) -> Row[Any] | None:
        """Return the run with that ID, else the one behind the set of that name, or None."""
        return self.one(given) or self.set_named(given)

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with reading(self.ledger) as connection:
            return list(connection.execute(query))


def _runs(name: str | None) -> Select[Any]:
    columns = work_packages.c
    query = select(work_packages).where(columns.kind == CALIBRATION, columns.is_deleted.is_(False))
    if name is not None:
        query = query.where(columns.name == name)
    return query.order_by(columns.number.desc())


def _sets(name: str | None) -> Select[Any]:
    """Return what finds runs with tap settings; one that began with given ones has none of its own."""
    found = select(tasks.c.package_id).where(
        tasks.c.state == TaskState.SUCCEEDED.value, tasks.c.outcome.contains(_FOUND_TAPS, autoescape=True)
    )
    return _runs(name).where(
        work_packages.c.status == WorkPackageState.COMPLETED.value,
        work_packages.c.taps.is_(None),
        work_packages.c.id.in_(found),
    )
