"""The ledger: the only truth about packages, tasks and their progress."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update

from hcr.contract.enums import WorkPackageState
from hcr.errors import TaskTimeoutError
from hcr.service.database import Turn, enter_rows, open_database, readers_of, wait_for
from hcr.service.database_url import DatabaseUrl
from hcr.service.lease import Lease, utc_now
from hcr.service.ledger_entry import Failure, NewPackage, Selection, TaskKey, Window
from hcr.service.ledger_revision import bring_up_to_date
from hcr.service.ledger_schema import task_events, tasks, work_packages
from hcr.service.package_changes import PackageChanges
from hcr.service.sqlite import BUSY_SECONDS
from hcr.service.states import ACTIVE, CALIBRATION, OPEN, TaskState, final_state
from hcr.service.task_events import Condition, Note, TaskEvent, change_tasks, lock_packages, note_tasks


class Ledger:
    """Opens a ledger, a file or a PostgreSQL database, and brings its tables up to date.

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
        self.engine = open_database(where, busy_seconds)
        self.changes = PackageChanges(self.engine, clock)
        self.runner_lease = Lease(self.engine, "runner", clock)
        self._clock = clock
        self._readers = readers_of(self.engine)
        try:
            bring_up_to_date(self.engine, str(where))
        except BaseException:
            self.engine.dispose()
            raise

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    # ---- packages

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

    def tasks_of(self, package_id: str) -> list[Row[Any]]:
        """Return the rows of a package's tasks, in order."""
        query = select(tasks).where(tasks.c.package_id == package_id).order_by(tasks.c.ordinal)
        with self._readers.connect() as connection:
            return list(connection.execute(query))

    def events_of(self, package_id: str) -> list[Row[Any]]:
        """Return what happened to a package's tasks, task by task, from the first to the last."""
        query = (
            select(task_events)
            .where(task_events.c.package_id == package_id)
            .order_by(task_events.c.ordinal, task_events.c.id)
        )
        with self._readers.connect() as connection:
            return list(connection.execute(query))

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

    def start(self, key: TaskKey, settings: str | None = None) -> bool:
        """Mark a pending task as running, its package too; return whether it was pending.

        `settings` is the digest by which `solved_before` will find it.
        """
        with self.engine.begin() as connection:
            lock_packages(connection, [key.package_id])
            now = self._clock()
            started = change_tasks(
                connection,
                _task_in(key, TaskState.PENDING),
                {
                    "state": TaskState.RUNNING.value,
                    "started_at": now,
                    "attempts": tasks.c.attempts + 1,
                    "settings": settings,
                },
                Note(TaskEvent.STARTED, now),
            )
            connection.execute(
                update(work_packages)
                .where(
                    work_packages.c.id == key.package_id,
                    work_packages.c.status == WorkPackageState.SETUP.value,
                )
                .values(status=WorkPackageState.RUNNING.value, updated_at=now)
            )
            return started

    def succeed(self, key: TaskKey, outcome: Mapping[str, object]) -> None:
        """Mark a running task as done; a task that was cancelled meanwhile stays so."""
        values = {"state": TaskState.SUCCEEDED.value, "outcome": json.dumps(outcome, sort_keys=True)}
        self._end(key, TaskEvent.FINISHED, finished_at=self._clock(), **values)

    def fail(self, key: TaskKey, failure: Failure) -> None:
        """Mark a running task as failed, or as timed out where that is the failure."""
        values = {"error_code": failure.code, "error_message": failure.message}
        state = TaskState.TIMEDOUT if failure.code == TaskTimeoutError.code else TaskState.FAILED
        why = f"{failure.code}: {failure.message}"
        self._end(key, TaskEvent.FAILED, why, state=state.value, finished_at=self._clock(), **values)

    def put_back(self, key: TaskKey, why: str | None = None, *, event: TaskEvent = TaskEvent.RETRIED) -> None:
        """Make a running task pending again; the event says whether its process died, or its worker."""
        self._end(key, event, why, state=TaskState.PENDING.value)

    def orphans(self) -> list[Row[Any]]:
        """Return tasks that are marked as running; to the one runner there is, those nobody works on."""
        with self._readers.connect() as connection:
            return list(connection.execute(select(tasks).where(tasks.c.state == TaskState.RUNNING.value)))

    def states_of(self, keys: Collection[TaskKey]) -> dict[TaskKey, TaskState]:
        """Return the states of some tasks."""
        query = select(tasks.c.package_id, tasks.c.ordinal, tasks.c.state).where(
            tasks.c.package_id.in_({key.package_id for key in keys}),
            tasks.c.ordinal.in_({key.ordinal for key in keys}),
        )
        with self._readers.connect() as connection:
            found = {TaskKey(*row[:2]): TaskState(row.state) for row in connection.execute(query)}
        return {key: found[key] for key in keys if key in found}

    def happened(self, key: TaskKey, event: TaskEvent) -> int:
        """Return how often something happened to a task since it was queued for the last time."""
        own = and_(task_events.c.package_id == key.package_id, task_events.c.ordinal == key.ordinal)
        queued = select(func.max(task_events.c.id)).where(own, task_events.c.event == TaskEvent.QUEUED)
        query = select(func.count()).where(
            own,
            task_events.c.event == event,
            task_events.c.id > func.coalesce(queued.scalar_subquery(), 0),
        )
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def solved_before(self, task: Row[Any], settings: str, *, limit: int = 3) -> list[Row[Any]]:
        """Return finished tasks with the same settings as a task, newest first; none of deleted packages.

        Rows have `package_id` and `outcome`; `settings` is the digest of `studies.task_settings`, and inputs
        are yet to be compared.
        """
        query = (
            select(tasks.c.package_id, tasks.c.outcome)
            .join(work_packages, work_packages.c.id == tasks.c.package_id)
            .where(
                tasks.c.feeder == task.feeder,
                tasks.c.settings == settings,
                tasks.c.state == TaskState.SUCCEEDED.value,
                work_packages.c.is_deleted.is_(False),
            )
            .order_by(tasks.c.finished_at.desc())
            .limit(limit)
        )
        with self._readers.connect() as connection:
            return list(connection.execute(query))

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

    def _end(self, key: TaskKey, event: TaskEvent, why: str | None = None, **values: object) -> None:
        """End a run of a task; one that does not run, because it was cancelled, stays as it is."""
        with self.engine.begin() as connection:
            lock_packages(connection, [key.package_id])
            note = Note(event, self._clock(), why)
            change_tasks(connection, _task_in(key, TaskState.RUNNING), values, note)


def _task_in(key: TaskKey, state: TaskState) -> Condition:
    """Return what chooses a task if it is in a state."""
    named = (tasks.c.package_id == key.package_id, tasks.c.ordinal == key.ordinal)
    return and_(*named, tasks.c.state == state.value)


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
