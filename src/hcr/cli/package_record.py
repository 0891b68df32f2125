"""Work packages as records: the documented shape of their JSON, and the columns of their tables."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hcr.client.answers import WorkPackage

LIST_COLUMNS = ("id", "name", "status", "created_at", "author")


def listed(package: "WorkPackage") -> dict[str, object]:
    """Return a package as `work-package list` has it."""
    author = package.created_by
    return {
        "id": package.id,
        "name": package.name,
        "status": package.status,
        "created_at": moment(package.created_at),
        "author": author.username if author else None,
    }


def shown(package: "WorkPackage") -> dict[str, object]:
    """Return a package as `work-package show` has it."""
    totals = package.totals
    return {
        **listed(package),
        "description": package.description or None,
        "completed_at": moment(package.completed_at),
        "parent": package.parent_id or None,
        "feeders": list(package.feeders),
        "scenarios": list(package.scenarios),
        "years": list(package.years),
        "from": package.time_period_start or None,
        "to": package.time_period_end or None,
        "engine": package.engine or None,
        "activity": package.activity or None,
        "models": totals.total if totals else None,
        "succeeded": totals.succeeded if totals else None,
        "failed": totals.failed if totals else None,
        "cancelled": totals.cancelled if totals else None,
        "timed_out": totals.timed_out if totals else None,
        "failures": [asdict(one) for one in package.failures],
        "warnings": list(package.warnings),
        "results": package.results_path or None,
    }


def progress_record(package: "WorkPackage") -> dict[str, object]:
    """Return a package as `work-package progress` has it."""
    totals = package.totals
    return {
        "id": package.id,
        "name": package.name,
        "status": package.status,
        "models": totals.total if totals else None,
        "done": totals.finished if totals else None,
        "failed": totals.failed if totals else None,
        "running": totals.running if totals else None,
        "waiting": totals.pending if totals else None,
    }


def moment(value: datetime | None) -> str | None:
    """Return an instant as ISO 8601 text in UTC, to the second."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if value else None
