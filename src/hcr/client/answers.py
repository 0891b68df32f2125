"""What the service answers, as plain frozen values."""

from hcr.client.calibration import FINAL_CALIBRATION_STATES, CalibrationRun, TapSetting
from hcr.client.calibration_evidence import (
    CalibrationEvidence,
    CalibrationReport,
    CustomerFinding,
    FeederFinding,
    TapCandidate,
    TimeFinding,
    TransformerFinding,
)
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
    "CalibrationEvidence",
    "CalibrationReport",
    "CalibrationRun",
    "CustomerFinding",
    "DurationCurve",
    "DurationCurvePoint",
    "FeederFinding",
    "Model",
    "ModelGrouping",
    "ModelTotals",
    "OpenDssModel",
    "OpenDssModelPage",
    "ScenarioConfiguration",
    "ScenarioConfigurationPage",
    "TapCandidate",
    "TapSetting",
    "TaskFailure",
    "TimeFinding",
    "TransformerFinding",
    "User",
    "Verification",
    "WorkPackage",
    "WorkPackagePage",
    "WorkPackageStats",
    "WorkPackageTree",
]
