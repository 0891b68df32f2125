"""Run configurations from file to model: spellings, `--set`, places, names and hints."""

from datetime import datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.config.key_spelling import attributes, canonical
from hcr.config.run_configuration import (
    INPUT_MODELS,
    CalibrationArguments,
    RunConfiguration,
    RunKind,
    load_run_configuration,
)
from hcr.contract.inputs import WorkPackageInput, to_wire
from hcr.errors import ConfigError, Problem

CAMEL = """\
forecastConfig:
  feeders: [f1, f2]
  scenarios: [base]
  years: [2025]
  timePeriod:
    startTime: 2025-07-12T00:00:00
    endTime: 2025-07-14T00:00:00Z
generatorConfig:
  model: {loadVMinPu: 0.8, transformerTapSettings: winter}
  solve: {stepSizeMinutes: 30}
"""
SNAKE = """\
forecast_config:
  feeders: [f1, f2]
  scenarios: [base]
  years: [2025]
  time_period:
    start_time: 2025-07-12T00:00:00
    end_time: 2025-07-14T00:00:00Z
generator_config:
  model: {load_v_min_pu: 0.8, transformer_tap_settings: winter}
  solve: {step_size_minutes: 30.0}
"""
LEGACY = """\
syf_config:
  feeders: [f1, f2]
  scenarios: [base]
  years: [2025]
  load_time:
    start_time: 2025-07-12T00:00:00
    end_time: 2025-07-14T00:00:00Z
transformer_tap_settings: winter
generator_config:
  model: {load_vmin_pu: 0.8}
  solve: {step_size_minutes: 30}
"""
SHORT = """\
feeders: [f1, f2]
scenarios: [base]
years: [2025]
time_period: {start_time: 2025-07-12T00:00:00, end_time: 2025-07-14T00:00:00Z}
transformerTapSettings: winter
generatorConfig: {model: {loadVMinPu: 0.8}, solve: {stepSizeMinutes: 30}}
"""
CALIBRATION = """\
calibration_name: winter
calibration_time_local: 2025-07-12T04:00:00
feeders: [f1]
transformer_tap_settings: autumn
"""


def load(
    tmp_path: Path, text: str, kind: RunKind = RunKind.FORECAST, *overrides: tuple[str, str]
) -> RunConfiguration:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return load_run_configuration(path, kind, overrides)


def faults(
    tmp_path: Path, text: str, kind: RunKind = RunKind.FORECAST, *overrides: tuple[str, str]
) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, kind, *overrides)
    return caught.value.problems


@pytest.mark.parametrize("text", [CAMEL, SNAKE, LEGACY, SHORT], ids=["camel", "snake", "legacy", "short"])
def test_all_spellings_give_the_same_input(tmp_path: Path, text: str) -> None:
    assert to_wire(load(tmp_path, text).input) == {
        "forecastConfig": {
            "feeders": ["f1", "f2"],
            "scenarios": ["base"],
            "years": [2025],
            "timePeriod": {"startTime": "2025-07-12T00:00:00", "endTime": "2025-07-14T00:00:00"},
        },
        "generatorConfig": {
            "model": {"loadVMinPu": 0.8, "transformerTapSettings": "winter"},
            "solve": {"stepSizeMinutes": 30},
        },
    }


def test_only_legacy_keys_get_hints(tmp_path: Path) -> None:
    assert load(tmp_path, CAMEL).hints == ()
    assert load(tmp_path, SNAKE).hints == ()
    assert [str(hint).split("x.yaml:")[1] for hint in load(tmp_path, LEGACY).hints] == [
        "1:1 syf_config: `syf_config` is now `forecastConfig`",
        "5:3 syf_config.load_time: `load_time` is now `timePeriod`",
    ]


@pytest.mark.parametrize(
    ("text", "wire", "place"),
    [
        (CAMEL, ("input", "forecastConfig", "feeders", 1), (2, 17, "forecastConfig.feeders[1]")),
        (CAMEL, ("forecastConfig", "feeders", 1), (2, 17, "forecastConfig.feeders[1]")),
        (
            LEGACY,
            ("input", "forecastConfig", "timePeriod", "endTime"),
            (7, 15, "syf_config.load_time.end_time"),
        ),
        (
            LEGACY,
            ("input", "generatorConfig", "model", "transformerTapSettings"),
            (8, 27, "transformer_tap_settings"),
        ),
        (SHORT, ("input", "forecastConfig", "years", 0), (3, 9, "years[0]")),
        (CAMEL, ("input", "generatorConfig", "model", "seed"), (9, 10, "generatorConfig.model")),
        (CAMEL, ("workPackageName",), (1, 1, "")),
    ],
)
def test_a_wire_path_leads_back_to_the_line(
    tmp_path: Path, text: str, wire: tuple[str | int, ...], place: tuple[int, int, str]
) -> None:
    found = load(tmp_path, text).locate(wire, "no such feeder")
    assert (found.line, found.column, found.key) == place
    assert found.file == str(tmp_path / "x.yaml")
    assert found.message == "no such feeder"


def test_a_wire_path_leads_back_to_a_set(tmp_path: Path) -> None:
    configuration = load(tmp_path, CAMEL, RunKind.FORECAST, ("forecast_config.feeders", "[a, b]"))
    assert str(configuration.locate(("input", "forecastConfig", "feeders", 1), "is unknown")) == (
        "--set forecast_config.feeders[1]: is unknown"
    )


@pytest.mark.parametrize(
    ("key", "value", "wire", "expected"),
    [
        ("generatorConfig.solve.stepSizeMinutes", "60", ("generatorConfig", "solve", "stepSizeMinutes"), 60),
        (
            "generator_config.solve.step_size_minutes",
            "60.0",
            ("generatorConfig", "solve", "stepSizeMinutes"),
            60,
        ),
        ("generator_config.solve", "{mode: DAILY}", ("generatorConfig", "solve", "mode"), "DAILY"),
        ("years", "[2030, 2035]", ("forecastConfig", "years"), [2030, 2035]),
        ("syf_config.years", "[2030]", ("forecastConfig", "years"), [2030]),
        ("transformer_tap_settings", "new", ("generatorConfig", "model", "transformerTapSettings"), "new"),
        ("feeders", "['010', 12:30]", ("forecastConfig", "feeders"), ["010", "12:30"]),
        ("qualityAssuranceProcessing", "true", ("qualityAssuranceProcessing",), True),
    ],
)
@pytest.mark.parametrize("text", [CAMEL, LEGACY], ids=["camel", "legacy"])
def test_a_set_wins_over_the_file(
    tmp_path: Path, text: str, key: str, value: str, wire: tuple[str, ...], expected: object
) -> None:
    found: object = to_wire(load(tmp_path, text, RunKind.FORECAST, (key, value)).input)
    for part in wire:
        assert isinstance(found, dict)
        found = found[part]
    assert found == expected


def test_a_set_leaves_the_rest_alone_and_the_last_wins(tmp_path: Path) -> None:
    sets = (("generatorConfig.solve.stepSizeMinutes", "60"), ("generatorConfig.solve.stepSizeMinutes", "15"))
    wire = to_wire(load(tmp_path, CAMEL, RunKind.FORECAST, *sets).input)
    assert wire["generatorConfig"] == {
        "model": {"loadVMinPu": 0.8, "transformerTapSettings": "winter"},
        "solve": {"stepSizeMinutes": 15},
    }


def test_a_set_to_null_takes_an_option_away(tmp_path: Path) -> None:
    wire = to_wire(load(tmp_path, CAMEL, RunKind.FORECAST, ("generatorConfig", "")).input)
    assert "generatorConfig" not in wire


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        (
            "generatorConfig.solve.stepSizeMinuts",
            "60",
            "--set generatorConfig.solve.stepSizeMinuts: unknown key",
        ),
        (
            "generatorConfig.solve.stepSizeMinutes",
            "7.5",
            "--set generatorConfig.solve.stepSizeMinutes: a whole",
        ),
        ("generatorConfig.solve.mode", "[", "--set generatorConfig.solve.mode: "),
        (
            "generatorConfig.solve.mode",
            "x: {y: 1, y: 2}",
            "--set generatorConfig.solve.mode: this key is given",
        ),
        (
            "forecastConfig.feeders.0",
            "f",
            "--set forecastConfig.feeders.0: cannot be set (a list is set as a whole",
        ),
        ("generatorConfig..mode", "f", "--set generatorConfig..mode: cannot be set (write block.key=value)"),
        ("", "f", "--set: cannot be set"),
        ("feeders", "[<FEEDER>]", "--set feeders[0]: `<FEEDER>` is a placeholder"),
    ],
)
def test_a_wrong_set_is_named(tmp_path: Path, key: str, value: str, problem: str) -> None:
    (found,) = faults(tmp_path, CAMEL, RunKind.FORECAST, (key, value))
    assert str(found).startswith(problem)


def test_faults_of_sets_follow_those_of_the_file(tmp_path: Path) -> None:
    text = CAMEL.replace("[2025]", "[]")
    found = faults(tmp_path, text, RunKind.FORECAST, ("generatorConfig.solve.mode", "x"), ("nonsense", "1"))
    assert [Path(problem.file).name for problem in found] == ["x.yaml", "--set", "--set"]


def test_a_set_can_mend_the_file(tmp_path: Path) -> None:
    text = CAMEL.replace("[2025]", "[]")
    assert load(tmp_path, text, RunKind.FORECAST, ("forecastConfig.years", "[2025]"))


@pytest.mark.parametrize("key", ["name", "work_package_name", "workPackageName"])
@pytest.mark.parametrize("kind", [RunKind.FORECAST, RunKind.INTRINSIC])
def test_the_name_of_the_work_package_is_set_aside(tmp_path: Path, key: str, kind: RunKind) -> None:
    intrinsic = (
        "syf: {feeders: [f1], scenario: base, year: 2025}\n"
        "initialStateSelector: {selectorMode: ZERO_LOAD, startTime: 2025-07-12T00:00:00}\n"
    )
    text = CAMEL if kind == RunKind.FORECAST else intrinsic
    assert load(tmp_path, text, kind).name is None
    assert load(tmp_path, f"{key}: Summer 2025\n{text}", kind).name == "Summer 2025"
    assert load(tmp_path, f"{key}: Summer\n{text}", kind, ("name", "Winter")).name == "Winter"
    assert load(tmp_path, f"{key}:\n{text}", kind).name is None


def test_a_calibration_becomes_the_arguments_of_its_operation(tmp_path: Path) -> None:
    configuration = load(tmp_path, CALIBRATION, RunKind.CALIBRATION)
    assert isinstance(configuration.input, CalibrationArguments)
    assert configuration.input.calibration_time_local == datetime(2025, 7, 12, 4)
    assert to_wire(configuration.input) == {
        "calibrationName": "winter",
        "calibrationTimeLocal": "2025-07-12T04:00:00",
        "feeders": ["f1"],
        "generatorConfig": {"model": {"transformerTapSettings": "autumn"}},
    }
    assert configuration.name is None


def test_the_name_of_a_calibration_may_come_later(tmp_path: Path) -> None:
    text = "calibration_time_local: 2025-07-12T04:00:00\n"
    assert to_wire(load(tmp_path, text, RunKind.CALIBRATION).input) == {
        "calibrationTimeLocal": "2025-07-12T04:00:00"
    }


def test_options_without_effect_are_hinted_at(tmp_path: Path) -> None:
    text = (
        CALIBRATION
        + "generator_config:\n  solve: {step_size_minutes: 30}\n  raw_results: {overloads_raw: true}\n"
    )
    hints = load(tmp_path, text, RunKind.CALIBRATION).hints
    assert [(hint.line, hint.key) for hint in hints] == [
        (6, "generator_config.solve.step_size_minutes"),
        (7, "generator_config.raw_results"),
    ]
    assert all("no effect" in hint.message for hint in hints)


def test_the_error_counts_and_tells_the_first(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml has 2 problems: .*x\.yaml:1:1 a: unknown key"):
        load(tmp_path, f"a: 1\nb: 2\n{CAMEL}")
    with pytest.raises(ConfigError, match=r"x\.yaml has 1 problem: "):
        load(tmp_path, f"a: 1\n{CAMEL}")


def test_a_plain_word_for_the_kind_will_do(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(CAMEL, encoding="utf-8")
    assert load_run_configuration(path, RunKind("forecast")).kind is RunKind.FORECAST


def test_the_settings_stay_out_of_the_repr(tmp_path: Path) -> None:
    assert "Setting(" not in repr(load(tmp_path, CAMEL))


def test_a_year_of_overrides_is_read(tmp_path: Path) -> None:
    values = ", ".join(["1.5"] * 8760)
    text = CAMEL.replace("loadVMinPu: 0.8", "loadIntervalLengthHours: 1.0") + ""
    text = text.replace(
        "    endTime: 2025-07-14T00:00:00Z\n",
        f"    endTime: 2025-07-14T00:00:00Z\n    overrides: [{{loadId: a, loadWattsOverride: [{values}]}}]\n",
    )
    found = load(tmp_path, text).input
    assert isinstance(found, WorkPackageInput)
    assert found.forecast_config is not None
    assert found.forecast_config.time_period is not None
    assert found.forecast_config.time_period.overrides is not None
    assert found.forecast_config.time_period.overrides[0].load_watts_override == (1.5,) * 8760


# ---- whatever a file holds, the answer is a configuration or a ConfigError

KEYS = sorted(
    {name for model in INPUT_MODELS.values() for pair in attributes(model).items() for name in pair}
    | {"syf_config", "load_time", "load_overrides", "configs", "feeders", "years", "model", "solve", "name"}
    | {"intervention_type", "base_work_package_id", "transformer_tap_settings", "vmin_pu", "loadId", "mode"}
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**310),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["None", "DVMS", "YEARLY", "x.YEARLY", "2025-07-12T00:00:00", "1. 2."]),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=5),
    ),
    max_leaves=25,
)


def check_sound(path: Path, kind: RunKind, overrides: tuple[tuple[str, str], ...] = ()) -> None:
    try:
        configuration = load_run_configuration(path, kind, overrides)
    except ConfigError as error:
        problems = error.problems
    else:
        problems = (configuration.locate(("input", "a", 0), "found"),)
        model = INPUT_MODELS[kind]
        assert model.model_validate(to_wire(configuration.input)) == configuration.input
    assert problems
    assert all(problem.message and problem.file for problem in problems)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=200), kind=st.sampled_from(RunKind))
def test_any_text(tmp_path_factory: pytest.TempPathFactory, text: str, kind: RunKind) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    check_sound(path, kind)


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t<~0.1_=", max_size=60), kind=st.sampled_from(RunKind)
)
def test_any_text_of_yaml_signs(tmp_path_factory: pytest.TempPathFactory, text: str, kind: RunKind) -> None:
    path = tmp_path_factory.getbasetemp() / "signs.yaml"
    path.write_text(text, encoding="utf-8")
    check_sound(path, kind)


@settings(max_examples=250, deadline=None)
@given(
    data=st.dictionaries(st.sampled_from(KEYS), DATA, max_size=6),
    kind=st.sampled_from(RunKind),
    key=st.sampled_from(KEYS),
    value=st.text(max_size=10),
)
def test_any_data(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, object], kind: RunKind, key: str, value: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "data.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    check_sound(path, kind)
    check_sound(path, kind, ((key, value),))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4), DATA)
def test_any_branch_of_a_sound_file(
    tmp_path_factory: pytest.TempPathFactory, branch: list[str], data: object
) -> None:
    document = yaml.safe_load(SNAKE)
    block = document
    for key in branch[:-1]:
        known = next((name for name in block if canonical(name) == canonical(key)), key)
        block = block.setdefault(known, {})
        if not isinstance(block, dict):
            return
    block[branch[-1]] = data
    path = tmp_path_factory.getbasetemp() / "branch.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    check_sound(path, RunKind.FORECAST)
