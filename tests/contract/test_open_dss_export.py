"""Exports of one model."""

from hcr.contract.input_model import to_wire
from hcr.contract.open_dss_export import OpenDssModelInput

PERIOD = {"startTime": "2024-01-01T00:00:00", "endTime": "2024-01-02T00:00:00"}


def export(common: dict[str, object], generator: object = None) -> dict[str, object]:
    return {
        "generationSpec": {
            "modelOptions": {"feeder": "fdr1", "scenario": "base", "year": 2025},
            "modulesConfiguration": {"common": common, "generator": generator},
        },
        "modelName": "as built",
    }


def test_an_export_goes_through_unchanged():
    data = export({"timePeriod": PERIOD}, {"model": {"splitPhaseLVKV": 0.25}})
    assert to_wire(OpenDssModelInput.model_validate(data)) == data


def test_one_instant_can_be_exported():
    data = export({"fixedTime": {"loadTime": "2024-01-01T18:00:00"}}, {"solve": {"maxIter": 25}})
    assert to_wire(OpenDssModelInput.model_validate(data)) == data


def test_an_export_needs_one_load_time(refusals):
    common = "generationSpec.modulesConfiguration.common"
    both = {"timePeriod": PERIOD, "fixedTime": {"loadTime": "2024-01-01T00:00"}}
    assert list(refusals(OpenDssModelInput, export({}))) == [common]
    assert list(refusals(OpenDssModelInput, export(both))) == [f"{common}.timePeriod"]


def test_series_are_judged_by_the_interval_of_the_generator(refusals):
    period = {**PERIOD, "overrides": [{"loadId": "nmi1", "genWattsOverride": [1.0] * 24}]}
    hourly = {"model": {"loadIntervalLengthHours": 1.0}}
    assert refusals(OpenDssModelInput, export({"timePeriod": period}, hourly)) == {}
    assert list(refusals(OpenDssModelInput, export({"timePeriod": period}))) == [
        "generationSpec.modulesConfiguration.common.timePeriod.overrides.0.genWattsOverride"
    ]
