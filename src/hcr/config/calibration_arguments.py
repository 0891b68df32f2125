"""The arguments of `runCalibration` as one checked model, for calibration has no input type of its own."""

from hcr.contract.generator_config import HcGeneratorConfigInput
from hcr.contract.input_model import InputModel
from hcr.contract.local_date_time import LocalDateTime
from hcr.contract.scalars import Name, NonEmptyItems


class CalibrationArguments(InputModel):
    """What a calibration runs on; the name may also come from the command line."""

    calibration_name: Name | None = None
    calibration_time_local: LocalDateTime | None = None
    feeders: NonEmptyItems[Name] | None = None
    generator_config: HcGeneratorConfigInput | None = None
