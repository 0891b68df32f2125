"""Inputs that say how models are built, solved and read out."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from hcr.contract.enums import (
    HcFeederScenarioAllocationStrategy,
    HcLoadPlacement,
    HcSolveMode,
    HcSwitchClass,
    VariantScheduleAssumption,
)
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.local_date_time import LocalDateTime
from hcr.contract.rules import below, day_or_year, equal_lengths
from hcr.contract.scalars import (
    Count,
    Flag,
    ItemCount,
    Items,
    Name,
    NonEmptyItems,
    NotNegative,
    NotNegativeWholeNumber,
    Number,
    Percentage,
    Positive,
    PowerFactor,
    Text,
    WholeNumber,
    read_list,
    read_number,
    read_whole_number,
)

_INTERVAL_LENGTHS_HOURS: Final = (0.25, 0.5, 1.0)


def _interval_length(hours: float) -> float:
    if hours not in _INTERVAL_LENGTHS_HOURS:
        raise PydanticCustomError(
            "interval_length",
            "Load data has intervals of 0.25, 0.5 or 1.0 hours, not {hours}",
            {"hours": hours},
        )
    return hours


def _read_voltage_pair(value: object) -> list[object] | tuple[object, ...]:
    pair = read_list(value)
    if len(pair) != 2:
        raise PydanticCustomError(
            "voltage_pair",
            "A pair [SWER volts, line-to-line volts] is needed; the number of values here is {count}",
            {"count": len(pair)},
        )
    return pair


IntervalLength = Annotated[
    Number, AfterValidator(_interval_length), WithJsonSchema({"enum": list(_INTERVAL_LENGTHS_HOURS)})
]
"""Length of an interval of the load data [h]."""

LoadModel = Annotated[int, Field(ge=1, le=7), BeforeValidator(read_whole_number)]
"""Number of an OpenDSS load model."""

SetPoint = Annotated[float, Field(ge=0, le=2), BeforeValidator(read_number)]
"""Set point of the closed-loop regulator, factor on base voltage [1]."""

VoltagePair = Annotated[tuple[Count, ...], ItemCount(least=2, most=2), BeforeValidator(_read_voltage_pair)]
"""Single-wire earth-return voltage and the line-to-line voltage that stands for it [V]."""


class HcSwitchMeterPlacementConfigInput(InputModel):
    """Switches of one class, by the pattern of their names, that get a meter."""

    name_pattern: Text
    meter_switch_class: HcSwitchClass


class HcMeterPlacementConfigInput(InputModel):
    """Where meters are put."""

    feeder_head: Flag | None = None
    dist_transformers: Flag | None = None
    energy_consumer_meter_group: Text | None = None
    switch_meter_placement_configs: Items[HcSwitchMeterPlacementConfigInput] | None = None


class HcInverterControlConfigInput(InputModel):
    """Inverter profiles by date of commissioning."""

    cut_off_date: LocalDateTime | None = None
    before_cut_off_profile: Text | None = None
    after_cut_off_profile: Text | None = None


class HcModelConfigInput(InputModel):
    """How the network becomes a model."""

    calibration: Flag | None = None
    vm_pu: Positive | None = None
    load_v_min_pu: Positive | None = None
    load_v_max_pu: Positive | None = None
    gen_v_min_pu: Positive | None = None
    gen_v_max_pu: Positive | None = None
    load_model: LoadModel | None = None
    load_placement: HcLoadPlacement | None = None
    load_interval_length_hours: IntervalLength | None = None
    window_fill_missing_load: Flag | None = None
    p_factor_base_exports: PowerFactor | None = None
    p_factor_base_imports: PowerFactor | None = None
    p_factor_forecast_pv: PowerFactor | None = None
    fix_single_phase_loads: Flag | None = None
    max_single_phase_load: NotNegative | None = None
    fix_overloading_consumers: Flag | None = None
    max_load_tx_ratio: Positive | None = None
    max_gen_tx_ratio: Positive | None = None
    fix_undersized_service_lines: Flag | None = None
    fix_undersized_lv_lines: Flag | None = None
    max_load_service_line_ratio: Positive | None = None
    max_load_lv_line_ratio: Positive | None = None
    simplify_network: Flag | None = None
    collapse_lv_networks: Flag | None = None
    collapse_swer: Flag | None = Field(default=None, alias="collapseSWER")
    collapse_negligible_impedances: Flag | None = None
    negligible_impedance_min_hv_threshold: NotNegative | None = None
    negligible_impedance_min_lv_threshold: NotNegative | None = None
    combine_common_impedances: Flag | None = None
    use_span_level_threshold: Flag | None = None
    rating_threshold: NotNegative | None = None
    simplify_plsi_threshold: NotNegative | None = Field(default=None, alias="simplifyPLSIThreshold")
    emerg_amp_scaling: Positive | None = None
    feeder_scenario_allocation_strategy: HcFeederScenarioAllocationStrategy | None = None
    closed_loop_v_reg_enabled: Flag | None = None
    closed_loop_v_reg_replace_all: Flag | None = None
    closed_loop_v_reg_set_point: SetPoint | None = None
    closed_loop_v_band: NotNegative | None = None
    closed_loop_time_delay: NotNegativeWholeNumber | None = None
    closed_loop_v_limit: Positive | None = None
    default_tap_changer_time_delay: NotNegativeWholeNumber | None = None
    default_tap_changer_set_point_pu: Positive | None = None
    default_tap_changer_band: NotNegative | None = None
    transformer_tap_settings: Text | None = None
    ct_prim_scaling_factor: Positive | None = None
    split_phase_default_load_loss_percentage: Percentage | None = None
    split_phase_lv_kv: Positive | None = Field(default=None, alias="splitPhaseLVKV")
    swer_voltage_to_line_voltage: Items[VoltagePair] | None = None
    meter_placement_config: HcMeterPlacementConfigInput | None = None
    inverter_control_config: HcInverterControlConfigInput | None = None
    default_load_watts: Items[Number] | None = None
    default_load_var: Items[Number] | None = None
    default_gen_watts: Items[Number] | None = None
    default_gen_var: Items[Number] | None = None
    seed: WholeNumber | None = None

    def faults(self) -> Iterator[Fault]:
        """Voltage bands upside down; default series that differ in length or cover no day or year."""
        yield from below(("loadVMinPu", self.load_v_min_pu), ("loadVMaxPu", self.load_v_max_pu))
        yield from below(("genVMinPu", self.gen_v_min_pu), ("genVMaxPu", self.gen_v_max_pu))
        load_watts = ("defaultLoadWatts", self.default_load_watts)
        load_var = ("defaultLoadVar", self.default_load_var)
        gen_watts = ("defaultGenWatts", self.default_gen_watts)
        gen_var = ("defaultGenVar", self.default_gen_var)
        yield from equal_lengths(load_watts, load_var)
        yield from equal_lengths(gen_watts, gen_var)
        hours = self.load_interval_length_hours
        yield from day_or_year(hours, load_watts, load_var, gen_watts, gen_var)


class HcNodeLevelResultsConfigInput(InputModel):
    """Equipment whose time series are kept."""

    collect_all_conductors: Flag | None = None
    collect_all_energy_consumers: Flag | None = None
    collect_all_switches: Flag | None = None
    collect_all_transformers: Flag | None = None
    collect_current: Flag | None = None
    collect_power: Flag | None = None
    collect_voltage: Flag | None = None
    mrids_to_collect: Items[Name] | None = None


class HcRawResultsConfigInput(InputModel):
    """What the power flow reports."""

    energy_meter_voltages_raw: Flag | None = None
    energy_meters_raw: Flag | None = None
    results_per_meter: Flag | None = None
    overloads_raw: Flag | None = None
    voltage_exceptions_raw: Flag | None = None


class HcSolveConfigInput(InputModel):
    """How the power flow runs."""

    norm_v_min_pu: Positive | None = None
    norm_v_max_pu: Positive | None = None
    emerg_v_min_pu: Positive | None = None
    emerg_v_max_pu: Positive | None = None
    base_frequency: Count | None = None
    voltage_bases: NonEmptyItems[Positive] | None = None
    max_iter: Count | None = None
    max_control_iter: Count | None = None
    mode: HcSolveMode | None = None
    step_size_minutes: Count | None = None

    def faults(self) -> Iterator[Fault]:
        """Voltage limits upside down."""
        yield from below(("normVMinPu", self.norm_v_min_pu), ("normVMaxPu", self.norm_v_max_pu))
        yield from below(("emergVMinPu", self.emerg_v_min_pu), ("emergVMaxPu", self.emerg_v_max_pu))


class HcVariantConfigInput(InputModel):
    """Planned network changes to include."""

    external_drivers: Items[Text] | None = None
    external_statuses: Items[Text] | None = None
    max_conflict_score: WholeNumber | None = None
    schedule_assumption: VariantScheduleAssumption | None = None


class HcGeneratorConfigInput(InputModel):
    """How models are built, solved and read out."""

    model: HcModelConfigInput | None = None
    node_level_results: HcNodeLevelResultsConfigInput | None = None
    raw_results: HcRawResultsConfigInput | None = None
    solve: HcSolveConfigInput | None = None
    variant: HcVariantConfigInput | None = None

    @property
    def interval_hours(self) -> float | None:
        """Length of an interval of the load data as the user set it [h]; None for the default."""
        return self.model.load_interval_length_hours if self.model else None
