"""Inputs of reports on the loads of feeders."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from hcr.contract.input_model import Fault, InputModel
from hcr.contract.scalars import Flag, Items, Name, NotNegativeWholeNumber, Text, WholeNumber, Year


def _iso_date(text: str) -> str:
    try:
        # One spelling only, so that dates compare as text: Python also reads 20230701 and 2023-W26-6.
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise PydanticCustomError("date", "'{text}' is not a date; write e.g. 2023-07-01", {"text": text})


DateText = Annotated[Text, AfterValidator(_iso_date)]
"""Calendar date as text, `YYYY-MM-DD`: the wire type is String."""


class FlaForecastConfigInput(InputModel):
    """Forecast of a load report."""

    year: Year
    pv_upgrade_threshold: NotNegativeWholeNumber | None = None
    bess_upgrade_threshold: NotNegativeWholeNumber | None = None
    seed: WholeNumber | None = None
    scenario_id: Name = Field(alias="scenarioID")


class FeederLoadAnalysisInput(InputModel):
    """Report on the loads of feeders."""

    feeders: Items[Name] | None = None
    start_date: DateText
    end_date: DateText
    aggregate_at_feeder_level: Flag
    fetch_lv_network: Flag
    fla_forecast_config: FlaForecastConfigInput | None = None
    geographical_regions: Items[Name] | None = None
    output: Text | None = None
    process_coincident_loads: Flag
    process_feeder_loads: Flag
    produce_conductor_report: Flag
    sub_geographical_regions: Items[Name] | None = None
    substations: Items[Name] | None = None

    def faults(self) -> Iterator[Fault]:
        """A last day before the first."""
        if self.end_date < self.start_date:
            yield Fault(f"endDate is before startDate, {self.start_date}", ("endDate",))
