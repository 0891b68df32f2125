"""Following a work package: how it stands, how it ended, and the exit code that tells."""

from typing import TYPE_CHECKING

from hcr.cli.watch import Patience, Standing, Watched, Watcher
from hcr.errors import JobCancelledError, JobFailedError

if TYPE_CHECKING:
    from hcr.cli.session import Session
    from hcr.client.answers import WorkPackage
    from hcr.client.api import HostingCapacityApi


def watch_package(
    session: "Session", api: "HostingCapacityApi", package_id: str, patience: Patience
) -> "WorkPackage":
    """Return a package in its final state, after showing how it went and what came out.

    Raises
    ------
    NotFoundError, WaitTimeoutError, KeyboardInterrupt
        See `Watcher.follow`.
    """
    from hcr.cli.report import show_outcome

    watched = Watched(
        f"work package {package_id}",
        lambda: api.work_package(package_id),
        standing_of,
        session.command(f"work-package monitor {package_id}"),
        session.command(f"work-package cancel {package_id}"),
    )
    package = Watcher(session, patience).follow(watched)
    if not patience.events:
        show_outcome(session, api, package)
    return package


def standing_of(package: "WorkPackage") -> Standing:
    """Return how a package stands."""
    totals = package.totals
    text = f"{package.name or package.id}: {package.status.lower()}"
    event: dict[str, object] = {"id": package.id, "name": package.name, "status": package.status}
    if totals is None or not totals.total:
        return Standing(text, event=event)
    text += f", {totals.finished} of {totals.total} models done"
    text += f", {totals.failed} failed" if totals.failed else ""
    text += f", {totals.running} running" if totals.running else ""
    text += f", {totals.pending} waiting" if totals.pending else ""
    if package.failures:
        text += f"; last error: {package.failures[-1].message}"
    counts = ("total", "pending", "running", "succeeded", "failed", "cancelled", "timed_out")
    event["models"] = {name: getattr(totals, name) for name in counts}
    return Standing(text, totals.finished, totals.total, event)


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
