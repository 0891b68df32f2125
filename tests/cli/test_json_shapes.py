"""The shape of what every command prints with `-o json`: programs read it, so it changes on purpose only.

`snapshots/NAME.json` is what the command of that name must print, key by key and in that order.
"""

import json
import shlex
from pathlib import Path

import pytest
import yaml

SNAPSHOTS = Path(__file__).parent / "snapshots"
PACKAGE = {
    "id": "7",
    "name": "Summer",
    "description": "all of the north",
    "status": "RUNNING",
    "createdAt": "2026-01-05T12:00:00Z",
    "createdBy": {"id": "u", "username": "ana"},
    "isDeleted": False,
    "parentId": "5",
    "feeders": ["F1"],
    "scenarios": ["base"],
    "years": [2030],
    "timePeriodStart": "2030-01-01T00:00:00",
    "timePeriodEnd": "2030-12-31T00:00:00",
    "warnings": ["3 customers have no data"],
    "failures": [
        {"feeder": "F1", "scenario": "base", "year": 2030, "code": "engine", "message": "no solution"}
    ],
    "resultsPath": "/results/7",
    "engine": "opendss",
    "activity": "capacities: 3 of 9",
    "progressDetails": {
        "modelTotals": {
            "totalModels": 21,
            "totalPending": 1,
            "totalRunning": 2,
            "totalSucceeded": 3,
            "totalFailed": 4,
            "totalCancelled": 5,
            "totalTimedOut": 6,
        }
    },
}
BARE = {
    "id": "5",
    "name": "bare",
    "status": "SETUP",
    "createdAt": "2026-01-04T12:00:00Z",
    "isDeleted": False,
    "feeders": [],
    "scenarios": [],
    "years": [],
    "warnings": [],
    "failures": [],
}
RUN = {
    "id": "41",
    "name": "winter",
    "workflowId": "w",
    "runId": "r",
    "status": "RUNNING",
    "calibrationTimeLocal": "2025-07-12T04:00:00",
    "startAt": "2026-01-05T12:00:00Z",
    "feeders": ["F1"],
}
MODEL = {
    "id": 11,
    "name": "F1-base-2030",
    "createdAt": "2026-01-05T12:00:00Z",
    "state": "FAILED",
    "isPublic": False,
    "errors": ["no such feeder"],
    "generationSpec": "{}",
}
TAPS = {"id": "tx1", "lowStep": -2, "highStep": 2, "nominalTapNum": 0, "tapPosition": 1.5}
POINT = {
    "workPackageId": "7",
    "scenario": "base",
    "feeder": "F1",
    "conductingEquipment": "tx1",
    "terminalSequenceNumber": 1,
    "measurementZoneType": "TRANSFORMER",
    "timestamp": "2030-01-01T00:30:00",
    "percentageOfTime": 5.0,
    "kw": 12.5,
    "vBase": 240.0,
}
COMMANDS: dict[str, tuple[str, dict[str, object]]] = {
    "work-package-list": (
        "work-package list",
        {"getWorkPackages": {"totalCount": 2, "offset": 0, "workPackages": [PACKAGE, BARE]}},
    ),
    "work-package-show": ("work-package show 7", {"getWorkPackageById": PACKAGE}),
    "work-package-show-bare": ("work-package show 5", {"getWorkPackageById": BARE}),
    "work-package-tree": (
        "work-package tree 7",
        {"getWorkPackageTree": {"ancestors": [BARE], "children": [PACKAGE]}},
    ),
    "work-package-stats": (
        "work-package stats 7",
        {"getWorkPackageStatsById": {"createdAt": "2026-01-05T12:00:00+10:00", "duration": 61}},
    ),
    "work-package-progress": (
        "work-package progress",
        {"getActiveWorkPackages": ["7"], "getWorkPackageById": PACKAGE},
    ),
    "work-package-retry": ("work-package retry 7", {"retryWorkPackage": PACKAGE["failures"]}),
    "calibration-list": ("calibration list", {"getCalibrationSets": ["winter"]}),
    "calibration-runs": ("calibration runs", {"listCalibrationRuns": [RUN]}),
    "calibration-show": ("calibration show 41", {"getCalibrationRun": {**RUN, "runInfo": "half way"}}),
    "calibration-get-tx-tap-settings": (
        "calibration get-tx-tap-settings winter",
        {"getTransformerTapSettings": [{**TAPS, "controlEnabled": False, "stepVoltageIncrement": 2.5}]},
    ),
    "opendss-list": (
        "opendss list",
        {"pagedOpenDssModels": {"totalCount": 1, "offset": 0, "models": [MODEL]}},
    ),
    "scenarios-list": (
        "scenarios list",
        {
            "getScenarioConfigurations": {
                "totalCount": 1,
                "offset": 0,
                "scenarioConfigs": [{"id": "s", "scenarioName": "high", "evForecastLevel": "l"}],
            }
        },
    ),
    "duration-curves": (
        "duration-curves 7 --feeder F1 --year 2030 --equipment tx1",
        {"getDurationCurves": [{"terminalSequenceNumber": 1, "durationCurve": {"points": [POINT]}}]},
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_json_is_as_documented(directory, service, hcr, name: str):
    words, service.data = COMMANDS[name]

    outcome = hcr(directory, *shlex.split(words), "-o", "json")

    assert outcome.code == 0
    assert outcome.stdout == (SNAPSHOTS / f"{name}.json").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_jsonl_and_yaml_say_the_same(directory, service, hcr, name: str):
    words, service.data = COMMANDS[name]
    expected = json.loads((SNAPSHOTS / f"{name}.json").read_text())

    lines = hcr(directory, *shlex.split(words), "-o", "jsonl").stdout.splitlines()
    document = hcr(directory, *shlex.split(words), "-o", "yaml").stdout

    assert [json.loads(line) for line in lines] == (expected if isinstance(expected, list) else [expected])
    assert yaml.safe_load(document) == expected


def test_every_snapshot_has_its_command():
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(COMMANDS)


EMPTY: dict[str, dict[str, object]] = {
    "work-package list": {"getWorkPackages": {"totalCount": 0, "offset": 0, "workPackages": []}},
    "work-package tree 7": {"getWorkPackageTree": {"ancestors": [], "children": []}},
    "work-package progress": {"getActiveWorkPackages": []},
    "work-package retry 7": {"retryWorkPackage": []},
    "calibration list": {"getCalibrationSets": []},
    "calibration runs": {"listCalibrationRuns": []},
    "calibration get-tx-tap-settings winter": {
        "getTransformerTapSettings": [],
        "getCalibrationSets": ["winter"],
    },
    "opendss list": {"pagedOpenDssModels": {"totalCount": 0, "offset": 0, "models": []}},
    "scenarios list": {"getScenarioConfigurations": {"totalCount": 0, "offset": 0, "scenarioConfigs": []}},
    "duration-curves 7 --feeder F1 --year 2030 --equipment tx1": {"getDurationCurves": []},
    "feeder list": {},
}


@pytest.mark.parametrize("words", EMPTY)
def test_an_empty_list_is_an_empty_list(directory, service, hcr, words: str):
    service.data = EMPTY[words]

    outcome = hcr(directory, *shlex.split(words), "-o", "json")

    assert (outcome.code, outcome.stdout) == (0, "[]\n")
