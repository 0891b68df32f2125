"""How `hcr` behaves at a prompt: the config directory and the run configurations in it.

Rows of this module: 13-16, 18.
"""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

KINDS = ("forecast", "feeder-override", "calibration", "intrinsic", "hv-node-headroom", "interconnection")
BROKEN = """\
forecastConfig:
  feeders: [F1]
  scenarois: [base]
  years: [soon]
  fixedTime: {loadTime: 2030-01-01T00:00:00}
"""
FORECAST = BROKEN.replace("scenarois", "scenarios").replace("soon", "2030")


def test_row_13_all_faults_at_once_with_place_and_hint(directory, configure, hcr):
    configure(directory, {"forecast/a.yaml": BROKEN, "calibration/b.yaml": "feeders: 7\n"})
    outcome = hcr(directory, "config", "validate")
    assert outcome.code == 2
    file = directory / "run_configurations" / "forecast" / "a.yaml"
    lines = outcome.stdout.splitlines()
    assert any(line.startswith(f"{file}:3:3 ") and "did you mean `scenarios`?" in line for line in lines)
    assert any(line.startswith(f"{file}:4:11 ") for line in lines)
    assert any("b.yaml:1:" in line for line in lines)
    assert outcome.stderr == f"Error: {len(lines)} faults in 3 files\n"


def test_row_13_strict_counts_hints_too(directory, configure, hcr):
    legacy = FORECAST.replace("forecastConfig", "syf_config").replace("fixedTime", "load_time")
    configure(directory, {"forecast/a.yaml": legacy.replace("loadTime", "load_time")})
    assert hcr(directory, "config", "validate").code == 0
    strict = hcr(directory, "config", "validate", "--strict")
    assert strict.code == 2
    assert "syf_config" in strict.stdout


def test_row_13_a_sound_directory_is_said_to_be_so(directory, configure, service, hcr):
    configure(directory, {"forecast/a.yaml": FORECAST})
    outcome = hcr(directory, "config", "validate")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert outcome.stderr == "2 files, no faults.\n"
    assert service.requests == []


def test_row_14_two_configurations_are_compared_by_what_they_mean(directory, configure, hcr):
    snake = FORECAST.replace("forecastConfig", "forecast_config").replace("fixedTime", "fixed_time")
    other = FORECAST.replace("2030]", "2030, 2040]")
    configure(directory, {"forecast/a.yaml": FORECAST, "forecast/b.yaml": snake, "forecast/c.yaml": other})
    same = hcr(directory, "config", "diff", "forecast", "a", "b", "-o", "json")
    assert (same.code, same.json) == (0, [])
    assert "mean the same" in same.stderr
    differing = hcr(directory, "config", "diff", "forecast", "a", "c", "-o", "json")
    assert differing.json == [{"key": "forecastConfig.years", "first": [2030], "second": [2030, 2040]}]


def test_row_14_a_configuration_is_compared_with_a_submitted_package(directory, configure, service, hcr):
    configure(directory, {"forecast/a.yaml": FORECAST})
    sent = {
        "forecastConfig": {
            "feeders": ["F2"],
            "scenarios": ["base"],
            "years": [2030],
            "fixedTime": {"loadTime": "2030-01-01T00:00:00"},
        }
    }
    service.data["getWorkPackageById"] = {
        "id": "7-a",
        "name": "sent",
        "createdAt": "2026-01-05T12:00:00Z",
        "createdBy": {"id": "u", "username": "ana"},
        "status": "RUNNING",
        "isDeleted": False,
        "feeders": ["F2"],
        "scenarios": ["base"],
        "years": [2030],
        "warnings": [],
        "failures": [],
        "config": json.dumps(sent),
    }
    outcome = hcr(directory, "config", "diff", "forecast", "a", "7-a", "-o", "json")
    assert outcome.json == [{"key": "forecastConfig.feeders", "first": ["F1"], "second": ["F2"]}]


def test_row_15_init_writes_a_valid_commented_directory(tmp_path, hcr):
    directory = tmp_path / "new"
    outcome = hcr(directory, "init")
    assert outcome.code == 0
    written = [Path(line) for line in outcome.stdout.splitlines()]
    assert all(path.is_file() for path in written)
    for path in directory.glob("run_configurations/*/*.yaml"):
        text = path.read_text()
        assert text.startswith("# yaml-language-server: $schema=")
        assert (path.parent / text.splitlines()[0].partition("=")[2]).is_file()
        assert text.count("#") > 3
    validated = hcr(directory, "config", "validate", "--strict")
    assert validated.code == 0, validated.stdout


def test_row_15_init_never_overwrites(tmp_path, hcr):
    hcr(tmp_path, "init", "--host", "first.example.com")
    config = (tmp_path / "auth_config.json").read_text()
    again = hcr(tmp_path, "init", "--host", "second.example.com")
    assert (again.code, again.stdout) == (0, "")
    assert "stays as it is" in again.stderr
    assert (tmp_path / "auth_config.json").read_text() == config


@pytest.mark.parametrize("kind", KINDS)
def test_row_16_the_schema_of_a_kind_accepts_its_example(tmp_path, hcr, kind: str):
    schema = hcr("config", "schema", kind).json
    hcr(tmp_path, "init")
    example = tmp_path / "run_configurations" / kind.replace("-", "_") / "example.yaml"

    class Plain(yaml.SafeLoader):
        """Dates stay texts, as in JSON."""

    Plain.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    jsonschema.validate(yaml.load(example.read_text(), Plain), schema)  # noqa: S506 - a safe loader


def test_row_16_without_a_kind_all_schemas_are_printed(hcr):
    assert set(hcr("config", "schema").json) == {kind.replace("-", "_") for kind in KINDS}


def _origins(outcome) -> dict[str, tuple[object, str]]:
    return {record["key"]: (record["value"], record["origin"]) for record in outcome.json}


def test_row_18_option_before_environment_before_file_before_default(directory, service, hcr, monkeypatch):
    show = (directory, "config", "show", "--origin", "-o", "json")
    found = _origins(hcr(*show))
    assert found["host"] == ("127.0.0.1", "file")
    assert found["port"] == (service.port, "file")
    assert found["verify_certificate"] == (True, "default")
    assert found["insecure"] == (False, "default")
    monkeypatch.setenv("HCR_PORT", "4711")
    monkeypatch.setenv("HCR_TOKEN", "s3cret-token")
    outcome = hcr(*show, "--insecure")
    found = _origins(outcome)
    assert found["port"] == (4711, "environment")
    assert found["access_token"] == ("(set)", "environment")
    assert found["auth_method"] == ("token", "environment")
    assert found["insecure"] == (True, "option")
    assert "s3cret-token" not in outcome.stdout


def test_row_18_the_environment_alone_is_enough_to_name_a_service(tmp_path, service, hcr, monkeypatch):
    service.data["getActiveWorkPackages"] = []
    for name, value in {"PROTOCOL": "http", "HOST": "127.0.0.1", "PORT": service.port}.items():
        monkeypatch.setenv(f"HCR_{name}", str(value))
    assert hcr(tmp_path, "work-package", "progress").code == 0
    assert [call["name"] for call in service.calls] == ["getActiveWorkPackages"]


@pytest.mark.parametrize(
    ("name", "value"), [("HCR_PORT", "many"), ("HCR_HOST", "http://x"), ("HCR_PROTOCOL", "ftp")]
)
def test_row_18_a_fault_in_the_environment_names_the_variable(directory, hcr, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    outcome = hcr(directory, "work-package", "list")
    assert outcome.code == 2
    assert f"  {name}: " in outcome.stderr


def test_row_18_a_host_in_the_environment_ends_embedded_mode(tmp_path, hcr, monkeypatch):
    (tmp_path / "auth_config.json").write_text('{"eas_server": {"protocol": "embedded"}}')
    monkeypatch.setenv("HCR_HOST", "eas.example.com")
    found = _origins(hcr(tmp_path, "config", "show", "--origin", "-o", "json"))
    assert found["protocol"] == ("https", "default")
    assert found["host"] == ("eas.example.com", "environment")
    monkeypatch.setenv("HCR_PROTOCOL", "embedded")
    found = _origins(hcr(tmp_path, "config", "show", "--origin", "-o", "json"))
    assert found["protocol"] == ("embedded", "environment")


def test_row_18_a_setting_of_the_command_line_wins_over_the_file(directory, configure, hcr):
    configure(directory, {"forecast/a.yaml": FORECAST})
    words = ("work-package", "run", "forecast", "a", "--dry-run", "--set", "forecastConfig.years=[2050]")
    assert hcr(directory, *words).json["input"]["forecastConfig"]["years"] == [2050]
