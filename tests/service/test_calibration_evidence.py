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
def calibrated(service: Service, write_rows: Callable[..., dict[str, Any]]) -> None:
    """The run `r1` of one feeder, with evidence."""
    rows = {
        "calibration_transformers": [
            {"transformer_id": "t1", "tap_found": 3, "confidence": 0.9, "x": float("nan"), "reason": ""},
            {"transformer_id": "t2"},
        ],
        "calibration_candidates": [
            {"transformer_id": "t1", "tap_pos": pos, "probability": 0.5} for pos in (2, 1)
        ],
        "calibration_customers": [
            {"cpi_id": name, "transformer_id": tx} for name, tx in (("a", "t1"), ("b", "t2"), ("c", "t2,t1"))
        ],
        "calibration_times": [{"level_percent": 0.25}],
        "calibration_summary": [{"method": "joint", "found": 1}],
    }
    request = {
        "calibrationName": "winter",
        "calibrationTimeLocal": "2025-01-15T04:00:00",
        "feeders": ["north"],
    }
    service.ledger.add(NewPackage("r1", "winter", "calibration", request, [("north", "base", 2025)]))
    folder = service.place.results("r1")
    tables = [write_rows(folder, name, "north", some) for name, some in rows.items()]
    service.ledger.start(TaskKey("r1", 0))
    service.ledger.succeed(TaskKey("r1", 0), {"tables": tables})


@pytest.mark.usefixtures("calibrated")
def test_the_evidence_of_a_transformer(ask: Ask) -> None:
    found = ask(WHY, id="r1", mrid="t1")["getCalibrationEvidence"]
    assert found["transformer"] == {
        "feeder": "north", "transformerId": "t1", "tapFound": 3, "confidence": 0.9, "x": None, "reason": "",
    }  # fmt: skip
    assert [one["tapPos"] for one in found["candidates"]] == [1, 2]
    assert [one["cpiId"] for one in found["customers"]] == ["a", "c"]


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
