"""Reports on the loads of feeders."""

import pytest

from hcr.contract.feeder_load_analysis import FeederLoadAnalysisInput
from hcr.contract.input_model import to_wire

REPORT = {
    "feeders": ["fdr1"],
    "startDate": "2022-04-01",
    "endDate": "2022-12-31",
    "aggregateAtFeederLevel": False,
    "fetchLvNetwork": True,
    "flaForecastConfig": {"scenarioID": "step", "year": 2030, "pvUpgradeThreshold": 5000, "seed": 123},
    "processCoincidentLoads": True,
    "processFeederLoads": True,
    "produceConductorReport": True,
}


def test_a_report_goes_through_unchanged():
    assert to_wire(FeederLoadAnalysisInput.model_validate(REPORT)) == REPORT


@pytest.mark.parametrize(
    "text", ["2022-02-30", "01/04/2022", "20220401", "2022-W13-5", "2022-04-01T00:00", ""]
)
def test_a_date_is_a_calendar_date_in_one_spelling(refusals, text):
    assert refusals(FeederLoadAnalysisInput, {**REPORT, "startDate": text}) == {
        "startDate": f"'{text}' is not a date; write e.g. 2023-07-01"
    }


def test_the_last_day_is_not_before_the_first(refusals):
    assert refusals(FeederLoadAnalysisInput, {**REPORT, "endDate": "2022-04-01"}) == {}
    assert refusals(FeederLoadAnalysisInput, {**REPORT, "endDate": "2022-03-31"}) == {
        "endDate": "endDate is before startDate, 2022-04-01"
    }


def test_a_threshold_is_not_negative(refusals):
    forecast = {"scenarioID": "step", "year": 2030, "bessUpgradeThreshold": -1}
    assert list(refusals(FeederLoadAnalysisInput, {**REPORT, "flaForecastConfig": forecast})) == [
        "flaForecastConfig.bessUpgradeThreshold"
    ]
