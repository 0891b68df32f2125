"""What a package would cost: seconds of one processor core, judged by the models that were solved here.

A model's seconds follow from its feeder's earlier models, or from those of all feeders where it has none.
Between two measured numbers of intervals the seconds are interpolated; above the largest they grow with the
number of intervals, below the smallest they stay, since reading and compiling a feeder takes its time.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import Row, select

from hcr.errors import NotFoundError
from hcr.service.ledger import Ledger
from hcr.service.ledger_reading import reading
from hcr.service.ledger_schema import tasks, work_packages
from hcr.service.package_plan import stored_request, tasks_of
from hcr.service.states import CALIBRATION, INTERCONNECTION, TaskState
from hcr.studies.task import Task

MOST_MEASURED = 1000
"""Models looked at, the latest: machines and engines change."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A model that was solved: how many intervals it had, and how long a core worked on it [s]."""

    feeder: str
    intervals: int
    seconds: float


def estimate_cost(measured: Sequence[Measured], planned: Iterable[Task]) -> float:
    """Return what models would cost [s of one core].

    Raises
    ------
    NotFoundError
        Nothing was solved here yet.
    """
    if not measured:
        raise NotFoundError(
            "the cost cannot be estimated yet",
            why="it is judged by models that were solved here before, and there is none",
            remedy="Run a package with one of the models first.",
        )
    by_feeder: dict[str, list[Measured]] = defaultdict(list)
    for one in measured:
        by_feeder[one.feeder].append(one)
    known: dict[tuple[str, int], float] = {}
    total = 0.0
    for task in planned:
        key = task.feeder, intervals_of(task)
        if key not in known:
            known[key] = _seconds(by_feeder.get(task.feeder, measured), key[1])
        total += known[key]
    return total


def intervals_of(task: Task) -> int:
    """Return the number of power flows of a task: steps of a period, entries of an instant."""
    when = task.load_time
    if when.end is None:
        return when.entries
    return max(1, -((when.start - when.end) // timedelta(minutes=task.solve.step_minutes)))


def _seconds(measured: Sequence[Measured], intervals: int) -> float:
    """Return the seconds of a model with so many intervals, from measured ones (see the module)."""
    groups: dict[int, list[float]] = defaultdict(list)
    for one in measured:
        groups[one.intervals].append(one.seconds)
    counts = sorted(groups)
    seconds = [median(groups[count]) for count in counts]
    place = bisect_left(counts, intervals)
    if place == len(counts):
        return seconds[-1] * intervals / counts[-1]
    if place == 0 or counts[place] == intervals:
        return seconds[place]
    share = (intervals - counts[place - 1]) / (counts[place] - counts[place - 1])
    return seconds[place - 1] + share * (seconds[place] - seconds[place - 1])


def measured_tasks(ledger: Ledger) -> list[Measured]:
    """Return the latest models that succeeded, `MOST_MEASURED` at most; each ran on one core."""
    columns = tasks.c
    query = (
        select(tasks, *(work_packages.c[name] for name in ("kind", "request", "engine", "taps")))
        .join(work_packages, work_packages.c.id == columns.package_id)
        .where(columns.state == TaskState.SUCCEEDED.value, columns.started_at.is_not(None))
        .where(work_packages.c.kind.not_in((CALIBRATION, INTERCONNECTION)))  # those solve many times
        .where(columns.outcome.not_like('%"reused_from"%'))  # that was quick
        .order_by(columns.finished_at.desc())
        .limit(MOST_MEASURED)
    )
    with reading(ledger) as connection:
        rows = list(connection.execute(query))
    plans: dict[str, list[Task]] = {}
    for row in rows:
        if row.package_id not in plans:
            plans[row.package_id] = _planned(row)
    return [_measured(row, plans[row.package_id]) for row in rows if row.ordinal < len(plans[row.package_id])]


def _planned(row: Row[Any]) -> list[Task]:
    """Return the tasks of a stored request; none where this version of hcr cannot read it any more."""
    try:
        return tasks_of(stored_request(row))
    except ValueError:
        return []


def _measured(row: Row[Any], planned: Sequence[Task]) -> Measured:
    seconds = (row.finished_at - row.started_at).total_seconds()
    return Measured(row.feeder, intervals_of(planned[row.ordinal]), max(0.0, seconds))
