"""The ledger: the only truth about packages, tasks and their progress."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update

from hcr.contract.enums import WorkPackageState
from hcr.service.lease import Lease, utc_now
from hcr.service.ledger_entry import Failure, NewPackage, Selection, TaskKey, Window
from hcr.service.ledger_schema import create_tables, tasks, work_packages
from hcr.service.package_changes import PackageChanges
from hcr.service.sqlite import BUSY_SECONDS, open_sqlite, readers_of
from hcr.service.states import ACTIVE, OPEN, TaskState, final_state


class Ledger:
    """Opens a ledger, making its tables where there are none.

    `runner_lease` is held by the one runner that works on it.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], datetime] = utc_now, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = open_sqlite(path, busy_seconds)
        self.changes = PackageChanges(self.engine, clock)
        self.runner_lease = Lease(self.engine, "runner", clock)
        self._clock = clock
        self._readers = readers_of(self.engine)
        create_tables(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    # ---- packages

    def add(self, package: NewPackage) -> None:
        """Enter a package with its tasks."""
        now = self._clock()
        with self.engine.begin() as connection:
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
                "created_at": now,
                "created_by": package.author,
                "updated_at": now,
                "is_deleted": False,
            }
            connection.execute(insert(work_packages), row)
            rows = _pending(package)
            if rows:
                connection.execute(insert(tasks), rows)

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

    def tasks_of(self, package_id: str) -> list[Row[Any]]:
        """Return the rows of a package's tasks, in order."""
        query = select(tasks).where(tasks.c.package_id == package_id).order_by(tasks.c.ordinal)
        with self._readers.connect() as connection:
            return list(connection.execute(query))

    def cancel(self, package_id: str) -> bool:
        """Cancel an active package and return whether it was active; running tasks end soon after."""
        now = self._clock()
        with self.engine.begin() as connection:
            changed = connection.execute(
                update(work_packages)
                .where(work_packages.c.id == package_id, work_packages.c.status.in_(ACTIVE))
                .values(
                    status=WorkPackageState.CANCELLED.value,
                    completed_at=self._clock(),
                    updated_at=self._clock(),
                )
            )
            if not changed.rowcount:
                return False
            connection.execute(
                update(tasks)
                .where(tasks.c.package_id == package_id, tasks.c.state.in_(OPEN))
                .values(state=TaskState.CANCELLED.value, finished_at=now)
            )
            return True

    # ---- tasks

    def next_pending(self, limit: int) -> list[Row[Any]]:
        """Return up to `limit` pending tasks of active packages, oldest package first."""
        query = (
            select(tasks)
            .join(work_packages, work_packages.c.id == tasks.c.package_id)
            .where(tasks.c.state == TaskState.PENDING.value, work_packages.c.status.in_(ACTIVE))
            .order_by(work_packages.c.number, tasks.c.ordinal)
            .limit(limit)
        )
        with self._readers.connect() as connection:
            return list(connection.execute(query))

    def start(self, key: TaskKey) -> bool:
        """Mark a pending task as running, its package too; return whether it was pending."""
        now = self._clock()
        with self.engine.begin() as connection:
            changed = connection.execute(
                _task(key)
                .where(tasks.c.state == TaskState.PENDING.value)
                .values(state=TaskState.RUNNING.value, started_at=now, attempts=tasks.c.attempts + 1)
            )
            connection.execute(
                update(work_packages)
                .where(
                    work_packages.c.id == key.package_id,
                    work_packages.c.status == WorkPackageState.SETUP.value,
                )
                .values(status=WorkPackageState.RUNNING.value, updated_at=now)
            )
            return bool(changed.rowcount)

    def succeed(self, key: TaskKey, outcome: Mapping[str, object]) -> None:
        """Mark a running task as done; a task that was cancelled meanwhile stays so."""
        self._finish(key, state=TaskState.SUCCEEDED.value, outcome=json.dumps(outcome, sort_keys=True))

    def fail(self, key: TaskKey, failure: Failure) -> None:
        """Mark a running task as failed."""
        self._finish(
            key, state=TaskState.FAILED.value, error_code=failure.code, error_message=failure.message
        )

    def put_back(self, key: TaskKey) -> None:
        """Make a running task pending again."""
        with self.engine.begin() as connection:
            connection.execute(
                _task(key)
                .where(tasks.c.state == TaskState.RUNNING.value)
                .values(state=TaskState.PENDING.value)
            )

    def orphans(self) -> list[Row[Any]]:
        """Return tasks that are marked as running; to the one runner there is, those nobody works on."""
        with self._readers.connect() as connection:
            return list(connection.execute(select(tasks).where(tasks.c.state == TaskState.RUNNING.value)))

    def cancelled(self, keys: Sequence[TaskKey]) -> list[TaskKey]:
        """Return those of some tasks that were cancelled."""
        query = select(tasks.c.package_id, tasks.c.ordinal).where(
            tasks.c.state == TaskState.CANCELLED.value,
            tasks.c.package_id.in_({key.package_id for key in keys}),
            tasks.c.ordinal.in_({key.ordinal for key in keys}),
        )
        with self._readers.connect() as connection:
            gone = {TaskKey(*row) for row in connection.execute(query)}
        return [key for key in keys if key in gone]

    def attempts(self, key: TaskKey) -> int:
        """Return how many times a task was started."""
        query = select(tasks.c.attempts).where(
            tasks.c.package_id == key.package_id, tasks.c.ordinal == key.ordinal
        )
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def finish_packages(self) -> list[str]:
        """Return active packages whose tasks are all done; `close_package` sets their state."""
        unfinished = select(tasks.c.package_id).where(tasks.c.state.in_(OPEN))
        query = select(work_packages.c.id).where(
            work_packages.c.status.in_(ACTIVE), work_packages.c.id.not_in(unfinished)
        )
        with self._readers.connect() as connection:
            return list(connection.scalars(query))

    def close_package(self, package_id: str) -> None:
        """Set the final state of a package from the states of its tasks."""
        state = final_state([TaskState(row.state) for row in self.tasks_of(package_id)])
        now = self._clock()
        with self.engine.begin() as connection:
            connection.execute(
                update(work_packages)
                .where(work_packages.c.id == package_id, work_packages.c.status.in_(ACTIVE))
                .values(status=state.value, completed_at=now, updated_at=now)
            )

    def _finish(self, key: TaskKey, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                _task(key)
                .where(tasks.c.state == TaskState.RUNNING.value)
                .values(finished_at=self._clock(), **values)
            )


def _task(key: TaskKey) -> Any:
    return update(tasks).where(tasks.c.package_id == key.package_id, tasks.c.ordinal == key.ordinal)


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
    conditions: list[Any] = [columns.is_deleted.is_(False)]
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
