"""Keys of older files arrive where the contract wants them, each with a word about its new name."""

import re
from pathlib import Path

import pytest

from hcr.config.calibration_arguments import CalibrationArguments
from hcr.config.key_spelling import as_model, canonical, field_type, wire_names
from hcr.config.legacy import legacy_keys, relocation
from hcr.config.run_configuration_file import RunKind
from hcr.config.setting import from_override
from hcr.config.translation import Translation
from hcr.config.yaml_document import YamlValue, parse_value
from hcr.contract.inputs import InputModel, WorkPackageInput

NOTES = Path(__file__).parents[3] / "shared" / "contract" / "NOTES.md"


def translated(text: str, kind: RunKind = RunKind.FORECAST) -> tuple[YamlValue, Translation]:
    model: type[InputModel] = CalibrationArguments if kind == RunKind.CALIBRATION else WorkPackageInput
    translation = Translation(kind, model, snake_case=True)
    return translation.mapping(from_override((), parse_value(text, "x")), model).plain(), translation


@pytest.mark.parametrize(
    ("written", "wire"),
    [
        ("syf_config: {feeders: [f]}", {"forecastConfig": {"feeders": ["f"]}}),
        ("syf_config: {configs: [{feeder: f}]}", {"feederConfigs": {"configs": [{"feeder": "f"}]}}),
        ("syfConfig: {years: [1]}", {"forecastConfig": {"years": [1]}}),
        (
            "forecastConfig: {load_time: {start_time: a, end_time: b}}",
            {"forecastConfig": {"timePeriod": {"startTime": "a", "endTime": "b"}}},
        ),
        ("forecastConfig: {load_time: {load_time: a}}", {"forecastConfig": {"fixedTime": {"loadTime": "a"}}}),
        (
            "forecast_config: {fixed_time: {load_overrides: {'010': {load_watts: [1], load_var: [2]}}}}",
            {
                "forecastConfig": {
                    "fixedTime": {
                        "overrides": [{"loadId": "010", "loadWattsOverride": [1], "loadVarOverride": [2]}]
                    }
                }
            },
        ),
        (
            "forecast_config: {time_period: {overrides: {a: {gen_watts: [1], gen_var: [2]}}}}",
            {
                "forecastConfig": {
                    "timePeriod": {
                        "overrides": [{"loadId": "a", "genWattsOverride": [1], "genVarOverride": [2]}]
                    }
                }
            },
        ),
        ("feeders: [f]\nyears: [1]", {"forecastConfig": {"feeders": ["f"], "years": [1]}}),
        ("time_period: {start_time: a}", {"forecastConfig": {"timePeriod": {"startTime": "a"}}}),
        ("fixedTime: {loadTime: a}", {"forecastConfig": {"fixedTime": {"loadTime": "a"}}}),
        ("load_time: {end_time: a}", {"forecastConfig": {"timePeriod": {"endTime": "a"}}}),
        (
            "transformer_tap_settings: a\ngenerator_config: {model: {seed: 1}}",
            {"generatorConfig": {"model": {"seed": 1, "transformerTapSettings": "a"}}},
        ),
        (
            "transformer_tap_settings: a\ngenerator_config: {model: {transformer_tap_settings: null}}",
            {"generatorConfig": {"model": {"transformerTapSettings": "a"}}},
        ),
        (
            "generator_config: {model: {vmin_pu: 0.8, vmax_pu: 1.1}}",
            {
                "generatorConfig": {
                    "model": {"loadVMinPu": 0.8, "genVMinPu": 0.8, "loadVMaxPu": 1.1, "genVMaxPu": 1.1}
                }
            },
        ),
        (
            """
            intervention:
              base_work_package_id: '1'
              intervention_type: COMMUNITY_BESS
              year_range: {min_year: 1, max_year: 2}
              allocation_limit_per_year: 3
              candidate_generation: {type: CRITERIA, intervention_criteria_name: c}
              allocation_criteria: a
              specific_allocation_instance: i
            """,
            {
                "intervention": {
                    "parentWorkPackageId": "1",
                    "candidateIntervention": {
                        "interventionType": "COMMUNITY_BESS",
                        "yearRange": {"minYear": 1, "maxYear": 2},
                        "allocationLimitPerYear": 3,
                        "candidateGeneration": {"type": "CRITERIA", "interventionCriteriaName": "c"},
                        "candidateAllocationCriteria": "a",
                        "allocationInstanceSelection": ["i"],
                    },
                }
            },
        ),
        (
            "intervention: {intervention_type: InterventionClass.TARIFF_REFORM, allocation_criteria: a}",
            {"intervention": {"loadReshaping": {"loadShapeCriteria": "a"}}},
        ),
        (
            "intervention: {intervention_type: CONTROLLED_LOAD_HOT_WATER, allocation_criteria: a}",
            {"intervention": {"loadReshaping": {"loadShapeCriteria": "a"}}},
        ),
        (
            "intervention: {intervention_type: DVMS, dvms: {lower_limit: 0.9}}",
            {"intervention": {"dvms": {"lowerLimit": 0.9}}},
        ),
        (
            "intervention: {intervention_type: PHASE_REBALANCING, phase_rebalance_proportions: {a: 1}}",
            {"intervention": {"phaseRebalanceProportions": {"a": 1}}},
        ),
        (
            """
            generator_config:
              model: {feeder_scenario_allocation_strategy: FeederScenarioAllocationStrategy.ADDITIVE}
            """,
            {"generatorConfig": {"model": {"feederScenarioAllocationStrategy": "ADDITIVE"}}},
        ),
    ],
)
def test_structural_keys_of_work_packages(written: str, wire: YamlValue) -> None:
    data, translation = translated(written)
    assert data == wire
    assert translation.problems == []


def test_a_feeder_override_has_a_short_form() -> None:
    data, _ = translated("configs: [{feeder: f, load_time: {load_time: a}}]", RunKind.FEEDER_OVERRIDE)
    assert data == {"feederConfigs": {"configs": [{"feeder": "f", "fixedTime": {"loadTime": "a"}}]}}


def test_a_calibration_has_a_shortcut_for_tap_settings() -> None:
    data, translation = translated(
        "calibration_name: a\ncalibration_time_local: b\ntransformer_tap_settings: c", RunKind.CALIBRATION
    )
    assert data == {
        "calibrationName": "a",
        "calibrationTimeLocal": "b",
        "generatorConfig": {"model": {"transformerTapSettings": "c"}},
    }
    assert translation.hints == []


@pytest.mark.parametrize(
    ("written", "hints"),
    [
        ("syf_config: {feeders: [f]}", ["`syf_config` is now `forecastConfig`"]),
        ("load_time: {load_time: a}", ["`load_time` is now `forecastConfig.fixedTime`"]),
        ("generator_config: {model: {vmin_pu: 1}}", ["`vmin_pu` is now `loadVMinPu` and `genVMinPu`"]),
        ("forecast_config: {years: [1]}\ngenerator_config: {solve: {step_size_minutes: 30}}", []),
        ("feeders: [f]", []),
        (
            "fixed_time: {load_overrides: {a: {load_watts: [1]}, b: {load_watts: [2]}}}",
            ["`load_overrides` is now `overrides`", "`load_watts` is now `loadWattsOverride`"],
        ),
        (
            "intervention: {intervention_type: DVMS, dvms: {}}",
            ["`intervention_type` is no longer needed for DVMS; `dvms` tells it"],
        ),
    ],
)
def test_a_legacy_key_gets_a_word_once_and_snake_case_none(written: str, hints: list[str]) -> None:
    _, translation = translated(written)
    assert sorted(hint.message for hint in translation.hints) == hints


def test_an_ordinary_key_is_no_legacy_key() -> None:
    parent = from_override((), {"nonsense": 1})
    assert relocation(WorkPackageInput, RunKind.FORECAST, "nonsense", parent) is None
    assert "syf_config" in legacy_keys(WorkPackageInput, RunKind.FORECAST)
    assert "load_time" not in legacy_keys(WorkPackageInput, RunKind.FEEDER_OVERRIDE)


def rows_of_the_notes() -> list[tuple[str, str, str]]:
    """Return block, legacy key and wire name of each plain row of the table of older keys."""
    rows, block = [], ""
    section = NOTES.read_text(encoding="utf-8").split("## (c)")[1].split("## (d)")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("**"):
            block = cells[1].strip("*`")
        keys, wires = (
            re.findall(r"`([^`]+)`", cells[0]),
            re.findall(r"`([^`]+)`", cells[1] if len(cells) > 1 else ""),
        )
        keys = [key for key in keys if re.fullmatch(r"[a-z0-9_]+", key)]
        if block and "!!" not in cells[0] and not cells[0].startswith("**") and len(keys) == len(wires):
            rows += [(block, key, wire) for key, wire in zip(keys, wires, strict=True)]
    return rows


def test_every_plain_key_of_the_notes_resolves() -> None:
    if not NOTES.exists():
        pytest.skip("the notes on the contract are not beside this checkout")
    checked = 0
    for block, key, wire in rows_of_the_notes():
        model: object = WorkPackageInput
        for part in block.split("."):
            inner = as_model(model)
            model = (
                field_type(inner, part) if inner is not None and part in wire_names(inner).values() else None
            )
        inner = as_model(model)
        if inner is not None and wire in wire_names(inner).values():
            assert wire_names(inner)[canonical(key)] == wire
            checked += 1
    assert checked >= 70
