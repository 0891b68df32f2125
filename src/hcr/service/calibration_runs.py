"""Calibrations on the ledger: runs, and the sets of tap settings that they found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from hcr.contract.enums import WorkPackageState
from hcr.service.ledger import Ledger
from hcr.service.ledger_reading import reading
from hcr.service.ledger_schema import task_events, tasks, work_packages
from hcr.service.states import CALIBRATION, TaskState
from hcr.service.task_events import AGAIN, TaskEvent

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
        with reading(self.ledger) as connection:
            return sorted({name for _, name in _sets(connection, None)})

    def set_named(self, name: str) -> Row[Any] | None:
        """Return the run that found the newest settings of that name, or None."""
        with reading(self.ledger) as connection:
            found = next(_sets(connection, name), None)
        return None if found is None else self.one(found[0])

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


def _sets(connection: Connection, name: str | None) -> Iterator[tuple[str, str]]:
    """Yield ID and name of runs with tap settings, the newest first.

    Such a run has completed once: it keeps its settings while feeders that failed are calibrated again. One
    that began with given settings has none of its own.
    """
    found = select(tasks.c.package_id).where(
        tasks.c.state == TaskState.SUCCEEDED.value, tasks.c.outcome.contains(_FOUND_TAPS, autoescape=True)
    )
    columns = work_packages.c
    query = _runs(name).where(columns.taps.is_(None), columns.id.in_(found))
    rows = connection.execute(query.with_only_columns(columns.id, columns.name, columns.status)).all()
    for row in rows:
        if row.status == WorkPackageState.COMPLETED.value or _has_completed(connection, row.id):
            yield row.id, row.name


def _has_completed(connection: Connection, run_id: str) -> bool:
    """Return whether a run had completed when somebody ran it again, as the events of its tasks tell."""
    columns = task_events.c
    query = select(columns.event, columns.why).where(columns.package_id == run_id).order_by(columns.id)
    return _completed_once((row.event, row.why) for row in connection.execute(query))


def _completed_once(events: Iterable[tuple[str, str | None]]) -> bool:
    """Return whether a run completed at any of its ends but the last, given its events in order."""
    finished = cancelled = again = False
    for event, why in events:
        if why == AGAIN:
            if finished and not cancelled:
                return True
            again = True
            continue
        if again:
            cancelled = again = False
        finished |= event == TaskEvent.FINISHED.value
        cancelled |= event == TaskEvent.CANCELLED.value
    return False
