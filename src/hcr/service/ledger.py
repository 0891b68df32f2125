"""The ledger: the only truth about packages, tasks and their progress."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update

from hcr.contract.enums import WorkPackageState
from hcr.service.clock import utc_now
from hcr.service.database import Turn, enter_rows, open_database, wait_for
from hcr.service.database_url import DatabaseUrl
from hcr.service.lease import Lease
from hcr.service.ledger_entry import NewPackage, Selection, Window
from hcr.service.ledger_revision import bring_up_to_date
from hcr.service.ledger_schema import tasks, work_packages
from hcr.service.package_changes import PackageChanges
from hcr.service.sqlite import BUSY_SECONDS
from hcr.service.states import ACTIVE, CALIBRATION, OPEN, TaskState, final_state
from hcr.service.task_events import Note, TaskEvent, change_tasks, lock_packages, note_tasks
from hcr.service.task_ledger import TaskLedger


class Ledger(TaskLedger):
    """Opens a ledger, a file or a PostgreSQL database, and brings its tables up to date.

    Its own methods are about packages, those of `TaskLedger` about their tasks.
    `runner_lease` is held by the one runner that works on it. Every method raises `LedgerError` where the
    database cannot be reached or used, the constructor also where it is newer than this program.
    """

    def __init__(
        self,
        where: Path | DatabaseUrl,
        *,
        clock: Callable[[], datetime] = utc_now,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        super().__init__(open_database(where, busy_seconds), clock)
        self.changes = PackageChanges(self.engine, clock)
        self.runner_lease = Lease(self.engine, "runner", clock)
        try:
            bring_up_to_date(self.engine, str(where))
        except BaseException:
            self.engine.dispose()
            raise

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def add(self, package: NewPackage) -> None:
        """Enter a package with its tasks."""
        with self.engine.begin() as connection:
            wait_for(connection, Turn.NUMBER)
            now = self._clock()
            last = connection.scalar(select(func.max(work_packages.c.number))) or 0
            row = {
                "id": package.id,
                "number": last + 1,
                "name": package.name,
                "kind": package.kind,
                "engine": package.engine,
                "status": WorkPackageState.SETUP.value,
                "request": json.dumps(package.request, sort_keys=True),
                "warnings": json.dumps(list(package.warnings)),
                "taps": package.taps.stored() if package.taps else None,
                "created_at": now,
                "created_by": package.author,
                "updated_at": now,
                "is_deleted": False,
            }
            connection.execute(insert(work_packages), row)
            enter_rows(connection, tasks, _pending(package))
            new = tasks.c.package_id == package.id
            note_tasks(connection, new, Note(TaskEvent.QUEUED, now), attempt=0)

    def package(self, package_id: str) -> Row[Any] | None:
        """Return the row of a package, or None."""
        query = select(work_packages).where(
            work_packages.c.id == package_id, work_packages.c.is_deleted.is_(False)
        )
        with self._readers.connect() as connection:
            return connection.execute(query).one_or_none()

    def packages(self, selection: Selection, window: Window) -> list[Row[Any]]:
        """Return some of the packages that a selection matches."""
        first = func.lower(work_packages.c.name) if window.by_name else work_packages.c.number
        order = [first, work_packages.c.number] if window.by_name else [first]
        query = (
            select(work_packages)
            .where(*_matching(selection))
            .order_by(*(one.desc() if window.descending else one for one in order))
            .limit(window.limit)
            .offset(window.offset)
        )
        with self._readers.connect() as connection:
            return list(connection.execute(query))

    def count(self, selection: Selection) -> int:
        """Return the number of packages that a selection matches."""
        query = select(func.count()).select_from(work_packages).where(*_matching(selection))
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def active(self) -> list[str]:
        """Return the ids of packages that are not done, in the order of submission."""
        query = (
            select(work_packages.c.id)
            .where(work_packages.c.status.in_(ACTIVE), work_packages.c.is_deleted.is_(False))
            .order_by(work_packages.c.number)
        )
        with self._readers.connect() as connection:
            return list(connection.scalars(query))

    def deleted(self) -> list[str]:
        """Return the ids of deleted packages."""
        with self._readers.connect() as connection:
            return list(connection.scalars(select(work_packages.c.id).where(work_packages.c.is_deleted)))

    def cancel(self, package_id: str) -> bool:
        """Cancel an active package and return whether it was active; running tasks end soon after."""
        with self.engine.begin() as connection:
            lock_packages(connection, [package_id])
            now = self._clock()
            changed = connection.execute(
                update(work_packages)
                .where(work_packages.c.id == package_id, work_packages.c.status.in_(ACTIVE))
                .values(status=WorkPackageState.CANCELLED.value, completed_at=now, updated_at=now)
            )
            if not changed.rowcount:
                return False
            change_tasks(
                connection,
                and_(tasks.c.package_id == package_id, tasks.c.state.in_(OPEN)),
                {"state": TaskState.CANCELLED.value, "finished_at": now},
                Note(TaskEvent.CANCELLED, now, "the package was cancelled"),
            )
            return True

    def finish_packages(self) -> list[str]:
        """Return active packages whose tasks are all done; `close_package` sets their state."""
        unfinished = select(tasks.c.package_id).where(tasks.c.state.in_(OPEN))
        query = select(work_packages.c.id).where(
            work_packages.c.status.in_(ACTIVE), work_packages.c.id.not_in(unfinished)
        )
        with self._readers.connect() as connection:
            return list(connection.scalars(query))

    def close_package(self, package_id: str) -> None:
        """Set the final state of a package from the states of its tasks; while one is open it has none."""
        states = select(tasks.c.state).where(tasks.c.package_id == package_id)
        with self.engine.begin() as connection:
            lock_packages(connection, [package_id])
            found = list(connection.scalars(states))
            if any(one in OPEN for one in found):  # somebody runs the package again
                return
            state, now = final_state([TaskState(one) for one in found]), self._clock()
            connection.execute(
                update(work_packages)
                .where(work_packages.c.id == package_id, work_packages.c.status.in_(ACTIVE))
                .values(status=state.value, completed_at=now, updated_at=now)
            )


def _pending(package: NewPackage) -> list[dict[str, object]]:
    return [
        {
            "package_id": package.id,
            "ordinal": ordinal,
            "feeder": feeder,
            "scenario": scenario,
            "year": year,
            "state": TaskState.PENDING.value,
            "attempts": 0,
        }
        for ordinal, (feeder, scenario, year) in enumerate(package.tasks)
    ]


def _matching(selection: Selection) -> list[Any]:
    columns = work_packages.c
    conditions: list[Any] = [columns.is_deleted.is_(False), columns.kind != CALIBRATION]
    if selection.id:
        conditions.append(columns.id == selection.id)
    if selection.name:
        conditions.append(columns.name.icontains(selection.name, autoescape=True))
    if selection.authors:
        conditions.append(columns.created_by.in_(selection.authors))
    if selection.any_text:
        texts = (columns.id, columns.name, columns.description, columns.created_by, columns.request)
        conditions.append(or_(*(one.icontains(selection.any_text, autoescape=True) for one in texts)))
    return conditions
