"""Faults found by the contract, in the words and at the places of the file."""

import pytest

from hcr.config.run_configuration_file import RunKind
from hcr.config.setting import from_document
from hcr.config.translation import Translation
from hcr.config.validation import validated
from hcr.config.yaml_document import parse_document
from hcr.contract.inputs import WorkPackageInput

STUDY = (
    "forecast_config: {feeders: [f], scenarios: [s], years: [1], fixed_time: {load_time: 2025-01-01T00:00}}\n"
)


def told(text: str, kind: RunKind = RunKind.FORECAST) -> list[str]:
    translation = Translation(kind, WorkPackageInput, snake_case=True)
    settings = translation.mapping(from_document(parse_document(text, "x")), WorkPackageInput)
    found = validated(settings, WorkPackageInput, translation)
    assert (found is None) or not translation.problems or kind != RunKind.FORECAST
    return [str(problem) for problem in translation.problems]


def test_a_sound_study_has_no_faults() -> None:
    assert told(STUDY) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("solve: {mode: hourly}", "x:3:17 generator_config.solve.mode: expected YEARLY or DAILY"),
        (
            "solve: {mode: HcSolveMode.YERLY}",
            "x:3:17 generator_config.solve.mode: expected YEARLY or DAILY (did you mean YEARLY?)",
        ),
        ("solve: 30", "x:3:10 generator_config.solve: expected a block of `key: value` lines"),
        (
            "model: {load_model: 8}",
            "x:3:23 generator_config.model.load_model: must be less than or equal to 7",
        ),
        ("model: {seed: 1.5}", "x:3:17 generator_config.model.seed: a whole number is needed, not 1.5"),
    ],
)
def test_faults_of_values(options: str, message: str) -> None:
    assert told(f"{STUDY}generator_config:\n  {options}\n") == [message]


def test_a_missing_field_is_named_at_its_block_in_the_style_of_the_file() -> None:
    text = STUDY + "generator_config:\n  model:\n    meter_placement_config:\n"
    text += "      switch_meter_placement_configs:\n        - name_pattern: a\n"
    block = "generator_config.model.meter_placement_config.switch_meter_placement_configs[0]"
    assert told(text) == [f"x:6:11 {block}.meter_switch_class: is missing"]


def test_what_is_mistyped_is_not_missing_too() -> None:
    text = STUDY.replace("feeders:", "feders:")
    assert told(text) == ["x:1:19 forecast_config.feders: unknown key (did you mean `feeders`?)"]


def test_a_rule_waits_until_the_keys_of_its_block_are_known() -> None:
    text = STUDY.replace("fixed_time:", "fixed_tim:")
    assert told(text) == ["x:1:61 forecast_config.fixed_tim: unknown key (did you mean `fixed_time`?)"]


def test_the_load_time_is_judged_beside_other_faults() -> None:
    text = "forecast_config: {feeders: [], scenarios: [s], years: [1]}"
    assert told(text) == [
        "x:1:1 forecast_config: one of fixedTime and timePeriod is needed; add exactly one of them",
        "x:1:28 forecast_config.feeders: the list is empty; at least one entry is needed",
    ]


def test_a_block_of_the_other_kind_is_refused_even_when_sound() -> None:
    assert told(STUDY, RunKind.FEEDER_OVERRIDE) == [
        "x:1:1 forecast_config: belongs to forecast configurations, in the folder forecast/"
    ]


def test_null_is_as_good_as_absent() -> None:
    assert told("feeder_configs: null\n" + STUDY) == []
    assert told("forecast_config: null\n") == [
        "x:1:1: `forecast_config` is missing (a forecast configuration needs it)"
    ]
