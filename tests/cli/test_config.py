"""Showing, validating and comparing configurations, beyond the behaviours at a prompt."""

import json
from pathlib import Path

import pytest

FORECAST = """\
forecastConfig:
  feeders: [F1]
  scenarios: [base]
  years: [2030]
  fixedTime: {loadTime: 2030-01-01T00:00:00}
"""
OVERRIDE = """\
feederConfigs:
  configs:
    - {feeder: F1, scenarios: [base], years: [2030], fixedTime: {loadTime: 2030-01-01T00:00:00}}
"""


def test_secrets_are_not_shown(tmp_path: Path, service, point_at, hcr):
    login = {"authority": "https://x", "client_id": "hcr", "client_secret": "s3cret", "scopes": ["a", "b"]}
    directory = point_at(tmp_path / "c", service, **login, ca_filename="auth_config.json")
    outcome = hcr(directory, "config", "show", "-o", "json")
    values = {record["key"]: record["value"] for record in outcome.json}
    assert "s3cret" not in outcome.stdout
    assert (values["client_secret"], values["access_token"]) == ("(set)", None)
    assert values["scopes"] == ["a", "b"]
    assert values["ca_filename"] == str(directory / "auth_config.json")


def test_run_configurations_are_listed(directory, configure, hcr):
    configure(directory, {"forecast/b.yaml": FORECAST, "forecast/a.yml": FORECAST})
    records = hcr(directory, "config", "show", "-o", "json").json
    assert {"key": "run_configurations/forecast", "value": ["a", "b"], "origin": "file"} in records


def test_origins_are_columns_on_request(directory, hcr):
    assert hcr(directory, "config", "show").stdout.startswith("key\tvalue\n")
    assert hcr(directory, "config", "show", "--origin").stdout.startswith("key\tvalue\torigin\n")


@pytest.mark.parametrize(
    "name",
    ["ev", "ev.yaml", "feeder_override/ev.yaml", "{directory}/run_configurations/feeder_override/ev.yaml"],
)
def test_a_file_is_validated_as_what_it_is(directory, configure, hcr, name: str):
    configure(directory, {"feeder_override/ev.yaml": OVERRIDE, "forecast/other.yaml": "broken: [\n"})
    outcome = hcr(directory, "config", "validate", name.format(directory=directory))
    assert (outcome.code, outcome.stderr) == (0, "1 file, no faults.\n")


def test_a_file_of_no_folder_is_taken_for_a_forecast(tmp_path: Path, directory, hcr):
    file = tmp_path / "loose.yaml"
    file.write_text(FORECAST)
    assert hcr(directory, "config", "validate", file).code == 0


def test_a_file_that_is_not_there_is_said(directory, configure, hcr):
    configure(directory, {"forecast/summer.yaml": FORECAST})
    outcome = hcr(directory, "config", "validate", "sumer")
    assert outcome.code == 2
    assert "Did you mean `summer`?" in outcome.stderr


def test_one_fault_is_counted_as_one(directory, configure, hcr):
    configure(directory, {"forecast/a.yaml": FORECAST.replace("[2030]", "soon")})
    outcome = hcr(directory, "config", "validate", "a")
    assert outcome.stderr == "Error: 1 fault in 1 file\n"


def test_a_directory_that_is_not_there_is_said(tmp_path: Path, hcr):
    outcome = hcr(tmp_path / "nowhere", "config", "validate")
    assert outcome.code == 2
    assert "neither a directory nor a command" in outcome.stderr


@pytest.mark.parametrize("given", ["typo", "sub/7", "7.yaml"])
def test_what_is_no_package_id_is_a_file(directory, configure, service, hcr, given: str):
    configure(directory, {"forecast/a.yaml": FORECAST})
    outcome = hcr(directory, "config", "diff", "forecast", "a", given)
    assert outcome.code == 2
    assert f"there is no forecast configuration `{given}`".lower() in outcome.stderr.lower()
    assert service.requests == []


def test_neither_a_file_nor_a_package(directory, configure, service, hcr):
    configure(directory, {"forecast/summer30.yaml": FORECAST})
    service.data["getWorkPackageById"] = None
    outcome = hcr(directory, "config", "diff", "forecast", "summer30", "sumer30")
    assert outcome.code == 2
    assert "Did you mean `summer30`?" in outcome.stderr


@pytest.mark.parametrize("config", ["", "no json", "[]"])
def test_a_service_that_does_not_tell_what_was_submitted(directory, configure, service, hcr, config: str):
    configure(directory, {"forecast/a.yaml": FORECAST})
    service.data["getWorkPackageById"] = {
        "id": "7",
        "name": "sent",
        "status": "RUNNING",
        "createdAt": "2026-01-05T12:00:00Z",
        "createdBy": {"id": "u", "username": "ana"},
        "isDeleted": False,
        "feeders": [],
        "scenarios": [],
        "years": [],
        "warnings": [],
        "failures": [],
        "config": config,
    }
    outcome = hcr(directory, "config", "diff", "forecast", "a", "7")
    assert outcome.code == 2
    assert "does not tell what work package 7 was submitted with" in outcome.stderr


def test_one_schema_or_all(hcr):
    one = json.loads(hcr("config", "schema", "calibration").stdout)
    assert hcr("config", "schema").json["calibration"] == one
