"""Instants and periods of the load data, and the values that replace it."""

import pytest

from hcr.contract.input_model import to_wire
from hcr.contract.load_time import (
    FixedTimeInput,
    FixedTimeLoadOverrideInput,
    TimePeriodInput,
    TimePeriodLoadOverrideInput,
)

DAY = [1.0] * 48


def period(start: str, end: str) -> dict[str, object]:
    return {"startTime": start, "endTime": end}


@pytest.mark.parametrize(
    "end",
    ["2024-01-01T00:01", "2024-01-02T00:00", "2024-12-31T00:00", "2025-01-02T00:00:59"],
)
def test_a_period_may_last_up_to_367_days(refusals, end):
    assert refusals(TimePeriodInput, period("2024-01-01T00:00", end)) == {}


@pytest.mark.parametrize("end", ["2024-01-01T00:00", "2024-01-01T00:00:59", "2023-12-31T00:00"])
def test_a_period_ends_after_it_starts(refusals, end):
    assert refusals(TimePeriodInput, period("2024-01-01T00:00", end)) == {
        "endTime": "endTime must be after startTime, 2024-01-01T00:00:00"
    }


def test_a_period_is_not_longer_than_367_days(refusals):
    assert refusals(TimePeriodInput, period("2024-01-01T00:00", "2025-02-01T00:00")) == {
        "endTime": "endTime is 397 days after startTime, 2024-01-01T00:00:00; at most 367 days are possible"
    }
    assert set(refusals(TimePeriodInput, period("2024-01-01T00:00", "2025-01-02T00:01"))) == {"endTime"}


def test_times_keep_the_wall_clock_of_the_load_data():
    model = TimePeriodInput.model_validate(period("2024-01-01T00:00:00.00Z", "2024-01-02 00:00"))
    assert to_wire(model) == period("2024-01-01T00:00:00", "2024-01-02T00:00:00")


def test_an_instant_takes_lists_of_any_equal_length(refusals):
    override = {
        "loadId": "nmi1",
        "loadWattsOverride": [20.0, 100.0, 150.0],
        "loadVarOverride": [2, 10, 15],
        "genWattsOverride": [0, 0, 0],
    }
    assert refusals(FixedTimeLoadOverrideInput, override) == {}


def test_an_instant_refuses_lists_that_differ_across_load_and_generation(refusals):
    override = {"loadId": "nmi1", "loadWattsOverride": [1.0, 2.0], "genWattsOverride": [1.0]}
    assert refusals(FixedTimeLoadOverrideInput, override) == {
        "genWattsOverride": (
            "loadWattsOverride and genWattsOverride must be equally long, but have lengths 2 and 1"
        )
    }


def test_full_stops_for_commas_are_refused(refusals):
    # `[20.0. 100.0. 150.0]` is a list of one text in YAML.
    override = {"loadId": "nmi1", "loadVarOverride": ["20.0. 100.0. 150.0"]}
    assert refusals(FixedTimeLoadOverrideInput, override) == {
        "loadVarOverride.0": (
            "A number is needed, but '20.0. 100.0. 150.0' is text; write a number without quotes"
        )
    }


def test_the_word_none_is_no_list(refusals):
    assert refusals(FixedTimeLoadOverrideInput, {"loadId": "nmi1", "genVarOverride": "None"}) == {
        "genVarOverride": "A list is needed; put [ ] around a single value"
    }


def test_a_period_may_have_loads_and_generation_of_different_length(refusals):
    override = {"loadId": "nmi1", "loadWattsOverride": DAY, "genWattsOverride": DAY * 365}
    assert refusals(TimePeriodLoadOverrideInput, override) == {}


@pytest.mark.parametrize("kind", ["load", "gen"])
def test_a_period_refuses_watts_and_var_of_different_length(refusals, kind):
    override = {"loadId": "nmi1", f"{kind}WattsOverride": DAY, f"{kind}VarOverride": DAY * 365}
    assert list(refusals(TimePeriodLoadOverrideInput, override)) == [f"{kind}VarOverride"]


def test_the_length_of_series_is_judged_by_the_interval():
    model = TimePeriodInput.model_validate(
        {
            **period("2024-01-01T00:00", "2024-01-02T00:00"),
            "overrides": [
                {"loadId": "nmi1", "loadWattsOverride": DAY},
                {"loadId": "nmi2", "genVarOverride": [1.0] * 24},
            ],
        }
    )
    assert [fault.path for fault in model.length_faults(0.5)] == [("overrides", 1, "genVarOverride")]
    assert [fault.path for fault in model.length_faults(1.0)] == [("overrides", 0, "loadWattsOverride")]


def test_an_override_names_its_load(refusals):
    assert set(refusals(FixedTimeInput, {"loadTime": "2024-01-01T00:00", "overrides": [{}]})) == {
        "overrides.0.loadId"
    }
