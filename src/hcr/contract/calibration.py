"""The arguments of `runCalibration` as one model: they are no input type of the contract."""

from collections.abc import Iterator
from datetime import datetime

from hcr.contract.enums import CalibrationMethod
from hcr.contract.generator_config import HcGeneratorConfigInput
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.local_date_time import LocalDateTime
from hcr.contract.scalars import Name, NonEmptyItems

MOST_TIMES = 2000
"""Instants of one calibration: each is a power flow of the whole feeder, several times over."""


class CalibrationInput(InputModel):
    """What a calibration looks at; the engine is told beside it, as for work packages."""

    calibration_name: Name
    calibration_time_local: LocalDateTime | None = None
    times: NonEmptyItems[LocalDateTime] | None = None
    feeders: NonEmptyItems[Name] | None = None
    method: CalibrationMethod | None = None
    generator_config: HcGeneratorConfigInput | None = None

    @property
    def instants(self) -> tuple[datetime, ...]:
        """All instants, the earliest first, each once."""
        first = () if self.calibration_time_local is None else (self.calibration_time_local,)
        return tuple(sorted({*first, *(self.times or ())}))

    @property
    def chosen_method(self) -> CalibrationMethod:
        """The method that is asked for, or that goes with the number of instants."""
        several = len(self.instants) > 1
        return self.method or (CalibrationMethod.JOINT if several else CalibrationMethod.DOCUMENTED)

    def faults(self) -> Iterator[Fault]:
        """No instant, too many, or several for the method that takes one."""
        count = len(self.instants)
        if not count:
            yield Fault("A time is needed; give calibrationTimeLocal, or times", ("calibrationTimeLocal",))
        if count > MOST_TIMES:
            yield Fault(f"These are {count} times; at most {MOST_TIMES} are possible", ("times",))
        if count > 1 and self.method is CalibrationMethod.DOCUMENTED:
            yield Fault(
                f"DOCUMENTED takes one time, and {count} are given; use JOINT, or leave the method out",
                ("method",),
            )
