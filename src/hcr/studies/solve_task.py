"""One task from its case to its tables."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hcr.errors import NotConvergedError
from hcr.network.library import Library
from hcr.results.catalogue import table_named
from hcr.results.layout import TaskSpan
from hcr.results.table_writer import WrittenTable, write_table
from hcr.studies.calendar import Calendar
from hcr.studies.calibration.calibrate import calibrate
from hcr.studies.case import Case, build_case
from hcr.studies.customer_recorder import CustomerRecorder
from hcr.studies.engine_choice import AUTO, BATCH, OPENDSS, EngineChoice, choose_engine
from hcr.studies.recording import Recording, options_of, record
from hcr.studies.referee import referee
from hcr.studies.solved import Solved
from hcr.studies.task import Task
from hcr.studies.verdict import (
    Stopwatch,
    disagreement,
    opendss_solves,
    unlike_opendss,
    unsolved,
    verification_record,
)
from hcr.studies.zone_series import ZoneSeries
from hcr.studies.zone_tables import zone_tables

Rows = Mapping[str, "np.ndarray[Any, np.dtype[Any]]"]


def solve_task(
    task: Task, library: Library, results: Path, *, clock: Callable[[], float] = time.perf_counter
) -> Solved:
    """Return what was written below `results` for a task.

    Parameters
    ----------
    clock : seconds; tells how much of the time went into checking the batch engine.

    Raises
    ------
    NotFoundError
        The feeder is not in the library.
    FeederError, ModelError
        The feeder cannot be used, or the load data does not cover the period, or the batch engine was asked
        for and does not cover the circuit.
    NotConvergedError
        An interval has no solution; the message names it.
    """
    if task.calibration is not None:
        return _calibrated(task, library, results, clock)
    if task.interconnection is not None:
        from hcr.studies.interconnection.solve import study_task  # for these studies only: it loads much

        return study_task(task, library, results)
    began = clock()
    feeder = library.open(task.feeder)
    case = build_case(feeder, task, circuits=library.circuits)
    recording = _recorded(case, Stopwatch(clock, began))
    choice, checked = recording.choice, recording.verification
    return Solved(
        tables=_write(case, recording.series, recording.customers, results),
        warnings=(*case.warnings, *choice.warnings(task.feeder), *disagreement(task.feeder, checked)),
        model_digest=case.circuit.model.digest,
        load_data_digest=case.load_data_digest,
        utc_offset=feeder.utc_offset_text,
        engine=choice.engine,
        engine_reasons=tuple(str(one) for one in choice.missing),
        verification=checked,
    )


def _calibrated(task: Task, library: Library, results: Path, clock: Callable[[], float]) -> Solved:
    found = calibrate(task, library, results, clock=clock)
    feeder = found.street.feeder
    return Solved(
        tables=found.tables,
        warnings=found.warnings,
        model_digest=found.street.circuit.model.digest,
        load_data_digest=feeder.load_data_digest(),
        utc_offset=feeder.utc_offset_text,
        engine=found.engine,
        engine_reasons=found.engine_reasons,
        verification=found.verification,
        summary=found.summary,
    )


def _recorded(case: Case, watch: Stopwatch) -> Recording:
    """Return the case solved by the engine that was asked for, or that is right for it.

    Where the choice is ours and the batch engine finds no solution, or another one than OpenDSS, the case is
    solved in OpenDSS instead, and its record says so.
    """
    choice = choose_engine(case)
    free = case.task.solve.engine == AUTO
    try:
        recording = record(case, choice)
    except NotConvergedError as error:
        if choice.engine != BATCH or not free:
            raise
        return _recorded_after(case, error)
    if choice.engine != BATCH:
        return recording
    watch.check()
    ruling = referee(case, recording.series, options=options_of(case, choice), kept=recording.kept)
    checked = verification_record(case, ruling, times=watch.times())
    if free and not checked.passed:
        return record(case, EngineChoice(OPENDSS, missing=(unlike_opendss(checked),)))
    return replace(recording, verification=checked)


def _recorded_after(case: Case, error: NotConvergedError) -> Recording:
    """Return the case solved in OpenDSS, after the batch engine gave up.

    Raises
    ------
    NotConvergedError
        OpenDSS gives up as well; the error is that of the batch engine, which names a node.
    """
    if not opendss_solves(case, error.lane):  # one lane tells most often, before all are solved
        raise error
    try:
        return record(case, EngineChoice(OPENDSS, missing=(unsolved(error),)))
    except NotConvergedError:
        raise error from None


def calendar_of(case: Case) -> Calendar:
    """Return when the lanes of a case are."""
    return Calendar.of(
        case.stamps, hours=case.period.hours, utc_offset=case.feeder.utc_offset, year=case.task.year
    )


def _write(
    case: Case, series: list[ZoneSeries], customers: CustomerRecorder, results: Path
) -> tuple[WrittenTable, ...]:
    calendar = calendar_of(case)
    task = case.task
    span = TaskSpan(task.scenario, task.feeder, task.year, calendar.start, calendar.end)
    beyond = customers.beyond_limits()
    rows = {
        **zone_tables(case, series, calendar, beyond=beyond),
        **_customer_tables(case, customers, calendar),
    }
    return tuple(write_table(results, table_named(name), task=span, rows=part) for name, part in rows.items())


def _customer_tables(case: Case, customers: CustomerRecorder, calendar: Calendar) -> dict[str, Rows]:
    tables: dict[str, Rows] = {"customer_summary": customers.summary(calendar)}
    if case.keeps_customer_voltages:
        tables["customer_voltages"] = customers.voltages(calendar)
    return tables
