"""What only our own service knows of calibrations: method, times, evidence, report."""

import shlex
from pathlib import Path

import pytest

RUN = {
    "id": "41",
    "name": "winter",
    "workflowId": "41",
    "runId": "41",
    "status": "COMPLETED",
    "calibrationTimeLocal": "2025-07-12T04:00:00",
    "startAt": "2026-01-05T12:00:00Z",
    "feeders": ["F1", "F2"],
    "runInfo": "F1: 2 found\nF2: failed: no <voltage> data",
}
TRANSFORMER = {
    "feeder": "F1", "transformerId": "tx1", "zone": "tx1", "tapBefore": 4, "tapFound": 3, "confidence": 0.98,
    "runnerUp": 4, "doubtful": False, "reason": "", "customers": 5, "customersUsed": 4, "x": 1.0, "y": 2.0,
}  # fmt: skip
CUSTOMER = {"cpiId": "c1", "ecMrid": "l1", "transformerId": "tx1", "used": True, "errorBeforePercent": 2.5}
REPORT = {
    "summary": {"feeder": "F1", "method": "joint", "found": 1, "transformers": 1},
    "transformers": [TRANSFORMER],
    "times": [{"timestamp": "2025-07-11T18:00:00Z", "levelPercent": 0.5, "errorBeforePercent": 2.0}],
    "customers": [CUSTOMER],
    "leftOut": 0,
}
PERIOD = """
period: {start_time: 2025-07-01T00:00, end_time: 2025-07-02T00:00, count: 3}
feeders: [F1]
"""


def test_a_period_is_sent_as_times_with_method_and_engine(directory, service, configure, hcr):
    configure(directory, {"calibration/winter.yaml": PERIOD})
    service.data = {"runCalibration": "41"}

    outcome = hcr(
        directory, *shlex.split("work-package run calibration winter --method joint --engine batch")
    )

    assert (outcome.code, outcome.stdout) == (0, "41\n")
    assert service.operations == [
        (
            "runCalibration",
            {
                "calibrationName": "winter",
                "times": ["2025-07-01T08:00:00", "2025-07-01T16:00:00", "2025-07-02T00:00:00"],
                "feeders": ["F1"],
                "method": "JOINT",
                "engine": "BATCH",
            },
        )
    ]
    assert f"hcr {directory} calibration cancel 41" in outcome.stderr


def test_the_evidence_of_one_tap(directory, service, hcr):
    candidates = [{"tapPos": 3, "probability": 0.98}, {"tapPos": 4, "probability": 0.02}]
    evidence = {"transformer": TRANSFORMER, "candidates": candidates, "customers": [CUSTOMER]}
    service.data = {"getCalibrationEvidence": evidence}
    words = "calibration get-tx-tap-settings winter --explain tx1 --feeder F1"

    found = hcr(directory, *shlex.split(f"{words} -o json")).json
    table = hcr(directory, *shlex.split(f"{words} -o table")).stdout

    assert service.operations[0] == (
        "getCalibrationEvidence",
        {"calibrationId": "winter", "transformerMrid": "tx1", "feeder": "F1"},
    )
    assert isinstance(found, dict)
    assert (found["tap_found"], found["confidence"]) == (3, 0.98)
    assert [one["tap_pos"] for one in found["candidates"]] == [3, 4]
    assert found["customer_readings"][0]["error_before_percent"] == 2.5
    assert "3 ·  · 0.98" in table


def test_the_evidence_of_a_transformer_that_was_not_calibrated(directory, service, hcr):
    service.data = {"getCalibrationEvidence": None}
    outcome = hcr(directory, *shlex.split("calibration get-tx-tap-settings winter --explain tx9"))
    assert outcome.code == 6
    assert "There is no transformer tx9 in calibration winter" in outcome.stderr


def test_a_report_is_one_file(directory, service, hcr, tmp_path: Path):
    service.data = {"getCalibrationRun": RUN, "getCalibrationReport": REPORT}
    target = tmp_path / "winter.html"

    outcome = hcr(directory, "calibration", "report", "41", "--out", target)

    assert (outcome.code, outcome.stdout) == (0, f"{target}\n")
    text = target.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "F2: failed: no &lt;voltage&gt; data" in text
    asked = [variables for name, variables in service.operations if name == "getCalibrationReport"]
    assert asked == [{"calibrationId": "41", "feeder": "F1"}, {"calibrationId": "41", "feeder": "F2"}]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ({"getCalibrationRun": None}, 6, "There is no calibration run 41"),
        ({"getCalibrationRun": RUN, "getCalibrationReport": None}, 6, "Calibration 41 has no results"),
    ],
)
def test_where_there_is_nothing_to_report_no_file_appears(
    directory, service, hcr, tmp_path, data, code, words
):
    service.data = data
    outcome = hcr(directory, "calibration", "report", "41", "--out", tmp_path / "x.html")
    assert outcome.code == code
    assert words in outcome.stderr
    assert not (tmp_path / "x.html").exists()


def test_a_file_that_cannot_be_written_is_told(directory, service, hcr, tmp_path):
    service.data = {"getCalibrationRun": RUN, "getCalibrationReport": REPORT}
    outcome = hcr(directory, "calibration", "report", "41", "--out", tmp_path / "no" / "x.html")
    assert outcome.code == 2
    assert "cannot be written" in outcome.stderr
