"""One task from its case to its tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hcr.errors import NotConvergedError
from hcr.network.feeder import Feeder, file_digest
from hcr.network.library import Library
from hcr.powerflow.lanes import Solution, SolveOptions, solve
from hcr.results.catalogue import table_named
from hcr.results.layout import TaskSpan
from hcr.results.table_writer import WrittenTable, write_table
from hcr.studies.calendar import Calendar
from hcr.studies.case import Case, build_case
from hcr.studies.customer_recorder import CustomerRecorder
from hcr.studies.limits import VoltageLimits
from hcr.studies.task import Task
from hcr.studies.zone_recorder import ZoneRecorder
from hcr.studies.zone_series import ZoneSeries
from hcr.studies.zone_tables import zone_tables

Rows = Mapping[str, "np.ndarray[Any, np.dtype[Any]]"]


@dataclass(frozen=True, slots=True)
class Solved:
    """What a task left behind.

    Attributes
    ----------
    tables : files written, relative to the package's folder.
    warnings : what a planner should know about the data.
    model_digest, load_data_digest : SHA-256 of what was solved; empty where there is no load data.
    utc_offset : of the feeder's local standard time, such as +10:00.
    """

    tables: tuple[WrittenTable, ...]
    warnings: tuple[str, ...]
    model_digest: str
    load_data_digest: str
    utc_offset: str


def solve_task(task: Task, library: Library, results: Path) -> Solved:
    """Return what was written below `results` for a task.

    Raises
    ------
    NotFoundError
        The feeder is not in the library.
    FeederError, ModelError
        The feeder cannot be used, or the load data does not cover the period.
    NotConvergedError
        An interval has no solution; the message names it.
    """
    feeder = library.open(task.feeder)
    case = build_case(feeder, task)
    limits = VoltageLimits()
    zones = ZoneRecorder(case.circuit, case.zones, case.injections.lanes)
    customers = CustomerRecorder(case, limits, keep_all=task.outputs.customer_voltages)
    for solution in solutions(case):
        zones.add(solution)
        customers.add(solution)
    tables = _write(case, zones.series(), customers, results)
    return Solved(
        tables, case.warnings, case.circuit.model.digest, _load_data_digest(feeder), feeder.utc_offset_text
    )


def solutions(case: Case) -> Iterator[Solution]:
    """Yield the case's solutions block by block.

    Raises
    ------
    NotConvergedError
        An interval has no solution; the message says which feeder and when.
    """
    settings = case.task.solve
    options = SolveOptions(
        mode=settings.mode,
        max_iterations=settings.max_iterations,
        max_control_iterations=settings.max_control_iterations,
    )
    try:
        yield from solve(case.circuit, case.injections, options)
    except NotConvergedError as error:
        raise _named(case, error) from error


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
    if case.task.outputs.customer_voltages:
        tables["customer_voltages"] = customers.voltages(calendar)
    return tables


def _named(case: Case, error: NotConvergedError) -> NotConvergedError:
    """Return the error with the feeder and the time in place of the lane number."""
    stamp = str(case.stamps[error.lane].astype("datetime64[m]")).replace("T", " ")
    return NotConvergedError(
        f"feeder {case.task.feeder}: the power flow did not converge at {stamp}",
        lane=error.lane,
        why=error.why,
        remedy=error.remedy,
    )


def _load_data_digest(feeder: Feeder) -> str:
    return file_digest(feeder.load_data) if feeder.load_data.is_file() else ""
