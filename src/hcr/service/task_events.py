"""What happened to a task, and when: written in the transaction that changes its state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, DateTime, Text, insert, literal, select, update

from hcr.service.ledger_schema import task_events, tasks, work_packages

Condition: TypeAlias = ColumnElement[bool]

AGAIN = "somebody runs the package again"
"""Why tasks wait once more whose package had ended."""


class TaskEvent(StrEnum):
    """What can happen to a task."""

    QUEUED = "QUEUED"
    """It waits, for the first time or because somebody runs its package again; attempts count from 0."""
    STARTED = "STARTED"
    FINISHED = "FINISHED"
    """It has its result."""
    FAILED = "FAILED"
    RETRIED = "RETRIED"
    """Its process died or broke, and it waits for the next attempt."""
    POSTPONED = "POSTPONED"
    """There was no room for its results, or its cluster was gone; it waits."""
    ABANDONED = "ABANDONED"
    """Its worker died; the next one put it back."""
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Note:
    """What is written about a change: what it is, when [UTC], and why."""

    event: TaskEvent
    at: datetime
    why: str | None = None


def lock_packages(connection: Connection, package_ids: Sequence[str]) -> None:
    """Keep others from changing some packages and their tasks until this transaction ends.

    Whoever changes tasks locks their package first, several in one order: so nobody waits in a circle. In
    SQLite the transaction is alone anyway.
    """
    query = select(work_packages.c.id).where(work_packages.c.id.in_(package_ids)).order_by(work_packages.c.id)
    connection.execute(query.with_for_update(key_share=True)).all()


def change_tasks(connection: Connection, chosen: Condition, values: Mapping[str, Any], note: Note) -> bool:
    """Change the chosen tasks of a locked package, note it for each, and return whether there was any."""
    note_tasks(connection, chosen, note, attempt=values.get("attempts", tasks.c.attempts))
    return bool(connection.execute(update(tasks).where(chosen).values(**values)).rowcount)


def note_tasks(connection: Connection, chosen: Condition, note: Note, *, attempt: Any) -> None:
    """Note the same of all chosen tasks, in one statement: a package may have a hundred thousand."""
    told = {
        "package_id": tasks.c.package_id,
        "ordinal": tasks.c.ordinal,
        "at": literal(note.at, DateTime),
        "event": literal(note.event.value),
        "attempt": literal(attempt) if isinstance(attempt, int) else attempt,
        "why": literal(note.why, Text),
    }
    query = select(*told.values()).where(chosen).order_by(tasks.c.package_id, tasks.c.ordinal)
    connection.execute(insert(task_events).from_select(list(told), query))
