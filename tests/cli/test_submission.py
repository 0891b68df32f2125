"""What a submission says besides its ID, how refusals are shown, and what `--dry-run` prints."""

import json

import pytest

from stub_service import Scripted

PERIOD = {"startTime": "2030-01-01T00:00:00", "endTime": "2030-12-31T00:00:00"}
FORECAST = {
    "forecastConfig": {"feeders": ["F1", "F2"], "scenarios": ["base"], "years": [2030], "timePeriod": PERIOD},
    "generatorConfig": {"model": {"loadVMinPu": 0.8, "loadVMaxPu": 1.15}, "solve": {"stepSizeMinutes": 30}},
}
WIRE_NAMES = """
name: Summer
forecastConfig:
  feeders: [F1, F2]
  scenarios: [base]
  years: [2030]
  timePeriod: {startTime: 2030-01-01T00:00:00, endTime: 2030-12-31T00:00:00}
generatorConfig:
  model: {loadVMinPu: 0.8, loadVMaxPu: 1.15}
  solve: {stepSizeMinutes: 30}
"""
LEGACY_KEYS = """
name: Summer
syf_config:
  feeders: [F1, F2]
  scenarios: [base]
  years: [2030]
  load_time: {start_time: 2030-01-01T00:00:00, end_time: 2030-12-31T00:00:00}
generator_config:
  model: {load_vmin_pu: 0.8, load_vmax_pu: 1.15}
  solve: {step_size_minutes: 30.0}
"""
OVERRIDE_YAML = """
feederConfigs:
  configs:
    - feeder: F1
      scenarios: [base]
      years: [2025]
      fixedTime:
        loadTime: 2025-07-12T18:30:00
        overrides:
          - {loadId: load-17, loadWattsOverride: [4500.0], loadVarOverride: [900.0]}
"""
OTHER_BLOCKS = "[{feeder: F1, scenarios: [a, b], years: [1, 2, 3], fixedTime: {loadTime: 2025-07-12T18:30}}]"
CALIBRATION_YAML = """
calibration_name: winter
calibration_time_local: 2025-07-12T04:00:00
feeders: [F1]
transformer_tap_settings: autumn
"""
INTERCONNECTION_YAML = """
feeder: F1
queue: [{bus: b7, kw: 500}]
capacities_only: false
"""
SEARCH_YAML = """
name: Search
syf: {feeders: [F1], scenario: base, year: 2025}
initial_state_selector: {selector_mode: ZERO_LOAD, start_time: 2025-07-12T18:30:00}
constraints: {voltage: {hv: {min_pu: 0.9, max_pu: 1.054}}}
injection_resource: {method: IMPORT_LOAD}
search: {%s: 2.5}
results_writer: {writer_type: PARQUET}
"""
SEARCH = {
    "syf": {"feeders": ["F1"], "scenario": "base", "year": 2025},
    "initialStateSelector": {"selectorMode": "ZERO_LOAD", "startTime": "2025-07-12T18:30:00"},
    "constraints": {"voltage": {"hv": {"minPu": 0.9, "maxPu": 1.054}}},
    "injectionResource": {"method": "IMPORT_LOAD"},
    "resultsWriter": {"writerType": "PARQUET"},
}


# ---- what a submission says besides its ID


def test_a_name_that_stands_for_no_file_is_said_once(directory, service, configure, hcr):
    configure(directory, {"forecast/peak.yaml": WIRE_NAMES, "forecast/winter.yaml": WIRE_NAMES})

    outcome = hcr(directory, "work-package", "run", "forecast", "nope")

    assert (outcome.code, service.requests) == (2, [])
    headline, remedy = outcome.stderr.splitlines()
    assert headline.startswith("Error: There is no forecast configuration `nope`")
    assert remedy == "There is `peak`, `winter`."


def test_a_submission_says_what_to_type_next_on_stderr(directory, service, configure, hcr):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})
    service.data = {"runWorkPackage": "7"}

    outcome = hcr(directory, "work-package", "run", "forecast", "summer")

    assert outcome.stdout == "7\n"
    assert "Work package 'summer' is submitted." in outcome.stderr
    assert f"hcr {directory} work-package monitor 7" in outcome.stderr
    assert f"hcr {directory} work-package cancel 7" in outcome.stderr


def test_a_calibration_names_its_own_commands(directory, service, configure, hcr):
    configure(directory, {"calibration/x.yaml": CALIBRATION_YAML})
    service.data = {"runCalibration": "41"}

    outcome = hcr(directory, "work-package", "run", "calibration")

    assert "Calibration 'winter' is submitted." in outcome.stderr
    assert f"hcr {directory} calibration monitor 41" in outcome.stderr
    assert f"hcr {directory} calibration cancel 41" in outcome.stderr
    assert "work-package" not in outcome.stderr


def test_quiet_leaves_only_the_id(directory, service, configure, hcr):
    configure(directory, {"forecast/summer.yaml": LEGACY_KEYS})
    service.data = {"runWorkPackage": "7"}

    outcome = hcr(directory, "work-package", "run", "forecast", "-q")

    assert (outcome.stdout, outcome.stderr, outcome.code) == ("7\n", "", 0)


def test_legacy_keys_are_named_with_their_lines(directory, service, configure, hcr):
    configure(directory, {"forecast/summer.yaml": LEGACY_KEYS})
    service.data = {"runWorkPackage": "7"}

    outcome = hcr(directory, "work-package", "run", "forecast")

    assert "summer.yaml:3:1" in outcome.stderr
    assert "syf_config" in outcome.stderr


def test_a_submission_is_sent_with_a_key_against_running_twice(directory, service, configure, hcr):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})
    service.data = {"runWorkPackage": "7"}

    hcr(directory, "work-package", "run", "forecast")

    assert service.requests[0].headers["idempotency-key"]


REFUSAL = (
    b'{"errors": [{"message": "there is no feeder F2", "extensions": '
    b'{"code": "REFUSED", "path": ["input", "forecastConfig", "feeders", 1]}}], "data": null}'
)


@pytest.mark.parametrize("command", ["run", "cost"])
def test_what_the_service_refuses_is_shown_at_its_line(directory, service, configure, hcr, command: str):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})
    service.script.append(Scripted(200, REFUSAL))

    outcome = hcr(directory, "work-package", command, "forecast", "summer")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert "summer.yaml:4:17" in outcome.stderr
    assert "there is no feeder F2" in outcome.stderr


def test_a_refusal_without_a_place_is_shown_as_it_is(directory, service, configure, hcr):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})
    body = b'{"errors": [{"message": "too many models", "extensions": {"code": "REFUSED"}}], "data": null}'
    service.script.append(Scripted(200, body))

    outcome = hcr(directory, "work-package", "run", "forecast", "summer")

    assert outcome.code == 2
    assert "too many models" in outcome.stderr


@pytest.mark.parametrize("given", ["years", "=3", " =3"])
def test_a_setting_needs_key_and_value(directory, service, configure, hcr, given: str):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})

    outcome = hcr(directory, "work-package", "run", "forecast", "--set", given)

    assert outcome.code == 2
    assert "KEY=VALUE" in outcome.stderr
    assert service.requests == []


# ---- dry runs


@pytest.mark.parametrize(
    ("words", "files", "variables", "counted"),
    [
        (
            "forecast summer",
            {"forecast/summer.yaml": WIRE_NAMES},
            {"input": FORECAST, "workPackageName": "summer"},
            "2 feeders x 1 scenarios x 1 years = 2 models",
        ),
        (
            f"feeder-override --set feederConfigs.configs={OTHER_BLOCKS}",
            {"feeder_override/x.yaml": OVERRIDE_YAML},
            None,
            "1 feeders x 2 scenarios x 3 years = 6 models",
        ),
        (
            "calibration",
            {"calibration/x.yaml": "calibrationName: winter"},
            {"calibrationName": "winter"},
            "",
        ),
        (
            "intrinsic",
            {"intrinsic/x.yaml": SEARCH_YAML % "step_kw_per_customer"},
            {"input": {**SEARCH, "search": {"stepKwPerCustomer": 2.5}}, "workPackageName": "Search"},
            "",
        ),
    ],
)
def test_dry_run_prints_the_variables_and_sends_nothing(
    directory, service, configure, hcr, words, files, variables, counted
):
    configure(directory, files)
    kind, *rest = words.split(" ", 2)

    outcome = hcr(directory, "work-package", "run", kind, *rest, "--dry-run")

    assert outcome.code == 0
    assert counted in outcome.stderr
    assert variables is None or outcome.json == variables
    assert service.requests == []


def test_dry_run_adds_up_blocks(directory, configure, hcr):
    block = "{feeder: F%d, scenarios: [base], years: [1, 2], fixedTime: {loadTime: 2025-07-12T18:30}}"
    text = f"feederConfigs: {{configs: [{block % 1}, {block % 2}]}}"
    configure(directory, {"feeder_override/x.yaml": text})

    outcome = hcr(directory, "work-package", "run", "feeder-override", "--dry-run")

    assert "4 models in all" in outcome.stderr


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Cannot query field 'runWorkPackage' on type 'Mutation'.", "does not know `runWorkPackage`"),
        (
            (
                "Variable '$input' got invalid value 30 at 'input.generatorConfig.solve'; "
                "Field 'stepSizeMinutes' is not defined by type 'HcSolveConfigInput'."
            ),
            "summer.yaml:10:",
        ),
    ],
)
def test_an_older_service_is_explained(directory, service, configure, hcr, message: str, said: str):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})
    service.script.append(Scripted(200, json.dumps({"errors": [{"message": message}]}).encode()))

    outcome = hcr(directory, "work-package", "run", "forecast", "summer")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert said in outcome.stderr


# ---- engines


@pytest.mark.parametrize("kind", ["forecast", "feeder-override"])
@pytest.mark.parametrize("engine", ["auto", "batch", "opendss"])
def test_the_engine_goes_along_when_it_is_chosen(directory, service, configure, hcr, kind: str, engine: str):
    texts = {"forecast": WIRE_NAMES, "feeder-override": OVERRIDE_YAML}
    configure(directory, {f"{kind.replace('-', '_')}/x.yaml": texts[kind]})
    service.data = {"runWorkPackage": "7"}

    outcome = hcr(directory, "work-package", "run", kind, "x", "--engine", engine)

    assert (outcome.code, outcome.stdout) == (0, "7\n")
    ((name, variables),) = service.operations
    assert (name, variables["engine"]) == ("runWorkPackage", engine.upper())


def test_without_a_choice_no_engine_is_sent(directory, service, configure, hcr):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})
    service.data = {"runWorkPackage": "7"}

    hcr(directory, "work-package", "run", "forecast", "summer")

    assert service.operations == [("runWorkPackage", {"input": FORECAST, "workPackageName": "summer"})]
    assert "engine" not in service.requests[-1].body["query"]


def test_a_plain_service_has_no_choice_of_engines(tmp_path, serve, point_at, configure, hcr):
    plain = serve(plain=True)
    directory = point_at(tmp_path / "plain", plain)
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})

    outcome = hcr(directory, "work-package", "run", "forecast", "summer", "--engine", "opendss")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert "This service does not offer a choice of engines" in outcome.stderr
    assert "plain Evolve App Server" in outcome.stderr
    assert plain.operations == []


def test_dry_run_shows_the_engine(directory, service, configure, hcr):
    configure(directory, {"forecast/summer.yaml": WIRE_NAMES})

    outcome = hcr(directory, "work-package", "run", "forecast", "summer", "--engine", "batch", "--dry-run")

    assert outcome.json == {"input": FORECAST, "workPackageName": "summer", "engine": "BATCH"}
    assert service.requests == []


@pytest.mark.parametrize(
    "words", [("forecast", "x", "--engine", "easy"), ("intrinsic", "x", "--engine", "batch")]
)
def test_other_engines_and_other_studies_have_none(directory, hcr, words: tuple[str, ...]):
    outcome = hcr(directory, "work-package", "run", *words)

    assert outcome.code == 2
    assert "--engine" in outcome.stderr


# ---- interconnection studies

INTERCONNECTION = {"feeder": "F1", "queue": [{"bus": "b7", "kw": 500.0}], "capacitiesOnly": False}


def test_an_interconnection_study_is_submitted(directory, service, configure, hcr):
    configure(directory, {"interconnection/queue.yaml": INTERCONNECTION_YAML})
    service.data = {"runInterconnectionWorkPackage": "7"}
    words = ("queue", "--engine", "opendss", "--set", "upgrades.rule=NONE")

    outcome = hcr(directory, "work-package", "run", "interconnection", *words)

    assert (outcome.code, outcome.stdout) == (0, "7\n")
    variables = {
        "input": {**INTERCONNECTION, "upgrades": {"rule": "NONE"}},
        "workPackageName": "queue",
        "engine": "OPENDSS",
    }
    assert service.operations == [("runInterconnectionWorkPackage", variables)]


def test_a_dry_run_of_an_interconnection_study_sends_nothing(directory, service, configure, hcr):
    configure(directory, {"interconnection/queue.yaml": INTERCONNECTION_YAML})

    outcome = hcr(directory, "work-package", "run", "interconnection", "--dry-run")

    assert outcome.json == {"input": INTERCONNECTION, "workPackageName": "queue"}
    assert service.requests == []


def test_faults_of_an_interconnection_study_have_their_lines(directory, service, configure, hcr):
    text = INTERCONNECTION_YAML + "days:\n  - load_curve: {}\nsharing: {withdrawals: [2]}\n"
    configure(directory, {"interconnection/queue.yaml": text})

    outcome = hcr(directory, "work-package", "run", "interconnection", "queue")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert "queue.yaml:6:17 days[0].load_curve: one of shape, values and nominal" in outcome.stderr
    assert service.requests == []


def test_a_plain_service_has_no_interconnection_studies(tmp_path, serve, point_at, configure, hcr):
    plain = serve(plain=True)
    directory = point_at(tmp_path / "plain", plain)
    configure(directory, {"interconnection/queue.yaml": INTERCONNECTION_YAML})

    outcome = hcr(directory, "work-package", "run", "interconnection", "queue")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert "This service does not offer interconnection studies" in outcome.stderr
    assert plain.operations == []


@pytest.mark.parametrize(("options", "said"), [((), True), (("--engine", "opendss"), False)])
def test_an_interconnection_study_tells_why_its_start_takes_long(
    options, said, directory, service, configure, hcr
):
    configure(directory, {"interconnection/queue.yaml": "feeder: radial\n"})
    service.data = {"runInterconnectionWorkPackage": "7"}

    outcome = hcr(directory, "work-package", "run", "interconnection", *options)

    assert outcome.code == 0
    assert ("compiles loops" in outcome.stderr) is said
