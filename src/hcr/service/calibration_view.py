"""Calibration runs in the shape of the contract."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from hcr.contract.enums import WorkflowStatus, WorkPackageState
from hcr.service.package_tasks import FAILED, PackageTasks, TaskLine
from hcr.service.package_view import View, calibration_times
from hcr.service.states import ACTIVE, TaskState

MOST_LINES, MOST_RUNNING = 200, 3
"""Lines of the remarks of a run, and feeders named that are being worked on."""

_STATUS = {
    WorkPackageState.SETUP.value: WorkflowStatus.STARTED.value,
    WorkPackageState.PRRP.value: WorkflowStatus.STARTED.value,
    WorkPackageState.RUNNING.value: WorkflowStatus.RUNNING.value,
    WorkPackageState.COMPLETED.value: WorkflowStatus.COMPLETED.value,
}


def run_view(row: Row[Any]) -> View:
    """Return a run without its remarks, which are resolved on demand."""
    request = json.loads(row.request)
    return {
        "id": row.id,
        "name": row.name,
        "workflowId": row.id,
        "runId": row.id,
        "status": _STATUS.get(row.status, WorkflowStatus.FAILED.value),
        "calibrationTimeLocal": request.get("calibrationTimeLocal") or calibration_times(request)[0],
        "startAt": row.created_at,
        "completedAt": row.completed_at,
        "feeders": request["feeders"],
        "calibrationWorkPackageConfig": row.request,
        "times": calibration_times(request),
        "row": row,
    }


def run_info(row: Row[Any], tasks: PackageTasks) -> str:
    """Return the remarks of a run: how far it is, or what came of each feeder."""
    if row.status in ACTIVE:
        return _progress(tasks)
    lines = list(_outcomes(row, tasks))
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more lines"]
    return "\n".join(lines)


def _progress(tasks: PackageTasks) -> str:
    lines = tasks.lines.values()
    done = sum(one.state == TaskState.SUCCEEDED.value for one in lines)
    running = [one.feeder for one in lines if one.state == TaskState.RUNNING.value]
    parts = [f"{done} of {len(tasks.lines)} feeders done"]
    if tasks.failed:
        parts.append(f"{len(tasks.failed)} failed")
    if running:
        more = f" and {len(running) - MOST_RUNNING} more" if len(running) > MOST_RUNNING else ""
        verb = "runs" if len(running) == 1 else "run"
        parts.append(f"{', '.join(running[:MOST_RUNNING])}{more} {verb}")
    return "; ".join(parts)


def _outcomes(row: Row[Any], tasks: PackageTasks) -> Iterator[str]:
    """Yield a line a feeder, then what was warned of."""
    if row.status == WorkPackageState.CANCELLED.value:
        yield "cancelled"
    for one in tasks.lines.values():
        if one.state == TaskState.SUCCEEDED.value:
            yield f"{one.feeder}: {one.summary or 'done'}{_again(one)}"
        elif one.state in FAILED:
            yield f"{one.feeder}: failed: {one.error_message or one.error_code}"
    yield from (f"warning: {text}" for text in [*json.loads(row.warnings), *tasks.warnings])


def _again(one: TaskLine) -> str:
    return f" (as in run {one.reused_from})" if one.reused_from else ""
