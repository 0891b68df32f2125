"""The GraphQL documents we send, one constant an operation; each is named after its root field."""

from dataclasses import dataclass
from typing import Literal

from hcr.client.calibration_evidence import CalibrationEvidence, CalibrationReport


@dataclass(frozen=True, slots=True)
class Operation:
    """A document with one root field; `name` is that field and the operation's name."""

    name: str
    kind: Literal["query", "mutation"]
    document: str


_USER = "id username email identityProvider"
_MODEL = "feeder scenario year"
_TOTALS = (
    "modelTotals { totalModels totalPending totalRunning totalSucceeded totalFailed totalCancelled"
    " totalTimedOut }"
)
_GROUPINGS = " ".join(
    f"{stage} {{ {_MODEL} }}"
    for stage in (
        "pending",
        "generation",
        "execution",
        "resultProcessing",
        "succeeded",
        "failed",
        "cancelled",
        "timedOut",
    )
)
_WORK_PACKAGE_LINE = (
    "id name description status createdAt createdBy { id username email } completedAt parentId"
)
_WORK_PACKAGE = (
    f"{_WORK_PACKAGE_LINE} updatedAt feeders scenarios years loadType timePeriodStart timePeriodEnd config"
    f" progressDetails {{ {_TOTALS} modelGroupings @include(if: $withGroupings) {{ {_GROUPINGS} }} }}"
)
# Fields that only our own service has; a plain Evolve App Server refuses the whole document over them.
EXTENSION_FIELDS = ("warnings", "failures", "resultsPath", "engine", "activity")
_FAILURE = "feeder scenario year code message"
_EXTENSIONS = f"warnings failures {{ {_FAILURE} }} resultsPath engine activity"
_CALIBRATION = "id name workflowId runId status calibrationTimeLocal startAt completedAt runInfo feeders"
_OPEN_DSS_MODEL = "id name createdAt createdBy state isPublic errors generationSpec"
_SCENARIO_CONFIGURATION = (
    "id scenarioName demandForecastsScenario demandForecastPoe demandForecastLevel pvForecastsScenario"
    " pvForecastLevel pvAllocationId bessForecastsScenario bessForecastLevel bessAllocationId"
    " evForecastsScenario evForecastLevel evAllocationId"
)
_DURATION_CURVE = (
    "terminalSequenceNumber durationCurve { points { conductingEquipment terminalSequenceNumber"
    " measurementZoneType timestamp percentageOfTime kw vBase } }"
)


def _query(name: str, variables: dict[str, str], selection: str = "") -> Operation:
    return Operation(name, "query", _document("query", name, variables, selection))


def _mutation(name: str, variables: dict[str, str], selection: str = "") -> Operation:
    """A mutation; those of the Evolve App Server that we use answer with a leaf."""
    return Operation(name, "mutation", _document("mutation", name, variables, selection))


def _document(kind: str, name: str, variables: dict[str, str], selection: str) -> str:
    """The text of a document whose variables are named like the arguments they fill."""
    declared = ", ".join(f"${argument}: {type_}" for argument, type_ in variables.items())
    passed = ", ".join(f"{argument}: ${argument}" for argument in variables)
    head = f"{kind} {name}({declared})" if declared else f"{kind} {name}"
    call = f"{name}({passed})" if passed else name
    return f"{head} {{ {call} {{ {selection} }} }}" if selection else f"{head} {{ {call} }}"


# ---- work packages

RUN_WORK_PACKAGE = _mutation("runWorkPackage", {"input": "WorkPackageInput!", "workPackageName": "String!"})
RUN_WORK_PACKAGE_BY_ENGINE = _mutation(
    "runWorkPackage", {"input": "WorkPackageInput!", "workPackageName": "String!", "engine": "HcrEngine"}
)
RUN_INTRINSIC_WORK_PACKAGE = _mutation(
    "runIntrinsicWorkPackage", {"input": "IntrinsicWorkPackageInput!", "workPackageName": "String!"}
)
RUN_HV_NODE_HEADROOM_WORK_PACKAGE = _mutation(
    "runHvNodeHeadroomWorkPackage",
    {"input": "HvNodeHeadroomWorkPackageInput!", "workPackageName": "String!"},
)
RUN_INTERCONNECTION_WORK_PACKAGE = _mutation(
    "runInterconnectionWorkPackage",
    {"input": "InterconnectionWorkPackageInput!", "workPackageName": "String!", "engine": "HcrEngine"},
)
GET_WORK_PACKAGE_COST_ESTIMATION = _query("getWorkPackageCostEstimation", {"input": "WorkPackageInput!"})
CANCEL_WORK_PACKAGE = _mutation("cancelWorkPackage", {"workPackageId": "ID!"})
DELETE_WORK_PACKAGE = _mutation("deleteWorkPackage", {"workPackageIds": "[String!]!"})
EDIT_WORK_PACKAGE = _mutation(
    "editWorkPackage", {"workPackageId": "ID!", "name": "String", "description": "String"}
)
RETRY_WORK_PACKAGE = _mutation("retryWorkPackage", {"workPackageId": "ID!"}, _FAILURE)
VERIFY_WORK_PACKAGE = _query(
    "verifyWorkPackage",
    {
        "id": "ID!",
        "lanes": "Int",
        "seed": "Int",
        "feeder": "String",
        "scenario": "String",
        "year": "Int",
    },
    "feeder scenario year lanes values voltagePu voltageNode currentA currentPercent disagreements passed",
)
GET_ACTIVE_WORK_PACKAGES = _query("getActiveWorkPackages", {})
_BY_ID = {"id": "ID!", "withGroupings": "Boolean! = false"}
GET_WORK_PACKAGE_BY_ID = _query("getWorkPackageById", _BY_ID, _WORK_PACKAGE)
GET_WORK_PACKAGE_BY_ID_EXTENDED = _query("getWorkPackageById", _BY_ID, f"{_WORK_PACKAGE} {_EXTENSIONS}")
GET_WORK_PACKAGES = _query(
    "getWorkPackages",
    {
        "limit": "Int",
        "offset": "Long",
        "filter": "HcWorkPackagesFilterInput",
        "sort": "HcWorkPackagesSortCriteriaInput",
    },
    f"totalCount offset workPackages {{ {_WORK_PACKAGE_LINE} }}",
)
GET_WORK_PACKAGE_TREE = _query(
    "getWorkPackageTree",
    {"id": "ID!"},
    f"ancestors {{ {_WORK_PACKAGE_LINE} }} children {{ {_WORK_PACKAGE_LINE} }}",
)
GET_WORK_PACKAGE_STATS_BY_ID = _query(
    "getWorkPackageStatsById", {"id": "ID!"}, "createdAt completedAt duration"
)
WORK_PACKAGE_FIELDS = Operation(
    "__type", "query", 'query __type { __type(name: "HcWorkPackage") { fields { name } } }'
)

# ---- calibration

_RUN_CALIBRATION = {
    "calibrationName": "String!",
    "calibrationTimeLocal": "LocalDateTime",
    "feeders": "[String!]",
    "generatorConfig": "HcGeneratorConfigInput",
}
CALIBRATION_EXTENSIONS = {"method": "CalibrationMethod", "times": "[LocalDateTime!]", "engine": "HcrEngine"}
RUN_CALIBRATION = _mutation("runCalibration", _RUN_CALIBRATION)
RUN_CALIBRATION_EXTENDED = _mutation("runCalibration", {**_RUN_CALIBRATION, **CALIBRATION_EXTENSIONS})
GET_CALIBRATION_EVIDENCE = _query(
    "getCalibrationEvidence",
    {"calibrationId": "ID!", "transformerMrid": "String!", "feeder": "String"},
    CalibrationEvidence.SELECTION,
)
GET_CALIBRATION_REPORT = _query(
    "getCalibrationReport", {"calibrationId": "ID!", "feeder": "String!"}, CalibrationReport.SELECTION
)
GET_CALIBRATION_RUN = _query(
    "getCalibrationRun", {"id": "ID!"}, f"{_CALIBRATION} calibrationWorkPackageConfig"
)
GET_CALIBRATION_SETS = _query("getCalibrationSets", {})
LIST_CALIBRATION_RUNS = _query(
    "listCalibrationRuns",
    {"name": "String", "calibrationTime": "LocalDateTime", "status": "WorkflowStatus"},
    _CALIBRATION,
)
_TAP_SETTINGS_OF = {"calibrationName": "String!", "feeder": "String", "transformerMrid": "String"}
_TAP_SETTING = "id lowStep highStep nominalTapNum tapPosition controlEnabled stepVoltageIncrement"
GET_TRANSFORMER_TAP_SETTINGS = _query("getTransformerTapSettings", _TAP_SETTINGS_OF, _TAP_SETTING)
GET_TRANSFORMER_TAP_SETTINGS_EXTENDED = _query(
    "getTransformerTapSettings", _TAP_SETTINGS_OF, f"{_TAP_SETTING} feeder"
)

# ---- interconnection

GET_INTERCONNECTION_RESULT = _query("getInterconnectionResult", {"id": "ID!", "feeder": "String"})

# ---- OpenDSS export

CREATE_OPEN_DSS_MODEL = _mutation("createOpenDssModel", {"input": "OpenDssModelInput!"})
DELETE_OPEN_DSS_MODEL = _mutation("deleteOpenDssModel", {"modelId": "ID!"})
PAGED_OPEN_DSS_MODELS = _query(
    "pagedOpenDssModels",
    {
        "limit": "Int",
        "offset": "Long",
        "filter": "GetOpenDssModelsFilterInput",
        "sort": "GetOpenDssModelsSortCriteriaInput",
    },
    f"totalCount offset models {{ {_OPEN_DSS_MODEL} }}",
)

# ---- input database and results

GET_SCENARIO_CONFIGURATIONS = _query(
    "getScenarioConfigurations",
    {"limit": "Int", "offset": "Long", "filter": "HcScenarioConfigsFilterInput"},
    f"totalCount offset scenarioConfigs {{ {_SCENARIO_CONFIGURATION} }}",
)
GET_DURATION_CURVES = _query(
    "getDurationCurves",
    {
        "workPackageId": "String!",
        "scenario": "String!",
        "feeder": "String!",
        "year": "Int!",
        "conductingEquipmentMrid": "String!",
    },
    _DURATION_CURVE,
)
CURRENT_USER = _query("currentUser", {}, f"{_USER} permissions")

OPERATIONS: tuple[Operation, ...] = tuple(
    value for name, value in sorted(globals().items()) if isinstance(value, Operation)
)
