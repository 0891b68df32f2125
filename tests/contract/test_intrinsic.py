"""Searches for intrinsic hosting capacity."""

import pytest

from hcr.contract.input_model import to_wire
from hcr.contract.intrinsic import (
    HvNodeHeadroomSearchConfigInput,
    HvNodeHeadroomWorkPackageInput,
    HvNodeLocationSelectorInput,
    IntrinsicAllocationConfigInput,
    IntrinsicHvVoltageConstraintInput,
    IntrinsicInitialLoadStateConfigInput,
    IntrinsicInjectionResourceConfigInput,
    IntrinsicLvVoltageConstraintInput,
    IntrinsicSearchConfigInput,
    IntrinsicSyfConfigInput,
    IntrinsicThermalConstraintInput,
    IntrinsicWorkPackageInput,
)

SYF = {"feeders": ["fdr1"], "scenario": "base", "year": 2025}
START = {"startTime": "2024-01-01T00:00:00"}
END = {"endTime": "2024-12-31T00:00:00"}
PER_CUSTOMER = {
    "perCustomerLoadWatts": 1000.0,
    "perCustomerLoadVar": 200.0,
    "perCustomerGenWatts": 0.0,
    "perCustomerGenVar": 0.0,
}
EVERY_MODE = ["ZERO_LOAD", "FIXED_LOAD", "FIXED_TIME", "PEAK_FEEDER_IMPORT", "PEAK_FEEDER_EXPORT"]


def test_a_full_search_in_groups_goes_through_unchanged():
    data = {
        "syf": SYF,
        "initialStateSelector": {"selectorMode": "PEAK_FEEDER_EXPORT", **START, **END, "includeLoads": True},
        "capacityGroupPlacement": "DIST_TRANSFORMERS",
        "allocation": {"method": "UNIFORM_PER_INCLUDED_CUSTOMER"},
        "constraints": {
            "thermal": {"lv": {}, "hv": {"percentOfRating": 100.0, "ratingBasis": "NORMAL"}},
            "voltage": {
                "lv": {"min": 216.0, "max": 253.0, "measurementType": "MAGNITUDE"},
                "hv": {"minPu": 0.9},
            },
        },
        "injectionResource": {"method": "EXPORT_GENERATION", "powerFactor": 1.0},
        "model": {"collapseSWER": False},
        "resultsWriter": {"writerType": "PARQUET"},
        "search": {"stepKwPerCustomer": 0.5, "maxSteps": 10000},
        "solve": {"maxIter": 25},
        "variant": {"scheduleAssumption": "NEUTRAL"},
    }
    assert to_wire(IntrinsicWorkPackageInput.model_validate(data)) == data


def test_a_search_at_nodes_goes_through_unchanged():
    data = {
        "syf": SYF,
        "initialStateSelector": {"selectorMode": "ZERO_LOAD", **START},
        "nodeLocationSelector": {"locationKinds": ["DTX_HV_TERMINAL", "LINE_TEE"]},
        "search": {"stepKwPerNode": 10.0, "maxStepsPerNode": 1000},
    }
    assert to_wire(HvNodeHeadroomWorkPackageInput.model_validate(data)) == data


def test_feeders_and_initial_state_are_needed(refusals):
    assert set(refusals(IntrinsicWorkPackageInput, {})) == {"syf", "initialStateSelector"}
    assert list(refusals(IntrinsicSyfConfigInput, {**SYF, "feeders": []})) == ["feeders"]
    assert list(refusals(IntrinsicSyfConfigInput, {**SYF, "year": "2025"})) == ["year"]


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_every_mode_needs_a_start(refusals, mode):
    fields = {"selectorMode": mode, **END, **(PER_CUSTOMER if mode == "FIXED_LOAD" else {})}
    assert refusals(IntrinsicInitialLoadStateConfigInput, fields) == {"startTime": "Field required"}
    assert refusals(IntrinsicInitialLoadStateConfigInput, {**fields, **START}) == {}


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_only_peak_modes_need_an_end(refusals, mode):
    fields = {"selectorMode": mode, **START, **(PER_CUSTOMER if mode == "FIXED_LOAD" else {})}
    needed = {"endTime": f"{mode} needs endTime; add it"} if mode.startswith("PEAK") else {}
    assert refusals(IntrinsicInitialLoadStateConfigInput, fields) == needed


def test_the_end_is_after_the_start(refusals):
    fields = {"selectorMode": "PEAK_FEEDER_IMPORT", **START, "endTime": START["startTime"]}
    assert refusals(IntrinsicInitialLoadStateConfigInput, fields) == {
        "endTime": "endTime must be after startTime, 2024-01-01T00:00:00"
    }


@pytest.mark.parametrize("missing", sorted(PER_CUSTOMER))
def test_a_fixed_load_needs_all_four_values(refusals, missing):
    fields = {"selectorMode": "FIXED_LOAD", **START, **PER_CUSTOMER, missing: None}
    assert refusals(IntrinsicInitialLoadStateConfigInput, fields) == {
        missing: f"FIXED_LOAD needs {missing}; add it"
    }


@pytest.mark.parametrize("mode", [mode for mode in EVERY_MODE if mode != "FIXED_LOAD"])
def test_other_modes_refuse_the_values_of_a_fixed_load(refusals, mode):
    fields = {"selectorMode": mode, **START, **END, **PER_CUSTOMER}
    found = refusals(IntrinsicInitialLoadStateConfigInput, fields)
    assert found == {name: f"{name} belongs to FIXED_LOAD alone; leave it out" for name in PER_CUSTOMER}


def test_weights_need_scope_and_basis(refusals):
    method = {"method": "WEIGHTED_BY_EXISTING_CUSTOMER"}
    assert set(refusals(IntrinsicAllocationConfigInput, method)) == {"scope", "existingCapacityBasis"}
    full = {**method, "scope": "FEEDER_WIDE", "existingCapacityBasis": "EXISTING_EXPORT_KW"}
    assert refusals(IntrinsicAllocationConfigInput, full) == {}
    assert refusals(IntrinsicAllocationConfigInput, {}) == {}


@pytest.mark.parametrize(
    ("limits", "places"),
    [
        ({}, set()),
        ({"min": 207, "max": 260}, set()),
        ({"min": 260}, {"min"}),
        ({"max": 200}, {"min"}),
        ({"min": 230, "max": 230}, {"min"}),
        ({"min": 0}, {"min"}),
    ],
)
def test_lv_limits_count_the_default_of_the_other_bound(refusals, limits, places):
    assert set(refusals(IntrinsicLvVoltageConstraintInput, limits)) == places


@pytest.mark.parametrize(
    ("limits", "places"),
    [
        ({}, set()),
        ({"minPu": 0.95, "maxPu": 1.05}, set()),
        ({"minPu": 1.06}, {"minPu"}),
        ({"maxPu": 0.9}, {"minPu"}),
    ],
)
def test_hv_limits_count_the_default_of_the_other_bound(refusals, limits, places):
    assert set(refusals(IntrinsicHvVoltageConstraintInput, limits)) == places


def test_a_limit_of_loading_is_positive(refusals):
    assert refusals(IntrinsicThermalConstraintInput, {"percentOfRating": 120}) == {}
    assert list(refusals(IntrinsicThermalConstraintInput, {"percentOfRating": 0})) == ["percentOfRating"]


def test_a_pv_system_needs_a_profile(refusals):
    assert refusals(IntrinsicInjectionResourceConfigInput, {"loadModelType": "PV_SYSTEM"}) == {
        "pvProfileId": "PV_SYSTEM needs pvProfileId; add it"
    }
    full = {"loadModelType": "PV_SYSTEM", "pvProfileId": "north"}
    assert refusals(IntrinsicInjectionResourceConfigInput, full) == {}
    assert refusals(IntrinsicInjectionResourceConfigInput, {"loadModelType": "NEGATIVE_LOAD"}) == {}


@pytest.mark.parametrize(
    ("model", "field", "most"),
    [
        (IntrinsicSearchConfigInput, "maxSteps", 10_000),
        (HvNodeHeadroomSearchConfigInput, "maxStepsPerNode", 1_000),
    ],
)
def test_the_number_of_steps_is_bounded(refusals, model, field, most):
    assert refusals(model, {field: most}) == {}
    assert refusals(model, {field: most + 1}) == {field: f"Input should be less than or equal to {most}"}
    assert refusals(model, {field: 0}) == {field: "Input should be greater than or equal to 1"}


@pytest.mark.parametrize(
    ("model", "field"),
    [(IntrinsicSearchConfigInput, "stepKwPerCustomer"), (HvNodeHeadroomSearchConfigInput, "stepKwPerNode")],
)
def test_a_step_is_positive(refusals, model, field):
    assert refusals(model, {field: 0.1}) == {}
    assert list(refusals(model, {field: 0})) == [field]


def test_kinds_of_nodes_are_not_an_empty_list(refusals):
    assert refusals(HvNodeLocationSelectorInput, {}) == {}
    assert list(refusals(HvNodeLocationSelectorInput, {"locationKinds": []})) == ["locationKinds"]
