"""Every operation by the command that builds it: what is sent, what comes out, and how it ends.

The service is nothing but the contract's SDL on a loopback socket, so a document or a variable that does not
fit the contract is an error. Each row runs against both kinds of service: a plain Evolve App Server, whose
SDL lacks our extensions, and our own.
"""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from stub_service import StubService

PERIOD = {"startTime": "2030-01-01T00:00:00", "endTime": "2030-12-31T00:00:00"}
FORECAST = {
    "forecastConfig": {"feeders": ["F1", "F2"], "scenarios": ["base"], "years": [2030], "timePeriod": PERIOD},
    "generatorConfig": {"model": {"loadVMinPu": 0.8, "loadVMaxPu": 1.15}, "solve": {"stepSizeMinutes": 30}},
}
WIRE_NAMES = """
name: Summer
forecastConfig:
  feeders: [F1, F2]
  scenarios: [base]
  years: [2030]
  timePeriod: {startTime: 2030-01-01T00:00:00, endTime: 2030-12-31T00:00:00}
generatorConfig:
  model: {loadVMinPu: 0.8, loadVMaxPu: 1.15}
  solve: {stepSizeMinutes: 30}
"""
SNAKE_CASE = """
name: Summer
forecast_config:
  feeders: [F1, F2]
  scenarios: [base]
  years: [2030]
  time_period: {start_time: 2030-01-01T00:00:00, end_time: 2030-12-31T00:00:00}
generator_config:
  model: {load_v_min_pu: 0.8, load_v_max_pu: 1.15}
  solve: {step_size_minutes: 30}
"""
LEGACY_KEYS = """
name: Summer
syf_config:
  feeders: [F1, F2]
  scenarios: [base]
  years: [2030]
  load_time: {start_time: 2030-01-01T00:00:00, end_time: 2030-12-31T00:00:00}
generator_config:
  model: {load_vmin_pu: 0.8, load_vmax_pu: 1.15}
  solve: {step_size_minutes: 30.0}
"""
OVERRIDE_YAML = """
feederConfigs:
  configs:
    - feeder: F1
      scenarios: [base]
      years: [2025]
      fixedTime:
        loadTime: 2025-07-12T18:30:00
        overrides:
          - {loadId: load-17, loadWattsOverride: [4500.0], loadVarOverride: [900.0]}
"""
LEGACY_OVERRIDE_YAML = """
syf_config:
  configs:
    - feeder: F1
      scenarios: [base]
      years: [2025]
      load_time:
        load_time: 2025-07-12T18:30:00
        load_overrides:
          load-17: {load_watts: [4500.0], load_var: [900.0]}
"""
OVERRIDE = {
    "feederConfigs": {
        "configs": [
            {
                "feeder": "F1",
                "scenarios": ["base"],
                "years": [2025],
                "fixedTime": {
                    "loadTime": "2025-07-12T18:30:00",
                    "overrides": [
                        {
                            "loadId": "load-17",
                            "loadWattsOverride": [4500.0],
                            "loadVarOverride": [900.0],
                        }
                    ],
                },
            }
        ]
    }
}
CALIBRATION_YAML = """
calibration_name: winter
calibration_time_local: 2025-07-12T04:00:00
feeders: [F1]
transformer_tap_settings: autumn
"""
SEARCH_YAML = """
name: Search
syf: {feeders: [F1], scenario: base, year: 2025}
initial_state_selector: {selector_mode: ZERO_LOAD, start_time: 2025-07-12T18:30:00}
constraints: {voltage: {hv: {min_pu: 0.9, max_pu: 1.054}}}
injection_resource: {method: IMPORT_LOAD}
search: {%s: 2.5}
results_writer: {writer_type: PARQUET}
"""
SEARCH = {
    "syf": {"feeders": ["F1"], "scenario": "base", "year": 2025},
    "initialStateSelector": {"selectorMode": "ZERO_LOAD", "startTime": "2025-07-12T18:30:00"},
    "constraints": {"voltage": {"hv": {"minPu": 0.9, "maxPu": 1.054}}},
    "injectionResource": {"method": "IMPORT_LOAD"},
    "resultsWriter": {"writerType": "PARQUET"},
}
TOTALS = {
    "totalModels": 3,
    "totalPending": 1,
    "totalRunning": 1,
    "totalSucceeded": 1,
    "totalFailed": 0,
    "totalCancelled": 0,
    "totalTimedOut": 0,
}
PACKAGE = {
    "id": "7",
    "name": "Summer",
    "status": "COMPLETED",
    "createdAt": "2026-01-05T12:00:00Z",
    "createdBy": {"id": "u", "username": "ana"},
    "completedAt": "2026-01-05T12:01:01Z",
    "isDeleted": False,
    "feeders": ["F1"],
    "scenarios": ["base"],
    "years": [2030],
    "warnings": [],
    "failures": [],
}
RUN = {
    "id": "41",
    "name": "winter",
    "workflowId": "w",
    "runId": "r",
    "status": "COMPLETED",
    "calibrationTimeLocal": "2025-07-12T04:00:00",
    "startAt": "2026-01-05T12:00:00Z",
    "completedAt": "2026-01-05T12:01:00Z",
    "feeders": ["F1"],
}
MODEL = {
    "id": 11,
    "name": "F1-base-2030",
    "createdAt": "2026-01-05T12:00:00Z",
    "state": "COMPLETED",
    "isPublic": False,
    "errors": [],
    "generationSpec": "{}",
}
EXPORT_OPTIONS = {"feeder": "F1", "scenario": "base", "year": 2030}
POINT = {
    "workPackageId": "7",
    "scenario": "base",
    "feeder": "F1",
    "conductingEquipment": "tx1",
    "terminalSequenceNumber": 1,
    "measurementZoneType": "TRANSFORMER",
    "timestamp": "2030-01-01T00:30:00",
    "percentageOfTime": 5.0,
    "kw": 12.5,
    "vBase": 240.0,
}
TAPS = {"id": "tx1", "lowStep": -2, "highStep": 2, "nominalTapNum": 0, "tapPosition": 1.0}
TAP_TABLE = (
    "id\tlow_step\thigh_step\tnominal_tap_num\ttap_position\tcontrol_enabled\tstep_voltage_increment\tfeeder\n"
    "tx1\t-2\t2\t0\t1.0\tyes\t2.5\t\n"
)
TAP_ANSWER = {"getTransformerTapSettings": [{**TAPS, "controlEnabled": True, "stepVoltageIncrement": 2.5}]}
LIST_HEAD = "id\tname\tstatus\tcreated_at\tauthor\n"
LIST_LINE = "7\tSummer\tCOMPLETED\t2026-01-05T12:00:00Z\tana\n"
RUNS_HEAD = "id\tname\tstatus\ttime\tstarted_at\tcompleted_at\n"
PAGE = {"totalCount": 1, "offset": 0, "workPackages": [PACKAGE]}
EMPTY_PAGE = {"totalCount": 0, "offset": 0, "workPackages": []}
BY_ID = ("getWorkPackageById", {"id": "7"})


@dataclass(frozen=True)
class Row:
    """A command line, what the service answers, what it must have been asked, and what comes out."""

    words: str
    data: dict[str, object]
    calls: list[tuple[str, dict[str, object]]]
    stdout: str
    files: dict[str, str] = field(default_factory=dict)
    code: int = 0


def sent(name: str, /, **variables: object) -> list[tuple[str, dict[str, object]]]:
    return [(name, variables)]


def run_row(words: str, files: dict[str, str], operation: str, variables: dict[str, object]) -> Row:
    """A submission: the ID is the one line on stdout."""
    return Row(f"work-package run {words}", {operation: "7"}, [(operation, variables)], "7\n", files)


RUN_ROWS = [
    run_row(
        "forecast summer",
        {"forecast/summer.yaml": text},
        "runWorkPackage",
        {"input": FORECAST, "workPackageName": "summer"},
    )
    for text in (WIRE_NAMES, SNAKE_CASE, LEGACY_KEYS)
] + [
    run_row(
        "forecast",
        {"forecast/any.yml": WIRE_NAMES},
        "runWorkPackage",
        {"input": FORECAST, "workPackageName": "Summer"},
    ),
    run_row(
        "forecast 'my study' -n summer",
        {"forecast/summer.yaml": WIRE_NAMES, "forecast/winter.yaml": "no: configuration"},
        "runWorkPackage",
        {"input": FORECAST, "workPackageName": "my study"},
    ),
    run_row(
        "forecast summer --set forecastConfig.years=[2030,2040] --set generator_config.model.load_vmax_pu=1.2"
        " --set generatorConfig.solve.mode=DAILY",
        {"forecast/summer.yaml": WIRE_NAMES},
        "runWorkPackage",
        {
            "input": {
                "forecastConfig": {**FORECAST["forecastConfig"], "years": [2030, 2040]},
                "generatorConfig": {
                    "model": {"loadVMinPu": 0.8, "loadVMaxPu": 1.2},
                    "solve": {"stepSizeMinutes": 30, "mode": "DAILY"},
                },
            },
            "workPackageName": "summer",
        },
    ),
    *(
        run_row(
            "feeder-override evening",
            {"feeder_override/evening.yaml": text},
            "runWorkPackage",
            {"input": OVERRIDE, "workPackageName": "evening"},
        )
        for text in (OVERRIDE_YAML, LEGACY_OVERRIDE_YAML)
    ),
    run_row(
        "intrinsic",
        {"intrinsic/x.yaml": SEARCH_YAML % "step_kw_per_customer"},
        "runIntrinsicWorkPackage",
        {"input": {**SEARCH, "search": {"stepKwPerCustomer": 2.5}}, "workPackageName": "Search"},
    ),
    run_row(
        "hv-node-headroom",
        {"hv_node_headroom/x.yaml": SEARCH_YAML % "step_kw_per_node"},
        "runHvNodeHeadroomWorkPackage",
        {"input": {**SEARCH, "search": {"stepKwPerNode": 2.5}}, "workPackageName": "Search"},
    ),
    run_row(
        "calibration",
        {"calibration/x.yaml": CALIBRATION_YAML},
        "runCalibration",
        {
            "calibrationName": "winter",
            "calibrationTimeLocal": "2025-07-12T04:00:00",
            "feeders": ["F1"],
            "generatorConfig": {"model": {"transformerTapSettings": "autumn"}},
        },
    ),
    run_row(
        "calibration july -n x",
        {"calibration/x.yaml": "calibrationName: winter"},
        "runCalibration",
        {"calibrationName": "july"},
    ),
    run_row(
        "calibration winter --tx-tap-settings '2024: all' --feeder F7 --feeder 010",
        {"calibration/winter.yaml": CALIBRATION_YAML},
        "runCalibration",
        {
            "calibrationName": "winter",
            "calibrationTimeLocal": "2025-07-12T04:00:00",
            "feeders": ["F7", "010"],
            "generatorConfig": {"model": {"transformerTapSettings": "2024: all"}},
        },
    ),
]

PACKAGE_ROWS = [
    Row(
        "work-package cost forecast summer",
        {"getWorkPackageCostEstimation": 1234567.25},
        sent("getWorkPackageCostEstimation", input=FORECAST),
        "1234567.25\n",
        {"forecast/summer.yaml": WIRE_NAMES},
    ),
    Row(
        "work-package cost feeder-override",
        {"getWorkPackageCostEstimation": 12.0},
        sent("getWorkPackageCostEstimation", input=OVERRIDE),
        "12\n",
        {"feeder_override/x.yaml": OVERRIDE_YAML},
    ),
    Row(
        "work-package cancel 7",
        {"getWorkPackageById": {**PACKAGE, "status": "CANCELLED"}, "cancelWorkPackage": "7"},
        [BY_ID, ("cancelWorkPackage", {"workPackageId": "7"}), BY_ID],
        "7\n",
    ),
    Row(
        "work-package delete 7 --yes",
        {"getWorkPackageById": PACKAGE, "deleteWorkPackage": ["7"]},
        [BY_ID, ("deleteWorkPackage", {"workPackageIds": ["7"]})],
        "7\n",
    ),
    Row(
        "work-package edit 7 --name Winter",
        {"editWorkPackage": True},
        sent("editWorkPackage", workPackageId="7", name="Winter"),
        "7\n",
    ),
    Row(
        "work-package edit 7 --description ''",
        {"editWorkPackage": True},
        sent("editWorkPackage", workPackageId="7", description=""),
        "7\n",
    ),
    Row(
        "work-package list",
        {"getWorkPackages": PAGE},
        sent("getWorkPackages", limit=20, sort={"createdAt": "DESC"}),
        LIST_HEAD + LIST_LINE,
    ),
    Row(
        "work-package list --limit 5 --offset 10 --name sum --author ana --author bo --oldest-first",
        {"getWorkPackages": EMPTY_PAGE},
        sent(
            "getWorkPackages",
            limit=5,
            offset=10,
            filter={"name": "sum", "createdBy": ["ana", "bo"]},
            sort={"createdAt": "ASC"},
        ),
        LIST_HEAD,
    ),
    Row(
        "work-package show 7 --query '[name, status]'",
        {"getWorkPackageById": PACKAGE},
        [("getWorkPackageById", {"id": "7", "withGroupings": True})],
        "Summer\nCOMPLETED\n",
    ),
    Row(
        "work-package tree 7",
        {"getWorkPackageTree": {"ancestors": [PACKAGE], "children": [{**PACKAGE, "id": "8"}]}},
        sent("getWorkPackageTree", id="7"),
        f"relation\t{LIST_HEAD}ancestor\t{LIST_LINE}child\t{LIST_LINE.replace('7', '8', 1)}",
    ),
    Row(
        "work-package stats 7",
        {"getWorkPackageStatsById": {"createdAt": "2026-01-05T12:00:00Z", "duration": 61}},
        sent("getWorkPackageStatsById", id="7"),
        "key\tvalue\nid\t7\ncreated_at\t2026-01-05T12:00:00Z\ncompleted_at\t\nduration_s\t61\n",
    ),
    Row(
        "work-package progress",
        {
            "getActiveWorkPackages": ["7"],
            "getWorkPackageById": {
                **PACKAGE,
                "status": "RUNNING",
                "progressDetails": {"modelTotals": TOTALS},
            },
        },
        [("getActiveWorkPackages", {}), BY_ID],
        "id\tname\tstatus\tmodels\tdone\tfailed\trunning\twaiting\n7\tSummer\tRUNNING\t3\t1\t0\t1\t1\n",
    ),
    Row(
        "work-package monitor 7",
        {"getWorkPackageById": PACKAGE},
        [BY_ID],
        "",
    ),
    Row(
        "work-package monitor 7 -o jsonl",
        {"getWorkPackageById": {**PACKAGE, "status": "CANCELLED"}},
        [BY_ID],
        '{"id": "7", "name": "Summer", "status": "CANCELLED"}\n',
        code=3,
    ),
]

CALIBRATION_ROWS = [
    Row(
        "calibration list",
        {"getCalibrationSets": ["winter", "summer"]},
        sent("getCalibrationSets"),
        "name\nwinter\nsummer\n",
    ),
    Row(
        "calibration runs",
        {"listCalibrationRuns": []},
        sent("listCalibrationRuns"),
        RUNS_HEAD,
    ),
    Row(
        "calibration runs --name winter --time 2025-07-12T04:00 --status completed",
        {"listCalibrationRuns": [RUN]},
        sent("listCalibrationRuns", name="winter", calibrationTime="2025-07-12T04:00", status="COMPLETED"),
        f"{RUNS_HEAD}41\twinter\tCOMPLETED\t2025-07-12T04:00:00\t2026-01-05T12:00:00Z\t2026-01-05T12:01:00Z\n",
    ),
    Row(
        "calibration show 41 --query feeders",
        {"getCalibrationRun": RUN},
        sent("getCalibrationRun", id="41"),
        "F1\n",
    ),
    Row(
        "calibration monitor 41",
        {"getCalibrationRun": RUN},
        sent("getCalibrationRun", id="41"),
        "",
    ),
    Row(
        "calibration monitor 41 -o jsonl",
        {"getCalibrationRun": {**RUN, "status": "FAILED", "runInfo": "no meters"}},
        sent("getCalibrationRun", id="41"),
        '{"id": "41", "name": "winter", "status": "FAILED", "run_info": "no meters"}\n',
        code=1,
    ),
    Row(
        "calibration get-tx-tap-settings winter",
        TAP_ANSWER,
        sent("getTransformerTapSettings", calibrationName="winter"),
        TAP_TABLE,
    ),
    Row(
        "calibration get-tx-tap-settings winter --feeder F1 --transformer tx1",
        TAP_ANSWER,
        sent("getTransformerTapSettings", calibrationName="winter", feeder="F1", transformerMrid="tx1"),
        TAP_TABLE,
    ),
    Row(
        "calibration get-tx-tap-settings 2025",
        TAP_ANSWER,
        [("getCalibrationRun", {"id": "2025"}), ("getTransformerTapSettings", {"calibrationName": "2025"})],
        TAP_TABLE,
    ),
    Row(
        "calibration get-tx-tap-settings spring",
        {"getTransformerTapSettings": [], "getCalibrationSets": ["spring"]},
        [*sent("getTransformerTapSettings", calibrationName="spring"), *sent("getCalibrationSets")],
        TAP_TABLE.splitlines(keepends=True)[0],
    ),
    Row(
        "calibration get-tx-tap-settings spring -o json",
        {"getTransformerTapSettings": [], "getCalibrationSets": ["winter"]},
        [*sent("getTransformerTapSettings", calibrationName="spring"), *sent("getCalibrationSets")],
        "",
        code=6,
    ),
    Row(
        "calibration cancel 41",
        {"getCalibrationRun": {**RUN, "status": "FAILED"}, "cancelWorkPackage": "41"},
        [
            *sent("getCalibrationRun", id="41"),
            *sent("cancelWorkPackage", workPackageId="41"),
            *sent("getCalibrationRun", id="41"),
        ],
        "41\n",
    ),
]

NEWEST_MODELS = ("pagedOpenDssModels", {"limit": 100, "offset": 0, "sort": {"createdAt": "DESC"}})
MODELS = {"pagedOpenDssModels": {"totalCount": 1, "offset": 0, "models": [MODEL]}}
OPEN_DSS_ROWS = [
    Row(
        "opendss export F1 --year 2030 --time 2030-01-01T12:00",
        {"createOpenDssModel": 11},
        sent(
            "createOpenDssModel",
            input={
                "generationSpec": {
                    "modelOptions": EXPORT_OPTIONS,
                    "modulesConfiguration": {"common": {"fixedTime": {"loadTime": "2030-01-01T12:00:00"}}},
                },
                "modelName": "F1-base-2030",
            },
        ),
        "11\n",
    ),
    Row(
        "opendss export F1 --year 2030 --scenario high --from 2030-01-01T00:00 --to 2030-12-31T00:00:00"
        " --name mine --public",
        {"createOpenDssModel": 11},
        sent(
            "createOpenDssModel",
            input={
                "generationSpec": {
                    "modelOptions": {**EXPORT_OPTIONS, "scenario": "high"},
                    "modulesConfiguration": {"common": {"timePeriod": PERIOD}},
                },
                "modelName": "mine",
                "isPublic": True,
            },
        ),
        "11\n",
    ),
    Row(
        "opendss list --limit 5 --name F1 --state failed --state COULD_NOT_START",
        {
            "pagedOpenDssModels": {
                "totalCount": 1,
                "offset": 0,
                "models": [{**MODEL, "state": "FAILED", "errors": ["no feeder"]}],
            }
        },
        sent(
            "pagedOpenDssModels",
            limit=5,
            filter={"name": "F1", "state": ["FAILED", "COULD_NOT_START"]},
            sort={"createdAt": "DESC"},
        ),
        "id\tname\tstate\tcreated_at\terrors\n11\tF1-base-2030\tFAILED\t2026-01-05T12:00:00Z\tno feeder\n",
    ),
    Row(
        "opendss download 12",
        MODELS,
        [NEWEST_MODELS],
        "",
        code=6,
    ),
]

OTHER_ROWS = [
    Row(
        "scenarios list --limit 5 --name high",
        {
            "getScenarioConfigurations": {
                "totalCount": 1,
                "offset": 0,
                "scenarioConfigs": [
                    {"id": "s1", "scenarioName": "high", "pvForecastsScenario": "p", "evForecastLevel": "l"}
                ],
            }
        },
        sent("getScenarioConfigurations", limit=5, filter={"name": "high"}),
        "id\tscenario_name\tdemand_forecasts_scenario\tpv_forecasts_scenario\ns1\thigh\t\tp\n",
    ),
    Row(
        "duration-curves 7 --feeder F1 --year 2030 --equipment tx1",
        {"getDurationCurves": [{"terminalSequenceNumber": 1, "durationCurve": {"points": [POINT]}}]},
        sent(
            "getDurationCurves",
            workPackageId="7",
            scenario="base",
            feeder="F1",
            year=2030,
            conductingEquipmentMrid="tx1",
        ),
        "terminal\tpercentage_of_time\tkw\tv_base\n1\t5.0\t12.5\t240.0\n",
    ),
    Row(
        "duration-curves 7 --feeder F1 --year 2030 --equipment tx1 --scenario high",
        {"getDurationCurves": []},
        sent(
            "getDurationCurves",
            workPackageId="7",
            scenario="high",
            feeder="F1",
            year=2030,
            conductingEquipmentMrid="tx1",
        ),
        "terminal\tpercentage_of_time\tkw\tv_base\n",
    ),
    Row(
        "doctor --query \"[?contains(found, '2 work packages')].state\"",
        {"getActiveWorkPackages": ["7", "8"]},
        sent("getActiveWorkPackages"),
        "ok\n",
    ),
]

ROWS = [*RUN_ROWS, *PACKAGE_ROWS, *CALIBRATION_ROWS, *OPEN_DSS_ROWS, *OTHER_ROWS]


@pytest.fixture(params=[False, True], ids=["ours", "plain"])
def either_service(request: pytest.FixtureRequest, serve: Callable[..., StubService]) -> StubService:
    return serve(plain=request.param)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.words)
def test_command(tmp_path, either_service, point_at, configure, hcr, row: Row):
    either_service.data = row.data
    directory = point_at(tmp_path / "config", either_service)
    configure(directory, row.files)

    outcome = hcr(directory, *shlex.split(row.words))

    assert either_service.operations == row.calls
    assert outcome.stdout == row.stdout
    assert outcome.code == row.code
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(("plain", "name"), [(True, "winter"), (False, "41")])
def test_the_settings_of_a_run_are_those_of_that_run_where_the_service_tells(
    tmp_path, serve, point_at, hcr, plain: bool, name: str
):
    service = serve(plain=plain)
    service.data = {"getCalibrationRun": RUN, **TAP_ANSWER}
    outcome = hcr(point_at(tmp_path / "config", service), "calibration", "get-tx-tap-settings", "41")
    assert (outcome.code, outcome.stdout) == (0, TAP_TABLE)
    assert service.operations[-1] == ("getTransformerTapSettings", {"calibrationName": name})


def test_the_table_covers_every_operation_of_the_client(tmp_path):
    from hcr.client.operations import OPERATIONS

    elsewhere = {"__type", "currentUser", "deleteOpenDssModel", "retryWorkPackage", "verifyWorkPackage"}
    elsewhere |= {"getCalibrationEvidence", "getCalibrationReport"}  # test_calibration.py
    elsewhere |= {"runInterconnectionWorkPackage"}  # test_submission.py
    elsewhere |= {"getInterconnectionResult"}  # test_interconnection.py
    assert {name for row in ROWS for name, _ in row.calls} | elsewhere == {one.name for one in OPERATIONS}


# ---- more to see than what is shown


@pytest.mark.parametrize(
    ("words", "data", "said"),
    [
        ("work-package list", {"getWorkPackages": {**PAGE, "totalCount": 9}}, "1 of 9 packages"),
        (
            "opendss list",
            {"pagedOpenDssModels": {"totalCount": 3, "offset": 0, "models": [MODEL]}},
            "1 of 3 models",
        ),
        (
            "scenarios list",
            {
                "getScenarioConfigurations": {
                    "totalCount": 2,
                    "offset": 0,
                    "scenarioConfigs": [{"id": "s", "scenarioName": "base"}],
                }
            },
            "1 of 2 scenarios",
        ),
        ("work-package progress", {"getActiveWorkPackages": []}, "No work package is active."),
        (
            "duration-curves 7 --feeder F1 --year 2030 --equipment tx9",
            {"getDurationCurves": []},
            "no duration curve for tx9",
        ),
        (
            "calibration get-tx-tap-settings spring",
            {"getTransformerTapSettings": [], "getCalibrationSets": ["spring"]},
            "'spring' has no settings",
        ),
    ],
)
def test_people_are_told_what_is_not_shown(directory, service, hcr, words, data, said):
    service.data = data

    assert said in hcr(directory, *shlex.split(words)).stderr


def test_a_package_that_vanishes_is_left_out_of_progress(directory, service, hcr):
    service.data = {"getActiveWorkPackages": ["7", "8"], "getWorkPackageById": None}

    outcome = hcr(directory, "work-package", "progress", "-o", "json")

    assert (outcome.code, outcome.json) == (0, [])
