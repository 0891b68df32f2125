"""What a dry run finds wrong where the service is the embedded one, and how large it says a study is."""

from pathlib import Path
from typing import Any

import pytest

from hcr.network.importing import ImportOptions, import_feeder
from hcr.network.library import Library
from interconnection_feeder import FROZEN

DAY = "timePeriod: {startTime: 2030-01-01T00:00:00, endTime: 2030-01-02T00:00:00}"


@pytest.fixture
def embedded(tmp_path: Path) -> Path:
    """A config directory that names no server, with the feeder `village`."""
    directory = tmp_path / "embedded"
    model = tmp_path / "Master.dss"
    model.write_text(FROZEN, encoding="utf-8")
    import_feeder(Library(directory / "feeders", tmp_path / "cache"), model, "village", ImportOptions())
    return directory


@pytest.fixture
def dry_run(embedded: Path, configure: Any, hcr: Any) -> Any:
    """Dry-run a configuration of a kind, given its text."""

    def run(kind: str, text: str, *words: str) -> Any:
        configure(embedded, {f"{kind}/x.yaml": text})
        return hcr(embedded, "work-package", "run", kind.replace("_", "-"), "x", "--dry-run", *words)

    return run


@pytest.mark.parametrize(
    ("kind", "text", "place"),
    [
        ("interconnection", "feeder: vilage\n", "x.yaml:1:9 feeder: "),
        (
            "forecast",
            f"forecastConfig:\n  feeders: [village, vilage]\n  scenarios: [base]\n  years: [2030]\n  {DAY}\n",
            "x.yaml:2:22 forecastConfig.feeders[1]: ",
        ),
        (
            "feeder_override",
            f"feederConfigs: {{configs: [{{scenarios: [base], years: [9], {DAY},\n  feeder: vilage}}]}}\n",
            "x.yaml:2:11 feederConfigs.configs[0].feeder: ",
        ),
        (
            "calibration",
            "calibrationName: winter\ncalibrationTimeLocal: 2025-07-12T04:00\nfeeders: [vilage]\n",
            "x.yaml:3:11 feeders[0]: ",
        ),
    ],
)
def test_an_unknown_feeder_has_its_line(dry_run: Any, kind: str, text: str, place: str) -> None:
    outcome = dry_run(kind, text)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert place in outcome.stderr
    assert "'vilage' is not in the library" in outcome.stderr
    assert "did you mean 'village'?" in outcome.stderr


def test_an_interconnection_study_is_told_with_its_size(dry_run: Any, embedded: Path) -> None:
    days = "days:\n  - {steps: 24, stepMinutes: 60, loadCurve: {nominal: true}}\n"
    curve = "resource: {curve: {values: [0, 1, 0]}}\n"
    text = f"feeder: village\nqueue: [{{bus: b3, kw: 500}}]\n{days}{curve}"
    outcome = dry_run("interconnection", text)
    assert outcome.code == 0, outcome.stderr
    assert outcome.json["input"]["feeder"] == "village"
    counted, size = outcome.stderr.splitlines()[-2:]
    assert counted == "1 feeder = 1 model"
    assert size.endswith(" monitored; days: 1; 1 units; orders: 3")
    alone = dry_run("interconnection", text, "--set", "capacitiesOnly=true", "--set", "candidates=[b1, b2]")
    assert alone.stderr.splitlines()[-1].startswith("2 candidate buses, ")
    assert alone.stderr.splitlines()[-1].endswith("; days: 1; capacities only")
    drawn = dry_run("interconnection", f"feeder: village\n{days}{curve}")
    assert "drawn units, 100 at most; orders: 3" in drawn.stderr
    assert not (embedded / ".hcr" / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("queue=[{bus: b9, kw: 5, kind: GENERATOR}]", "The feeder has no bus 'b9'"),
        ("candidates=[side]", "No unit can connect at bus side"),
        ("resource.curve.shape=moon", "moon"),
        ("leaveOut=[Storage.none]", "Storage.none"),
    ],
)
def test_what_does_not_fit_the_feeder_is_said(dry_run: Any, setting: str, said: str) -> None:
    text = "feeder: village\ndays: [{loadCurve: {nominal: true}}]\nresource: {kind: GENERATOR}\n"
    outcome = dry_run("interconnection", text, "--set", setting)
    assert (outcome.code != 0, outcome.stdout) == (True, "")
    assert said in outcome.stderr


def test_options_that_contradict_a_default_have_their_line(dry_run: Any) -> None:
    outcome = dry_run("interconnection", "feeder: village\nlimits:\n  vMinPu: 1.06\n")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "x.yaml:" in outcome.stderr


def test_a_server_knows_its_own_feeders(directory: Path, service: Any, configure: Any, hcr: Any) -> None:
    configure(directory, {"interconnection/x.yaml": "feeder: vilage\n"})
    outcome = hcr(directory, "work-package", "run", "interconnection", "x", "--dry-run")
    assert outcome.code == 0
    assert outcome.stderr.splitlines()[-1] == "1 feeder = 1 model"
    assert service.requests == []
