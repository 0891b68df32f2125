"""What only our own service knows of calibrations: method, times, evidence, report."""

import json
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

    assert service.operations[0] == (
        "getCalibrationEvidence",
        {"calibrationId": "winter", "transformerMrid": "tx1", "feeder": "F1"},
    )
    assert isinstance(found, dict)
    assert (found["tap_found"], found["confidence"]) == (3, 0.98)
    assert [one["tap_pos"] for one in found["candidates"]] == [3, 4]
    assert found["customer_readings"][0]["error_before_percent"] == 2.5


LONG = [{**CUSTOMER, "cpiId": f"c{at:02}", "readings": 8, "errorAfterPercent": 0.125} for at in range(21)] + [
    {**CUSTOMER, "cpiId": "k", "used": False, "heldOut": True},
    {**CUSTOMER, "cpiId": "w", "used": False, "heldOut": False, "reason": "it always reads the same"},
]
EVIDENCE = {
    "transformer": {**TRANSFORMER, "errorBeforePercent": 4.943, "errorAfterPercent": 0.075,
                    "runnerUpConfidence": 0.015},
    "candidates": [{"tapPos": 3, "leftOverPercent": 0.001, "probability": 0.98}],
    "customers": LONG,
}  # fmt: skip


def test_people_read_the_evidence_as_a_story(directory, service, hcr):
    service.data = {"getCalibrationEvidence": EVIDENCE}
    text = hcr(directory, *shlex.split("calibration get-tx-tap-settings w --explain tx1 -o table")).stdout
    story, candidates, customers = text.split("\n\n")
    assert story.splitlines() == [
        "Transformer tx1 on feeder F1.",
        "Tap at position 3, was 4; 98.0 % likely. The runner-up is position 4, 1.5 % likely.",
        "The meters of 4 of its 5 customers counted.",
        "Error of its voltages: 4.94 % before, 0.07 % after.",
    ]
    assert candidates.splitlines() == [
        "POSITION  LEFT OVER %  PROBABILITY %",
        "       3         0.00           98.0",
    ]
    lines = customers.splitlines()
    assert lines[0].split("  ")[0] == "ID"
    assert " ".join(lines[1].split()) == "w no 2.50 it always reads the same"
    assert lines[2].split() == ["c00", "8", "yes", "2.50", "0.12"]
    assert (len(lines), lines[-1]) == (22, "and 3 more customers; all of them with -o csv")


@pytest.mark.parametrize(
    ("changes", "first", "tap"),
    [
        (
            {"doubtful": True, "reason": "position 4 is likely too", "tapBefore": 3, "runnerUp": None},
            "Doubtful: position 4 is likely too.",
            "Tap at position 3 as before; 98.0 % likely.",
        ),
        (
            {"tapFound": None, "reason": "voltages of 1 of 5 customers"},
            "Not calibrated: voltages of 1 of 5 customers.",
            "Its tap stays at position 4.",
        ),
    ],
)
def test_what_is_in_doubt_comes_first(directory, service, hcr, changes, first, tap):
    evidence = {"transformer": {**TRANSFORMER, **changes}, "candidates": [], "customers": []}
    service.data = {"getCalibrationEvidence": evidence}
    text = hcr(directory, *shlex.split("calibration get-tx-tap-settings w --explain tx1 -o table")).stdout
    lines = text.splitlines()
    assert (lines[0], lines[2]) == (first, tap)


def test_a_sheet_of_the_evidence_has_all_customers(directory, service, hcr):
    service.data = {"getCalibrationEvidence": EVIDENCE}
    text = hcr(directory, *shlex.split("calibration get-tx-tap-settings w --explain tx1 -o csv")).stdout
    head, first, *others = text.splitlines()
    assert head.startswith("cpi_id,ec_mrid,transformer_id,readings,used,held_out,reason,error_before")
    assert first == "c00,l1,tx1,8,yes,,,2.5,0.125"
    assert len(others) == 22


def test_another_transformer_beside_the_explained_one_is_refused(directory, service, hcr):
    words = "calibration get-tx-tap-settings w --explain tx1 --transformer tx2"
    outcome = hcr(directory, *shlex.split(words))
    assert outcome.code == 2
    assert "--explain tx1 and --transformer tx2 name two transformers" in outcome.stderr
    assert service.operations == []


def test_the_feeder_of_a_setting_is_shown_where_the_service_tells(directory, service, hcr):
    service.data = {"getTransformerTapSettings": [{"id": "tx1", "tapPosition": 3, "feeder": "F1"}]}
    (found,) = hcr(directory, *shlex.split("calibration get-tx-tap-settings winter -o json")).json
    assert found["feeder"] == "F1"


def test_a_run_with_many_times_says_how_many(directory, service, hcr):
    times = [f"2025-01-0{day}T00:00:00" for day in (3, 1, 2)]
    service.data = {
        "getCalibrationRun": {**RUN, "calibrationWorkPackageConfig": json.dumps({"times": times})}
    }
    table = hcr(directory, *shlex.split("calibration show 41 -o table")).stdout
    found = hcr(directory, *shlex.split("calibration show 41 -o json")).json
    assert "3 times, 2025-01-01 00:00 to 2025-01-03 00:00" in table
    assert found["time"] == "2025-07-12T04:00:00"
    assert found["times"] == sorted(times)


@pytest.mark.parametrize("config", [None, "no JSON", "[]", '{"times": 3}'])
def test_a_run_whose_options_tell_no_times_has_its_first(directory, service, hcr, config):
    service.data = {"getCalibrationRun": {**RUN, "calibrationWorkPackageConfig": config}}
    table = hcr(directory, *shlex.split("calibration show 41 -o table")).stdout
    assert "2025-07-12 04:00" in table


def test_a_plain_service_knows_the_name_of_a_set_too(tmp_path, serve, point_at, hcr):
    service = serve(plain=True)
    older = {**RUN, "id": "40", "startAt": "2025-01-05T12:00:00Z"}
    service.data = {"getCalibrationRun": None, "listCalibrationRuns": [older, RUN]}
    found = hcr(point_at(tmp_path / "config", service), *shlex.split("calibration show winter -o json")).json
    assert found["id"] == "41"
    assert service.operations[-1] == ("listCalibrationRuns", {"name": "winter", "status": "COMPLETED"})


def test_the_id_of_a_run_names_a_file_of_this_folder(directory, service, hcr, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    service.data = {"getCalibrationRun": RUN, "getCalibrationReport": REPORT}
    assert hcr(directory, "calibration", "report", "winter").stdout == "41.html\n"
    for name in ("../x", "a\\b", "C:x", "a\nb"):
        service.data = {"getCalibrationRun": {**RUN, "id": name}, "getCalibrationReport": REPORT}
        outcome = hcr(directory, "calibration", "report", "winter")
        assert outcome.code != 0
        assert "names no file of this folder" in outcome.stderr


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
