"""The schemas for editors: sound, in step with the contract, and of one mind with the loader."""

import json
from pathlib import Path

import pytest

from hcr.config.json_schema import DIALECT, json_schema
from hcr.config.run_configuration import RunKind

SCHEMAS = Path(__file__).parents[2] / "run_configurations" / "schema"


def properties(kind: RunKind) -> dict[str, dict[str, object]]:
    found = json_schema(kind)["properties"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("kind", RunKind)
def test_a_schema_is_a_schema(kind: RunKind) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    schema = json_schema(kind)
    assert schema["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("kind", RunKind)
def test_the_files_for_editors_are_fresh(kind: RunKind) -> None:
    stored = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    assert stored == json_schema(kind)


def test_each_study_wants_its_own_block() -> None:
    assert json_schema(RunKind.FORECAST)["required"] == ["forecastConfig"]
    assert json_schema(RunKind.FEEDER_OVERRIDE)["required"] == ["feederConfigs"]
    assert "feederConfigs" not in properties(RunKind.FORECAST)
    assert "forecastConfig" not in properties(RunKind.FEEDER_OVERRIDE)


def test_only_a_calibration_has_no_work_package_name() -> None:
    assert [kind for kind in RunKind if "name" not in properties(kind)] == [RunKind.CALIBRATION]


def test_options_carry_the_words_of_the_contract() -> None:
    assert "description" in properties(RunKind.CALIBRATION)["calibrationName"]
    definitions = json_schema(RunKind.FORECAST)["$defs"]
    assert isinstance(definitions, dict)
    options = definitions["HcSolveConfigInput"]["properties"]
    assert "pu" in options["normVMinPu"]["description"]
    assert "Hz" in options["baseFrequency"]["description"]


@pytest.mark.parametrize(
    "document",
    [
        {"forecastConfig": {"feeders": [], "scenarios": ["base"], "years": [2025]}},
        {"forecastConfig": {"feeders": ["f"], "scenarios": ["base"], "years": ["2025"]}},
        {"forecastConfig": {"feeders": ["f"], "scenarios": ["base"], "years": [2025]}, "unknown": 1},
        {"feederConfigs": {"configs": []}},
        {},
    ],
)
def test_a_schema_refuses_what_the_loader_refuses(document: dict[str, object]) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    assert list(jsonschema.Draft202012Validator(json_schema(RunKind.FORECAST)).iter_errors(document))
