"""Interconnection studies over the wire: submitted or refused, followed, cancelled, tried again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from hcr.errors import UsageError
from hcr.results.manifest import read_manifest
from hcr.service.cost import measured_tasks
from hcr.service.interconnection_submission import examine_interconnection
from hcr.service.ledger_entry import Failure, NewPackage, TaskKey
from hcr.service.package_manifest import write_package_manifest
from hcr.service.package_plan import StoredRequest, stored_request, tasks_of
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.submission import Refused
from hcr.service.verification import Wanted, verify_results

Ask = Callable[..., Any]

START = """mutation ($input: InterconnectionWorkPackageInput!, $name: String!, $engine: HcrEngine) {
  runInterconnectionWorkPackage(input: $input, workPackageName: $name, engine: $engine) }"""
PACKAGE = """query ($id: ID!) { getWorkPackageById(id: $id) {
  id name status feeders scenarios years loadType timePeriodStart timePeriodEnd warnings engine config
  progressDetails { modelTotals { totalModels } } } }"""
COMPARE = """mutation ($one: ID!) { generateNetworkPerformanceDiff(diffId: "d", workPackageId1: $one,
  workPackageId2: $one) { id } }"""
CURVES = """query ($id: String!) { getDurationCurves(workPackageId: $id, scenario: "base", feeder: "north",
  year: 1, conductingEquipmentMrid: "t1") { terminalSequenceNumber } }"""


def started(ask: Ask, **given: object) -> str:
    answer = ask(START, input={"feeder": "north", **given}, name="queue")
    assert "runInterconnectionWorkPackage" in answer, answer
    return str(answer["runInterconnectionWorkPackage"])


def faults(place: Place, name: str = "queue", **given: object) -> dict[str, str]:
    examined = examine_interconnection(name, given, place.library)
    assert isinstance(examined, Refused)
    return {".".join(map(str, fault.path)): fault.message for fault in examined.faults}


def test_a_study_waits_as_a_package_of_one_model(ask: Ask, service: Service) -> None:
    package_id = started(ask, queue=[{"bus": "b1", "kw": 100.0}])
    found = ask(PACKAGE, id=package_id)["getWorkPackageById"]
    assert (found["name"], found["engine"], found["warnings"]) == ("queue", "auto", [])
    assert (found["feeders"], found["scenarios"], found["years"]) == (["north"], ["base"], [1])
    assert (found["loadType"], found["timePeriodStart"], found["timePeriodEnd"]) == (None, None, None)
    assert found["progressDetails"]["modelTotals"]["totalModels"] == 1
    assert json.loads(found["config"]) == {"feeder": "north", "queue": [{"bus": "b1", "kw": 100.0}]}
    assert ask("{ getWorkPackages { workPackages { id } } }")["getWorkPackages"]["workPackages"] == [
        {"id": package_id}
    ]


def test_its_task_has_the_settings_and_the_engine(ask: Ask, service: Service) -> None:
    answer = ask(START, input={"feeder": "south", "mostRounds": 3}, name=" q ", engine="OPENDSS")
    row = service.ledger.package(answer["runInterconnectionWorkPackage"])
    assert row is not None
    assert (row.kind, row.name, row.engine) == ("interconnection", "q", "opendss")
    (task,) = tasks_of(stored_request(row))
    assert task.interconnection is not None
    assert (task.feeder, task.solve.engine, task.interconnection.most_rounds) == ("south", "opendss", 3)


def test_faults_come_with_their_place_all_at_once(place: Place) -> None:
    assert faults(place, " ", feeder="north", limits={"vMinPu": 1.1, "vMaxPu": 1.0}, days=[]) == {
        "workPackageName": "the package needs a name",
        "input.limits.vMinPu": "vMinPu (1.1) must be below vMaxPu (1)",
        "input.days": "The list is empty; at least one entry is needed",
    }


def test_an_unknown_feeder_and_a_contradicted_default_have_their_place(place: Place) -> None:
    found = faults(place, feeder="west", limits={"vMinPu": 1.2})
    assert list(found) == ["input.limits", "input.feeder"]
    assert "no voltage is within the limits" in found["input.limits"]
    assert "feeder 'west' is not in the library" in found["input.feeder"]


def test_a_refusal_goes_over_the_wire_with_its_path(ask: Ask) -> None:
    (error,) = ask(START, input={"feeder": "west"}, name="queue")
    assert error["extensions"] == {"code": "refused", "path": ["input", "feeder"]}


def test_a_study_that_waits_can_be_cancelled_and_tried_again(ask: Ask, service: Service) -> None:
    package_id = started(ask)
    ask("mutation ($id: ID!) { cancelWorkPackage(workPackageId: $id) }", id=package_id)
    again = ask(
        "mutation ($id: ID!) { retryWorkPackage(workPackageId: $id) { feeder year code } }", id=package_id
    )
    assert again["retryWorkPackage"] == [{"feeder": "north", "year": 1, "code": "cancelled"}]
    service.ledger.start(TaskKey(package_id, 0))
    service.ledger.fail(TaskKey(package_id, 0), Failure("model", "no load shape"))
    service.ledger.close_package(package_id)
    assert ask(PACKAGE, id=package_id)["getWorkPackageById"]["status"] == "FAILED"


def test_the_manifest_has_all_settings_and_there_is_nothing_to_verify(ask: Ask, service: Service) -> None:
    package_id = started(ask, seed="7")
    write_package_manifest(service.ledger, service.place, package_id)
    folder = service.place.results(package_id)
    manifest = read_manifest(folder)
    assert (manifest.kind, manifest.request) == ("interconnection", {"feeder": "north", "seed": "7"})
    settings = manifest.options["interconnection"]
    assert isinstance(settings, dict)
    assert (settings["seed"], settings["most_rounds"], settings["monitors"]) == ("7", 100, "sampled")
    assert manifest.assumptions == ()
    with pytest.raises(UsageError, match="an interconnection study cannot be verified"):
        verify_results(folder, service.place.library, Wanted())


def test_what_needs_measurement_zones_says_why_there_are_none(ask: Ask, service: Service) -> None:
    package_id = started(ask)
    service.ledger.start(TaskKey(package_id, 0))
    service.ledger.succeed(TaskKey(package_id, 0), {"tables": []})
    service.ledger.close_package(package_id)
    (error,) = ask(COMPARE, one=package_id)
    assert "it is of kind interconnection, which has no tables of measurement zones" in error["message"]
    (error,) = ask(CURVES, id=package_id)
    assert "has no duration curves" in error["message"]
    assert measured_tasks(service.ledger) == []


def test_a_request_that_a_later_default_contradicts_cannot_be_read(place: Place) -> None:
    with pytest.raises(ValueError, match="no voltage is within the limits"):
        tasks_of(StoredRequest("interconnection", {"feeder": "north", "limits": {"vMinPu": 1.2}}))
    assert isinstance(examine_interconnection("q", {"feeder": "north"}, place.library), NewPackage)
