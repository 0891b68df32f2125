"""A calibration as files describe it: the arguments of `runCalibration`, and a short form of its times."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import Field

from hcr.contract.enums import CalibrationMethod
from hcr.contract.generator_config import HcGeneratorConfigInput
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.local_date_time import LocalDateTime
from hcr.contract.scalars import Count, Name, NonEmptyItems

USUAL_INTERVAL_H = 0.5
"""Interval of the load data where the file names none [h]."""


class CalibrationPeriod(InputModel):
    """Instants spread evenly over a period."""

    start_time: LocalDateTime = Field(description="Begin of the period, local time")
    end_time: LocalDateTime = Field(description="End of the period, the last of the times")
    count: Count = Field(description="Number of times, at ends of intervals of the load data")

    def faults(self) -> Iterator[Fault]:
        """An end that is not after the start."""
        if self.end_time <= self.start_time:
            yield Fault("endTime must be after startTime", ("endTime",))

    def intervals(self, hours: float) -> int:
        """Return the number of whole intervals of that length [h]."""
        return int((self.end_time - self.start_time) / timedelta(hours=hours))

    def times(self, hours: float) -> tuple[datetime, ...]:
        """Return the instants: ends of intervals of that length [h], the last at the end of the period."""
        length, total = timedelta(hours=hours), self.intervals(hours)
        return tuple(self.start_time + (at * total // self.count) * length for at in range(1, self.count + 1))


class CalibrationArguments(InputModel):
    """What a calibration runs on; the name may also come from the command line."""

    calibration_name: Name | None = None
    calibration_time_local: LocalDateTime | None = None
    times: NonEmptyItems[LocalDateTime] | None = None
    period: CalibrationPeriod | None = Field(
        default=None, description="Times spread evenly over a period, besides the other ones"
    )
    feeders: NonEmptyItems[Name] | None = None
    method: CalibrationMethod | None = None
    generator_config: HcGeneratorConfigInput | None = None

    @property
    def interval_h(self) -> float:
        """Return the length of an interval of the load data [h]."""
        own = self.generator_config.interval_hours if self.generator_config else None
        return own or USUAL_INTERVAL_H

    def faults(self) -> Iterator[Fault]:
        """More times than the period has intervals."""
        if self.period and self.period.count > (most := self.period.intervals(self.interval_h)):
            yield Fault(f"The period has only {most} intervals of {self.interval_h:g} h", ("period", "count"))

    def expanded(self) -> "CalibrationArguments":
        """Return the same with the times of the period in place of it, as it is sent."""
        if self.period is None:
            return self
        times = sorted({*(self.times or ()), *self.period.times(self.interval_h)})
        kept = {name: getattr(self, name) for name in self.model_fields_set - {"period", "times"}}
        return CalibrationArguments.model_validate({**kept, "times": times})
