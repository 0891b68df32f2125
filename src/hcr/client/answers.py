"""What the service answers, as plain frozen values."""

from hcr.client.calibration import FINAL_CALIBRATION_STATES, CalibrationRun, TapSetting
from hcr.client.duration_curve import DurationCurve, DurationCurvePoint
from hcr.client.open_dss_model import FINAL_OPEN_DSS_STATES, OpenDssModel, OpenDssModelPage
from hcr.client.scenario_configuration import ScenarioConfiguration, ScenarioConfigurationPage
from hcr.client.user import User
from hcr.client.verification import Verification
from hcr.client.work_package import (
    FINAL_WORK_PACKAGE_STATES,
    Model,
    ModelGrouping,
    ModelTotals,
    TaskFailure,
    WorkPackage,
    WorkPackagePage,
    WorkPackageStats,
    WorkPackageTree,
)

__all__ = [
    "FINAL_CALIBRATION_STATES",
    "FINAL_OPEN_DSS_STATES",
    "FINAL_WORK_PACKAGE_STATES",
    "CalibrationRun",
    "DurationCurve",
    "DurationCurvePoint",
    "Model",
    "ModelGrouping",
    "ModelTotals",
    "OpenDssModel",
    "OpenDssModelPage",
    "ScenarioConfiguration",
    "ScenarioConfigurationPage",
    "TapSetting",
    "TaskFailure",
    "User",
    "Verification",
    "WorkPackage",
    "WorkPackagePage",
    "WorkPackageStats",
    "WorkPackageTree",
]
