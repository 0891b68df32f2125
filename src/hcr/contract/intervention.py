"""Inputs of interventions: what is built or changed in the network, and where."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from hcr.contract.enums import CandidateGenerationType as Method
from hcr.contract.enums import CandidateInterventionClass as Kind
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.rules import below, refused, required
from hcr.contract.scalars import (
    Count,
    Flag,
    Items,
    Name,
    NotNegative,
    NotNegativeWholeNumber,
    Number,
    Percentage,
    Positive,
    Text,
    Year,
)

_CHOSEN_BY_CRITERIA: Final = (Kind.COMMUNITY_BESS, Kind.DISTRIBUTION_TX_OLTC, Kind.LV_STATCOMS)

_METHOD_OF_KIND: Final[Mapping[Kind, Method]] = MappingProxyType(
    {
        Kind.COMMUNITY_BESS: Method.CRITERIA,
        Kind.DISTRIBUTION_TX_OLTC: Method.CRITERIA,
        Kind.LV_STATCOMS: Method.CRITERIA,
        Kind.DISTRIBUTION_TAP_OPTIMIZATION: Method.TAP_OPTIMIZATION,
        Kind.THERMAL_LINE_UPGRADE: Method.THERMAL_LINE_UPGRADE,
        Kind.VOLTAGE_LINE_UPGRADE: Method.VOLTAGE_LINE_UPGRADE,
        Kind.THERMAL_TRANSFORMER_UPGRADE: Method.THERMAL_TRANSFORMER_UPGRADE,
    }
)


class YearRangeInput(InputModel):
    """Years in which something may be built."""

    min_year: Year
    max_year: Year

    def faults(self) -> Iterator[Fault]:
        """A last year before the first."""
        if self.max_year < self.min_year:
            yield Fault(f"maxYear ({self.max_year}) is before minYear ({self.min_year})", ("maxYear",))


class CandidateGenerationConfigInput(InputModel):
    """How candidate sites are found."""

    type: Method
    intervention_criteria_name: Text | None = None
    sizing_lookahead_years: NotNegativeWholeNumber | None = None
    average_voltage_spread_threshold: NotNegativeWholeNumber | None = None
    voltage_under_limit_hours_threshold: NotNegativeWholeNumber | None = None
    voltage_over_limit_hours_threshold: NotNegativeWholeNumber | None = None
    tap_weighting_factor_lower_threshold: Number | None = None
    tap_weighting_factor_upper_threshold: Number | None = None
    import_value: Number | None = None
    export_value: Number | None = None
    target_loading_pct: Positive | None = None
    default_upgrade_reduction_factor: Number | None = None
    internal_mz_effectiveness_factor: Number | None = None
    upstream_effectiveness_factor: Number | None = None
    min_avg_abs_delta_pu: NotNegative | None = None
    min_line_length_m: NotNegative | None = None
    target_headroom_factor: Number | None = None
    target_voltage_swing_pu: NotNegative | None = None
    voltage_delta_threshold_pu: NotNegative | None = None

    def faults(self) -> Iterator[Fault]:
        """Options that belong to another method."""
        for methods, options in self._options_of_methods():
            if self.type not in methods:
                yield from refused(" and ".join(methods), *options)

    def _options_of_methods(self) -> Iterator[tuple[tuple[Method, ...], list[tuple[str, object]]]]:
        yield (
            (Method.CRITERIA,),
            [
                ("interventionCriteriaName", self.intervention_criteria_name),
                ("sizingLookaheadYears", self.sizing_lookahead_years),
            ],
        )
        yield (
            (Method.TAP_OPTIMIZATION,),
            [
                ("averageVoltageSpreadThreshold", self.average_voltage_spread_threshold),
                ("voltageUnderLimitHoursThreshold", self.voltage_under_limit_hours_threshold),
                ("voltageOverLimitHoursThreshold", self.voltage_over_limit_hours_threshold),
                ("tapWeightingFactorLowerThreshold", self.tap_weighting_factor_lower_threshold),
                ("tapWeightingFactorUpperThreshold", self.tap_weighting_factor_upper_threshold),
            ],
        )
        yield (
            (Method.THERMAL_LINE_UPGRADE, Method.THERMAL_TRANSFORMER_UPGRADE),
            [
                ("importValue", self.import_value),
                ("exportValue", self.export_value),
                ("targetLoadingPct", self.target_loading_pct),
            ],
        )
        yield (
            (Method.VOLTAGE_LINE_UPGRADE,),
            [
                ("defaultUpgradeReductionFactor", self.default_upgrade_reduction_factor),
                ("internalMzEffectivenessFactor", self.internal_mz_effectiveness_factor),
                ("upstreamEffectivenessFactor", self.upstream_effectiveness_factor),
                ("minAvgAbsDeltaPu", self.min_avg_abs_delta_pu),
                ("minLineLengthM", self.min_line_length_m),
                ("targetHeadroomFactor", self.target_headroom_factor),
                ("targetVoltageSwingPu", self.target_voltage_swing_pu),
                ("voltageDeltaThresholdPu", self.voltage_delta_threshold_pu),
            ],
        )


class CandidateInterventionConfigInput(InputModel):
    """Equipment built at candidate sites, year by year."""

    intervention_type: Kind
    allocation_limit_per_year: NotNegative | None = None
    year_range: YearRangeInput | None = None
    candidate_allocation_criteria: Text | None = None
    candidate_generation: CandidateGenerationConfigInput | None = None
    allocation_instance_selection: Items[Name] | None = None

    def faults(self) -> Iterator[Fault]:
        """Missing criteria, or a way of finding candidates that does not suit what is built."""
        if self.intervention_type in _CHOSEN_BY_CRITERIA:
            yield from required(
                self.intervention_type, ("candidateAllocationCriteria", self.candidate_allocation_criteria)
            )
        suited = _METHOD_OF_KIND[self.intervention_type]
        if self.candidate_generation and self.candidate_generation.type is not suited:
            yield Fault(
                f"{self.candidate_generation.type} does not suit {self.intervention_type}; use {suited}",
                ("candidateGeneration", "type"),
            )


class DvmsRegulatorConfigInput(InputModel):
    """What the regulator does when no limit is broken."""

    pu_target: Positive
    pu_deadband_percent: Positive
    max_tap_change_per_step: Count
    allow_push_to_limit: Flag


class DvmsConfigInput(InputModel):
    """Dynamic voltage management at the zone substation."""

    lower_limit: Positive
    upper_limit: Positive
    lower_percentile: Percentage
    upper_percentile: Percentage
    max_iterations: Count
    regulator_config: DvmsRegulatorConfigInput

    def faults(self) -> Iterator[Fault]:
        """Limits or percentiles upside down."""
        yield from below(("lowerLimit", self.lower_limit), ("upperLimit", self.upper_limit))
        yield from below(
            ("lowerPercentile", self.lower_percentile), ("upperPercentile", self.upper_percentile)
        )


class LoadReshapingConfigInput(InputModel):
    """Tariffs or load control that change the shape of loads."""

    load_shape_criteria: Text


class PhaseRebalanceProportionsInput(InputModel):
    """Shares of single-phase customers per phase; only their ratio counts."""

    a: NotNegative
    b: NotNegative
    c: NotNegative

    def faults(self) -> Iterator[Fault]:
        """Shares that are all zero."""
        if self.a + self.b + self.c == 0:
            yield Fault("a, b and c are all 0; at least one phase needs a share")


class InterventionConfigInput(InputModel):
    """What is built or changed in the network."""

    parent_work_package_id: Name
    dvms: DvmsConfigInput | None = None
    phase_rebalance_proportions: PhaseRebalanceProportionsInput | None = None
    candidate_intervention: CandidateInterventionConfigInput | None = None
    load_reshaping: LoadReshapingConfigInput | None = None
