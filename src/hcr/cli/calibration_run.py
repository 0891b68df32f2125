"""Which calibration run somebody means."""

from typing import TYPE_CHECKING

from hcr.errors import NotFoundError

if TYPE_CHECKING:
    from hcr.client.answers import CalibrationRun
    from hcr.client.api import HostingCapacityApi


def run_meant(api: "HostingCapacityApi", given: str) -> "CalibrationRun":
    """Return the run with that ID, else the one behind the set of that name.

    Our own service knows sets by name; others are asked for the newest completed run of that name.

    Raises
    ------
    NotFoundError
        There is neither.
    """
    try:
        return api.calibration_run(given)
    except NotFoundError:
        if api.speaks_extensions():
            raise
        ended = [run for run in api.calibration_runs(name=given, status="COMPLETED") if run.started_at]
        if not ended:
            raise
        return max(ended, key=lambda run: str(run.started_at))
