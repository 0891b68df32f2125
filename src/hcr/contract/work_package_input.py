"""The input of `runWorkPackage`: a study of feeders, scenarios and years."""

from collections.abc import Iterator

from hcr.contract.generator_config import HcGeneratorConfigInput
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.intervention import InterventionConfigInput
from hcr.contract.load_time import FixedTimeInput, TimePeriodInput
from hcr.contract.result_processor_config import HcResultProcessorConfigInput
from hcr.contract.rules import exactly_one
from hcr.contract.scalars import Flag, Name, NonEmptyItems, Text, Year


class HcExecutorConfigInput(InputModel):
    """Accepted for old clients; has no effect."""

    value: Text | None = None


class FeederConfigInput(InputModel):
    """One feeder with scenarios, years and load time of its own."""

    feeder: Name
    scenarios: NonEmptyItems[Name]
    years: NonEmptyItems[Year]
    fixed_time: FixedTimeInput | None = None
    time_period: TimePeriodInput | None = None

    def faults(self) -> Iterator[Fault]:
        """Both or neither of instant and period."""
        yield from exactly_one(("fixedTime", self.fixed_time), ("timePeriod", self.time_period))


class FeederConfigsInput(InputModel):
    """Feeders, each with settings of its own."""

    configs: NonEmptyItems[FeederConfigInput]


class ForecastConfigInput(InputModel):
    """Feeders that share scenarios, years and load time."""

    feeders: NonEmptyItems[Name]
    scenarios: NonEmptyItems[Name]
    years: NonEmptyItems[Year]
    fixed_time: FixedTimeInput | None = None
    time_period: TimePeriodInput | None = None

    def faults(self) -> Iterator[Fault]:
        """Both or neither of instant and period."""
        yield from exactly_one(("fixedTime", self.fixed_time), ("timePeriod", self.time_period))


class WorkPackageInput(InputModel):
    """A study of feeders, scenarios and years."""

    forecast_config: ForecastConfigInput | None = None
    feeder_configs: FeederConfigsInput | None = None
    executor_config: HcExecutorConfigInput | None = None
    intervention: InterventionConfigInput | None = None
    generator_config: HcGeneratorConfigInput | None = None
    quality_assurance_processing: Flag | None = None
    result_processor_config: HcResultProcessorConfigInput | None = None

    def faults(self) -> Iterator[Fault]:
        """Both or neither kind of study; override series that fit no day or year of the load data."""
        yield from exactly_one(
            ("forecastConfig", self.forecast_config), ("feederConfigs", self.feeder_configs)
        )
        hours = self.generator_config.interval_hours if self.generator_config else None
        for place, period in self._periods():
            for fault in period.length_faults(hours):
                yield fault.below(*place, "timePeriod")

    def _periods(self) -> Iterator[tuple[tuple[str | int, ...], TimePeriodInput]]:
        if self.forecast_config and self.forecast_config.time_period:
            yield ("forecastConfig",), self.forecast_config.time_period
        for position, config in enumerate(self.feeder_configs.configs if self.feeder_configs else ()):
            if config.time_period:
                yield ("feederConfigs", "configs", position), config.time_period
