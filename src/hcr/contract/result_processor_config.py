"""Inputs that say which results are kept, and where."""

from pydantic import Field

from hcr.contract.enums import HcWriterType
from hcr.contract.input_model import InputModel
from hcr.contract.scalars import Flag


class HcAssetLevelSummariesConfigInput(InputModel):
    """Summaries per asset."""

    conductor_voltage: Flag | None = None
    thermal_loading: Flag | None = None


class HcMetricsResultsConfigInput(InputModel):
    """Basic metrics."""

    calculate_performance_metrics: Flag | None = None


class HcStoredResultsConfigInput(InputModel):
    """Raw series to keep."""

    energy_meter_voltages_raw: Flag | None = None
    energy_meters_raw: Flag | None = None
    overloads_raw: Flag | None = None
    voltage_exceptions_raw: Flag | None = None


class HcEnhancedMetricsConfigInput(InputModel):
    """Enhanced metrics: tables to write and metrics to compute."""

    calculate_co2: Flag | None = Field(default=None, alias="calculateCO2")
    calculate_emerg_for_gen_thermal: Flag | None = None
    calculate_emerg_for_load_thermal: Flag | None = None
    calculate_normal_for_gen_thermal: Flag | None = None
    calculate_normal_for_load_thermal: Flag | None = None
    populate_constraints: Flag | None = None
    populate_duration_curves: Flag | None = None
    populate_enhanced_metrics: Flag | None = None
    populate_enhanced_metrics_profile: Flag | None = None
    populate_weekly_reports: Flag | None = None


class HcWriterOutputConfigInput(InputModel):
    """Tables to write."""

    enhanced_metrics_config: HcEnhancedMetricsConfigInput | None = None


class HcWriterConfigInput(InputModel):
    """Tables to write, and where."""

    output_writer_config: HcWriterOutputConfigInput | None = None
    writer_type: HcWriterType | None = None


class HcResultProcessorConfigInput(InputModel):
    """Which results are kept."""

    asset_level_summaries: HcAssetLevelSummariesConfigInput | None = None
    metrics: HcMetricsResultsConfigInput | None = None
    stored_results: HcStoredResultsConfigInput | None = None
    writer_config: HcWriterConfigInput | None = None
