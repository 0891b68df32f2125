"""Why a calibration found what it found."""

from collections.abc import Callable
from typing import Any

import pytest

from hcr.service import calibration_evidence
from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.service.resolvers import Service

Ask = Callable[..., Any]

WHY = """query ($id: ID!, $mrid: String!, $feeder: String) {
  getCalibrationEvidence(calibrationId: $id, transformerMrid: $mrid, feeder: $feeder) {
    transformer { feeder transformerId tapFound confidence x reason }
    candidates { tapPos probability leftOverPercent } customers { cpiId used transformerId } } }"""
REPORT = """query ($id: ID!, $feeder: String!) { getCalibrationReport(calibrationId: $id, feeder: $feeder) {
  summary { feeder method found } transformers { transformerId } times { timestamp levelPercent }
  customers { cpiId errorBeforePercent } leftOut } }"""


@pytest.fixture
def enter_evidence(service: Service, write_rows: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    """Enter the run `r1`, not yet ended, with rows by feeder and table; `customers` are those of each."""

    def enter(feeders: dict[str, dict[str, Any]], *, customers: Any = ()) -> None:
        times = {"calibrationTimeLocal": "2025-01-15T04:00:00"}
        request = {"calibrationName": "winter", "feeders": list(feeders), **times}
        tasks = [(feeder, "base", 2025) for feeder in feeders]
        service.ledger.add(NewPackage("r1", "winter", "calibration", request, tasks))
        folder = service.place.results("r1")
        for at, (feeder, rows) in enumerate(feeders.items()):
            given = {**rows, "calibration_customers": customers} if customers else rows
            tables = [write_rows(folder, name, feeder, some) for name, some in given.items()]
            service.ledger.start(TaskKey("r1", at))
            service.ledger.succeed(TaskKey("r1", at), {"tables": tables})

    return enter


@pytest.fixture
def calibrated(enter_evidence: Callable[..., None]) -> None:
    """The run `r1` of one feeder, with evidence."""
    customers = [
        {"cpi_id": name, "transformer_id": tx} for name, tx in (("c", "t2,t1"), ("b", "t2"), ("d", "t1"))
    ]
    rows = {
        "calibration_transformers": [
            {"transformer_id": "t1", "tap_found": 3, "confidence": 0.9, "x": float("nan"), "reason": ""},
            {"transformer_id": "t2"},
        ],
        "calibration_candidates": [
            {"transformer_id": "t1", "tap_pos": pos, "probability": 0.5} for pos in (2, 1)
        ],
        "calibration_times": [{"level_percent": 0.25}],
        "calibration_summary": [{"method": "joint", "found": 1}],
    }
    enter_evidence({"north": rows}, customers=customers)


@pytest.mark.usefixtures("calibrated")
def test_the_evidence_of_a_transformer(ask: Ask) -> None:
    found = ask(WHY, id="r1", mrid="t1")["getCalibrationEvidence"]
    assert found["transformer"] == {
        "feeder": "north", "transformerId": "t1", "tapFound": 3, "confidence": 0.9, "x": None, "reason": "",
    }  # fmt: skip
    assert [one["tapPos"] for one in found["candidates"]] == [1, 2]
    assert [one["cpiId"] for one in found["customers"]] == ["d", "c"]


def test_a_transformer_whose_name_has_a_comma(ask: Ask, enter_evidence: Callable[..., None]) -> None:
    rows = [{"cpi_id": "a", "transformer_id": "t1,t2"}, {"cpi_id": "b", "transformer_id": "t1"}]
    enter_evidence({"north": {"calibration_transformers": [{"transformer_id": "t1,t2"}]}}, customers=rows)
    found = ask(WHY, id="r1", mrid="t1,t2")["getCalibrationEvidence"]
    assert [one["cpiId"] for one in found["customers"]] == ["a"]


def test_a_name_that_two_feeders_have_is_refused_unless_one_is_named(
    ask: Ask, enter_evidence: Callable[..., None]
) -> None:
    rows = {"calibration_transformers": [{"transformer_id": "t1"}]}
    enter_evidence({"north": rows, "south": rows})
    (error,) = ask(WHY, id="r1", mrid="t1")
    assert error["extensions"]["code"] == "refused"
    assert "the feeders north, south have one each of that name" in error["message"]
    assert (
        ask(WHY, id="r1", mrid="t1", feeder="south")["getCalibrationEvidence"]["transformer"]["feeder"]
        == "south"
    )


def test_the_outcomes_of_a_run_are_read_once_a_call(
    ask: Ask, service: Service, monkeypatch: pytest.MonkeyPatch, calibrated: None
) -> None:
    asked = []
    whole = type(service.ledger).tasks_of
    monkeypatch.setattr(
        type(service.ledger), "tasks_of", lambda ledger, run: (asked.append(run), whole(ledger, run))[1]
    )
    ask(REPORT, id="r1", feeder="north")
    ask(WHY, id="r1", mrid="t1")
    assert asked == ["r1", "r1"]


@pytest.mark.usefixtures("calibrated")
@pytest.mark.parametrize(
    "asked",
    [{"id": "r1", "mrid": "t9"}, {"id": "r9", "mrid": "t1"}, {"id": "r1", "mrid": "t1", "feeder": "south"}],
)
def test_there_is_none_of_what_was_not_calibrated(ask: Ask, asked: dict[str, str]) -> None:
    assert ask(WHY, **asked)["getCalibrationEvidence"] is None


@pytest.mark.usefixtures("calibrated")
def test_the_report_of_a_feeder(ask: Ask) -> None:
    found = ask(REPORT, id="r1", feeder="north")["getCalibrationReport"]
    assert found["summary"] == {"feeder": "north", "method": "joint", "found": 1}
    assert found["times"] == [{"timestamp": "2025-01-15T04:00:00.000Z", "levelPercent": 0.25}]
    assert [len(found[name]) for name in ("transformers", "customers")] == [2, 3]
    assert found["leftOut"] == 0
    assert ask(REPORT, id="r1", feeder="south")["getCalibrationReport"] is None


@pytest.mark.usefixtures("calibrated")
def test_a_list_that_is_too_long_is_cut_and_says_so(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration_evidence, "MOST_ROWS", 1)
    found = ask(REPORT, id="r1", feeder="north")["getCalibrationReport"]
    assert [len(found[name]) for name in ("transformers", "customers", "times")] == [1, 1, 1]
    assert found["leftOut"] == 3
