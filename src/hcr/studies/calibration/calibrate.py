"""A calibration of one feeder, from its task to its tables."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hcr.errors import FeederError
from hcr.network.library import Library
from hcr.results.layout import TaskSpan
from hcr.results.table_writer import WrittenTable, write_table
from hcr.results.verification import VerificationRecord
from hcr.studies.calibration.checks import Checks, check
from hcr.studies.calibration.documented import DOCUMENTED, find_by_rule
from hcr.studies.calibration.findings import Ambiguity, Findings
from hcr.studies.calibration.joint import find_jointly
from hcr.studies.calibration.metering import VALID_V
from hcr.studies.calibration.simulation import Simulation
from hcr.studies.calibration.solved_times import SolvedTimes
from hcr.studies.calibration.street import Street, changers, read_street
from hcr.studies.calibration.tables import calibration_rows
from hcr.studies.engine_choice import AUTO, OPENDSS, EngineChoice
from hcr.studies.task import Task
from hcr.studies.verdict import Stopwatch, disagreement, unlike_opendss, verification_record

LISTED = 5
"""Transformers that a sentence names."""

AMBIGUOUS = 0.05
"""Probability of another upstream level from which a warning tells of it."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibrated feeder.

    Attributes
    ----------
    tables : files written; warnings : what a planner should know; summary : one sentence.
    engine_reasons : why it was not the batch engine, if the choice was ours.
    verification : of what the batch engine simulated last; None in OpenDSS.
    """

    street: Street
    findings: Findings
    checks: Checks
    tables: tuple[WrittenTable, ...]
    warnings: tuple[str, ...]
    summary: str
    engine: str
    engine_reasons: tuple[str, ...]
    verification: VerificationRecord | None


def calibrate(
    task: Task, library: Library, results: Path, *, clock: Callable[[], float] = time.perf_counter
) -> Calibrated:
    """Return what a calibration of one feeder found, written below `results`.

    Some times of the last simulation are solved again in OpenDSS. Where the choice of the engine is ours and
    the two differ, all of it is done once more in OpenDSS.

    Parameters
    ----------
    clock : seconds; tells how much of the time went into that check.

    Raises
    ------
    NotFoundError
        The feeder is not in the library.
    FeederError, ModelError
        The feeder cannot be used, or has no metered voltages at these times, or none of its transformers can
        be calibrated.
    NotConvergedError
        No time has a solution.
    """
    watch = Stopwatch(clock, clock())
    street = read_street(library.open(task.feeder), task, circuits=library.circuits)
    found = _found_and_checked(street, watch)
    _refuse_nothing_found(street, found.findings)
    checks, choice = check(street.metering, found.findings), found.choice
    rows = calibration_rows(street, found.findings, checks, choice.engine)
    span = _span(street, task)
    return Calibrated(
        street=street,
        findings=found.findings,
        checks=checks,
        tables=tuple(write_table(results, table, task=span, rows=columns) for table, columns in rows),
        warnings=_warnings(street, found),
        summary=_summary(street, found.findings, checks),
        engine=choice.engine,
        engine_reasons=tuple(str(one) for one in choice.missing),
        verification=found.record,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a method found with the voltages of one engine, and how they stand up to OpenDSS."""

    findings: Findings
    last: SolvedTimes
    filled: tuple[str, ...]
    record: VerificationRecord | None = None

    @property
    def choice(self) -> EngineChoice:
        return self.last.choice


def _found_and_checked(street: Street, watch: Stopwatch) -> _Found:
    """Return what the method finds; once more in OpenDSS, where the two differ and the choice is ours."""
    simulation = Simulation(street)
    found = _found(street, simulation)
    watch.check()
    ruling = simulation.ruling()
    if ruling is None:
        return found
    record = verification_record(found.last.case, ruling, times=watch.times())
    if record.passed or street.task.solve.engine != AUTO:
        return replace(found, record=record)
    return _found(street, Simulation(street, EngineChoice(OPENDSS, missing=(unlike_opendss(record),))))


def _found(street: Street, simulation: Simulation) -> _Found:
    """Return what the method that the task asks for finds."""
    before = {group: tap.position for group, tap in changers(street).items()}
    _refuse_nothing_to_do(street, before)
    find = find_by_rule if street.settings.method == DOCUMENTED else find_jointly
    findings = find(street.metering, before, simulation)
    if simulation.last is None:
        raise ValueError(f"method {findings.method} simulated nothing")
    return _Found(findings, simulation.last, simulation.warnings)


def _warnings(street: Street, found: _Found) -> tuple[str, ...]:
    """Return what a planner should know."""
    return (
        *street.warnings,
        *found.filled,
        *_unsolved(street, found.last),
        *_unfound(street, found.findings),
        *_ambiguous(street, found.findings),
        *found.choice.warnings(street.feeder.mrid),
        *disagreement(street.feeder.mrid, found.record),
    )


def _span(street: Street, task: Task) -> TaskSpan:
    interval = timedelta(minutes=task.model.interval_minutes)
    first: datetime = street.stamps[0].item()
    last: datetime = street.stamps[-1].item()
    offset = street.feeder.utc_offset
    return TaskSpan(task.scenario, task.feeder, task.year, first - interval - offset, last - offset)


def _refuse_nothing_to_do(street: Street, before: dict[int, int]) -> None:
    if not before:
        raise FeederError(
            f"feeder {street.feeder.mrid} has no transformer with an off-load tap to find",
            why="; ".join(street.warnings) or "no transformer feeds a low-voltage network of its own",
            remedy="Look at its transformers with `hcr DIR feeder check`.",
        )


def _refuse_nothing_found(street: Street, findings: Findings) -> None:
    if all(tap.found is None for tap in findings.taps):
        first = findings.taps[0]
        name = changers(street)[first.group].mrid
        remedy = "Choose times at which more meters have readings, or import more load data."
        if findings.method == DOCUMENTED:
            low, high = VALID_V
            remedy += f" Voltages count from {low:g} to {high:g} V; `--method joint` has no such limits."
        raise FeederError(
            f"feeder {street.feeder.mrid}: no transformer has enough customers with a metered voltage",
            why=f"{name}: {first.reason}",
            remedy=remedy,
        )


def _unsolved(street: Street, last: SolvedTimes) -> tuple[str, ...]:
    stamps = [str(street.stamps[at].astype("datetime64[m]")).replace("T", " ") for at in last.failed]
    return (f"{street.feeder.mrid}: no solution at {', '.join(stamps[:LISTED])}",) if stamps else ()


def _unfound(street: Street, findings: Findings) -> tuple[str, ...]:
    """Return a warning for each transformer whose tap was not found, and one of all that are doubtful."""
    taps = changers(street)
    found = [
        f"{street.feeder.mrid}: transformer {taps[tap.group].mrid} is left as it is, {tap.reason}"
        for tap in findings.taps
        if tap.found is None
    ]
    doubtful = [taps[tap.group].mrid for tap in findings.taps if tap.doubtful]
    if doubtful:
        more = f" and {len(doubtful) - LISTED} more" if len(doubtful) > LISTED else ""
        found.append(f"{street.feeder.mrid}: doubtful: {', '.join(doubtful[:LISTED])}{more}")
    return tuple(found)


def _ambiguous(street: Street, findings: Findings) -> tuple[str, ...]:
    """Return which other upstream voltages would explain the readings, where nothing rules them out."""
    return tuple(
        f"{street.feeder.mrid}: {_other_level(street, one)}"
        for one in findings.ambiguities
        if one.other_probability >= AMBIGUOUS or not (one.anchored or street.metering.source_stated)
    )


def _other_level(street: Street, one: Ambiguity) -> str:
    other, level = 100.0 * one.other_level, 100.0 * one.level
    whole = len(street.metering.taps) == len(one.groups)
    whose = "upstream" if whole else f"upstream of {len(one.groups)} transformers"
    return (
        f"the voltage {whose} was taken to be {level:+.1f} % from the model's; were it {other:+.1f} % "
        f"(probability {one.other_probability:.0%}), each tap would be a position further the other way. "
        "`vmPu` states it"
    )


def _summary(street: Street, findings: Findings, checks: Checks) -> str:
    taps = findings.taps
    found = [tap for tap in taps if tap.found is not None]
    moved = sum(tap.found != tap.before for tap in found)
    doubtful = sum(tap.doubtful for tap in found)
    parts = [f"{len(found)} of {len(taps)} taps found, {moved} moved"]
    if doubtful:
        parts.append(f"{doubtful} doubtful")
    before, after = checks.held_times
    if before == before:  # there were times kept back
        parts.append(f"error at times kept back {before:.2f} % before, {after:.2f} % after")
    return ", ".join(parts)
