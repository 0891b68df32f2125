"""Sending a calibration: its arguments are no input type, so they go one by one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi


def send_calibration(api: "HostingCapacityApi", name: str, arguments: Mapping[str, object]) -> str:
    """Return the ID of the new run.

    Parameters
    ----------
    arguments : wire form of `CalibrationArguments`; the name wins over the one in it.
    """
    time, feeders, config = (
        arguments.get(key) for key in ("calibrationTimeLocal", "feeders", "generatorConfig")
    )
    return api.run_calibration(
        name,
        calibration_time_local=str(time) if time is not None else None,
        feeders=[str(mrid) for mrid in feeders] if isinstance(feeders, list) else None,
        generator_config=config if isinstance(config, Mapping) else None,
    )
