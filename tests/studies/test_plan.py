from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest

from hcr.contract.inputs import WorkPackageInput
from hcr.studies.plan import kind_of, plan
from hcr.studies.task import LoadTime, ModelSettings, Outputs, Override, SolveSettings, Task

PERIOD = {"timePeriod": {"startTime": "2025-01-01T00:00:00", "endTime": "2025-01-02T00:00:00"}}
INSTANT = {"fixedTime": {"loadTime": "2025-01-15T18:30:00"}}


def forecast(**changes: object) -> dict[str, Any]:
    return {
        "forecastConfig": {"feeders": ["north"], "scenarios": ["base"], "years": [2025], **PERIOD, **changes}
    }


def planned(wire: dict[str, Any]) -> list[Task]:
    return plan(WorkPackageInput.model_validate(wire))


def test_a_forecast_is_every_feeder_scenario_and_year_in_that_order():
    tasks = planned(forecast(feeders=["north", "south"], scenarios=["low", "high"], years=[2025, 2030]))

    assert [(task.feeder, task.scenario, task.year) for task in tasks] == [
        ("north", "low", 2025),
        ("north", "low", 2030),
        ("north", "high", 2025),
        ("north", "high", 2030),
        ("south", "low", 2025),
        ("south", "low", 2030),
        ("south", "high", 2025),
        ("south", "high", 2030),
    ]


def test_repeats_keep_the_place_of_the_first():
    tasks = planned(forecast(feeders=["a", "b", "a"], years=[2030, 2025, 2030]))

    assert [(task.feeder, task.year) for task in tasks] == [
        ("a", 2030),
        ("a", 2025),
        ("b", 2030),
        ("b", 2025),
    ]


def test_a_period_is_planned_as_it_is():
    (task,) = planned(forecast())

    assert task.load_time == LoadTime(datetime(2025, 1, 1), datetime(2025, 1, 2))
    assert (task.model, task.solve, task.outputs) == (ModelSettings(), SolveSettings(), Outputs())


def test_feeder_overrides_have_a_load_time_each_and_write_customer_voltages():
    override = {"loadId": "c1", "loadWattsOverride": [0, 5000], "genVarOverride": [1, 2]}
    wire = {
        "feederConfigs": {
            "configs": [
                {
                    "feeder": "north",
                    "scenarios": ["base"],
                    "years": [2025],
                    "fixedTime": {"loadTime": "2025-01-15T18:30:00", "overrides": [override]},
                },
                {"feeder": "south", "scenarios": ["base"], "years": [2025, 2026], **PERIOD},
            ]
        }
    }

    tasks = planned(wire)

    assert [(task.feeder, task.year) for task in tasks] == [("north", 2025), ("south", 2025), ("south", 2026)]
    assert tasks[0].load_time == LoadTime(
        datetime(2025, 1, 15, 18, 30), None, (Override("c1", load_w=(0.0, 5000.0), gen_var=(1.0, 2.0)),)
    )
    assert tasks[0].load_time.entries == 2
    assert tasks[1].load_time.end == datetime(2025, 1, 2)
    assert all(task.outputs.customer_voltages for task in tasks)
    assert not planned(forecast())[0].outputs.customer_voltages


def test_the_kind_follows_the_block():
    assert kind_of(WorkPackageInput.model_validate(forecast())) == "forecast"
    block = {"feeder": "a", "scenarios": ["base"], "years": [2025], **INSTANT}
    assert (
        kind_of(WorkPackageInput.model_validate({"feederConfigs": {"configs": [block]}})) == "feeder_override"
    )


DAY = [float(value) for value in range(48)]

MODEL_OPTIONS = [
    ("loadIntervalLengthHours", 0.25, "interval_minutes", 15),
    ("loadIntervalLengthHours", 1.0, "interval_minutes", 60),
    ("loadModel", 4, "load_model", 4),
    ("loadVMinPu", 0.8, "load_v_min_pu", 0.8),
    ("loadVMaxPu", 1.15, "load_v_max_pu", 1.15),
    ("genVMinPu", 0.5, "gen_v_min_pu", 0.5),
    ("genVMaxPu", 1.5, "gen_v_max_pu", 1.5),
    ("vmPu", 1.02, "source_pu", 1.02),
    ("pFactorBaseImports", 0.9, "power_factor_imports", 0.9),
    ("pFactorBaseExports", -0.95, "power_factor_exports", -0.95),
    ("windowFillMissingLoad", False, "fill_gaps", False),
    ("defaultLoadWatts", DAY, "default_load_w", tuple(DAY)),
    ("defaultLoadVar", DAY, "default_load_var", tuple(DAY)),
    ("defaultGenWatts", DAY, "default_gen_w", tuple(DAY)),
    ("defaultGenVar", DAY, "default_gen_var", tuple(DAY)),
]


@pytest.mark.parametrize(("option", "given", "name", "planned_value"), MODEL_OPTIONS)
def test_model_options(option: str, given: object, name: str, planned_value: object):
    (task,) = planned(forecast() | {"generatorConfig": {"model": {option: given}}})

    assert getattr(task.model, name) == planned_value
    others = {field.name for field in fields(ModelSettings)} - {name}
    assert all(getattr(task.model, other) == getattr(ModelSettings(), other) for other in others)


def test_every_model_setting_has_an_option():
    assert {name for _, _, name, _ in MODEL_OPTIONS} == {field.name for field in fields(ModelSettings)}


SOLVE_OPTIONS = [
    ("mode", "DAILY", "mode", "daily"),
    ("stepSizeMinutes", 60, "step_minutes", 60),
    ("maxIter", 25, "max_iterations", 25),
    ("maxControlIter", 20, "max_control_iterations", 20),
]


@pytest.mark.parametrize(("option", "given", "name", "planned_value"), SOLVE_OPTIONS)
def test_solve_options(option: str, given: object, name: str, planned_value: object):
    (task,) = planned(forecast() | {"generatorConfig": {"solve": {option: given}}})

    assert getattr(task.solve, name) == planned_value
    others = {field.name for field in fields(SolveSettings)} - {name}
    assert all(getattr(task.solve, other) == getattr(SolveSettings(), other) for other in others)


@pytest.mark.parametrize("solve", [{}, {"solve": {"maxIter": 30}}])
def test_the_step_is_the_interval_of_the_load_data_unless_set(solve: dict[str, Any]):
    (task,) = planned(forecast() | {"generatorConfig": {"model": {"loadIntervalLengthHours": 0.25}, **solve}})

    assert task.solve.step_minutes == 15


METRICS = "resultProcessorConfig.writerConfig.outputWriterConfig.enhancedMetricsConfig"
PLACEMENT = "generatorConfig.model.meterPlacementConfig"
STORED = "resultProcessorConfig.storedResults"

OUTPUT_OPTIONS = [
    (f"{METRICS}.populateEnhancedMetrics", True, "enhanced_metrics"),
    (f"{METRICS}.populateDurationCurves", True, "duration_curves"),
    (f"{METRICS}.populateConstraints", True, "constraints"),
    (f"{METRICS}.calculateNormalForLoadThermal", True, "normal_load_thermal"),
    (f"{METRICS}.calculateEmergForLoadThermal", True, "emergency_load_thermal"),
    (f"{METRICS}.calculateNormalForGenThermal", True, "normal_gen_thermal"),
    (f"{METRICS}.calculateEmergForGenThermal", True, "emergency_gen_thermal"),
    (f"{STORED}.energyMetersRaw", True, "energy_meters_raw"),
    (f"{STORED}.energyMeterVoltagesRaw", True, "energy_meter_voltages_raw"),
    (f"{PLACEMENT}.feederHead", False, "feeder_head"),
    (f"{PLACEMENT}.distTransformers", False, "transformers"),
]


def nested(path: str, value: object) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(("option", "given", "name"), OUTPUT_OPTIONS)
def test_output_options(option: str, given: bool, name: str):
    (task,) = planned(forecast() | nested(option, given))

    changed = {
        field.name
        for field in fields(Outputs)
        if getattr(task.outputs, field.name) != getattr(Outputs(), field.name)
    }
    assert changed == {name}
    assert getattr(task.outputs, name) is given


def test_every_output_has_an_option_or_a_kind_of_study():
    assert {name for _, _, name in OUTPUT_OPTIONS} | {"customer_voltages"} == {
        field.name for field in fields(Outputs)
    }
