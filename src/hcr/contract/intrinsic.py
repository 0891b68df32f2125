"""Inputs of the searches for intrinsic hosting capacity: LV groups, and single HV nodes."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from hcr.contract.enums import (
    HcWriterType,
    HvNodeLocationKind,
    IntrinsicAllocationMethod,
    IntrinsicAllocationScope,
    IntrinsicCapacityGroupPlacementType,
    IntrinsicExistingCapacityBasis,
    IntrinsicInitialStateSelectorMode,
    IntrinsicInjectionResourceMethod,
    IntrinsicLoadModelType,
    IntrinsicPhaseMatching,
    IntrinsicRatingBasis,
    LvConstraintMeasurementType,
)
from hcr.contract.generator_config import HcModelConfigInput, HcSolveConfigInput, HcVariantConfigInput
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.local_date_time import LocalDateTime, format_local_date_time
from hcr.contract.rules import below, refused, required
from hcr.contract.scalars import (
    Flag,
    Name,
    NonEmptyItems,
    NotNegative,
    Number,
    Positive,
    PowerFactor,
    Text,
    Year,
    read_whole_number,
)

# Limits that hold when a bound is left out: one bound alone can contradict the other's default.
_LV_MIN_V: Final = 216.0
_LV_MAX_V: Final = 253.0
_HV_MIN_PU: Final = 0.90
_HV_MAX_PU: Final = 1.054

_PEAK_MODES: Final = (
    IntrinsicInitialStateSelectorMode.PEAK_FEEDER_IMPORT,
    IntrinsicInitialStateSelectorMode.PEAK_FEEDER_EXPORT,
)


class IntrinsicSyfConfigInput(InputModel):
    """Feeders under one scenario and year."""

    feeders: NonEmptyItems[Name]
    scenario: Name
    year: Year


class IntrinsicInitialLoadStateConfigInput(InputModel):
    """Load state before the first step."""

    selector_mode: IntrinsicInitialStateSelectorMode
    start_time: LocalDateTime
    end_time: LocalDateTime | None = None
    include_loads: Flag | None = None
    include_existing_der: Flag | None = None
    load_scaling_factor: NotNegative | None = None
    der_scaling_factor: NotNegative | None = None
    per_customer_load_watts: Number | None = None
    per_customer_load_var: Number | None = None
    per_customer_gen_watts: Number | None = None
    per_customer_gen_var: Number | None = None

    def faults(self) -> Iterator[Fault]:
        """Fields that the mode needs and lacks, or that belong to another mode; an end before the start."""
        per_customer = (
            ("perCustomerLoadWatts", self.per_customer_load_watts),
            ("perCustomerLoadVar", self.per_customer_load_var),
            ("perCustomerGenWatts", self.per_customer_gen_watts),
            ("perCustomerGenVar", self.per_customer_gen_var),
        )
        if self.selector_mode is IntrinsicInitialStateSelectorMode.FIXED_LOAD:
            yield from required("FIXED_LOAD", *per_customer)
        else:
            yield from refused("FIXED_LOAD", *per_customer)
        if self.selector_mode in _PEAK_MODES:
            yield from required(self.selector_mode, ("endTime", self.end_time))
        if self.end_time is not None and self.end_time <= self.start_time:
            start = format_local_date_time(self.start_time)
            yield Fault(f"endTime must be after startTime, {start}", ("endTime",))


class IntrinsicAllocationConfigInput(InputModel):
    """How a step is shared out among customers."""

    method: IntrinsicAllocationMethod | None = None
    scope: IntrinsicAllocationScope | None = None
    existing_capacity_basis: IntrinsicExistingCapacityBasis | None = None

    def faults(self) -> Iterator[Fault]:
        """Weighting without the scope or the basis of its weights."""
        if self.method is IntrinsicAllocationMethod.WEIGHTED_BY_EXISTING_CUSTOMER:
            yield from required(
                self.method, ("scope", self.scope), ("existingCapacityBasis", self.existing_capacity_basis)
            )


class IntrinsicThermalConstraintInput(InputModel):
    """Limit of loading."""

    percent_of_rating: Positive | None = None
    rating_basis: IntrinsicRatingBasis | None = None


class IntrinsicThermalConstraintsInput(InputModel):
    """Limits of loading on HV and LV."""

    hv: IntrinsicThermalConstraintInput | None = None
    lv: IntrinsicThermalConstraintInput | None = None


class IntrinsicHvVoltageConstraintInput(InputModel):
    """Limits of voltage on HV."""

    min_pu: Positive | None = None
    max_pu: Positive | None = None

    def faults(self) -> Iterator[Fault]:
        """Limits upside down, counting the default of a bound left out."""
        low = _HV_MIN_PU if self.min_pu is None else self.min_pu
        yield from below(("minPu", low), ("maxPu", _HV_MAX_PU if self.max_pu is None else self.max_pu))


class IntrinsicLvVoltageConstraintInput(InputModel):
    """Limits of voltage on LV, phase to neutral."""

    min: Positive | None = None
    max: Positive | None = None
    measurement_type: LvConstraintMeasurementType | None = None

    def faults(self) -> Iterator[Fault]:
        """Limits upside down, counting the default of a bound left out."""
        low = _LV_MIN_V if self.min is None else self.min
        yield from below(("min", low), ("max", _LV_MAX_V if self.max is None else self.max))


class IntrinsicVoltageConstraintsInput(InputModel):
    """Limits of voltage on HV and LV."""

    hv: IntrinsicHvVoltageConstraintInput | None = None
    lv: IntrinsicLvVoltageConstraintInput | None = None


class IntrinsicConstraintsConfigInput(InputModel):
    """Checks of each step."""

    thermal: IntrinsicThermalConstraintsInput | None = None
    voltage: IntrinsicVoltageConstraintsInput | None = None


class IntrinsicInjectionResourceConfigInput(InputModel):
    """What is added step by step."""

    method: IntrinsicInjectionResourceMethod | None = None
    load_model_type: IntrinsicLoadModelType | None = None
    phase_matching: IntrinsicPhaseMatching | None = None
    power_factor: PowerFactor | None = None
    pv_profile_id: Text | None = None

    def faults(self) -> Iterator[Fault]:
        """A PV system without a profile."""
        if self.load_model_type is IntrinsicLoadModelType.PV_SYSTEM:
            yield from required("PV_SYSTEM", ("pvProfileId", self.pv_profile_id))


class IntrinsicWriterConfigInput(InputModel):
    """Where results go."""

    writer_type: HcWriterType | None = None


class IntrinsicSearchConfigInput(InputModel):
    """Size and number of steps in LV groups."""

    step_kw_per_customer: Positive | None = None
    max_steps: Annotated[int, Field(ge=1, le=10_000), BeforeValidator(read_whole_number)] | None = None
    lock_out_capacity_zone_on_violation: Flag | None = None
    stop_on_hv_violation: Flag | None = None


class IntrinsicWorkPackageInput(InputModel):
    """Search for the injection that the customers of LV groups can bear."""

    syf: IntrinsicSyfConfigInput
    initial_state_selector: IntrinsicInitialLoadStateConfigInput
    capacity_group_placement: IntrinsicCapacityGroupPlacementType | None = None
    allocation: IntrinsicAllocationConfigInput | None = None
    constraints: IntrinsicConstraintsConfigInput | None = None
    injection_resource: IntrinsicInjectionResourceConfigInput | None = None
    model: HcModelConfigInput | None = None
    results_writer: IntrinsicWriterConfigInput | None = None
    search: IntrinsicSearchConfigInput | None = None
    solve: HcSolveConfigInput | None = None
    variant: HcVariantConfigInput | None = None


class HvNodeLocationSelectorInput(InputModel):
    """HV nodes to test."""

    location_kinds: NonEmptyItems[HvNodeLocationKind] | None = None


class HvNodeHeadroomSearchConfigInput(InputModel):
    """Size and number of steps at an HV node."""

    step_kw_per_node: Positive | None = None
    max_steps_per_node: Annotated[int, Field(ge=1, le=1000), BeforeValidator(read_whole_number)] | None = None


class HvNodeHeadroomWorkPackageInput(InputModel):
    """Search for the injection that each HV node can bear on its own."""

    syf: IntrinsicSyfConfigInput
    initial_state_selector: IntrinsicInitialLoadStateConfigInput
    constraints: IntrinsicConstraintsConfigInput | None = None
    injection_resource: IntrinsicInjectionResourceConfigInput | None = None
    model: HcModelConfigInput | None = None
    node_location_selector: HvNodeLocationSelectorInput | None = None
    results_writer: IntrinsicWriterConfigInput | None = None
    search: HvNodeHeadroomSearchConfigInput | None = None
    solve: HcSolveConfigInput | None = None
    variant: HcVariantConfigInput | None = None
