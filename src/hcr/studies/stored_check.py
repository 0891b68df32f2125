"""Stored results of a task held against OpenDSS: inputs, files, values.

check_stored(stored, library, rules) -> StoredCheck
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hcr.errors import FeederError, ModelError, NotConvergedError, UnreadableTableError
from hcr.network.feeder import Feeder, file_digest
from hcr.network.library import Library
from hcr.powerflow.circuit import IntArray
from hcr.powerflow.jumps import jumping
from hcr.powerflow.lanes import Solution
from hcr.powerflow.verify import (
    TOLERANCE_PERCENT,
    TOLERANCE_PU,
    Comparison,
    solve_alone,
    solve_walk,
    taken,
)
from hcr.results.manifest import TaskRecord
from hcr.results.parquet import read_parquet
from hcr.studies.case import Case, build_case
from hcr.studies.checked_lanes import RefereeRules, sampled_lanes
from hcr.studies.engine_choice import AUTO, BATCH, OPENDSS, EngineChoice, choose_engine
from hcr.studies.recording import options_of
from hcr.studies.referee import by_both_engines, compared
from hcr.studies.stored_lanes import Rows, lanes_of_extremes, tables_of
from hcr.studies.stored_values import compare_tables
from hcr.studies.task import Task
from hcr.studies.verdict import utc_stamps

CHECKED = ("zone_summary", "customer_summary", "energy_meters_raw")
"""Tables whose values are compared."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Results of a task as they lie there: the task, what the manifest says of it, the package's folder."""

    task: Task
    record: TaskRecord
    folder: Path


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """What came of a check.

    Attributes
    ----------
    lanes : lanes solved again; values : values of tables compared.
    comparison : of a fresh solution of the batch engine; None where it does not cover the feeder.
    disagreements : sentences, none when all agrees.
    """

    lanes: int
    values: int
    comparison: Comparison | None
    disagreements: tuple[str, ...]


def check_stored(stored: Stored, library: Library, *, rules: RefereeRules) -> StoredCheck:
    """Return how the stored results of a task compare with OpenDSS.

    Raises
    ------
    FeederError
        The model or the load data is not what was solved; the message names it.
    NotFoundError
        The feeder or the task is not there any more.
    NotConvergedError
        OpenDSS finds no solution.
    """
    feeder = library.open(stored.task.feeder)
    refuse_changed_inputs(feeder, stored.record)
    case = build_case(feeder, stored.task)
    tables, faults = _stored_tables(stored)
    chance = sampled_lanes(case.injections.lanes, rules.lanes, seed=rules.seed)
    lanes = np.union1d(chance, lanes_of_extremes(utc_stamps(case), tables.values())).astype(np.int64)
    pair = _by_both_engines(case, lanes, stored.record)
    by_batch = stored.record.engine == BATCH
    comparison = compared(case, lanes, *pair) if pair else None
    if pair and comparison and by_batch:
        # A lane with two solutions may be stored as the one that OpenDSS, solving it alone, did not come to.
        one = np.setdiff1d(np.arange(len(lanes)), comparison.twofold)
        solved, theirs = lanes[one], taken(pair[1], one)
    else:
        solved, theirs = lanes, _in_opendss(case, lanes)
    values = compare_tables(tables, tables_of(case, solved, theirs), solved=utc_stamps(case)[solved])
    # Tables that OpenDSS made are right whatever the batch engine says.
    engines = _differences(comparison) if by_batch and comparison else []
    return StoredCheck(len(lanes), values.values, comparison, (*faults, *values.disagreements, *engines))


def refuse_changed_inputs(feeder: Feeder, record: TaskRecord) -> None:
    """Check that model and load data are those that were solved.

    Raises
    ------
    FeederError
        One of them has changed.
    """
    inputs = (
        ("model", feeder.model_digest(), record.model_digest),
        ("load data", feeder.load_data_digest(), record.load_data_digest),
    )
    changed = [name for name, now, then in inputs if now != then]
    if changed:
        raise FeederError(
            f"feeder {feeder.mrid}: the {' and the '.join(changed)} changed since the package was solved",
            why="the digest differs from that in the manifest",
            remedy="Put the file back as it was, or run the package again.",
        )


def _stored_tables(stored: Stored) -> tuple[dict[str, Rows], list[str]]:
    """Return the rows of the tables to be compared, and what is wrong with the files."""
    rows: dict[str, Rows] = {}
    faults = []
    for one in stored.record.tables:
        path = stored.folder / one.path
        if not path.is_file():
            faults.append(f"{one.path} is missing")
            continue
        if file_digest(path) != one.sha256:
            faults.append(f"{one.path} differs from its checksum in the manifest")
        if one.table in CHECKED:
            try:
                rows[one.table] = read_parquet(path)
            except UnreadableTableError as error:
                faults.append(f"{one.path} cannot be read: {error.why}")
    return rows, faults


def _by_both_engines(case: Case, lanes: IntArray, record: TaskRecord) -> tuple[Solution, Solution] | None:
    """Return the lanes by the batch engine and OpenDSS; None where the first does not cover the feeder.

    Raises
    ------
    NotConvergedError
        A lane that the batch engine solved when the results were made has no solution.
    """
    engine = BATCH if record.engine == BATCH else AUTO
    solve = replace(case.task.solve, engine=engine)
    try:
        choice = choose_engine(replace(case, task=replace(case.task, solve=solve)))
        if choice.engine != BATCH:
            return None
        return by_both_engines(case, lanes, options=options_of(case, choice))
    except ModelError:
        return None
    except NotConvergedError:
        if record.engine == BATCH:
            raise
        return None


def _in_opendss(case: Case, lanes: IntArray) -> Solution:
    """Return the lanes in OpenDSS; where a step leads to the next, the walk up to the last is solved."""
    options = options_of(case, EngineChoice(OPENDSS))
    batch = case.circuit.batch
    acting = batch is None or bool(batch.controls) or jumping(case.circuit)
    again = solve_walk if case.injections.walk and acting else solve_alone
    return again(case.circuit, case.injections, lanes, options=options)


def _differences(found: Comparison) -> list[str]:
    voltage, current = found.voltage_pu, found.current_percent
    lost = [f"the batch engine has no solution: {one.why}" for one in found.failures[:1]]
    beyond = [
        f"the engines differ by {value:.2g} {unit} at {place}, more than {limit:g}"
        for value, unit, place, limit in (
            (voltage.value, "pu", voltage.place, TOLERANCE_PU),
            (current.value, "% of the rating", current.place, TOLERANCE_PERCENT),
        )
        if value > limit
    ]
    return [*lost, *beyond]
