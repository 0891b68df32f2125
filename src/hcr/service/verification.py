"""Stored results of a package held against OpenDSS, in a process of its own, within a time limit."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import TimeoutError as OutOfTimeError
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hcr.errors import EngineError, HcrError, NotFoundError, UsageError
from hcr.network.library import Library
from hcr.service.executor import run_within
from hcr.service.package_view import View
from hcr.service.place import Place
from hcr.service.states import CALIBRATION, INTERCONNECTION
from hcr.studies.task import Task

if TYPE_CHECKING:
    from hcr.results.manifest import Manifest, TaskRecord
    from hcr.studies.stored_check import StoredCheck

LIMIT_SECONDS = 50.0
"""Longest check; a client waits one minute for an answer."""


MOST_LANES = 1000
"""Lanes taken by chance of one model; whoever wants all of them runs the package in OpenDSS."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be checked: lanes taken by chance, their seed, and which models; None takes all."""

    lanes: int = 24
    seed: int = 1
    feeder: str | None = None
    scenario: str | None = None
    year: int | None = None

    def __contains__(self, record: object) -> bool:
        """Return whether a model of the manifest is wanted."""
        parts = ((self.feeder, "feeder"), (self.scenario, "scenario"), (self.year, "year"))
        return all(value is None or value == getattr(record, name) for value, name in parts)


def wanted(arguments: Mapping[str, Any]) -> Wanted:
    """Return what the arguments of a call ask for; those that are null count as left out.

    Raises
    ------
    UsageError
        A number is out of range.
    """
    chosen = Wanted(**{name: value for name, value in arguments.items() if value is not None})
    if not 1 <= chosen.lanes <= MOST_LANES:
        raise UsageError(f"lanes must be from 1 to {MOST_LANES}")
    if chosen.seed < 0:
        raise UsageError("seed must not be negative")
    return chosen


def verify_package(place: Place, package_id: str, chosen: Wanted) -> list[View]:
    """Return a verification of each wanted model that has results, in the shape of the contract.

    Raises
    ------
    NotFoundError
        The package has no manifest, or no such model.
    FeederError
        An input is not what was solved.
    EngineError
        The check took too long, or OpenDSS found no solution.
    """
    try:
        return run_within(LIMIT_SECONDS, verify_results, place.results(package_id), place.library, chosen)
    except OutOfTimeError as error:
        raise EngineError(
            f"the check took more than {LIMIT_SECONDS:g} s",
            why="the feeder is large, or its controls make every step depend on those before it",
            remedy="Check fewer lanes, or one model at a time.",
        ) from error


def verify_results(folder: Path, library: Library, chosen: Wanted) -> list[View]:
    """Return a verification of each wanted model in a folder of results; meant for a task process."""
    from hcr.studies.checked_lanes import RefereeRules
    from hcr.studies.stored_check import Stored, check_stored

    manifest = _manifest(folder)
    rules = RefereeRules(lanes=chosen.lanes, seed=chosen.seed)
    found = [
        _view(record, check_stored(Stored(task, record, folder), library, rules=rules))
        for task, record in _solved(manifest)
        if record in chosen
    ]
    if not found:
        raise NotFoundError(
            "there are no results to check",
            why="no model of the package, or none that is meant, was solved",
            remedy="`work-package show` tells what failed.",
        )
    return found


def _manifest(folder: Path) -> "Manifest":
    """Return the manifest of a package; why there is none is told without the folders of this machine."""
    from hcr.results.manifest import read_manifest

    try:
        return read_manifest(folder)
    except NotFoundError as error:
        raise NotFoundError(
            "the package has no manifest",
            why="it has not ended yet, or its results were removed",
            remedy="Wait for its end, or run it again.",
        ) from error
    except HcrError as error:
        raise HcrError(
            "the manifest of the package cannot be read",
            why="it is damaged, or of another version of hcr",
            remedy="Run the package again.",
        ) from error


def _solved(manifest: "Manifest") -> "Iterator[tuple[Task, TaskRecord]]":
    """Yield each task of a package that has tables, with its record."""
    from hcr.service.package_plan import StoredRequest, tasks_of
    from hcr.service.tap_settings import read_tap_settings

    if manifest.kind in (CALIBRATION, INTERCONNECTION):
        what = "a calibration" if manifest.kind == CALIBRATION else "an interconnection study"
        raise UsageError(f"{what} cannot be verified", why="its tables are not results of single intervals")
    try:
        taps = read_tap_settings(json.dumps(manifest.taps) if manifest.taps else None)
        planned = tasks_of(StoredRequest(manifest.kind, manifest.request, manifest.engine, taps))
    except ValueError as error:
        raise HcrError("the request in the manifest cannot be read any more", why=str(error)) from error
    tasks = {(one.feeder, one.scenario, one.year): one for one in planned}
    for record in manifest.tasks:
        if record.tables:
            yield tasks[record.feeder, record.scenario, record.year], record


def _view(record: "TaskRecord", check: "StoredCheck") -> View:
    found = check.comparison
    return {
        "feeder": record.feeder,
        "scenario": record.scenario,
        "year": record.year,
        "lanes": check.lanes,
        "values": check.values,
        "voltagePu": _known(found.voltage_pu.value) if found else None,
        "voltageNode": found.voltage_pu.place if found else None,
        "currentA": _known(found.current_a.value) if found else None,
        "currentPercent": _known(found.current_percent.value) if found else None,
        "disagreements": list(check.disagreements),
        "passed": not check.disagreements,
    }


def _known(value: float) -> float | None:
    return None if isnan(value) else value
