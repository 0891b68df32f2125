"""The ground of the input models: names, strictness, places of faults, and the way to the wire."""

import json
import pickle

import pytest
from pydantic import ValidationError

from hcr.contract.input_model import Fault, to_wire
from hcr.contract.inputs import (
    FixedTimeInput,
    ForecastConfigInput,
    HcGeneratorConfigInput,
    HcModelConfigInput,
    HcSolveConfigInput,
    IntrinsicThermalConstraintsInput,
    WorkPackageInput,
)

FORECAST = {
    "feeders": ["fdr1"],
    "scenarios": ["base"],
    "years": [2025],
    "fixedTime": {"loadTime": "2024-01-31T02:30:00"},
}


def test_wire_names_and_attribute_names_read_the_same():
    by_wire_name = HcModelConfigInput.model_validate({"collapseSWER": True, "loadVMinPu": 0.8})
    assert by_wire_name == HcModelConfigInput.model_validate({"collapse_swer": True, "load_v_min_pu": 0.8})
    assert by_wire_name == HcModelConfigInput(collapse_swer=True, load_v_min_pu=0.8)


def test_an_unknown_key_is_refused_at_its_place(refusals):
    # The public client drops such keys without a word, and the study runs on defaults.
    assert refusals(HcGeneratorConfigInput, {"model": {"load_vmax_pu": 1.2}}) == {
        "model.load_vmax_pu": "Extra inputs are not permitted"
    }


def test_a_model_cannot_be_changed():
    solve = HcSolveConfigInput(max_iter=25)
    with pytest.raises(ValidationError, match="frozen"):
        solve.max_iter = 26


def test_only_keys_that_were_set_go_to_the_wire():
    assert to_wire(HcSolveConfigInput()) == {}
    assert to_wire(HcSolveConfigInput(max_iter=25)) == {"maxIter": 25}


def test_null_does_not_go_to_the_wire():
    forecast = ForecastConfigInput.model_validate({**FORECAST, "timePeriod": None})
    assert to_wire(forecast) == FORECAST
    generator = HcGeneratorConfigInput.model_validate({"model": {"seed": None, "vmPu": 1}, "solve": None})
    assert to_wire(generator) == {"model": {"vmPu": 1.0}}


def test_null_and_absent_are_equal():
    assert HcSolveConfigInput(max_iter=None) == HcSolveConfigInput()
    assert hash(HcSolveConfigInput(max_iter=None)) == hash(HcSolveConfigInput())


def test_an_empty_block_stays_because_its_presence_means_something():
    constraints = IntrinsicThermalConstraintsInput.model_validate({"lv": {}, "hv": None})
    assert to_wire(constraints) == {"lv": {}}


def test_the_wire_form_is_json():
    wire = to_wire(
        HcModelConfigInput.model_validate(
            {
                "swerVoltageToLineVoltage": [[230, 400], [12700, 22000]],
                "loadPlacement": "PER_USAGE_POINT",
                "inverterControlConfig": {"cutOffDate": "2020-07-01T00:00Z"},
                "splitPhaseLVKV": 0.25,
            }
        )
    )
    assert json.loads(json.dumps(wire)) == wire
    assert wire == {
        "swerVoltageToLineVoltage": [[230, 400], [12700, 22000]],
        "loadPlacement": "PER_USAGE_POINT",
        "inverterControlConfig": {"cutOffDate": "2020-07-01T00:00:00"},
        "splitPhaseLVKV": 0.25,
    }


def test_models_go_through_pickle():
    package = WorkPackageInput.model_validate({"forecastConfig": FORECAST})
    again = pickle.loads(pickle.dumps(package))  # noqa: S301
    assert again == package
    assert to_wire(again) == to_wire(package)


def test_models_are_hashable_and_equal_by_value():
    one, other = (WorkPackageInput.model_validate({"forecastConfig": FORECAST}) for _ in range(2))
    assert len({one, other}) == 1


def test_every_broken_rule_is_named_at_once_and_at_its_place(refusals):
    data = {
        "model": {"loadVMinPu": 1.2, "loadVMaxPu": 0.8, "genVMinPu": 2, "genVMaxPu": 2},
        "solve": {"normVMinPu": 1.1, "normVMaxPu": 0.9},
    }
    assert refusals(HcGeneratorConfigInput, data) == {
        "model.loadVMinPu": "loadVMinPu (1.2) must be below loadVMaxPu (0.8)",
        "model.genVMinPu": "genVMinPu (2) must be below genVMaxPu (2)",
        "solve.normVMinPu": "normVMinPu (1.1) must be below normVMaxPu (0.9)",
    }


def test_rules_hold_for_models_built_in_python_too():
    with pytest.raises(ValidationError, match="must be below"):
        HcSolveConfigInput(norm_v_min_pu=1.1, norm_v_max_pu=0.9)


def test_a_missing_field_is_named():
    with pytest.raises(ValidationError, match=r"loadTime\n  Field required"):
        FixedTimeInput.model_validate({})


def test_a_fault_keeps_its_place_as_seen_from_above():
    fault = Fault("too long", ("overrides", 0))
    assert fault.below("configs", 2) == Fault("too long", ("configs", 2, "overrides", 0))
