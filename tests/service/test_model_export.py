"""OpenDSS exports: asked for, made, listed, fetched through a link, deleted."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from dss import DSS

from hcr.contract.inputs import WorkPackageInput
from hcr.service.model_download import LIFE_SECONDS, ModelDownload
from hcr.service.model_export import MOST_ATTEMPTS
from hcr.service.model_export_process import make_exports
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.studies.case import build_case
from hcr.studies.engine_choice import OPENDSS, EngineChoice
from hcr.studies.plan import plan
from hcr.studies.recording import solutions

Ask = Callable[..., Any]
Fetch = Callable[..., httpx.Response]

CREATE = "mutation ($input: OpenDssModelInput!) { createOpenDssModel(input: $input) }"
DELETE = "mutation ($id: ID!) { deleteOpenDssModel(modelId: $id) }"
LIST = """query ($limit: Int, $offset: Long, $filter: GetOpenDssModelsFilterInput,
  $sort: GetOpenDssModelsSortCriteriaInput) {
  pagedOpenDssModels(limit: $limit, offset: $offset, filter: $filter, sort: $sort) { totalCount offset
    models { id name createdAt createdBy state downloadUrl isPublic errors generationSpec } } }"""
DAY = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}
EVENING = {"startTime": "2025-03-02T17:30:00", "endTime": "2025-03-02T20:00:00"}
NOON = {"loadTime": "2025-01-15T12:00:00"}


def wanted(feeder: str = "tiny", common: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    modules = {"common": common or {"timePeriod": DAY}, **more.pop("modules", {})}
    options = {"feeder": feeder, "scenario": "base", "year": 2025}
    return {"generationSpec": {"modelOptions": options, "modulesConfiguration": modules}, **more}


@pytest.fixture(autouse=True)
def started(service: Service, enter_solved: Callable[..., None]) -> list[Place]:
    """Places where makers were to be started; the exports wait until a test makes them."""
    enter_solved("p1")
    started: list[Place] = []

    def start(place: Place) -> Callable[[], bool]:
        started.append(place)
        return lambda: False

    service.exports.start = start
    return started


def models(ask: Ask, **arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(LIST, **arguments)["pagedOpenDssModels"]["models"]
    return found


def test_an_export_goes_from_creation_to_completed(
    ask: Ask, fetch: Fetch, service: Service, started: list[Place]
) -> None:
    number = ask(CREATE, input=wanted(modelName="summer", isPublic=True))["createOpenDssModel"]
    assert (number, started) == (1, [service.place])
    (model,) = models(ask)
    assert (model["id"], model["name"], model["isPublic"]) == (1, "summer", True)
    assert (model["state"], model["downloadUrl"], model["errors"]) == ("CREATION", None, [])
    assert json.loads(model["generationSpec"]) == wanted()["generationSpec"]
    assert fetch("GET", "/api/opendss-model/1").status_code == 409

    make_exports(service.place)

    (model,) = models(ask)
    assert (model["state"], model["downloadUrl"]) == ("COMPLETED", "/api/opendss-model/1")
    answer = fetch("GET", "/api/opendss-model/1", follow_redirects=False)
    assert answer.status_code == 302
    link = answer.headers["location"]
    assert link.startswith("http://localhost:7654/api/opendss-model/1/file?")
    file = fetch("GET", link)
    assert file.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        names = set(archive.namelist())
        about = json.loads(archive.read("export.json"))
    assert names >= {"Master.dss", "model/Master.dss", "Loads.dss", "LoadShapes.dss", "Edits.dss"}
    assert about["generationSpec"] == wanted()["generationSpec"]
    assert about["model_digest"]


@pytest.mark.parametrize(
    "common",
    [{"timePeriod": DAY}, {"timePeriod": EVENING}, {"fixedTime": NOON}],
    ids=["day", "inside a day", "instant"],
)
def test_exported_files_solve_to_what_a_run_solves(
    ask: Ask, service: Service, tmp_path: Path, common: dict[str, Any]
) -> None:
    options = {"generator": {"model": {"vmPu": 1.02, "loadVMinPu": 0.8}}}
    number = ask(CREATE, input=wanted(common=common, modules=options))["createOpenDssModel"]
    make_exports(service.place)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(service.exports.folder(number).archive) as archive:
        archive.extractall(folder)

    request = service.exports.folder(number).request
    assert request is not None
    (task,) = plan(WorkPackageInput.model_validate(request["study"]))
    case = build_case(service.place.library.open("tiny"), task)
    expected = np.concatenate(
        [np.abs(one.voltage_v) for one in solutions(case, EngineChoice(OPENDSS))], axis=1
    )

    engine = DSS.NewContext()
    engine.AllowChangeDir = False
    engine.Text.Command = f'redirect "{folder / "Master.dss"}"'
    steps = engine.ActiveCircuit.Solution.Number
    assert steps == case.injections.lanes
    engine.ActiveCircuit.Solution.Number = 1
    names = [name.lower() for name in engine.ActiveCircuit.YNodeOrder]
    order = [names.index(name.lower()) for name in case.circuit.nodes.names]
    for step in range(steps):
        engine.ActiveCircuit.Solution.Solve()
        volts = np.array(engine.ActiveCircuit.YNodeVarray).view(complex)
        assert np.abs(volts)[order] == pytest.approx(expected[:, step], rel=1e-7)


def test_points_of_a_shape_are_powers_of_a_customer(ask: Ask, service: Service) -> None:
    override = {"loadId": "", "loadWattsOverride": [1234.0], "loadVarOverride": [567.0]}
    feeder = service.place.library.open("tiny")
    override["loadId"] = feeder.customers[0].load_id
    common = {"fixedTime": {**NOON, "overrides": [override]}}
    number = ask(CREATE, input=wanted(common=common))["createOpenDssModel"]
    make_exports(service.place)
    with zipfile.ZipFile(service.exports.folder(number).archive) as archive:
        loads = archive.read("Loads.dss").decode().splitlines()
        row = next(at for at, line in enumerate(loads) if f'"{feeder.customers[0].element}"' in line)
        points = list(csv.reader(io.StringIO(archive.read(f"shapes/{row}.csv").decode())))
    assert points == [["1.234", "0.567"]]


def test_exports_are_filtered_sorted_and_paged(ask: Ask, service: Service) -> None:
    for name, public in (("b one", True), ("a two", False), ("c one", False)):
        ask(CREATE, input=wanted(modelName=name, isPublic=public))
    service.exports.folder(2).archive.write_bytes(b"PK")

    def names(**arguments: object) -> list[str]:
        return [str(model["name"]) for model in models(ask, **arguments)]

    assert names() == ["c one", "a two", "b one"]
    assert names(sort={"createdAt": "ASC"}) == ["b one", "a two", "c one"]
    assert names(sort={"name": "ASC"}) == ["a two", "b one", "c one"]
    assert names(sort={"isPublic": "DESC"}) == ["b one", "c one", "a two"]
    assert names(sort={"state": "ASC"}) == ["a two", "c one", "b one"]
    assert names(filter={"name": "ONE"}) == ["c one", "b one"]
    assert names(filter={"isPublic": False}) == ["c one", "a two"]
    assert names(filter={"state": ["COMPLETED", "FAILED"]}) == ["a two"]
    page = ask(LIST, limit=1, offset=1)["pagedOpenDssModels"]
    assert (page["totalCount"], page["offset"], page["models"][0]["name"]) == (3, 1, "a two")
    (error,) = ask(LIST, limit=-1)
    assert error["extensions"] == {"code": "refused", "path": ["limit"]}


def test_a_deleted_export_is_gone_and_its_number_stays_free(ask: Ask, fetch: Fetch, service: Service) -> None:
    ask(CREATE, input=wanted())
    make_exports(service.place)
    link = fetch("GET", "/api/opendss-model/1").headers["location"]
    assert ask(DELETE, id="1") == {"deleteOpenDssModel": "1"}
    assert models(ask) == []
    assert fetch("GET", "/api/opendss-model/1").status_code == 404
    assert fetch("GET", link).status_code == 404
    assert list(service.exports.folder(1).path.iterdir()) == []
    for unknown in ("1", "7", "x", "../1", "-1", "²", "9" * 5000):
        (error,) = ask(DELETE, id=unknown)
        assert error["extensions"]["code"] == "not_found"
    assert ask(CREATE, input=wanted()) == {"createOpenDssModel": 2}


def test_an_export_that_is_deleted_while_it_is_made_leaves_nothing(
    ask: Ask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, *_: object) -> None:
        path.write_bytes(b"PK")
        ask(DELETE, id="1")

    monkeypatch.setattr("hcr.service.exported_model.write_model", write)
    ask(CREATE, input=wanted())
    make_exports(service.place)
    assert list(service.exports.folder(1).path.iterdir()) == []


def test_a_feeder_that_cannot_be_used_fails_the_export(ask: Ask, service: Service) -> None:
    ask(CREATE, input=wanted(common={"timePeriod": {**DAY, "endTime": "2025-01-15T23:45:00"}}))
    make_exports(service.place)
    (model,) = models(ask)
    assert model["state"] == "FAILED"
    assert "whole intervals" in model["errors"][0]


def test_a_fault_of_the_service_fails_the_export_without_inner_words(
    ask: Ask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(CREATE, input=wanted())
    monkeypatch.setattr("hcr.service.exported_model.write_model", lambda *_: 1 / 0)
    make_exports(service.place)
    (model,) = models(ask)
    assert (model["state"], model["errors"]) == (
        "FAILED",
        ["the export broke with ZeroDivisionError; worker.log has the reason"],
    )


def test_a_maker_that_dies_is_followed_by_another_but_not_for_ever(
    ask: Ask, service: Service, started: list[Place]
) -> None:
    ask(CREATE, input=wanted())
    models(ask)
    assert len(started) == 2
    service.exports.runs = lambda: True
    models(ask)
    assert len(started) == 2
    (service.exports.folder(1).path / "attempts").write_bytes(b"." * MOST_ATTEMPTS)
    make_exports(service.place)
    (model,) = models(ask)
    assert (model["state"], model["errors"]) == ("FAILED", ["its process ended early 3 times"])


def test_two_makers_do_not_meet(ask: Ask, service: Service, started: list[Place]) -> None:
    ask(CREATE, input=wanted())
    with service.exports.working() as mine:
        assert mine
        make_exports(service.place)
        assert models(ask)[0]["state"] == "CREATION"
    assert len(started) == 1
    assert service.exports.folder(1).attempts == 0


def test_one_maker_makes_all_that_wait(ask: Ask, service: Service) -> None:
    for _ in range(2):
        ask(CREATE, input=wanted(common={"fixedTime": NOON}))
    make_exports(service.place)
    assert [model["state"] for model in models(ask)] == ["COMPLETED", "COMPLETED"]


def test_an_export_that_cannot_be_started_says_so(ask: Ask, service: Service) -> None:
    def fail(place: Place) -> Callable[[], bool]:
        raise OSError(12, "Cannot allocate memory")

    service.exports.start = fail
    ask(CREATE, input=wanted())
    (model,) = models(ask)
    assert model["state"] == "COULD_NOT_START"
    assert model["errors"] == ["no process could be started: Cannot allocate memory"]


# ---- refusals


SPEC = ["input", "generationSpec"]


@pytest.mark.parametrize(
    ("wire", "path", "part"),
    [
        (wanted("tini"), [*SPEC, "modelOptions", "feeder"], "did you mean 'tiny'?"),
        (
            wanted(modules={"generator": {"model": {"transformerTapSettings": "x"}}}),
            [*SPEC, "modulesConfiguration", "generator", "model", "transformerTapSettings"],
            "there are no tap settings 'x'",
        ),
        (
            wanted(common={"fixedTime": {**NOON, "overrides": [{"loadId": "a", "loadVarOverride": [1, 2]}]}}),
            [*SPEC, "modulesConfiguration", "common", "fixedTime", "overrides", 0, "loadVarOverride"],
            "one state",
        ),
        (
            wanted(common={"timePeriod": DAY, "fixedTime": NOON}),
            [*SPEC, "modulesConfiguration", "common"],
            "fixedTime",
        ),
    ],
)
def test_what_cannot_be_exported_is_refused_by_name(
    ask: Ask, service: Service, wire: dict[str, Any], path: list[object], part: str
) -> None:
    (error,) = ask(CREATE, input=wire)
    assert error["extensions"]["code"] == "refused"
    assert error["extensions"]["path"][: len(path)] == path
    assert part in error["message"]
    assert models(ask) == []


def test_an_unknown_scenario_is_refused_at_its_place(ask: Ask) -> None:
    wire = wanted()
    wire["generationSpec"]["modelOptions"]["scenario"] = "high"
    (error,) = ask(CREATE, input=wire)
    assert error["extensions"]["path"] == [*SPEC, "modelOptions", "scenario"]


def test_options_without_effect_are_told_in_the_files(ask: Ask, service: Service) -> None:
    generator = {"model": {"seed": 3}, "solve": {"normVMinPu": 0.9}}
    ask(CREATE, input=wanted(modules={"generator": generator}))
    make_exports(service.place)
    with zipfile.ZipFile(service.exports.folder(1).archive) as archive:
        warnings = json.loads(archive.read("export.json"))["warnings"]
    assert "no effect in this service: generatorConfig.solve.normVMinPu" in warnings
    assert "no effect on an export: generatorConfig.model.seed" in warnings


# ---- links


@pytest.mark.parametrize("number", ["2", "0", "x", "%2e%2e", "1.5", "9" * 4000])
def test_there_is_no_link_to_an_export_that_is_not_there(ask: Ask, fetch: Fetch, number: str) -> None:
    ask(CREATE, input=wanted())
    assert fetch("GET", f"/api/opendss-model/{number}").status_code == 404


def test_a_link_opens_its_file_for_a_while_and_nothing_else(ask: Ask, service: Service) -> None:
    for _ in range(2):
        ask(CREATE, input=wanted())
    make_exports(service.place)
    now = 1000.0
    download = ModelDownload(service.exports, b"secret", lambda: now)
    link = urlsplit(download.link("1", "http://localhost/").headers["location"])
    proof = dict(part.split("=") for part in link.query.split("&"))
    assert download.file("1", proof).status_code == 200
    assert download.file("2", proof).status_code == 403
    assert download.file("1", {}).status_code == 403
    assert download.file("1", {**proof, "expires": "9" * 20}).status_code == 403
    assert ModelDownload(service.exports, b"other", lambda: now).file("1", proof).status_code == 403
    now += LIFE_SECONDS
    late = download.file("1", proof)
    assert late.status_code == 403
    assert b"too old" in late.body
