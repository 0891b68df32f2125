"""Inputs of the OpenDSS export: one model as files."""

from collections.abc import Iterator

from hcr.contract.generator_config import HcGeneratorConfigInput
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.load_time import FixedTimeInput, TimePeriodInput
from hcr.contract.rules import exactly_one
from hcr.contract.scalars import Flag, Name, Text, Year


class OpenDssModelOptionsInput(InputModel):
    """Feeder, scenario and year of one model."""

    feeder: Name
    scenario: Name
    year: Year


class OpenDssCommonConfigInput(InputModel):
    """Load time of one model."""

    fixed_time: FixedTimeInput | None = None
    time_period: TimePeriodInput | None = None

    def faults(self) -> Iterator[Fault]:
        """Both or neither of instant and period."""
        yield from exactly_one(("fixedTime", self.fixed_time), ("timePeriod", self.time_period))


class OpenDssModulesConfigInput(InputModel):
    """Load time and options of one model."""

    common: OpenDssCommonConfigInput
    generator: HcGeneratorConfigInput | None = None

    def faults(self) -> Iterator[Fault]:
        """Override series that fit no day or year of the load data."""
        if self.common.time_period:
            hours = self.generator.interval_hours if self.generator else None
            for fault in self.common.time_period.length_faults(hours):
                yield fault.below("common", "timePeriod")


class OpenDssModelGenerationSpecInput(InputModel):
    """The model to export."""

    model_options: OpenDssModelOptionsInput
    modules_configuration: OpenDssModulesConfigInput


class OpenDssModelInput(InputModel):
    """Export of one model as OpenDSS files."""

    generation_spec: OpenDssModelGenerationSpecInput
    is_public: Flag | None = None
    model_name: Text | None = None
