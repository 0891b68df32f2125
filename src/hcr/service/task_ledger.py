"""The tasks of the ledger: each waits, runs and ends, and its package begins with the first."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, and_, func, select, update

from hcr.contract.enums import WorkPackageState
from hcr.errors import TaskTimeoutError
from hcr.service.database import readers_of
from hcr.service.ledger_entry import Failure, TaskKey
from hcr.service.ledger_schema import task_events, tasks, work_packages
from hcr.service.states import ACTIVE, TaskState
from hcr.service.task_events import Condition, Note, TaskEvent, change_tasks, lock_packages


class TaskLedger:
    """The tasks of an open ledger; `Ledger` adds their packages."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine = engine
        self._clock = clock
        self._readers = readers_of(engine)

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

        Those that took over the results of another are none: who deletes that other one wants them anew.
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
                tasks.c.outcome.not_like('%"reused_from"%'),
                work_packages.c.is_deleted.is_(False),
            )
            .order_by(tasks.c.finished_at.desc())
            .limit(limit)
        )
        with self._readers.connect() as connection:
            return list(connection.execute(query))

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
