"""Rows of the ledger in the shape of the contract."""

import functools
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hcr.service.package_tasks import PackageTasks, TaskLine
from hcr.service.package_tree import parent_id
from hcr.service.states import TaskState
from hcr.service.user import author

View = dict[str, Any]

TOTALS = {
    "totalPending": TaskState.PENDING,
    "totalRunning": TaskState.RUNNING,
    "totalSucceeded": TaskState.SUCCEEDED,
    "totalFailed": TaskState.FAILED,
    "totalCancelled": TaskState.CANCELLED,
    "totalTimedOut": TaskState.TIMEDOUT,
}

GROUPS = {
    "pending": TaskState.PENDING,
    "execution": TaskState.RUNNING,  # one process generates, executes and processes results
    "succeeded": TaskState.SUCCEEDED,
    "failed": TaskState.FAILED,
    "cancelled": TaskState.CANCELLED,
    "timedOut": TaskState.TIMEDOUT,
}


def view(row: Row[Any], *, grouped: bool = False) -> View:
    """Return a work package without what is resolved on demand; `grouped` lists its models by stage then."""
    small = len(row.request) <= LARGEST_KEPT
    facts = _kept_facts(row.request) if small else _request_facts(row.request)
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "status": row.status,
        "createdAt": row.created_at,
        "createdBy": author(row.created_by),
        "updatedAt": row.updated_at,
        "completedAt": row.completed_at,
        "isDeleted": row.is_deleted,
        **facts,
        "config": row.request,
        "warnings": json.loads(row.warnings),
        "engine": row.engine or "auto",
        "grouped": grouped,
    }


def _request_facts(text: str) -> View:
    """Return what a stored request says about feeders, scenarios, years and time."""
    request = json.loads(text)
    if "calibrationName" in request:
        return _calibration_facts(request)
    if "feeder" in request:
        return _interconnection_facts(request)
    blocks = (
        [request["forecastConfig"]] if "forecastConfig" in request else request["feederConfigs"]["configs"]
    )
    period = blocks[0].get("timePeriod") or {}
    instant = blocks[0].get("fixedTime") or {}
    return {
        "parentId": parent_id(request),
        "feeders": _distinct([mrid for one in blocks for mrid in one.get("feeders") or [one["feeder"]]]),
        "scenarios": _distinct([name for one in blocks for name in one["scenarios"]]),
        "years": _distinct([year for one in blocks for year in one["years"]]),
        "loadType": "FIXED_TIME" if instant else "TIME_PERIOD",
        "timePeriodStart": period.get("startTime") or instant.get("loadTime"),
        "timePeriodEnd": period.get("endTime"),
    }


def _calibration_facts(request: Mapping[str, Any]) -> View:
    first, *others = calibration_times(request)
    return {
        "parentId": None,
        "feeders": request["feeders"],
        "scenarios": ["base"],
        "years": [int(first[:4])],
        "loadType": "FIXED_TIME",
        "timePeriodStart": first,
        "timePeriodEnd": others[-1] if others else None,
    }


def _interconnection_facts(request: Mapping[str, Any]) -> View:
    return {
        "parentId": None,
        "feeders": [request["feeder"]],
        "scenarios": ["base"],
        "years": [1],
        "loadType": None,  # days of the model year, not of the load data
        "timePeriodStart": None,
        "timePeriodEnd": None,
    }


def calibration_times(request: Mapping[str, Any]) -> list[str]:
    """Return the instants of a calibration's stored request, the earliest first."""
    first = request.get("calibrationTimeLocal")
    return sorted({*([first] if first else []), *request.get("times", ())})


LARGEST_KEPT = 65_536
"""Characters of a request that is not parsed anew for each poll; with load overrides it may have millions."""

_kept_facts = functools.lru_cache(maxsize=256)(_request_facts)


def progress(tasks: PackageTasks, *, grouped: bool = True) -> View:
    """Return how many models are in which state, and which, where they are to be `grouped`."""
    totals = {name: tasks.totals[state.value] for name, state in TOTALS.items()}
    groupings = _groupings(tasks) if grouped else None
    return {"modelTotals": {"totalModels": len(tasks.lines), **totals}, "modelGroupings": groupings}


def _groupings(tasks: PackageTasks) -> dict[str, list[View]]:
    groups: dict[str, list[View]] = {name: [] for name in ("generation", "resultProcessing")}
    for name, state in GROUPS.items():
        groups[name] = [_model(task) for task in tasks.lines.values() if task.state == state.value]
    return groups


def failures(tasks: PackageTasks) -> list[View]:
    """Return the models that failed, with the reason."""
    return [
        {**_model(task), "code": task.error_code or "error", "message": task.error_message}
        for task in tasks.failed
    ]


def task_warnings(tasks: PackageTasks) -> list[str]:
    """Return what tasks wait for, what they warned of, and whose results they took, each sentence once."""
    return [
        *([f"tasks wait, and are tried again: {tasks.waits_for}"] if tasks.waits_for else []),
        *tasks.warnings,
        *(
            f"results of work package {one}, solved from the same inputs, were used again"
            for one in tasks.reused
        ),
    ]


def engines(wanted: str, tasks: PackageTasks) -> str:
    """Return the engines that solved the tasks so far; the one that was asked for before any is solved."""
    return ", ".join(tasks.engines) or wanted


def retried(tasks: Sequence[Row[Any]], missing: Mapping[int, str]) -> list[View]:
    """Return tasks that run again, with the reason: why each has no result.

    Parameters
    ----------
    missing : what became of the files of finished tasks, by ordinal.
    """
    return [{**_model(task), **_reason(task, missing.get(task.ordinal))} for task in tasks]


def _reason(task: Row[Any], lost: str | None) -> View:
    if task.state == TaskState.SUCCEEDED.value:
        return {"code": "missing", "message": lost}
    return {"code": task.error_code or task.state.lower(), "message": task.error_message or task.state}


def stats(row: Row[Any], now: datetime) -> View:
    """Return when a package was submitted, when it ended, and how long it took, so far if it runs [s]."""
    end = row.completed_at or now
    duration = max(0, round((end - row.created_at).total_seconds()))
    return {"createdAt": row.created_at, "completedAt": row.completed_at, "duration": duration}


def instant(value: datetime | str) -> str:
    """Return a time of the ledger as the contract writes instants."""
    return value if isinstance(value, str) else value.isoformat(timespec="milliseconds") + "Z"


def _model(task: Row[Any] | TaskLine) -> View:
    return {"feeder": task.feeder, "scenario": task.scenario, "year": task.year}


def _distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
