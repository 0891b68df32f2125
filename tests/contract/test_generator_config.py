"""Options of models and of the power flow."""

import pytest

from hcr.contract.generator_config import (
    HcGeneratorConfigInput,
    HcMeterPlacementConfigInput,
    HcModelConfigInput,
    HcNodeLevelResultsConfigInput,
    HcSolveConfigInput,
    HcVariantConfigInput,
)
from hcr.contract.input_model import to_wire

USUAL_MODEL = {
    "calibration": False,
    "vmPu": 1.0,
    "loadVMinPu": 0.8,
    "loadVMaxPu": 1.15,
    "genVMinPu": 0.5,
    "genVMaxPu": 2.0,
    "loadModel": 1,
    "loadPlacement": "PER_USAGE_POINT",
    "loadIntervalLengthHours": 0.5,
    "pFactorBaseExports": -1.0,
    "pFactorForecastPv": 1.0,
    "maxSinglePhaseLoad": 30000.0,
    "collapseSWER": False,
    "simplifyPLSIThreshold": 20.0,
    "feederScenarioAllocationStrategy": "ADDITIVE",
    "closedLoopVRegSetPoint": 0.985,
    "closedLoopTimeDelay": 100,
    "splitPhaseLVKV": 0.25,
    "swerVoltageToLineVoltage": [[230, 400], [19100, 33000]],
    "meterPlacementConfig": {
        "feederHead": True,
        "distTransformers": True,
        "switchMeterPlacementConfigs": [{"namePattern": ".*", "meterSwitchClass": "LOAD_BREAK_SWITCH"}],
    },
    "inverterControlConfig": {"cutOffDate": "2020-07-01T00:00:00", "afterCutOffProfile": "as4777"},
    "seed": 123,
}
USUAL_SOLVE = {
    "normVMinPu": 0.9,
    "normVMaxPu": 1.054,
    "emergVMinPu": 0.8,
    "emergVMaxPu": 1.1,
    "baseFrequency": 50,
    "voltageBases": [0.4, 0.433, 6.6, 11.0, 22.0, 33.0, 66.0, 132.0],
    "maxIter": 25,
    "maxControlIter": 20,
    "mode": "YEARLY",
    "stepSizeMinutes": 60,
}


def test_the_usual_configuration_goes_through_unchanged():
    config = {"model": USUAL_MODEL, "solve": USUAL_SOLVE, "rawResults": {"overloadsRaw": True}}
    assert to_wire(HcGeneratorConfigInput.model_validate(config)) == config


@pytest.mark.parametrize("load_model", [1, 7, 4.0])
def test_opendss_has_seven_load_models(refusals, load_model):
    assert refusals(HcModelConfigInput, {"loadModel": load_model}) == {}


@pytest.mark.parametrize("hours", [0.25, 0.5, 1, 1.0])
def test_load_data_has_three_lengths_of_interval(refusals, hours):
    assert refusals(HcModelConfigInput, {"loadIntervalLengthHours": hours}) == {}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("loadModel", 0, "greater than or equal to 1"),
        ("loadModel", 8, "less than or equal to 7"),
        ("loadModel", 1.5, "A whole number is needed, not 1.5"),
        ("loadIntervalLengthHours", 0.75, "intervals of 0.25, 0.5 or 1.0 hours, not 0.75"),
        ("loadIntervalLengthHours", 30, "not 30.0"),
        ("vmPu", 0, "greater than 0"),
        ("pFactorBaseImports", 0, "is not 0"),
        ("pFactorForecastPv", 1.5, "less than or equal to 1"),
        ("maxLoadTxRatio", -3, "greater than 0"),
        ("emergAmpScaling", 0, "greater than 0"),
        ("ratingThreshold", -1, "greater than or equal to 0"),
        ("closedLoopVRegSetPoint", 2.1, "less than or equal to 2"),
        ("closedLoopTimeDelay", -1, "greater than or equal to 0"),
        ("closedLoopTimeDelay", 100.5, "A whole number is needed"),
        ("splitPhaseDefaultLoadLossPercentage", 101, "less than or equal to 100"),
        ("loadPlacement", "PER_METER", "'PER_ENERGY_CONSUMER' or 'PER_USAGE_POINT'"),
        ("feederScenarioAllocationStrategy", "FeederScenarioAllocationStrategy.ADDITIVE", "'ADDITIVE'"),
        ("fixSinglePhaseLoads", "true", "without quotes"),
        ("transformerTapSettings", 7, "put quotes around it"),
        ("seed", "123", "write a number without quotes"),
    ],
)
def test_model_options_out_of_bounds_are_refused(refusals, option, value, message):
    found = refusals(HcModelConfigInput, {option: value})
    assert set(found) == {option}
    assert message in found[option]


@pytest.mark.parametrize(
    ("pairs", "place"),
    [
        ([[230]], "swerVoltageToLineVoltage.0"),
        ([[230, 400], [1, 2, 3]], "swerVoltageToLineVoltage.1"),
        ([230, 400], "swerVoltageToLineVoltage.0"),
        ([[230, 0]], "swerVoltageToLineVoltage.0.1"),
    ],
)
def test_swer_voltages_come_in_pairs(refusals, pairs, place):
    assert list(refusals(HcModelConfigInput, {"swerVoltageToLineVoltage": pairs}))[:1] == [place]


@pytest.mark.parametrize("kind", ["Load", "Gen"])
def test_default_series_are_equal_in_length(refusals, kind):
    data = {f"default{kind}Watts": [1.0] * 48, f"default{kind}Var": [1.0] * 17_520}
    assert list(refusals(HcModelConfigInput, data)) == [f"default{kind}Var"]


@pytest.mark.parametrize(("hours", "length"), [(0.25, 96), (1.0, 8760), (None, 48)])
def test_default_series_cover_a_day_or_a_year(refusals, hours, length):
    data = {"loadIntervalLengthHours": hours, "defaultLoadWatts": [1.0] * length}
    assert refusals(HcModelConfigInput, data) == {}
    data["defaultLoadWatts"] = [1.0] * (length - 1)
    assert list(refusals(HcModelConfigInput, data)) == ["defaultLoadWatts"]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("stepSizeMinutes", 0, "greater than or equal to 1"),
        ("stepSizeMinutes", 7.5, "A whole number is needed, not 7.5"),
        ("baseFrequency", 0, "greater than or equal to 1"),
        ("maxIter", 0, "greater than or equal to 1"),
        ("maxControlIter", -1, "greater than or equal to 1"),
        ("voltageBases", [], "The list is empty"),
        ("mode", "WEEKLY", "'YEARLY' or 'DAILY'"),
        ("normVMinPu", 0, "greater than 0"),
    ],
)
def test_solve_options_out_of_bounds_are_refused(refusals, option, value, message):
    found = refusals(HcSolveConfigInput, {option: value})
    assert set(found) == {option}
    assert message in found[option]


def test_a_whole_float_is_taken_for_a_step_size():
    assert to_wire(HcSolveConfigInput.model_validate({"stepSizeMinutes": 30.0})) == {"stepSizeMinutes": 30}


def test_a_voltage_base_is_positive(refusals):
    assert list(refusals(HcSolveConfigInput, {"voltageBases": [11, 0]})) == ["voltageBases.1"]


def test_emergency_limits_are_checked_like_normal_ones(refusals):
    assert refusals(HcSolveConfigInput, {"emergVMinPu": 1.1, "emergVMaxPu": 0.8}) == {
        "emergVMinPu": "emergVMinPu (1.1) must be below emergVMaxPu (0.8)"
    }


def test_a_metered_switch_needs_class_and_pattern(refusals):
    assert set(refusals(HcMeterPlacementConfigInput, {"switchMeterPlacementConfigs": [{}]})) == {
        "switchMeterPlacementConfigs.0.namePattern",
        "switchMeterPlacementConfigs.0.meterSwitchClass",
    }


def test_equipment_to_collect_is_named(refusals):
    assert list(refusals(HcNodeLevelResultsConfigInput, {"mridsToCollect": ["tx1", 10]})) == [
        "mridsToCollect.1"
    ]


def test_variants_go_through():
    config = {"externalDrivers": ["growth"], "maxConflictScore": 3, "scheduleAssumption": "CONSERVATIVE"}
    assert to_wire(HcVariantConfigInput.model_validate(config)) == config


@pytest.mark.parametrize(
    ("config", "hours"),
    [({}, None), ({"model": {}}, None), ({"model": {"loadIntervalLengthHours": 0.25}}, 0.25)],
)
def test_the_length_of_intervals_is_what_the_user_set(config, hours):
    assert HcGeneratorConfigInput.model_validate(config).interval_hours == hours


def test_the_json_schema_knows_that_swer_voltages_come_in_pairs():
    schema = HcModelConfigInput.model_json_schema()["properties"]["swerVoltageToLineVoltage"]
    pair = schema["anyOf"][0]["items"]
    assert (pair["minItems"], pair["maxItems"], pair["items"]["type"]) == (2, 2, "integer")
