"""Following a work package: how it stands, how it ended, and the exit code that tells."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from hcr.cli.watch import Patience, Standing, Watched, Watcher
from hcr.errors import JobCancelledError, JobFailedError

if TYPE_CHECKING:
    from hcr.cli.session import Session
    from hcr.client.answers import ModelTotals, WorkPackage
    from hcr.client.api import HostingCapacityApi


def watch_package(
    session: "Session", api: "HostingCapacityApi", package_id: str, patience: Patience
) -> "WorkPackage":
    """Return a package in its final state, after showing how it went and what came out.

    Raises
    ------
    HcrError, KeyboardInterrupt
        See `Watcher.follow`.
    """
    from hcr.cli.report import show_outcome

    package = await_package(session, api, package_id, patience)
    if not patience.events:
        show_outcome(session, api, package)
    return package


def await_package(
    session: "Session", api: "HostingCapacityApi", package_id: str, patience: Patience
) -> "WorkPackage":
    """Return a package in its final state; what came out is not shown.

    Raises
    ------
    HcrError, KeyboardInterrupt
        See `Watcher.follow`.
    """
    watched = Watched(
        f"work package {package_id}",
        lambda: api.work_package(package_id),
        standing_of,
        session.command(f"work-package monitor {package_id}"),
        session.command(f"work-package cancel {package_id}"),
    )
    return Watcher(session, patience).follow(watched)


def standing_of(package: "WorkPackage") -> Standing:
    """Return how a package stands."""
    totals = package.totals
    text = f"{package.name or package.id}: {package.status.lower()}{_took(package)}"
    event: dict[str, object] = {"id": package.id, "name": package.name, "status": package.status}
    if totals is None or not totals.total:
        return Standing(text, event=event)
    text += f", {totals.succeeded} of {totals.total} models done{_others(totals)}"
    event["models"] = asdict(totals)
    if package.activity and not package.is_final:
        text += f"; {package.activity}"
        event["activity"] = package.activity
    if package.failures and not package.is_final:
        text += f"; last error: {package.failures[-1].message}"
    return Standing(text, totals.finished, totals.total, event)


def _took(package: "WorkPackage") -> str:
    """Return how long a package took that has ended."""
    if not (package.is_final and package.created_at and package.completed_at):
        return ""
    return f" in {(package.completed_at - package.created_at).total_seconds():.0f} s"


def _others(totals: "ModelTotals") -> str:
    """Return the models that are not done, as far as there are some."""
    counts = {
        "failed": totals.failed,
        "timed out": totals.timed_out,
        "cancelled": totals.cancelled,
        "running": totals.running,
        "waiting": totals.pending,
    }
    return "".join(f", {count} {state}" for state, count in counts.items() if count)


def raise_unless_done(package: "WorkPackage") -> None:
    """Raise for a final package that did not do all it should.

    Raises
    ------
    JobCancelledError
        It was cancelled.
    JobFailedError
        It failed or timed out, or some of its models did.
    """
    totals = package.totals
    failed = totals.failed + totals.timed_out if totals else 0
    if package.status == "CANCELLED":
        raise JobCancelledError(f"work package {package.id} was cancelled")
    if package.status != "COMPLETED":
        raise JobFailedError(
            f"work package {package.id} ended as {package.status}",
            remedy=f"`work-package show {package.id}` tells what failed and why.",
        )
    if failed and totals:
        raise JobFailedError(
            f"{failed} of {totals.total} models failed",
            remedy="The results of the others are there; "
            f"`work-package show {package.id}` tells what failed and why.",
        )
