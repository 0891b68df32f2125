import json

import pytest

from hcr.client.answers import Model, ModelTotals, User
from hcr.client.api import HostingCapacityApi
from hcr.client.operations import EXTENSION_FIELDS
from hcr.client.tokens import StaticToken
from hcr.errors import AuthError, NetworkError, NotFoundError, ServerError, UsageError

PERIOD = {"startTime": "2030-01-01T00:00:00", "endTime": "2030-12-31T00:00:00"}
FORECAST = {
    "forecastConfig": {"feeders": ["F1"], "scenarios": ["base"], "years": [2030], "timePeriod": PERIOD}
}
INTRINSIC = {
    "syf": {"feeders": ["F1"], "scenario": "base", "year": 2030},
    "initialStateSelector": {"selectorMode": "ZERO_LOAD", "startTime": "2030-01-01T00:00:00"},
}
EXPORT = {
    "generationSpec": {
        "modelOptions": {"feeder": "F1", "scenario": "base", "year": 2030},
        "modulesConfiguration": {"common": {"timePeriod": PERIOD}},
    }
}
PACKAGE = {
    "id": "7",
    "name": "summer",
    "status": "RUNNING",
    "createdAt": "2026-01-05T12:00:00Z",
    "isDeleted": False,
    "feeders": ["F1"],
    "scenarios": ["base"],
    "years": [2030],
    "warnings": ["a warning"],
    "failures": [],
    "engine": "batch",
    "activity": "capacities: 3 of 9",
    "resultsPath": "/results/7",
}
RUN = {
    "id": "r1",
    "name": "july",
    "workflowId": "w",
    "runId": "r",
    "status": "COMPLETED",
    "calibrationTimeLocal": "2025-07-12T04:00:00",
    "startAt": "2026-01-05T12:00:00Z",
}


@pytest.fixture
def api(service, open_transport) -> HostingCapacityApi:
    return HostingCapacityApi(open_transport(service))


# Each line: the method with its arguments, what the service holds, what comes back, the variables sent.
CALLS = [
    (
        lambda api: api.run_work_package(FORECAST, "summer"),
        {"runWorkPackage": "7"},
        "7",
        {"input": FORECAST, "workPackageName": "summer"},
    ),
    (
        lambda api: api.run_intrinsic_work_package(INTRINSIC, "bare"),
        {"runIntrinsicWorkPackage": "8"},
        "8",
        {"input": INTRINSIC, "workPackageName": "bare"},
    ),
    (
        lambda api: api.run_hv_node_headroom_work_package(INTRINSIC, "hv"),
        {"runHvNodeHeadroomWorkPackage": "9"},
        "9",
        {"input": INTRINSIC, "workPackageName": "hv"},
    ),
    (
        lambda api: api.estimate_work_package_cost(FORECAST),
        {"getWorkPackageCostEstimation": 123.45},
        123.45,
        {"input": FORECAST},
    ),
    (
        lambda api: api.cancel_work_package("7"),
        {"cancelWorkPackage": "7"},
        "7",
        {"workPackageId": "7"},
    ),
    (
        lambda api: api.delete_work_packages(("7", "8")),
        {"deleteWorkPackage": ["7"]},
        ("7",),
        {"workPackageIds": ["7", "8"]},
    ),
    (
        lambda api: api.edit_work_package("7", description="better"),
        {"editWorkPackage": True},
        True,
        {"workPackageId": "7", "description": "better"},
    ),
    (lambda api: api.active_work_packages(), {"getActiveWorkPackages": ["7", "8"]}, ("7", "8"), {}),
    (
        lambda api: api.run_calibration("july"),
        {"runCalibration": "r1"},
        "r1",
        {"calibrationName": "july"},
    ),
    (
        lambda api: api.run_calibration(
            "july",
            {
                "calibrationTimeLocal": "2025-07-12T04:00:00",
                "feeders": ["F1"],
                "generatorConfig": {"solve": {"maxIter": 30}},
            },
        ),
        {"runCalibration": "r1"},
        "r1",
        {
            "calibrationName": "july",
            "calibrationTimeLocal": "2025-07-12T04:00:00",
            "feeders": ["F1"],
            "generatorConfig": {"solve": {"maxIter": 30}},
        },
    ),
    (lambda api: api.calibration_sets(), {"getCalibrationSets": ["july"]}, ("july",), {}),
    (lambda api: api.create_open_dss_model(EXPORT), {"createOpenDssModel": 11}, "11", {"input": EXPORT}),
    (
        lambda api: api.delete_open_dss_model("11"),
        {"deleteOpenDssModel": "11"},
        "11",
        {"modelId": "11"},
    ),
    (
        lambda api: api.current_user(),
        {"currentUser": {"id": "u", "username": "ana", "permissions": ["read"]}},
        User(id="u", username="ana", permissions=("read",)),
        {},
    ),
]


@pytest.mark.parametrize(("call", "data", "expected", "variables"), CALLS)
def test_call_sends_just_what_is_given_and_reads_the_answer(service, api, call, data, expected, variables):
    service.data = data
    assert call(api) == expected
    assert service.calls == [{"name": next(iter(data)), "variables": variables}]


def test_work_package_of_our_service_has_its_extensions(service, api):
    totals = dict.fromkeys(("totalPending", "totalFailed", "totalCancelled", "totalTimedOut"), 0)
    totals |= {"totalModels": 3, "totalRunning": 2, "totalSucceeded": 1}
    service.data = {"getWorkPackageById": {**PACKAGE, "progressDetails": {"modelTotals": totals}}}
    package = api.work_package("7")
    assert package.warnings == ("a warning",)
    assert (package.engine, package.results_path) == ("batch", "/results/7")
    assert package.totals == ModelTotals(total=3, running=2, succeeded=1)
    assert [call["name"] for call in service.calls] == ["__type", "getWorkPackageById"]
    assert service.calls[1]["variables"] == {"id": "7"}


def test_groupings_only_when_asked_for(service, api):
    stages = ("pending", "generation", "execution", "resultProcessing")
    stages += ("succeeded", "failed", "cancelled", "timedOut")
    groupings = {stage: [] for stage in stages}
    groupings["failed"] = [{"feeder": "F1", "scenario": "base", "year": 2030}]
    totals = dict.fromkeys(
        (
            "totalModels",
            "totalPending",
            "totalRunning",
            "totalSucceeded",
            "totalFailed",
            "totalCancelled",
            "totalTimedOut",
        ),
        0,
    )
    progress = {"modelTotals": totals, "modelGroupings": groupings}
    service.data = {"getWorkPackageById": {**PACKAGE, "progressDetails": progress}}
    assert api.work_package("7").groupings == ()
    package = api.work_package("7", with_groupings=True)
    assert {group.stage: group.models for group in package.groupings}["failed"] == (
        Model("F1", "base", 2030),
    )
    assert service.calls[-1]["variables"] == {"id": "7", "withGroupings": True}


def test_service_is_asked_for_its_extensions_only_once(service, api):
    service.data = {"getWorkPackageById": PACKAGE}
    api.work_package("7")
    api.work_package("7")
    assert [call["name"] for call in service.calls].count("__type") == 1


def test_plain_service_never_meets_our_extensions(serve, open_transport):
    service = serve(plain=True)
    service.data = {"getWorkPackageById": PACKAGE}
    package = HostingCapacityApi(open_transport(service)).work_package("7")
    assert (package.id, package.warnings, package.engine) == ("7", (), "")
    documents = " ".join(str(request.body["query"]) for request in service.requests)
    assert not any(name in documents for name in EXTENSION_FIELDS)


def test_service_that_refuses_introspection_counts_as_plain(service, api, scripted):
    service.script.append(scripted(200, b'{"errors": [{"message": "introspection is off"}]}'))
    service.data = {"getWorkPackageById": PACKAGE}
    assert api.work_package("7").engine == ""
    assert not api.speaks_extensions()


def test_trouble_while_asking_for_extensions_is_not_swallowed(service, open_transport, waits, scripted):
    service.script.append(scripted(403))
    api = HostingCapacityApi(open_transport(service, retry=waits.retry(1)))
    with pytest.raises(AuthError):
        api.work_package("7")
    service.script.append(scripted(drop=True))
    with pytest.raises(NetworkError):
        api.work_package("7")


def test_work_packages_by_page(service, api):
    service.data = {"getWorkPackages": {"totalCount": 70, "offset": 50, "workPackages": [PACKAGE]}}
    page = api.work_packages(limit=1, offset=50, where={"name": "summer"}, sort={"createdAt": "DESC"})
    assert (page.total, page.offset, page.work_packages[0].name) == (70, 50, "summer")
    assert service.calls[0]["variables"] == {
        "limit": 1,
        "offset": 50,
        "filter": {"name": "summer"},
        "sort": {"createdAt": "DESC"},
    }


def test_tree_and_statistics(service, api):
    service.data = {
        "getWorkPackageTree": {"ancestors": [], "children": [PACKAGE]},
        "getWorkPackageStatsById": {"createdAt": "2026-01-05T12:00:00Z", "duration": 61},
    }
    assert [child.id for child in api.work_package_tree("6").children] == ["7"]
    assert api.work_package_stats("7").duration_s == 61


def test_calibration_runs(service, api):
    service.data = {"getCalibrationRun": RUN, "listCalibrationRuns": [RUN]}
    assert api.calibration_run("r1").is_final
    (run,) = api.calibration_runs(name="july", status="COMPLETED")
    assert run.name == "july"
    assert service.calls[1]["variables"] == {"name": "july", "status": "COMPLETED"}


def test_tap_settings(service, api):
    service.data = {"getTransformerTapSettings": [{"id": "tx1", "tapPosition": 3.0}]}
    (setting,) = api.transformer_tap_settings("july", feeder="F1")
    assert (setting.id, setting.tap_position) == ("tx1", 3.0)
    assert service.operations == [("getTransformerTapSettings", {"calibrationName": "july", "feeder": "F1"})]


def test_scenarios_and_duration_curves(service, api):
    point = {
        "workPackageId": "7",
        "scenario": "base",
        "feeder": "F1",
        "conductingEquipment": "line-1",
        "terminalSequenceNumber": 1,
        "measurementZoneType": "TRANSFORMER",
        "timestamp": "2030-01-01T00:30:00",
        "percentageOfTime": 5.0,
        "kw": 12.5,
        "vBase": 240.0,
    }
    service.data = {
        "getScenarioConfigurations": {
            "totalCount": 1,
            "offset": 0,
            "scenarioConfigs": [{"id": "s", "scenarioName": "base", "evForecastLevel": "high"}],
        },
        "getDurationCurves": [{"terminalSequenceNumber": 1, "durationCurve": {"points": [point]}}],
    }
    (scenario,) = api.scenario_configurations(limit=10).scenario_configurations
    assert (scenario.scenario_name, scenario.ev_forecast_level) == ("base", "high")
    (curve,) = api.duration_curves("7", Model("F1", "base", 2030), conducting_equipment_mrid="line-1")
    assert curve.points[0].kw == 12.5
    assert service.calls[1]["variables"] == {
        "workPackageId": "7",
        "scenario": "base",
        "feeder": "F1",
        "year": 2030,
        "conductingEquipmentMrid": "line-1",
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.work_package("404x"),
        lambda api: api.work_package_tree("404x"),
        lambda api: api.work_package_stats("404x"),
        lambda api: api.calibration_run("404x"),
    ],
)
def test_null_means_there_is_no_such_thing(api, call):
    with pytest.raises(NotFoundError, match="404x") as caught:
        call(api)
    assert caught.value.exit_code == 6


def test_cost_as_numeric_text_and_as_nonsense(service, api, scripted):
    service.script.append(scripted(200, b'{"data": {"getWorkPackageCostEstimation": "123.45"}}'))
    assert api.estimate_work_package_cost(FORECAST) == 123.45
    service.script.append(scripted(200, b'{"data": {"getWorkPackageCostEstimation": "cheap"}}'))
    with pytest.raises(ServerError, match="did not name a cost"):
        api.estimate_work_package_cost(FORECAST)


def test_run_without_an_id_is_an_error(service, api, scripted):
    service.script.append(scripted(200, b'{"data": {"runWorkPackage": null}}'))
    with pytest.raises(ServerError, match="did not name an ID for runWorkPackage"):
        api.run_work_package(FORECAST, "n")


# ---- OpenDSS export


def models_page(ids: range, total: int) -> bytes:
    models = [{"id": number, "state": "COMPLETED"} for number in ids]
    return json.dumps({"data": {"pagedOpenDssModels": {"totalCount": total, "models": models}}}).encode()


def test_one_model_is_found_by_walking_the_pages(service, api, scripted):
    service.script.append(scripted(200, models_page(range(100), 130)))
    service.script.append(scripted(200, models_page(range(100, 130), 130)))
    assert api.open_dss_model("117").state == "COMPLETED"
    offsets = [call["variables"]["offset"] for call in service.calls]
    assert offsets == [0, 100]


@pytest.mark.parametrize(
    "pages", [[models_page(range(3), 3)], [models_page(range(3), 9), models_page(range(0), 9)]]
)
def test_walk_ends_when_the_pages_do(service, api, scripted, pages):
    service.script.extend(scripted(200, page) for page in pages)
    with pytest.raises(NotFoundError, match="OpenDSS model 77"):
        api.open_dss_model("77")
    assert len(service.calls) == len(pages)


def test_download_follows_the_redirect_without_the_token(service, serve, open_transport, scripted, tmp_path):
    storage = serve()
    storage.files["/bucket/model.zip?sig=s1"] = scripted(200, b"PK" + bytes(100_000))
    service.files["/api/opendss-model/11"] = scripted(
        302, headers={"Location": f"{storage.url}/bucket/model.zip?sig=s1"}
    )
    lines: list[str] = []
    api = HostingCapacityApi(open_transport(service, StaticToken("hunter2"), trace=lines.append))
    path = api.download_open_dss_model("11", tmp_path / "out" / "model.zip")
    assert path.read_bytes() == b"PK" + bytes(100_000)
    assert list(path.parent.iterdir()) == [path]
    assert service.requests[0].headers["authorization"] == "Bearer hunter2"
    assert "authorization" not in storage.requests[0].headers
    text = "\n".join(lines)
    assert "s1" not in text
    assert "hunter2" not in text


def test_download_from_a_relative_address_or_at_once(service, api, scripted, tmp_path):
    service.files["/api/opendss-model/1"] = scripted(302, headers={"Location": "/files/1.zip"})
    service.files["/files/1.zip"] = scripted(200, b"one")
    service.files["/api/opendss-model/2"] = scripted(200, b"two")
    assert api.download_open_dss_model("1", tmp_path / "1.zip").read_bytes() == b"one"
    assert api.download_open_dss_model("2", tmp_path / "2.zip").read_bytes() == b"two"


def test_id_cannot_leave_its_place_in_the_address(service, api, tmp_path):
    with pytest.raises(NotFoundError):
        api.download_open_dss_model("../graphql?x=1", tmp_path / "x.zip")
    assert service.requests[0].path == "/api/opendss-model/..%2Fgraphql%3Fx%3D1"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_download_that_fails_leaves_nothing_and_no_signature(service, api, scripted, tmp_path, status):
    service.files["/api/opendss-model/1"] = scripted(302, headers={"Location": "/files/1.zip?sig=s1gnature"})
    service.files["/files/1.zip?sig=s1gnature"] = scripted(status, b"expired")
    with pytest.raises((ServerError, NotFoundError, AuthError)) as caught:
        api.download_open_dss_model("1", tmp_path / "1.zip")
    assert "s1gnature" not in str(caught.value) + caught.value.why
    assert list(tmp_path.iterdir()) == []


def test_download_cut_off_leaves_nothing(service, api, scripted, tmp_path):
    service.files["/api/opendss-model/1"] = scripted(302, headers={"Location": "/files/1.zip?sig=s1gnature"})
    service.files["/files/1.zip?sig=s1gnature"] = scripted(drop=True)
    with pytest.raises(NetworkError) as caught:
        api.download_open_dss_model("1", tmp_path / "1.zip")
    assert "s1gnature" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_with_block_closes_the_connections(service, open_transport):
    service.data = {"getActiveWorkPackages": []}
    with HostingCapacityApi(open_transport(service)) as api:
        api.active_work_packages()
    with pytest.raises(RuntimeError, match="closed"):
        api.active_work_packages()


# ---- engines and verification


def test_an_engine_is_sent_only_when_it_is_given(api, service):
    service.data = {"runWorkPackage": "7"}
    assert api.run_work_package(FORECAST, "summer", engine="OPENDSS") == "7"
    assert api.run_work_package(FORECAST, "summer") == "7"
    plain = {"input": FORECAST, "workPackageName": "summer"}
    assert service.operations == [
        ("runWorkPackage", {**plain, "engine": "OPENDSS"}),
        ("runWorkPackage", plain),
    ]
    assert "HcrEngine" not in str(service.requests[-1].body["query"])


def test_a_plain_service_is_asked_neither_for_an_engine_nor_for_a_check(serve, open_transport):
    service = serve(plain=True)
    service.data = {"runWorkPackage": "7"}
    api = HostingCapacityApi(open_transport(service))
    with pytest.raises(UsageError, match="does not offer a choice of engines"):
        api.run_work_package(FORECAST, "summer", engine="BATCH")
    with pytest.raises(UsageError, match="does not offer a check of stored results"):
        api.verify_work_package("7", lanes=24, seed=1)
    with pytest.raises(UsageError, match="does not offer calibrations with a choice of method, times"):
        api.run_calibration("july", {"times": ["2025-07-12T04:00:00"], "method": "JOINT"})
    with pytest.raises(UsageError, match="does not offer the evidence of a calibration"):
        api.calibration_evidence("41", "tx1")
    with pytest.raises(UsageError, match="does not offer interconnection studies"):
        api.run_interconnection_work_package({"feeder": "f"}, "queue")
    assert service.operations == []
    assert api.run_work_package(FORECAST, "summer") == "7"


@pytest.mark.parametrize("engine", [None, "BATCH"])
def test_an_interconnection_study_is_submitted(api, service, engine):
    service.data = {"runInterconnectionWorkPackage": "10"}
    assert api.run_interconnection_work_package({"feeder": "f"}, "queue", engine=engine) == "10"
    chosen = {"engine": engine} if engine else {}
    variables = {"input": {"feeder": "f"}, "workPackageName": "queue", **chosen}
    assert service.operations == [("runInterconnectionWorkPackage", variables)]


def test_what_only_our_service_knows_of_calibrations_is_sent_when_it_is_given(api, service):
    service.data = {"runCalibration": "r1"}
    given = {"times": ["2025-07-12T04:00:00"], "method": "JOINT", "engine": "BATCH"}
    assert api.run_calibration("july", given) == "r1"
    assert api.run_calibration("july", {"feeders": ["F1"], "method": None}) == "r1"
    assert service.operations == [
        ("runCalibration", {"calibrationName": "july", **given}),
        ("runCalibration", {"calibrationName": "july", "feeders": ["F1"]}),
    ]
    assert "CalibrationMethod" not in str(service.requests[-1].body["query"])


def test_a_check_is_asked_for_one_model_or_for_all(api, service):
    answer = {"feeder": "F1", "scenario": "base", "year": 2030, "lanes": 5, "values": 9, "passed": True}
    service.data = {"verifyWorkPackage": [{**answer, "disagreements": []}]}
    (one,) = api.verify_work_package("7", Model("F1", "base", 2030), lanes=5, seed=2)
    api.verify_work_package("7", lanes=5, seed=2)
    assert (one.feeder, one.passed) == ("F1", True)
    wanted = {"id": "7", "lanes": 5, "seed": 2}
    assert service.operations == [
        ("verifyWorkPackage", {**wanted, "feeder": "F1", "scenario": "base", "year": 2030}),
        ("verifyWorkPackage", wanted),
    ]
