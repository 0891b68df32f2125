"""The public client library, unchanged, against the service on a socket with TLS and a token.

Every operation of the contract that it can build is driven, with every field of its answer.
"""

import asyncio
import os
import re
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import uvicorn
from graphql import OperationType, build_schema
from zepben import eas
from zepben.eas import (
    EasClient,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    GraphQLField,
    Mutation,
    Query,
)

from hcr.contract.schema import schema_text
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.service.app import create_app
from hcr.service.door.doorkeeper import Doorway
from hcr.service.door.gate import Gate
from hcr.service.place import Place
from hcr.service.resolvers import Service

TOKEN = "s3cret-t0ken"
PATIENCE_S = 60.0
SOON_S = 1.0
"""Longest answer while a study runs."""

Enter = Callable[..., None]


@dataclass(frozen=True)
class Address:
    """Where a service listens, and the certificate of its authority."""

    port: int
    authority: Path

    def client(self, *, asynchronous: bool = False, token: str = TOKEN) -> EasClient:
        """Return a public client of the service."""
        return EasClient(
            host="127.0.0.1",
            port=self.port,
            access_token=token,
            ca_filename=str(self.authority),
            asynchronous=asynchronous,
        )


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Service], Address]]:
    """Put a service on a socket, behind TLS and a token."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    servers: list[tuple[uvicorn.Server, threading.Thread, socket.socket]] = []

    def start(service: Service) -> Address:
        listener = socket.create_server(("127.0.0.1", 0))
        app = create_app(service, Doorway(Gate(token=TOKEN)))
        config = uvicorn.Config(app, log_level="error", ssl_certfile=str(tmp_path / "server.pem"))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        servers.append((server, thread, listener))
        return Address(listener.getsockname()[1], tmp_path / "ca.pem")

    yield start
    for server, thread, listener in servers:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def address(service: Service, enter_solved: Enter, serve: Callable[[Service], Address]) -> Address:
    """A service with the solved packages `p1`, `p2` and `p3`, on whose new packages nobody works."""
    enter_solved("p1")
    enter_solved("p2", generatorConfig={"model": {"vmPu": 1.02}})
    enter_solved("p3", tables=("zone_summary",))
    return serve(service)


# ---- what can be asked


def whole(asked: Any) -> Any:
    """Ask for every field of an answer."""
    return asked.fields(*type(asked).all_fields())


DAY = eas.TimePeriodInput(startTime="2025-01-15T00:00:00", endTime="2025-01-16T00:00:00")


def request(*feeders: str, **more: Any) -> eas.WorkPackageInput:
    config = eas.ForecastConfigInput(feeders=list(feeders), scenarios=["base"], years=[2025], timePeriod=DAY)
    return eas.WorkPackageInput(forecastConfig=config, **more)


def export() -> eas.OpenDssModelInput:
    options = eas.OpenDssModelOptionsInput(feeder="tiny", scenario="base", year=2025)
    modules = eas.OpenDssModulesConfigInput(common=eas.OpenDssCommonConfigInput(timePeriod=DAY))
    spec = eas.OpenDssModelGenerationSpecInput(modelOptions=options, modulesConfiguration=modules)
    return eas.OpenDssModelInput(generationSpec=spec, modelName="summer")


INTRINSIC = eas.IntrinsicWorkPackageInput(
    syf=eas.IntrinsicSyfConfigInput(feeders=["tiny"], scenario="base", year=2025),
    initialStateSelector=eas.IntrinsicInitialLoadStateConfigInput(
        selectorMode="ZERO_LOAD", startTime="2025-01-15T12:00:00"
    ),
)
HEADROOM = eas.HvNodeHeadroomWorkPackageInput(
    syf=INTRINSIC.syf, initialStateSelector=INTRINSIC.initial_state_selector
)
ANALYSIS = eas.FeederLoadAnalysisInput(
    startDate="2025-01-01", endDate="2025-01-31", aggregateAtFeederLevel=True, fetchLvNetwork=True,
    processCoincidentLoads=True, processFeederLoads=True, produceConductorReport=True,
)  # fmt: skip


def is_one(expected: object) -> Callable[[Any], bool]:
    return lambda found: bool(found == expected)


def has(**expected: object) -> Callable[[Any], bool]:
    return lambda found: expected.items() <= found.items()


@dataclass(frozen=True)
class Asked:
    """One operation, and what its answer must be, or a part of the error that refuses it."""

    build: Callable[[], Any]
    answer: Callable[[Any], bool] | None = None
    refusal: str = ""


NOTHING = "is not supported by this service: "

OPERATIONS: dict[str, Asked] = {
    "currentUser": Asked(
        lambda: whole(Query.current_user()), has(username="service token", permissions=["read", "write"])
    ),
    "getActiveWorkPackages": Asked(Query.get_active_work_packages, is_one([])),
    "getAllWorkPackagesAuthors": Asked(lambda: whole(Query.get_all_work_packages_authors()), is_one([])),
    "getWorkPackageById": Asked(
        lambda: whole(Query.get_work_package_by_id("p1", with_groupings=True)),
        has(id="p1", status="COMPLETED", feeders=["tiny"], createdBy=None, parentId=None),
    ),
    "getWorkPackages": Asked(
        lambda: whole(
            Query.get_work_packages(
                limit=1,
                offset=0,
                filter_=eas.HcWorkPackagesFilterInput(name="P"),
                sort=eas.HcWorkPackagesSortCriteriaInput(name="ASC"),
            )
        ),
        lambda page: page["totalCount"] == 3 and [one["id"] for one in page["workPackages"]] == ["p1"],
    ),
    "getWorkPackageTree": Asked(
        lambda: whole(Query.get_work_package_tree("p1")), is_one({"ancestors": [], "children": []})
    ),
    "getWorkPackageStatsById": Asked(
        lambda: whole(Query.get_work_package_stats_by_id("p1")), lambda found: 0 <= found["duration"] < 60
    ),
    "getWorkPackageCostEstimation": Asked(
        lambda: Query.get_work_package_cost_estimation(request("tiny")), lambda found: 0 <= found < 60
    ),
    "getCalibrationRun": Asked(lambda: whole(Query.get_calibration_run("r1")), is_one(None)),
    "getCalibrationSets": Asked(Query.get_calibration_sets, is_one([])),
    "listCalibrationRuns": Asked(
        lambda: whole(
            Query.list_calibration_runs(
                name="x", calibration_time="2025-01-15T04:00:00", status=eas.WorkflowStatus.COMPLETED
            )
        ),
        is_one([]),
    ),
    "getTransformerTapSettings": Asked(
        lambda: whole(Query.get_transformer_tap_settings("winter", feeder="tiny")), is_one([])
    ),
    "getScenarioConfigurations": Asked(
        lambda: whole(Query.get_scenario_configurations(limit=5)),
        lambda page: [one["scenarioName"] for one in page["scenarioConfigs"]] == ["base"],
    ),
    "hostingCapacityFileUploadUrl": Asked(
        lambda: whole(
            Query.hosting_capacity_file_upload_url("x.sqlite", eas.HostingCapacityFileType.INPUT_DATABASE)
        ),
        refusal=f"hostingCapacityFileUploadUrl {NOTHING}",
    ),
    "getDurationCurves": Asked(
        lambda: whole(Query.get_duration_curves("p1", "base", "tiny", 2025, "t001")),
        lambda curves: [len(curve["durationCurve"]["points"]) for curve in curves] == [100],
    ),
    "getOpportunities": Asked(
        lambda: whole(Query.get_opportunities(year=2025)), refusal=f"getOpportunities {NOTHING}"
    ),
    "getOpportunitiesForEquipment": Asked(
        lambda: whole(Query.get_opportunities_for_equipment("t001")), refusal=NOTHING
    ),
    "getOpportunity": Asked(lambda: whole(Query.get_opportunity("x")), refusal=NOTHING),
    "getOpportunityLocations": Asked(lambda: whole(Query.get_opportunity_locations()), refusal=NOTHING),
    "getProcessedDiff": Asked(lambda: whole(Query.get_processed_diff("d9")), is_one(None)),
    "getProcessedDiffs": Asked(
        lambda: whole(
            Query.get_processed_diffs(
                limit=5,
                filter_=eas.ProcessedDiffFilterInput(type="NETWORK_PERFORMANCE_METRICS"),
                sort=eas.ProcessedDiffSortCriteriaInput(type="ASC"),
            )
        ),
        is_one({"totalCount": 0, "offset": 0, "processedDiff": []}),
    ),
    "pagedOpenDssModels": Asked(
        lambda: whole(
            Query.paged_open_dss_models(
                filter_=eas.GetOpenDssModelsFilterInput(state=[eas.OpenDssModelState.CREATION]),
                sort=eas.GetOpenDssModelsSortCriteriaInput(createdAt="DESC"),
            )
        ),
        is_one({"totalCount": 0, "offset": 0, "models": []}),
    ),
    "getFeederLoadAnalysisReportStatus": Asked(
        lambda: whole(Query.get_feeder_load_analysis_report_status("r1", True)), refusal=NOTHING
    ),
    "runWorkPackage": Asked(lambda: Mutation.run_work_package(request("tiny"), "summer"), bool),
    "runIntrinsicWorkPackage": Asked(
        lambda: Mutation.run_intrinsic_work_package(INTRINSIC, "summer"), refusal=NOTHING
    ),
    "runHvNodeHeadroomWorkPackage": Asked(
        lambda: Mutation.run_hv_node_headroom_work_package(HEADROOM, "summer"), refusal=NOTHING
    ),
    "cancelWorkPackage": Asked(
        lambda: Mutation.cancel_work_package("p1"), refusal="404: there is no running work package p1"
    ),
    "deleteWorkPackage": Asked(lambda: Mutation.delete_work_package(["p3", "p9"]), is_one(["p3"])),
    "editWorkPackage": Asked(lambda: Mutation.edit_work_package("p1", name="other"), is_one(True)),
    "generateNetworkPerformanceDiff": Asked(
        lambda: whole(Mutation.generate_network_performance_diff("d1", "p1", "p2", diff_name="x")),
        is_one({"id": "d1", "entries": 2}),
    ),
    "generateEnhancedNetworkPerformanceDiff": Asked(
        lambda: whole(
            Mutation.generate_enhanced_network_performance_diff("d2", "p1", "p2", season="annual")
        ),
        is_one({"id": "d2", "entries": 2}),
    ),
    "editDiffPackage": Asked(
        lambda: Mutation.edit_diff_package("d9", name="x"), refusal="there is no difference d9"
    ),
    "runCalibration": Asked(
        lambda: Mutation.run_calibration(
            "winter", calibration_time_local="2025-01-15T04:00:00", feeders=["tiny"]
        ),
        bool,
    ),
    "processInputDatabase": Asked(lambda: Mutation.process_input_database("x.sqlite"), refusal=NOTHING),
    "createOpenDssModel": Asked(lambda: Mutation.create_open_dss_model(export()), is_one(1)),
    "deleteOpenDssModel": Asked(
        lambda: Mutation.delete_open_dss_model("7"), refusal="there is no OpenDSS model 7"
    ),
    "runFeederLoadAnalysis": Asked(lambda: Mutation.run_feeder_load_analysis(ANALYSIS), refusal=NOTHING),
}  # fmt: skip


def of_contract() -> set[str]:
    """Return the operations of the contract that the public client has a method for."""
    schema = build_schema(schema_text())
    found = set()
    for kind, methods in ((schema.query_type, Query), (schema.mutation_type, Mutation)):
        assert kind is not None
        found |= {name for name in kind.fields if hasattr(methods, snake_case(name))}
    return found


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def is_mutation(name: str) -> bool:
    return hasattr(Mutation, snake_case(name))


def test_every_operation_that_the_client_can_build_is_driven_here() -> None:
    assert set(OPERATIONS) == of_contract()


@pytest.fixture
def quiet_exports(service: Service) -> None:
    """Nobody makes exports."""
    service.exports.start = lambda place: lambda: True


@pytest.mark.usefixtures("quiet_exports")
def test_every_operation_is_answered_or_refused_by_name(address: Address) -> None:
    with address.client() as client:
        for name, asked in OPERATIONS.items():
            call = client.mutation if is_mutation(name) else client.query
            check(name, asked, lambda call=call, asked=asked: call(asked.build()))


@pytest.mark.usefixtures("quiet_exports")
def test_every_operation_is_answered_asynchronously(address: Address) -> None:
    async def drive() -> None:
        client = address.client(asynchronous=True)
        try:
            for name, asked in OPERATIONS.items():
                call = client.mutation if is_mutation(name) else client.query
                try:
                    answer: Any = await call(asked.build())
                except GraphQLClientGraphQLMultiError as error:
                    answer = error
                check(name, asked, lambda answer=answer: answer)
        finally:
            await client.close()

    asyncio.run(drive())


def check(name: str, asked: Asked, call: Callable[[], Any]) -> None:
    try:
        answer = call()
    except GraphQLClientGraphQLMultiError as error:
        answer = error
    if asked.answer is None:
        assert isinstance(answer, GraphQLClientGraphQLMultiError), (name, answer)
        assert asked.refusal in str(answer), name
    else:
        assert not isinstance(answer, Exception), (name, str(answer))
        assert asked.answer(answer["data"][name]), (name, answer)


def test_a_stranger_and_a_foreign_certificate_get_nothing(address: Address, tmp_path: Path) -> None:
    with address.client(token="no") as client, pytest.raises(GraphQLClientHttpError, match="401"):
        client.query(Query.get_active_work_packages())
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    foreign = Address(address.port, tmp_path / "other.pem")
    with foreign.client() as client, pytest.raises(httpx.ConnectError, match="certificate"):
        client.query(Query.get_active_work_packages())


def test_several_fields_go_in_one_request(address: Address) -> None:
    with address.client() as client:
        answer = client.execute_custom_operation(
            Query.get_calibration_sets(),
            whole(Query.get_work_package_stats_by_id("p1")),
            operation_type=OperationType.QUERY,
            operation_name="both",
        )
    assert answer["data"]["getCalibrationSets"] == []
    assert answer["data"]["getWorkPackageStatsById"]["completedAt"]


def test_what_is_not_honoured_is_refused_or_warned_of(address: Address, service: Service) -> None:
    with address.client() as client:
        intervention = eas.InterventionConfigInput(parentWorkPackageId="p1")
        with pytest.raises(
            GraphQLClientGraphQLMultiError, match="interventions are not supported by this service"
        ):
            client.mutation(Mutation.run_work_package(request("tiny", intervention=intervention), "x"))
        idle = eas.HcGeneratorConfigInput(solve=eas.HcSolveConfigInput(normVMinPu=0.9))
        answer = client.mutation(Mutation.run_work_package(request("tiny", generatorConfig=idle), "x"))
    row = service.ledger.package(answer["data"]["runWorkPackage"])
    assert row is not None
    assert "generatorConfig.solve.normVMinPu" in row.warnings
    assert row.created_by == "service token"


def test_a_calibration_and_its_taps_are_read(address: Address, enter_calibration: Enter) -> None:
    enter_calibration("c1", "winter", {"tiny": {"t001": 3, "t002": 5}})
    only = {"feeder": "tiny", "transformer_mrid": "t002"}
    with address.client() as client:
        run = client.query(whole(Query.get_calibration_run("c1")))["data"]["getCalibrationRun"]
        taps = client.query(whole(Query.get_transformer_tap_settings("winter", **only)))["data"]
        sets = client.query(Query.get_calibration_sets())["data"]
        config = eas.HcGeneratorConfigInput(model=eas.HcModelConfigInput(transformerTapSettings="winter"))
        client.mutation(Mutation.run_work_package(request("tiny", generatorConfig=config), "with taps"))
    assert (run["name"], run["status"], run["runInfo"]) == ("winter", "COMPLETED", "tiny: 2 found")
    assert sets == {"getCalibrationSets": ["winter"]}
    assert taps["getTransformerTapSettings"] == [
        {
            "id": "t002", "lowStep": 1, "highStep": 8, "nominalTapNum": 4, "tapPosition": 5.0,
            "controlEnabled": False, "stepVoltageIncrement": 0.025,
        }
    ]  # fmt: skip


def test_differences_are_made_shown_and_edited(address: Address) -> None:
    with address.client() as client:
        client.mutation(whole(Mutation.generate_network_performance_diff("d1", "p1", "p2")))
        client.mutation(Mutation.edit_diff_package("d1", name="before and after"))
        found = client.query(whole(Query.get_processed_diff("d1")))["data"]["getProcessedDiff"]
        page = client.query(whole(Query.get_processed_diffs()))["data"]["getProcessedDiffs"]
    assert (found["name"], found["wPId1"]["id"], found["wPId2"]["id"]) == ("before and after", "p1", "p2")
    assert page["processedDiff"] == [found]


# ---- the download, with the process that makes the files


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_model_is_exported_and_fetched_through_its_link(
    address: Address, service: Service, asynchronous: bool
) -> None:
    link = asyncio.run(link_of(address)) if asynchronous else wait_for_link(address)
    while service.exports.runs():
        time.sleep(0.05)
    assert link.startswith(f"https://127.0.0.1:{address.port}/api/opendss-model/1/file?")
    context = ssl.create_default_context(cafile=str(address.authority))
    with httpx.Client(verify=context, trust_env=False) as plain:
        file = plain.get(link)  # without the token
        assert plain.get(link.replace("/1/", "/2/")).status_code == 403
        assert plain.get(link.partition("/file")[0]).status_code == 401
    assert file.status_code == 200
    with zipfile.ZipFile(BytesIO(file.content)) as archive:
        assert archive.testzip() is None
        assert "Master.dss" in archive.namelist()


def wait_for_link(address: Address) -> str:
    with address.client() as client:
        number = client.mutation(Mutation.create_open_dss_model(export()))["data"]["createOpenDssModel"]
        with pytest.raises(httpx.HTTPStatusError, match="404"):
            client.get_opendss_model_download_url(99)
        deadline = time.monotonic() + PATIENCE_S
        states = []
        while time.monotonic() < deadline:
            page = client.query(whole(Query.paged_open_dss_models()))["data"]["pagedOpenDssModels"]
            states.append(page["models"][0]["state"])
            if states[-1] != "CREATION":
                break
            time.sleep(0.1)
        assert (states[0], states[-1]) == ("CREATION", "COMPLETED"), page
        link: str = client.get_opendss_model_download_url(number)
        return link


async def link_of(address: Address) -> str:
    client = address.client(asynchronous=True)
    try:
        await client.mutation(Mutation.create_open_dss_model(export()))
        deadline = time.monotonic() + PATIENCE_S
        state = "CREATION"
        while state == "CREATION" and time.monotonic() < deadline:
            answer = await client.query(whole(Query.paged_open_dss_models()))
            state = answer["data"]["pagedOpenDssModels"]["models"][0]["state"]
            await asyncio.sleep(0.1)
        link: str = await client.get_opendss_model_download_url(1)
        return link
    finally:
        await client.close()


# ---- while a study runs


@pytest.fixture
def busy(
    tmp_path: Path, tiny_feeder: Path, serve: Callable[[Service], Address]
) -> Iterator[tuple[Service, Address, Callable[[], None]]]:
    """A service, and what starts its worker."""
    root = tmp_path / "busy"
    shutil.copytree(tiny_feeder, root / "feeders" / "tiny")
    folder = root / "feeders" / "street"
    folder.mkdir()
    generate_feeder(FeederRecipe(mrid="street", customers=60, seed=5), folder)
    workers: list[subprocess.Popen[bytes]] = []

    def work() -> None:
        words = [sys.executable, "-P", "-m", "hcr.service.worker", str(root)]
        workers.append(subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True))

    service = Service(Place(root), lambda ledger, place: None)
    service.exports.start = lambda place: lambda: True
    yield service, serve(service), work
    for worker in workers:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    service.close()


YEAR = eas.TimePeriodInput(startTime="2025-01-01T00:00:00", endTime="2026-01-01T00:00:00")


def test_answers_come_within_a_second_while_a_study_runs(
    busy: tuple[Service, Address, Callable[[], None]],
) -> None:
    service, address, work = busy
    config = eas.ForecastConfigInput(
        feeders=["street"], scenarios=["base"], years=[2025, 2026, 2027, 2028], timePeriod=YEAR
    )
    study = eas.WorkPackageInput(forecastConfig=config)
    with address.client() as client:
        package_id = client.mutation(Mutation.run_work_package(study, "busy"))["data"]["runWorkPackage"]
        work()
        wait_until_running(service, package_id)
        asked: dict[str, Callable[[], GraphQLField]] = {
            "runWorkPackage": lambda: Mutation.run_work_package(request("tiny"), "another"),
            "editWorkPackage": lambda: Mutation.edit_work_package(package_id, description="x"),
            "createOpenDssModel": lambda: Mutation.create_open_dss_model(export()),
            "getWorkPackageById": lambda: whole(Query.get_work_package_by_id(package_id)),
            **{
                name: OPERATIONS[name].build
                for name in (
                    "currentUser",
                    "getActiveWorkPackages",
                    "getWorkPackages",
                    "getAllWorkPackagesAuthors",
                    "getCalibrationSets",
                    "getScenarioConfigurations",
                    "getProcessedDiffs",
                    "pagedOpenDssModels",
                )
            },
        }
        took: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(5):
            for name, build in asked.items():
                began = time.monotonic()
                (client.mutation if is_mutation(name) else client.query)(build())
                took[name].append(time.monotonic() - began)
        assert service.ledger.active(), "the study ended before the answers were measured"
    usual = {name: statistics.median(seconds) for name, seconds in took.items()}  # others use the machine too
    assert max(usual.values()) < SOON_S, usual


def wait_until_running(service: Service, package_id: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if any(task.state == "RUNNING" for task in service.ledger.tasks_of(package_id)):
            return
        time.sleep(0.1)
    raise AssertionError("no worker began")
