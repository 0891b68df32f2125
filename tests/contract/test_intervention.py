"""Interventions: what belongs to what."""

import pytest

from hcr.contract.enums import CandidateGenerationType, CandidateInterventionClass
from hcr.contract.input_model import to_wire
from hcr.contract.intervention import (
    CandidateGenerationConfigInput,
    CandidateInterventionConfigInput,
    DvmsConfigInput,
    InterventionConfigInput,
    PhaseRebalanceProportionsInput,
    YearRangeInput,
)

DVMS = {
    "lowerLimit": 0.94,
    "upperLimit": 1.1,
    "lowerPercentile": 1.0,
    "upperPercentile": 99.0,
    "maxIterations": 4,
    "regulatorConfig": {
        "puTarget": 1.0,
        "puDeadbandPercent": 2.0,
        "maxTapChangePerStep": 3,
        "allowPushToLimit": True,
    },
}
OPTIONS_OF_METHODS = {
    "CRITERIA": {"interventionCriteriaName": "voltage", "sizingLookaheadYears": 5},
    "TAP_OPTIMIZATION": {
        "averageVoltageSpreadThreshold": 40,
        "voltageUnderLimitHoursThreshold": 100,
        "voltageOverLimitHoursThreshold": 100,
        "tapWeightingFactorLowerThreshold": -10.0,
        "tapWeightingFactorUpperThreshold": 10.0,
    },
    "THERMAL_LINE_UPGRADE": {"importValue": 1.0, "exportValue": 0.5, "targetLoadingPct": 80.0},
    "THERMAL_TRANSFORMER_UPGRADE": {"importValue": 1.0, "exportValue": 0.5, "targetLoadingPct": 80.0},
    "VOLTAGE_LINE_UPGRADE": {
        "defaultUpgradeReductionFactor": 0.5,
        "internalMzEffectivenessFactor": 0.5,
        "upstreamEffectivenessFactor": 0.5,
        "minAvgAbsDeltaPu": 0.01,
        "minLineLengthM": 10.0,
        "targetHeadroomFactor": 1.1,
        "targetVoltageSwingPu": 0.06,
        "voltageDeltaThresholdPu": 0.08,
    },
}
METHOD_OF_KIND = {
    "COMMUNITY_BESS": "CRITERIA",
    "DISTRIBUTION_TX_OLTC": "CRITERIA",
    "LV_STATCOMS": "CRITERIA",
    "DISTRIBUTION_TAP_OPTIMIZATION": "TAP_OPTIMIZATION",
    "THERMAL_LINE_UPGRADE": "THERMAL_LINE_UPGRADE",
    "VOLTAGE_LINE_UPGRADE": "VOLTAGE_LINE_UPGRADE",
    "THERMAL_TRANSFORMER_UPGRADE": "THERMAL_TRANSFORMER_UPGRADE",
}


def test_the_tables_of_this_test_cover_the_contract():
    assert set(OPTIONS_OF_METHODS) == set(CandidateGenerationType)
    assert set(METHOD_OF_KIND) == set(CandidateInterventionClass)
    options = {name for fields in OPTIONS_OF_METHODS.values() for name in fields}
    wire_names = {field.alias for field in CandidateGenerationConfigInput.model_fields.values()}
    assert options == wire_names - {"type"}


def test_blocks_can_be_combined():
    config = {
        "parentWorkPackageId": "wp1",
        "dvms": DVMS,
        "phaseRebalanceProportions": {"a": 1.0, "b": 1.0, "c": 1.0},
        "loadReshaping": {"loadShapeCriteria": "tariff"},
        "candidateIntervention": {
            "interventionType": "COMMUNITY_BESS",
            "allocationLimitPerYear": 5.0,
            "yearRange": {"minYear": 2025, "maxYear": 2030},
            "candidateAllocationCriteria": "nearest",
            "candidateGeneration": {"type": "CRITERIA", "interventionCriteriaName": "voltage"},
            "allocationInstanceSelection": ["bess_500"],
        },
    }
    assert to_wire(InterventionConfigInput.model_validate(config)) == config


def test_a_parent_is_needed(refusals):
    assert refusals(InterventionConfigInput, {}) == {"parentWorkPackageId": "Field required"}
    assert (
        "put quotes" in refusals(InterventionConfigInput, {"parentWorkPackageId": 7})["parentWorkPackageId"]
    )


@pytest.mark.parametrize("method", sorted(OPTIONS_OF_METHODS))
def test_a_method_takes_its_own_options(refusals, method):
    assert refusals(CandidateGenerationConfigInput, {"type": method, **OPTIONS_OF_METHODS[method]}) == {}


@pytest.mark.parametrize("method", sorted(OPTIONS_OF_METHODS))
def test_a_method_refuses_the_options_of_the_others(refusals, method):
    foreign = {name: value for options in OPTIONS_OF_METHODS.values() for name, value in options.items()}
    own = OPTIONS_OF_METHODS[method]
    found = refusals(CandidateGenerationConfigInput, {"type": method, **foreign})
    assert set(found) == set(foreign) - set(own)
    assert all("alone; leave it out" in message for message in found.values())


def test_null_options_of_other_methods_are_no_fault(refusals):
    # The public client sends every key of some older inputs as null.
    assert refusals(CandidateGenerationConfigInput, {"type": "CRITERIA", "importValue": None}) == {}


@pytest.mark.parametrize(("kind", "method"), METHOD_OF_KIND.items())
def test_a_kind_takes_the_method_that_suits_it_and_no_other(refusals, kind, method):
    for candidate in OPTIONS_OF_METHODS:
        found = refusals(
            CandidateInterventionConfigInput,
            {
                "interventionType": kind,
                "candidateAllocationCriteria": "nearest",
                "candidateGeneration": {"type": candidate},
            },
        )
        misfit = {"candidateGeneration.type": f"{candidate} does not suit {kind}; use {method}"}
        assert found == ({} if candidate == method else misfit)


@pytest.mark.parametrize("kind", ["COMMUNITY_BESS", "DISTRIBUTION_TX_OLTC", "LV_STATCOMS"])
def test_kinds_with_instances_need_criteria(refusals, kind):
    assert refusals(CandidateInterventionConfigInput, {"interventionType": kind}) == {
        "candidateAllocationCriteria": f"{kind} needs candidateAllocationCriteria; add it"
    }


def test_other_kinds_need_no_criteria(refusals):
    data = {"interventionType": "THERMAL_LINE_UPGRADE", "allocationLimitPerYear": 0}
    assert refusals(CandidateInterventionConfigInput, data) == {}


def test_a_year_range_may_be_one_year(refusals):
    assert refusals(YearRangeInput, {"minYear": 2030, "maxYear": 2030}) == {}


def test_a_year_range_runs_forward(refusals):
    assert refusals(YearRangeInput, {"minYear": 2031, "maxYear": 2030}) == {
        "maxYear": "maxYear (2030) is before minYear (2031)"
    }


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"lowerLimit": 1.1}, {"lowerLimit"}),
        ({"lowerPercentile": 99.0}, {"lowerPercentile"}),
        ({"upperPercentile": 101}, {"upperPercentile"}),
        ({"lowerPercentile": -1}, {"lowerPercentile"}),
        ({"maxIterations": 0}, {"maxIterations"}),
        ({"regulatorConfig": {**DVMS["regulatorConfig"], "puTarget": 0}}, {"regulatorConfig.puTarget"}),
        (
            {"regulatorConfig": {**DVMS["regulatorConfig"], "maxTapChangePerStep": 0}},
            {"regulatorConfig.maxTapChangePerStep"},
        ),
        ({"lowerLimit": 1.2, "lowerPercentile": 100}, {"lowerLimit", "lowerPercentile"}),
    ],
)
def test_dvms_limits_and_counts_are_checked(refusals, changes, places):
    assert refusals(DvmsConfigInput, DVMS) == {}
    assert set(refusals(DvmsConfigInput, {**DVMS, **changes})) == places


def test_phase_shares_count_by_their_ratio(refusals):
    assert refusals(PhaseRebalanceProportionsInput, {"a": 2, "b": 1, "c": 0}) == {}
    assert list(refusals(PhaseRebalanceProportionsInput, {"a": -1, "b": 1, "c": 1})) == ["a"]
    assert refusals(PhaseRebalanceProportionsInput, {"a": 0, "b": 0, "c": 0}) == {
        "": "a, b and c are all 0; at least one phase needs a share"
    }
