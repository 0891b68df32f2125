import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from hcr.client.operations import (
    EXTENSION_FIELDS,
    GET_CALIBRATION_EVIDENCE,
    GET_CALIBRATION_REPORT,
    GET_INTERCONNECTION_RESULT,
    GET_TRANSFORMER_TAP_SETTINGS_EXTENDED,
    GET_WORK_PACKAGE_BY_ID_EXTENDED,
    OPERATIONS,
    RETRY_WORK_PACKAGE,
    RUN_CALIBRATION_EXTENDED,
    RUN_INTERCONNECTION_WORK_PACKAGE,
    RUN_WORK_PACKAGE_BY_ENGINE,
    VERIFY_WORK_PACKAGE,
    Operation,
)
from hcr.contract.schema import schema_text

OURS = build_schema(schema_text())
PUBLIC_SDL = Path(__file__).parents[3] / "shared/contract/hosting_capacity.graphql"
EXTENSIONS = (
    GET_CALIBRATION_EVIDENCE,
    GET_CALIBRATION_REPORT,
    GET_INTERCONNECTION_RESULT,
    GET_TRANSFORMER_TAP_SETTINGS_EXTENDED,
    RUN_CALIBRATION_EXTENDED,
    GET_WORK_PACKAGE_BY_ID_EXTENDED,
    RETRY_WORK_PACKAGE,
    RUN_INTERCONNECTION_WORK_PACKAGE,
    RUN_WORK_PACKAGE_BY_ENGINE,
    VERIFY_WORK_PACKAGE,
)
WANTED = {
    "runWorkPackage",
    "runIntrinsicWorkPackage",
    "runHvNodeHeadroomWorkPackage",
    "runInterconnectionWorkPackage",
    "runCalibration",
    "getWorkPackageCostEstimation",
    "cancelWorkPackage",
    "deleteWorkPackage",
    "editWorkPackage",
    "retryWorkPackage",
    "verifyWorkPackage",
    "getActiveWorkPackages",
    "getWorkPackageById",
    "getWorkPackages",
    "getWorkPackageTree",
    "getWorkPackageStatsById",
    "getCalibrationRun",
    "getCalibrationSets",
    "getCalibrationEvidence",
    "getCalibrationReport",
    "getInterconnectionResult",
    "listCalibrationRuns",
    "getTransformerTapSettings",
    "createOpenDssModel",
    "pagedOpenDssModels",
    "deleteOpenDssModel",
    "getScenarioConfigurations",
    "getDurationCurves",
    "currentUser",
}


def test_every_operation_that_a_command_needs_is_there():
    assert {operation.name for operation in OPERATIONS} == WANTED | {"__type"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_document_is_valid_against_our_contract(operation: Operation):
    assert validate(OURS, parse(operation.document)) == []


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation not in EXTENSIONS],
    ids=lambda operation: operation.name,
)
def test_document_is_valid_on_a_plain_service(operation: Operation):
    if not PUBLIC_SDL.exists():
        pytest.skip("the public SDL lies beside the project only where it is developed")
    assert validate(build_schema(PUBLIC_SDL.read_text("utf-8")), parse(operation.document)) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_operation_is_named_after_its_only_root_field(operation: Operation):
    (definition,) = parse(operation.document).definitions
    assert isinstance(definition, OperationDefinitionNode)
    assert definition.name.value == operation.name
    assert definition.operation.value == operation.kind
    assert [field.name.value for field in definition.selection_set.selections] == [operation.name]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_variables_are_named_like_the_arguments_they_fill(operation: Operation):
    for argument, variable in re.findall(r"(\w+): \$(\w+)", operation.document):
        if argument != "if":
            assert argument == variable


def test_only_one_document_asks_for_our_extensions():
    pattern = re.compile(rf"(?<![$\w])({'|'.join(EXTENSION_FIELDS)})\b(?!:)")
    asking = [operation for operation in OPERATIONS if pattern.search(operation.document)]
    assert [one for one in asking if one != GET_CALIBRATION_REPORT] == [GET_WORK_PACKAGE_BY_ID_EXTENDED]
