"""Calibrations over the wire: submitted, listed, followed, and the taps that they found."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from hcr.service.ledger_entry import Failure, TaskKey
from hcr.service.resolvers import Service
from hcr.service.tap_settings import TapSettings

Ask = Callable[..., Any]
Enter = Callable[..., None]

START = """mutation ($name: String!, $time: LocalDateTime, $times: [LocalDateTime!], $feeders: [String!],
  $config: HcGeneratorConfigInput, $method: CalibrationMethod, $engine: HcrEngine) {
  runCalibration(calibrationName: $name, calibrationTimeLocal: $time, times: $times, feeders: $feeders,
    generatorConfig: $config, method: $method, engine: $engine) }"""
RUN = """query ($id: ID!) { getCalibrationRun(id: $id) { id name workflowId runId runInfo status
  calibrationTimeLocal startAt completedAt feeders calibrationWorkPackageConfig } }"""
LIST = """query ($name: String, $time: LocalDateTime, $status: WorkflowStatus) {
  listCalibrationRuns(name: $name, calibrationTime: $time, status: $status) { id } }"""
TAPS = """query ($name: String!, $feeder: String, $transformer: String) {
  getTransformerTapSettings(calibrationName: $name, feeder: $feeder, transformerMrid: $transformer) {
    id lowStep highStep nominalTapNum tapPosition controlEnabled stepVoltageIncrement
    feeder } }"""
PACKAGE = """query ($id: ID!) { getWorkPackageById(id: $id) {
  id name status feeders scenarios years loadType timePeriodStart timePeriodEnd warnings
  progressDetails { modelTotals { totalModels } } } }"""
EDIT = """mutation ($id: ID!, $name: String, $description: String) {
  editWorkPackage(workPackageId: $id, name: $name, description: $description) }"""
TWO_TIMES = ["2025-01-16T04:00:00", "2025-01-15T04:00:00"]


def started(ask: Ask, **variables: object) -> str:
    answer = ask(START, **{"name": "winter", "time": "2025-01-15T04:00:00", **variables})
    assert "runCalibration" in answer, answer
    return str(answer["runCalibration"])


def run(ask: Ask, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(RUN, id=run_id)["getCalibrationRun"]
    return found


def test_a_run_waits_for_the_feeders_of_the_library(ask: Ask) -> None:
    found = run(ask, run_id := started(ask, times=TWO_TIMES, time=None))
    assert (found["id"], found["workflowId"], found["runId"]) == (run_id, run_id, run_id)
    assert (found["name"], found["status"], found["feeders"]) == ("winter", "STARTED", ["north", "south"])
    assert found["calibrationTimeLocal"] == "2025-01-15T04:00:00"
    assert found["runInfo"] == "0 of 2 feeders done"
    assert found["completedAt"] is None
    assert json.loads(found["calibrationWorkPackageConfig"])["times"] == TWO_TIMES


def test_a_run_is_a_package_by_its_id_and_in_no_list_of_packages(ask: Ask) -> None:
    run_id = started(ask, times=TWO_TIMES)
    package = ask(PACKAGE, id=run_id)["getWorkPackageById"]
    assert (package["feeders"], package["scenarios"], package["years"]) == (
        ["north", "south"],
        ["base"],
        [2025],
    )
    assert (package["timePeriodStart"], package["timePeriodEnd"]) == (TWO_TIMES[1], TWO_TIMES[0])
    assert package["progressDetails"]["modelTotals"]["totalModels"] == 2
    assert ask("{ getWorkPackages { totalCount workPackages { id } } }")["getWorkPackages"] == {
        "totalCount": 0, "workPackages": [],
    }  # fmt: skip
    assert ask("{ getActiveWorkPackages }")["getActiveWorkPackages"] == [run_id]


def test_progress_names_the_feeder_that_runs(ask: Ask, service: Service) -> None:
    run_id = started(ask, engine="OPENDSS")
    service.ledger.start(TaskKey(run_id, 0))
    service.ledger.succeed(TaskKey(run_id, 0), {"tables": [], "summary": "3 transformers: 3 found"})
    service.ledger.start(TaskKey(run_id, 1))
    assert run(ask, run_id)["runInfo"] == "1 of 2 feeders done; south runs"
    assert run(ask, run_id)["status"] == "RUNNING"
    service.ledger.fail(TaskKey(run_id, 1), Failure("feeder", "no voltage data"))
    service.ledger.close_package(run_id)
    found = run(ask, run_id)
    assert found["status"] == "COMPLETED"
    assert found["runInfo"] == "north: 3 transformers: 3 found\nsouth: failed: no voltage data"
    row = service.ledger.package(run_id)
    assert row is not None
    assert row.engine == "opendss"


def test_a_cancelled_run_has_failed_and_says_so(ask: Ask) -> None:
    run_id = started(ask)
    ask("mutation ($id: ID!) { cancelWorkPackage(workPackageId: $id) }", id=run_id)
    found = run(ask, run_id)
    assert (found["status"], found["runInfo"]) == ("FAILED", "cancelled")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"time": None}, "A time is needed"),
        ({"times": TWO_TIMES, "method": "DOCUMENTED"}, "DOCUMENTED takes one time, and 2 are given"),
        ({"feeders": ["west"]}, "west"),
        ({"config": {"model": {"transformerTapSettings": "autumn"}}}, "no tap settings 'autumn'"),
        ({"name": " "}, "a name is needed"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_with_a_sentence(
    ask: Ask, variables: dict[str, object], words: str
) -> None:
    (error,) = ask(START, **{"name": "winter", "time": "2025-01-15T04:00:00", **variables})
    assert error["extensions"]["code"] == "refused"
    assert words in error["message"]


def test_runs_are_listed_by_name_time_and_status(ask: Ask, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    run_id = started(ask, name="summer", times=TWO_TIMES)

    def listed(**where: str) -> list[str]:
        return [one["id"] for one in ask(LIST, **where)["listCalibrationRuns"]]

    assert listed() == [run_id, "r1"]
    assert listed(name="winter") == ["r1"]
    assert listed(status="STARTED") == [run_id]
    assert listed(time="2025-01-16T04:00") == [run_id]
    assert listed(time="2025-01-15T04:00:00Z", status="COMPLETED") == ["r1"]
    assert listed(name="win") == []


def test_what_is_no_run_is_null(ask: Ask, enter_solved: Enter) -> None:
    enter_solved("p1")
    assert run(ask, "p1") is None
    assert run(ask, "r9") is None


def test_the_newest_run_that_found_taps_is_the_set(ask: Ask, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}, "south": {"t2": 5}})
    enter_calibration("r2", "winter", {"north": {"t1": 4, "t0": 2}})
    enter_calibration("r3", "winter", {"north": {"t1": 8}}, written=())
    enter_calibration("r4", "winter", {"north": {"t1": 7}}, taps=TapSettings("winter", "r1", {}))
    enter_calibration("r5", "empty", {"north": {"t1": 7}}, written=())
    assert ask("{ getCalibrationSets }")["getCalibrationSets"] == ["winter"]

    def taps(**only: str) -> dict[str, float]:
        rows = ask(TAPS, **{"name": "winter", **only})["getTransformerTapSettings"]
        return {row["id"]: row["tapPosition"] for row in rows}

    assert taps() == {"t0": 2, "t1": 4}
    assert taps(feeder="north", transformer="t1") == {"t1": 4}
    assert taps(feeder="south") == {}
    assert taps(name="autumn") == {}
    assert taps(name="r1") == {"t1": 3, "t2": 5}


def test_a_set_stays_while_its_failed_feeders_are_calibrated_again(
    ask: Ask, service: Service, enter_calibration: Enter
) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    enter_calibration("r2", "winter", {"north": {"t1": 5}}, failed=("south",))

    def tap() -> float:
        (row,) = ask(TAPS, name="winter")["getTransformerTapSettings"]
        return float(row["tapPosition"])

    assert [one.ordinal for one in service.ledger.changes.retry("r2") or ()] == [1]
    assert tap() == 5
    service.ledger.start(TaskKey("r2", 1))
    assert service.ledger.cancel("r2")
    assert tap() == 5


def test_a_run_that_never_completed_is_no_set(ask: Ask, service: Service, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}}, waiting=("south",))
    for change in (
        lambda: None,
        lambda: service.ledger.cancel("r1"),
        lambda: service.ledger.changes.retry("r1"),
    ):
        change()
        assert ask("{ getCalibrationSets }")["getCalibrationSets"] == []
    service.ledger.start(TaskKey("r1", 1))
    service.ledger.fail(TaskKey("r1", 1), Failure("feeder", "no voltage data"))
    service.ledger.close_package("r1")
    service.ledger.changes.retry("r1")
    assert ask("{ getCalibrationSets }")["getCalibrationSets"] == ["winter"]


def test_a_tap_setting_has_all_its_fields(ask: Ask, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    assert ask(TAPS, name="winter")["getTransformerTapSettings"] == [
        {
            "id": "t1", "lowStep": 1, "highStep": 8, "nominalTapNum": 4, "tapPosition": 3.0,
            "controlEnabled": False, "stepVoltageIncrement": 0.025, "feeder": "north",
        }
    ]  # fmt: skip


def test_the_name_of_a_set_means_the_run_behind_it(ask: Ask, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    enter_calibration("r2", "winter", {"north": {"t1": 8}}, written=())
    assert run(ask, "winter")["id"] == "r1"


def test_a_calibration_keeps_its_name(ask: Ask, service: Service, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    (error,) = ask(EDIT, id="r1", name="summer")
    assert error["extensions"] == {"code": "refused", "path": ["name"]}
    assert "calibration 'winter' cannot be renamed to 'summer'" in error["message"]
    assert ask(EDIT, id="r1", name="winter", description="cold") == {"editWorkPackage": True}
    row = service.ledger.package("r1")
    assert row is not None
    assert (row.name, row.description) == ("winter", "cold")


def test_a_deleted_run_is_no_set_any_more(ask: Ask, service: Service, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    service.ledger.changes.delete(["r1"])
    assert ask("{ getCalibrationSets }")["getCalibrationSets"] == []
    assert ask(TAPS, name="winter")["getTransformerTapSettings"] == []


def test_options_of_the_run_itself_are_warned_of(ask: Ask) -> None:
    config = {
        "model": {"calibration": True, "vmPu": 1.01, "loadPlacement": "PER_USAGE_POINT"},
        "solve": {"stepSizeMinutes": 60},
        "rawResults": {"overloadsRaw": True},
    }
    own = [f"generatorConfig.{name}" for name in ("model.calibration", "solve.stepSizeMinutes", "rawResults")]
    package = ask(PACKAGE, id=started(ask, config=config))["getWorkPackageById"]
    assert package["warnings"] == [
        f"no effect on a calibration: {', '.join(own)}",
        "no effect in this service: generatorConfig.model.loadPlacement",
    ]
