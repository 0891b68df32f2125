"""The task of an interconnection study, from its feeder to its tables and its document."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hcr.network.library import Library
from hcr.results.catalogue import table_named
from hcr.results.layout import TaskSpan, under_way_folder
from hcr.results.table_writer import write_table
from hcr.studies.interconnection.document import write_document
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.study_result import SequenceResult, StudyResult
from hcr.studies.interconnection.tables import interconnection_tables
from hcr.studies.solved import Solved
from hcr.studies.task import Task


def study_task(task: Task, library: Library, results: Path) -> Solved:
    """Return what an interconnection study wrote below `results`.

    Raises
    ------
    NotFoundError
        The feeder is not in the library.
    FeederError, ModelError, ConfigError
        The feeder cannot be used, or the settings name something that it does not have.
    NotConvergedError
        The feeder as it is has no solution.
    """
    from hcr.studies.interconnection.study import study_feeder

    assert task.interconnection is not None  # noqa: S101 - whoever calls has looked
    feeder = library.open(task.feeder)
    found = study_feeder(
        feeder.master,
        feeder.mrid,
        task.interconnection,
        engine=task.solve.engine,
        folder=under_way_folder(results, task.feeder),
        circuits=library.circuits,
        threads=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    )
    span = span_of(task, task.interconnection)
    tables = [
        write_table(results, table_named(name), task=span, rows=rows)
        for name, rows in interconnection_tables(found).items()
    ]
    return Solved(
        tables=(*tables, write_document(found, results, task=span)),
        warnings=found.warnings,
        model_digest=feeder.model_digest(),
        load_data_digest="",
        utc_offset=feeder.utc_offset_text,
        engine=found.engine,
        summary=summary(found),
    )


def span_of(task: Task, settings: StudySettings) -> TaskSpan:
    """Return the time from the begin of a study's earliest day to the end of its latest."""
    year = datetime(task.year, 1, 1, tzinfo=UTC)
    ends = [day.first_hour + day.steps * day.step_minutes / 60.0 for day in settings.days]
    start = year + timedelta(hours=min(day.first_hour for day in settings.days))
    return TaskSpan(task.scenario, task.feeder, task.year, start, year + timedelta(hours=max(ends)))


def summary(found: StudyResult) -> str:
    """Return what came of a study in one sentence."""
    parts = [_counted(len(found.buses), "bus", "buses")]
    if not found.sequences:
        parts.append(f"{_counted(len(found.independent), 'capacity', 'capacities')} found")
    else:
        first = found.sequences[0]
        parts.append(_violation(found, first))
        if any(one.upgrades for one in first.rounds):
            parts.append(f"upgrades ${first.cost_usd:,.0f}")
    return "; ".join(parts)


def _violation(found: StudyResult, sequence: SequenceResult) -> str:
    """Return with which unit of a sequence the first violation came, and of which limits."""
    if sequence.trigger is None:
        return f"{_counted(len(sequence.rounds), 'unit', 'units')} without a violation"
    bus = next(one.bus for one in found.units if one.number == sequence.trigger)
    margins = next(one.violations for one in sequence.rounds if one.unit == sequence.trigger)
    limits = ", ".join(dict.fromkeys(str(one.metric) for one in margins))
    told = f": {limits}" if limits else ""
    return f"first violation with unit {sequence.trigger} at {bus}{told}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
