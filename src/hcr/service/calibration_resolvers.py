"""What answers about calibration.

This service cannot calibrate yet, so nothing was ever calibrated here: the questions are answered truthfully
with nothing, and a run is refused by name.
"""

from typing import Any

from ariadne import MutationType, QueryType

from hcr.service.refusals import unsupported


def bind_calibration(query: QueryType, mutation: MutationType) -> None:
    """Answer the operations on calibration runs, sets and tap settings."""

    @query.field("getCalibrationRun")
    def run(*_: object, **__: object) -> None:
        return None

    for name in ("getCalibrationSets", "listCalibrationRuns", "getTransformerTapSettings"):
        query.set_field(name, _nothing)

    @mutation.field("runCalibration")
    def start(*_: object, **__: Any) -> None:
        raise unsupported(
            "runCalibration", "tap settings cannot be fitted to metered voltages here yet; no run was started"
        )


def _nothing(*_: object, **__: object) -> list[object]:
    return []
