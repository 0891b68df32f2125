"""The tasks of packages as answers need them, read again only where something happened to them.

Many clients poll the same package; the ledger notes each change of a task as an event, so the number of the
last one tells whether what was read still holds.
"""

import json
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, func, select

from hcr.service.ledger import Ledger
from hcr.service.ledger_reading import reading
from hcr.service.ledger_schema import task_events, tasks
from hcr.service.states import TaskState
from hcr.service.task_events import TaskEvent

MOST_PACKAGES, MOST_LINES = 64, 200_000
"""Packages whose tasks are kept in memory, and tasks of them all: some 600 bytes each."""

FAILED = (TaskState.FAILED.value, TaskState.TIMEDOUT.value)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """What answers tell of a task.

    Attributes
    ----------
    reused_from : package whose results were used again; empty where the task was solved.
    summary : what came of it in one sentence; empty where the tables tell it all.
    """

    feeder: str
    scenario: str
    year: int
    state: str
    error_code: str
    error_message: str
    engine: str = ""
    reused_from: str = ""
    warnings: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True)
class PackageTasks:
    """The tasks of a package at one moment.

    Attributes
    ----------
    version : number of the last event; None where tasks have none, in ledgers from before events.
    lines : by ordinal, in order.
    postponed : why a task was put off last; empty where one was started since.
    """

    version: int | None = None
    lines: dict[int, TaskLine] = field(default_factory=dict)
    postponed: str = ""

    @cached_property
    def totals(self) -> "Counter[str]":
        """Return the number of tasks by state."""
        return Counter(one.state for one in self.lines.values())

    @cached_property
    def failed(self) -> list[TaskLine]:
        """Return the tasks that failed or took too long."""
        return [one for one in self.lines.values() if one.state in FAILED]

    @cached_property
    def warnings(self) -> list[str]:
        """Return what tasks warned of, each sentence once."""
        return list(dict.fromkeys(text for one in self.lines.values() for text in one.warnings))

    @property
    def waits_for(self) -> str:
        """Return what keeps tasks waiting; empty where nothing does, or none waits."""
        return self.postponed if self.totals[TaskState.PENDING.value] else ""

    @cached_property
    def engines(self) -> list[str]:
        """Return the engines that solved tasks so far."""
        return list(dict.fromkeys(one.engine for one in self.lines.values() if one.engine))

    @cached_property
    def reused(self) -> list[str]:
        """Return the packages whose results were used again."""
        return list(dict.fromkeys(one.reused_from for one in self.lines.values() if one.reused_from))


class TaskReader:
    """Reads the tasks of packages; for threads, who wait for each other where they ask for the same one."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: OrderedDict[str, PackageTasks] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(16)]  # one for many packages: IDs are without end

    def of(self, package_id: str) -> PackageTasks:
        """Return the tasks of a package as they are now."""
        with self._turns[hash(package_id) % len(self._turns)]:
            with self._lock:
                known = self._known.get(package_id, PackageTasks())
            with reading(self._ledger) as connection:
                found = _read(connection, package_id, known)
            with self._lock:
                self._keep(package_id, found)
            return found

    def _keep(self, package_id: str, found: PackageTasks) -> None:
        self._known[package_id] = found
        self._known.move_to_end(package_id)
        lines = sum(len(one.lines) for one in self._known.values())
        while len(self._known) > MOST_PACKAGES or (lines > MOST_LINES and len(self._known) > 1):
            _, oldest = self._known.popitem(last=False)
            lines -= len(oldest.lines)


def _read(connection: Connection, package_id: str, known: PackageTasks) -> PackageTasks:
    """Return the tasks of a package, of which some are known from before."""
    own = task_events.c.package_id == package_id
    version = connection.scalar(select(func.max(task_events.c.id)).where(own))
    if version is not None and version == known.version:
        return known
    query = select(tasks).where(tasks.c.package_id == package_id).order_by(tasks.c.ordinal)
    if version is None or known.version is None:
        lines = {row.ordinal: _line(row) for row in connection.execute(query)}
        return PackageTasks(version, lines, _postponed(connection, package_id))
    changed = select(task_events.c.ordinal).where(own, task_events.c.id > known.version)
    rows = connection.execute(query.where(tasks.c.ordinal.in_(changed)))
    lines = {**known.lines, **{row.ordinal: _line(row) for row in rows}}
    return PackageTasks(version, lines, _postponed(connection, package_id))


def _postponed(connection: Connection, package_id: str) -> str:
    """Return why a task of a package was put off last; empty where one was started or queued since."""
    telling = (TaskEvent.POSTPONED, TaskEvent.STARTED, TaskEvent.QUEUED)
    last = (
        select(task_events.c.event, task_events.c.why)
        .where(task_events.c.package_id == package_id, task_events.c.event.in_(telling))
        .order_by(task_events.c.id.desc())
        .limit(1)
    )
    row = connection.execute(last).one_or_none()
    return (row.why or "") if row is not None and row.event == TaskEvent.POSTPONED else ""


def _line(row: Row[Any]) -> TaskLine:
    outcome = json.loads(row.outcome) if row.outcome else {}
    return TaskLine(
        row.feeder,
        row.scenario,
        row.year,
        row.state,
        row.error_code or "",
        row.error_message or "",
        outcome.get("engine", ""),
        outcome.get("reused_from", ""),
        tuple(outcome.get("warnings", ())),
        outcome.get("summary", ""),
    )
