"""The ledger: the only truth about packages, tasks and their progress."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, event, func, insert, select, update

from hcr.contract.enums import WorkPackageState
from hcr.service.ledger_schema import leases, metadata, tasks, work_packages
from hcr.service.states import ACTIVE, TaskState, final_state

BUSY_SECONDS = 30
"""How long a connection waits for a locked database [s]."""


@dataclass(frozen=True, slots=True)
class TaskKey:
    """Which task: its package and its place in it."""

    package_id: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class NewPackage:
    """A package to be entered; `tasks` are (feeder, scenario, year)."""

    id: str
    name: str
    kind: str
    request: Mapping[str, object]
    tasks: Sequence[tuple[str, str, int]]
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: a stable code, and a sentence for people."""

    code: str
    message: str


class Ledger:
    """Opens a ledger, making its tables where there are none."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = _sqlite(path)
        self._readers = self.engine.execution_options(hcr_read_only=True)
        metadata.create_all(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    # ---- packages

    def add(self, package: NewPackage) -> None:
        """Enter a package with its tasks."""
        with self.engine.begin() as connection:
            last = connection.scalar(select(func.max(work_packages.c.number))) or 0
            row = {
                "id": package.id,
                "number": last + 1,
                "name": package.name,
                "kind": package.kind,
                "status": WorkPackageState.SETUP.value,
                "request": json.dumps(package.request, sort_keys=True),
                "warnings": json.dumps(list(package.warnings)),
                "created_at": _now(),
                "updated_at": _now(),
                "is_deleted": False,
            }
            connection.execute(insert(work_packages), row)
            rows = [
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
            connection.execute(insert(tasks), rows)

    def package(self, package_id: str) -> Row[Any] | None:
        """Return the row of a package, or None."""
        query = select(work_packages).where(
            work_packages.c.id == package_id, work_packages.c.is_deleted.is_(False)
        )
        with self._readers.connect() as connection:
            return connection.execute(query).one_or_none()

    def packages(
        self, *, limit: int, offset: int, like: str = "", newest_first: bool = True
    ) -> list[Row[Any]]:
        """Return a page of packages in the order of submission; `like` is part of the name."""
        order = work_packages.c.number.desc() if newest_first else work_packages.c.number
        query = select(work_packages).where(*_listed(like)).order_by(order).limit(limit).offset(offset)
        with self._readers.connect() as connection:
            return list(connection.execute(query))

    def count(self, like: str = "") -> int:
        """Return the number of packages; `like` is part of the name."""
        with self._readers.connect() as connection:
            return (
                connection.scalar(select(func.count()).select_from(work_packages).where(*_listed(like))) or 0
            )

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
        with self.engine.begin() as connection:
            changed = connection.execute(
                update(work_packages)
                .where(work_packages.c.id == package_id, work_packages.c.status.in_(ACTIVE))
                .values(status=WorkPackageState.CANCELLED.value, completed_at=_now(), updated_at=_now())
            )
            if not changed.rowcount:
                return False
            connection.execute(
                update(tasks)
                .where(
                    tasks.c.package_id == package_id,
                    tasks.c.state.in_((TaskState.PENDING, TaskState.RUNNING)),
                )
                .values(state=TaskState.CANCELLED.value, finished_at=_now())
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
        with self.engine.begin() as connection:
            changed = connection.execute(
                _task(key)
                .where(tasks.c.state == TaskState.PENDING.value)
                .values(state=TaskState.RUNNING.value, started_at=_now(), attempts=tasks.c.attempts + 1)
            )
            connection.execute(
                update(work_packages)
                .where(
                    work_packages.c.id == key.package_id,
                    work_packages.c.status == WorkPackageState.SETUP.value,
                )
                .values(status=WorkPackageState.RUNNING.value, updated_at=_now())
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
        gone = {
            TaskKey(row.package_id, row.ordinal)
            for package_id in {key.package_id for key in keys}
            for row in self.tasks_of(package_id)
            if row.state == TaskState.CANCELLED.value
        }
        return [key for key in keys if key in gone]

    def finish_packages(self) -> list[str]:
        """Return active packages whose tasks are all done; `close_package` sets their state."""
        unfinished = select(tasks.c.package_id).where(
            tasks.c.state.in_((TaskState.PENDING.value, TaskState.RUNNING.value))
        )
        query = select(work_packages.c.id).where(
            work_packages.c.status.in_(ACTIVE), work_packages.c.id.not_in(unfinished)
        )
        with self._readers.connect() as connection:
            return list(connection.scalars(query))

    def close_package(self, package_id: str) -> None:
        """Set the final state of a package from the states of its tasks."""
        state = final_state([TaskState(row.state) for row in self.tasks_of(package_id)])
        with self.engine.begin() as connection:
            connection.execute(
                update(work_packages)
                .where(work_packages.c.id == package_id, work_packages.c.status.in_(ACTIVE))
                .values(status=state.value, completed_at=_now(), updated_at=_now())
            )

    def _finish(self, key: TaskKey, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                _task(key)
                .where(tasks.c.state == TaskState.RUNNING.value)
                .values(finished_at=_now(), **values)
            )

    # ---- the lease of the runner

    def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease and return whether it is held now; an expired one may be taken over."""
        expires = _now() + timedelta(seconds=seconds)
        with self.engine.begin() as connection:
            row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
            if row is None:
                connection.execute(insert(leases), {"name": name, "holder": holder, "expires_at": expires})
                return True
            if row.holder != holder and row.expires_at > _now():
                return False
            connection.execute(
                update(leases).where(leases.c.name == name).values(holder=holder, expires_at=expires)
            )
            return True

    def release_lease(self, name: str, holder: str) -> None:
        """Let go of a lease."""
        with self.engine.begin() as connection:
            connection.execute(leases.delete().where(leases.c.name == name, leases.c.holder == holder))

    def lease_is_held(self, name: str) -> bool:
        """Return whether somebody holds a lease that has not expired."""
        query = select(leases.c.name).where(leases.c.name == name, leases.c.expires_at > _now())
        with self._readers.connect() as connection:
            return connection.execute(query).one_or_none() is not None


def _sqlite(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's events below begin transactions
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Writers lock from the start: a reader that turns writer would fail under WAL instead of waiting.
        reads = connection.get_execution_options().get("hcr_read_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _task(key: TaskKey) -> Any:
    return update(tasks).where(tasks.c.package_id == key.package_id, tasks.c.ordinal == key.ordinal)


def _listed(like: str) -> list[Any]:
    conditions: list[Any] = [work_packages.c.is_deleted.is_(False)]
    if like:
        conditions.append(work_packages.c.name.icontains(like, autoescape=True))
    return conditions


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
