"""Following a calibration run."""

from typing import TYPE_CHECKING

from hcr.cli.watch import Patience, Standing, Watched, Watcher
from hcr.errors import JobFailedError

if TYPE_CHECKING:
    from hcr.cli.session import Session
    from hcr.client.answers import CalibrationRun
    from hcr.client.api import HostingCapacityApi


def watch_calibration(
    session: "Session", api: "HostingCapacityApi", run_id: str, patience: Patience
) -> "CalibrationRun":
    """Return a run in its final state.

    Raises
    ------
    HcrError, KeyboardInterrupt
        See `Watcher.follow`.
    """
    watched = Watched(
        f"calibration {run_id}",
        lambda: api.calibration_run(run_id),
        standing_of,
        session.command(f"calibration monitor {run_id}"),
        session.command(f"calibration cancel {run_id}"),
    )
    run = Watcher(session, patience).follow(watched)
    if run.status == "COMPLETED" and run.name:
        session.say(f"Its settings:  {session.command(f'calibration get-tx-tap-settings {run.name}')}")
    return run


def standing_of(run: "CalibrationRun") -> Standing:
    """Return how a run stands."""
    remarks = run.run_info.splitlines()
    info = f": {run.run_info}" if len(remarks) == 1 else "".join(f"\n  {line}" for line in remarks)
    event = {"id": run.id, "name": run.name, "status": run.status, "run_info": run.run_info or None}
    return Standing(f"{run.name or run.id}: {run.status.lower()}{info}", event=event)


def raise_unless_calibrated(run: "CalibrationRun") -> None:
    """Raise for a run that failed.

    Raises
    ------
    JobFailedError
        It failed; the reason is the service's.
    """
    if run.status != "COMPLETED":
        raise JobFailedError(f"calibration {run.name or run.id} ended as {run.status}", why=run.run_info)
