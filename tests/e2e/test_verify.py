"""Engines and checks, from the command line to the manifest and back."""

import json
import re
from pathlib import Path
from typing import Any

import pytest


def solved(desk: Any, *words: str) -> tuple[str, dict[str, Any]]:
    """Return the ID of a finished forecast and its manifest."""
    package_id = desk.submit(*words)
    assert desk.hcr("work-package", "monitor", package_id).code == 0
    folder = desk.directory / ".hcr" / "results" / package_id
    return package_id, json.loads((folder / "manifest.json").read_text())


def test_a_forecast_is_solved_by_the_batch_engine_and_verified(desk: Any) -> None:
    package_id, manifest = solved(desk)
    (task,) = manifest["tasks"]
    assert (manifest["engine"], task["engine"]) == ("auto", "batch")
    assert task["verification"]["passed"]
    assert 0 < task["verification"]["share"] < 1
    shown = json.loads(desk.hcr("work-package", "show", package_id, "-o", "json").stdout)
    assert (shown["engine"], shown["warnings"]) == ("batch", [])

    outcome = desk.hcr("work-package", "verify", package_id, "-o", "json")
    assert outcome.code == 0, outcome.stderr
    (found,) = json.loads(outcome.stdout)
    assert found["agrees"]
    assert found["voltage_pu"] < 1e-6


def test_opendss_solves_on_request(desk: Any) -> None:
    package_id, manifest = solved(desk, "--engine", "opendss")
    (task,) = manifest["tasks"]
    assert (manifest["engine"], task["engine"], task["verification"]) == ("opendss", "opendss", None)
    shown = json.loads(desk.hcr("work-package", "show", package_id, "-o", "json").stdout)
    assert shown["engine"] == "opendss"
    assert desk.hcr("work-package", "verify", package_id).code == 0


@pytest.fixture
def odd(desk: Any) -> Any:
    """A desk whose feeder has a load of model 3, which the batch engine lacks."""
    (grown,) = [path.parent for path in (desk.directory / ".hcr" / "feeders").rglob("feeder.yaml")]
    target = desk.directory / "feeders" / "maple"
    (target / "recipe.yaml").unlink()
    for path in grown.iterdir():
        path.rename(target / path.name)
    loads = target / "model" / "Loads.dss"
    loads.write_text(loads.read_text().replace("Model=1", "Model=3", 1))
    return desk


def test_a_feeder_that_is_not_covered_goes_to_opendss_and_says_why(odd: Any) -> None:
    package_id, manifest = solved(odd)
    (task,) = manifest["tasks"]
    assert task["engine"] == "opendss"
    assert re.fullmatch(r"(?i)load\.c0001: load model 3", task["engine_reasons"][0])
    shown = json.loads(odd.hcr("work-package", "show", package_id, "-o", "json").stdout)
    assert re.search(
        r"(?i)maple: solved in OpenDSS, because of load\.c0001: load model 3", str(shown["warnings"])
    )


def test_a_feeder_that_is_not_covered_fails_with_the_batch_engine(odd: Any) -> None:
    outcome = odd.hcr("work-package", "run", "forecast", "demo", "--engine", "batch", "--watch")
    assert outcome.code == 1
    assert re.search(
        r"(?i)the batch engine does not cover 1 elements: load\.c0001: load model 3", outcome.stderr
    )


def test_a_changed_table_and_a_changed_model_are_found(odd: Any) -> None:
    package_id, _ = solved(odd)
    table = next((odd.directory / ".hcr" / "results" / package_id / "zone_summary").rglob("*.parquet"))
    table.write_bytes(table.read_bytes() + b"?")
    outcome = odd.hcr("work-package", "verify", package_id)
    assert outcome.code == 1
    assert "differs from its checksum in the manifest" in outcome.stderr

    append(odd.directory / "feeders" / "maple" / "model" / "Lines.dss", "! another line\n")
    outcome = odd.hcr("work-package", "verify", package_id)
    assert outcome.code == 2
    assert "feeder maple: the model changed since the package was solved" in outcome.stderr


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)
