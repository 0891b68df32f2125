"""Packages over GraphQL: who made them, what builds on what, what they would cost, their curves."""

import getpass
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.service.ledger_schema import tasks
from hcr.service.resolvers import Service
from hcr.service.task_events import TaskEvent

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Ask = Callable[..., Any]
Forecast = Callable[..., dict[str, object]]

RUN = 'mutation ($input: WorkPackageInput!) { runWorkPackage(input: $input, workPackageName: "x") }'
TREE = "query ($id: ID!) { getWorkPackageTree(id: $id) { ancestors { id } children { id parentId } } }"
GROUPS = "progressDetails { modelTotals { totalModels } modelGroupings { pending { feeder } } }"
COST = "query ($input: WorkPackageInput!) { getWorkPackageCostEstimation(input: $input) }"
CURVES = """query ($id: String!, $mrid: String!, $feeder: String!) {
  getDurationCurves(workPackageId: $id, scenario: "base", feeder: $feeder, year: 2025,
    conductingEquipmentMrid: $mrid)
  { terminalSequenceNumber durationCurve { points { workPackageId scenario feeder conductingEquipment
    terminalSequenceNumber measurementZoneType timestamp percentageOfTime kw vBase } } } }"""


def test_who_submits_is_noted_and_can_be_looked_for(ask: Ask, service: Service, forecast: Forecast) -> None:
    me = getpass.getuser()
    ask(RUN, input=forecast("north"))
    service.ledger.add(NewPackage("p2", "other", "forecast", forecast("north"), [], author="somebody"))
    service.ledger.add(NewPackage("p3", "old", "forecast", forecast("north"), []))
    found = ask(
        """{ getAllWorkPackagesAuthors { id username }
        getWorkPackages(filter: {createdBy: ["somebody", "nobody"]})
        { totalCount allUsers workPackages { id createdBy { username } } } }"""
    )
    names = sorted([me, "somebody"])
    assert [one["username"] for one in found["getAllWorkPackagesAuthors"]] == names
    assert found["getWorkPackages"] == {
        "totalCount": 1,
        "allUsers": names,
        "workPackages": [{"id": "p2", "createdBy": {"username": "somebody"}}],
    }
    (old,) = ask('{ getWorkPackages(filter: {id: "p3"}) { workPackages { createdBy { id } } } }')[
        "getWorkPackages"
    ]["workPackages"]
    assert old == {"createdBy": None}


def test_the_current_user_is_the_login_user(ask: Ask) -> None:
    found = ask("{ currentUser { id username email identityProvider permissions } }")["currentUser"]
    assert found == {
        "id": getpass.getuser(),
        "username": getpass.getuser(),
        "email": None,
        "identityProvider": "machine",
        "permissions": [],
    }


def test_models_are_grouped_only_where_that_is_asked_for(ask: Ask, forecast: Forecast) -> None:
    package_id = ask(RUN, input=forecast("north"))["runWorkPackage"]
    totals = {"modelTotals": {"totalModels": 1}}
    for argument, groups in (("", None), (", withGroupings: true", {"pending": [{"feeder": "north"}]})):
        one = ask(f'{{ getWorkPackageById(id: "{package_id}"{argument}) {{ {GROUPS} }} }}')
        assert one["getWorkPackageById"]["progressDetails"] == {**totals, "modelGroupings": groups}
        page = ask(f"{{ getWorkPackages(limit: 1{argument}) {{ workPackages {{ {GROUPS} }} }} }}")
        (listed,) = page["getWorkPackages"]["workPackages"]
        assert listed["progressDetails"]["modelGroupings"] == groups


def test_the_tree_follows_the_parents_of_interventions(
    ask: Ask, service: Service, forecast: Forecast
) -> None:
    for name, parent in (("p1", None), ("p2", "p1"), ("p3", "p2"), ("p4", "p2")):
        more = {"intervention": {"parentWorkPackageId": parent}} if parent else {}
        service.ledger.add(NewPackage(name, name, "forecast", forecast("north", **more), []))
    found = ask(TREE, id="p2")["getWorkPackageTree"]
    children = [{"id": name, "parentId": "p2"} for name in ("p3", "p4")]
    assert found == {"ancestors": [{"id": "p1"}], "children": children}
    assert ask(TREE, id="p4")["getWorkPackageTree"]["ancestors"] == [{"id": "p2"}, {"id": "p1"}]
    service.ledger.changes.delete(["p2", "p3"])
    assert ask(TREE, id="p4")["getWorkPackageTree"] == {"ancestors": [], "children": []}
    assert ask(TREE, id="p2") == {"getWorkPackageTree": None}


def test_packages_that_name_each_other_do_not_trap_the_tree(
    ask: Ask, service: Service, forecast: Forecast
) -> None:
    for name, parent in (("p1", "p2"), ("p2", "p1")):
        more = {"intervention": {"parentWorkPackageId": parent}}
        service.ledger.add(NewPackage(name, name, "forecast", forecast("north", **more), []))
    found = ask(TREE, id="p1")["getWorkPackageTree"]
    assert found == {"ancestors": [{"id": "p2"}], "children": [{"id": "p2", "parentId": "p1"}]}


def test_a_cost_is_estimated_from_what_was_solved_here(
    ask: Ask, enter_solved: Callable[..., None], forecast: Forecast
) -> None:
    (error,) = ask(COST, input=forecast("north"))
    assert error["extensions"]["code"] == "not_found"
    assert "Run a package with one of the models first" in error["message"]
    enter_solved("p1")
    cost = ask(COST, input=forecast("north", "south"))["getWorkPackageCostEstimation"]
    assert 0 <= cost < 60
    (error,) = ask(COST, input=forecast("nort"))
    assert error["extensions"]["path"] == ["input", "forecastConfig", "feeders", 0]


def test_duration_curves_are_the_same_from_either_table(ask: Ask, enter_solved: Callable[..., None]) -> None:
    enter_solved("p1")
    enter_solved("p2", tables=("energy_meters_raw",))
    (ready,) = ask(CURVES, id="p1", mrid="t001", feeder="tiny")["getDurationCurves"]
    (computed,) = ask(CURVES, id="p2", mrid="t001", feeder="tiny")["getDurationCurves"]
    points = ready["durationCurve"]["points"]
    assert len(points) == 100
    assert points[0] == {
        "workPackageId": "p1", "scenario": "base", "feeder": "tiny", "conductingEquipment": "t001",
        "terminalSequenceNumber": 1, "measurementZoneType": "TRANSFORMER",
        "timestamp": "2025-01-01T00:00:00", "percentageOfTime": 1, "kw": points[0]["kw"],
        "vBase": points[0]["vBase"],
    }  # fmt: skip
    powers = [point["kw"] for point in points]
    assert powers == sorted(powers, reverse=True)
    assert [{**point, "workPackageId": "p1"} for point in computed["durationCurve"]["points"]] == points


@pytest.mark.parametrize(
    ("asked", "tables", "code", "part"),
    [
        ({"id": "p9"}, (), "not_found", "there is no work package p9"),
        ({"feeder": "north"}, (), "not_found", "no model north · base · 2025"),
        ({"mrid": "t999"}, (), "not_found", "zones begin at mv0001, t001"),
        ({}, ("zone_summary",), "refused", "populateDurationCurves"),
        ({}, ("zone_summary",), "refused", "energyMetersRaw"),
    ],
)
def test_a_curve_that_cannot_be_given_is_an_error_that_says_why(
    ask: Ask,
    enter_solved: Callable[..., None],
    asked: dict[str, str],
    tables: tuple[str, ...],
    code: str,
    part: str,
) -> None:
    enter_solved("p1", tables=tables)
    (error,) = ask(CURVES, **{"id": "p1", "mrid": "t001", "feeder": "tiny", **asked})
    assert error["extensions"]["code"] == code
    assert part in error["message"]


def test_a_model_without_results_has_no_curves_yet(ask: Ask, forecast: Forecast) -> None:
    package_id = ask(RUN, input=forecast("north"))["runWorkPackage"]
    (error,) = ask(CURVES, id=package_id, mrid="t001", feeder="north")
    assert "its state is PENDING" in error["message"]


def test_a_damaged_table_is_an_error_without_folders(
    ask: Ask, service: Service, enter_solved: Callable[..., None]
) -> None:
    enter_solved("p1")
    for path in (service.place.results("p1") / "metrics" / "duration_curves").rglob("*.parquet"):
        path.write_bytes(b"?")
    (error,) = ask(CURVES, id="p1", mrid="t001", feeder="tiny")
    assert "cannot be read" in error["message"]
    assert str(service.place.directory) not in str(error)


def test_results_that_were_used_again_are_named(
    ask: Ask, service: Service, enter_solved: Callable[..., None], solved_results: Any
) -> None:
    enter_solved("p1")
    enter_solved("p2")
    with service.ledger.engine.begin() as connection:
        outcome = json.dumps({**solved_results[1], "reused_from": "p1"})
        connection.execute(update(tasks).where(tasks.c.package_id == "p2").values(outcome=outcome))
    package = ask('{ getWorkPackageById(id: "p2") { warnings } }')["getWorkPackageById"]
    assert "results of work package p1, solved from the same inputs, were used again" in package["warnings"]


def test_what_tasks_wait_for_is_a_warning(ask: Ask, service: Service, forecast: Forecast) -> None:
    package_id = ask(RUN, input=forecast("north"))["runWorkPackage"]
    service.ledger.start(TaskKey(package_id, 0))
    service.ledger.put_back(TaskKey(package_id, 0), "the cluster is gone", event=TaskEvent.POSTPONED)
    found = ask("query ($id: ID!) { getWorkPackageById(id: $id) { warnings } }", id=package_id)
    waits = "tasks wait, and are tried again: the cluster is gone"
    assert waits in found["getWorkPackageById"]["warnings"]


EDIT = """mutation ($id: ID!, $name: String, $description: String) {
  editWorkPackage(workPackageId: $id, name: $name, description: $description) }"""


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"description": "d" * 10_001}, "description"),
    ],
)
def test_an_edit_keeps_to_what_a_submission_may(
    ask: Ask, enter_solved: Callable[..., None], change: dict[str, str], argument: str
) -> None:
    enter_solved("p1")
    (error,) = ask(EDIT, id="p1", **change)
    assert error["extensions"] == {"code": "refused", "path": [argument]}
    assert ask(EDIT, id="p1", name="fine", description="a\nb") == {"editWorkPackage": True}
