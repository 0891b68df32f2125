"""Calibration runs and what they found, as the service answers them."""

import json
from dataclasses import dataclass
from datetime import datetime

from hcr.client.wire_values import fields_of, flag_of, instant_of, integer_of, number_of, text_of, texts_of

FINAL_CALIBRATION_STATES = frozenset({"COMPLETED", "FAILED"})


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """One run of a calibration; `name` is the calibration set it fills."""

    id: str
    name: str = ""
    status: str = ""
    run_info: str = ""
    workflow_id: str = ""
    run_id: str = ""
    calibration_time_local: str = ""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    feeders: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    """Its instants, the earliest first; empty in lists, and where the service does not tell."""

    @classmethod
    def read(cls, value: object) -> "CalibrationRun":
        """The run of an answer."""
        fields = fields_of(value)
        return cls(
            id=text_of(fields.get("id")),
            name=text_of(fields.get("name")),
            status=text_of(fields.get("status")),
            run_info=text_of(fields.get("runInfo")),
            workflow_id=text_of(fields.get("workflowId")),
            run_id=text_of(fields.get("runId")),
            calibration_time_local=text_of(fields.get("calibrationTimeLocal")),
            started_at=instant_of(fields.get("startAt")),
            completed_at=instant_of(fields.get("completedAt")),
            feeders=texts_of(fields.get("feeders")),
            times=_times_of(text_of(fields.get("calibrationWorkPackageConfig"))),
        )

    @property
    def is_final(self) -> bool:
        """True when the state will not change any more."""
        return self.status in FINAL_CALIBRATION_STATES


def _times_of(config: str) -> tuple[str, ...]:
    """Return the instants that the options of a run name, as our own service tells them."""
    try:
        options = fields_of(json.loads(config or "{}"))
    except ValueError:
        return ()
    given = {text_of(options.get("calibrationTimeLocal")), *texts_of(options.get("times"))}
    return tuple(sorted(given - {""}))


@dataclass(frozen=True, slots=True)
class TapSetting:
    """The tap changer of one transformer as a calibration found it; `id` is the transformer's mRID.

    Parameters
    ----------
    step_voltage_increment : float or None
        Voltage of one step, as a share of nominal: 0.025 is 2.5 %.
    feeder : str
        mRID of its feeder; empty where the service does not tell.
    """

    id: str
    low_step: int | None
    high_step: int | None
    nominal_tap_num: int | None
    tap_position: float | None
    control_enabled: bool | None
    step_voltage_increment: float | None
    feeder: str = ""

    @classmethod
    def read(cls, value: object) -> "TapSetting":
        """The setting of an answer."""
        fields = fields_of(value)
        return cls(
            id=text_of(fields.get("id")),
            low_step=integer_of(fields.get("lowStep")),
            high_step=integer_of(fields.get("highStep")),
            nominal_tap_num=integer_of(fields.get("nominalTapNum")),
            tap_position=number_of(fields.get("tapPosition")),
            control_enabled=flag_of(fields.get("controlEnabled")),
            step_voltage_increment=number_of(fields.get("stepVoltageIncrement")),
            feeder=text_of(fields.get("feeder")),
        )
