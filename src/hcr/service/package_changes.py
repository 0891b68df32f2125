"""Changes to packages that are on the ledger: delete, edit, retry, and failing one that cannot be closed."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Engine, Row, and_, bindparam, func, or_, select, update

from hcr.contract.enums import WorkPackageState
from hcr.service.ledger_schema import tasks, work_packages
from hcr.service.states import ACTIVE, OPEN, TaskState
from hcr.service.task_events import AGAIN, Note, TaskEvent, change_tasks, lock_packages

UNFINISHED = (TaskState.FAILED.value, TaskState.CANCELLED.value, TaskState.TIMEDOUT.value)
"""States of tasks without a result that nobody works on."""


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """Changes packages in one transaction each."""

    engine: Engine
    clock: Callable[[], datetime]

    def delete(self, package_ids: Sequence[str]) -> list[str]:
        """Hide packages, cancelling those that run, and return which were there; their events stay."""
        with self.engine.begin() as connection:
            lock_packages(connection, package_ids)
            now = self.clock()
            known = list(
                connection.scalars(
                    select(work_packages.c.id).where(
                        work_packages.c.id.in_(package_ids), work_packages.c.is_deleted.is_(False)
                    )
                )
            )
            chosen = work_packages.c.id.in_(known)
            connection.execute(
                update(work_packages)
                .where(chosen, work_packages.c.status.in_(ACTIVE))
                .values(status=WorkPackageState.CANCELLED.value, completed_at=now)
            )
            change_tasks(
                connection,
                and_(tasks.c.package_id.in_(known), tasks.c.state.in_(OPEN)),
                {"state": TaskState.CANCELLED.value, "finished_at": now},
                Note(TaskEvent.CANCELLED, now, "the package was deleted"),
            )
            connection.execute(update(work_packages).where(chosen).values(is_deleted=True, updated_at=now))
        return [package_id for package_id in package_ids if package_id in known]

    def edit(self, package_id: str, **values: str) -> bool:
        """Change name or description and return whether the package is there."""
        with self.engine.begin() as connection:
            changed = connection.execute(
                update(work_packages)
                .where(work_packages.c.id == package_id, work_packages.c.is_deleted.is_(False))
                .values(updated_at=self.clock(), **values)
            )
        return bool(changed.rowcount)

    def retry(self, package_id: str, missing: Collection[int] = ()) -> list[Row[Any]] | None:
        """Make tasks without a result pending again, and return them as they were.

        None where the package is not there or still active; an empty list where each task has its result.

        Parameters
        ----------
        missing : ordinals of finished tasks whose files are gone.
        """
        package = work_packages.c.id == package_id
        with self.engine.begin() as connection:
            lock_packages(connection, [package_id])
            row = connection.execute(
                select(work_packages).where(package, work_packages.c.is_deleted.is_(False))
            ).one_or_none()
            if row is None or row.status in ACTIVE:
                return None
            gone: BindParameter[list[int]] = bindparam(
                None, list(missing), expanding=True, literal_execute=True
            )  # there may be many
            lost = and_(tasks.c.state == TaskState.SUCCEEDED.value, tasks.c.ordinal.in_(gone))
            chosen = and_(tasks.c.package_id == package_id, or_(tasks.c.state.in_(UNFINISHED), lost))
            again = list(connection.execute(select(tasks).where(chosen).order_by(tasks.c.ordinal)))
            if again:
                now = self.clock()
                columns = ("error_code", "error_message", "started_at", "finished_at", "outcome")
                fresh: dict[str, object] = dict.fromkeys(columns)
                change_tasks(
                    connection,
                    chosen,
                    {"state": TaskState.PENDING.value, "attempts": 0, **fresh},
                    Note(TaskEvent.QUEUED, now, AGAIN),
                )
                connection.execute(
                    update(work_packages)
                    .where(package)
                    .values(status=WorkPackageState.RUNNING.value, completed_at=None, updated_at=now)
                )
        return again

    def fail(self, package_id: str, reason: str) -> None:
        """Fail an active package without open tasks that cannot be closed; the reason joins its warnings."""
        active = (work_packages.c.id == package_id, work_packages.c.status.in_(ACTIVE))
        with self.engine.begin() as connection:
            lock_packages(connection, [package_id])
            now = self.clock()
            row = connection.execute(select(work_packages.c.warnings).where(*active)).one_or_none()
            still = and_(tasks.c.package_id == package_id, tasks.c.state.in_(OPEN))
            if row is None or connection.scalar(select(func.count()).select_from(tasks).where(still)):
                return
            warnings = json.dumps([*json.loads(row.warnings), reason])
            failed = {"status": WorkPackageState.FAILED.value, "completed_at": now, "updated_at": now}
            connection.execute(update(work_packages).where(*active).values(warnings=warnings, **failed))
