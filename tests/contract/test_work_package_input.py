"""Studies: forecast and feeder override, and everything that goes with them."""

import json
import pickle
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.contract.input_model import to_wire
from hcr.contract.work_package_input import (
    FeederConfigsInput,
    ForecastConfigInput,
    HcExecutorConfigInput,
    WorkPackageInput,
)

INSTANT = {"fixedTime": {"loadTime": "2024-01-31T02:30:00"}}
PERIOD = {"timePeriod": {"startTime": "2024-01-01T00:00:00", "endTime": "2024-12-31T00:00:00"}}
FORECAST = {"feeders": ["fdr1", "fdr2"], "scenarios": ["base", "step"], "years": [2025, 2030]}
FEEDER = {"feeder": "fdr1", "scenarios": ["base"], "years": [2025]}


@pytest.mark.parametrize("load_time", [INSTANT, PERIOD])
def test_a_forecast_goes_through_unchanged(load_time):
    data = {"forecastConfig": {**FORECAST, **load_time}, "qualityAssuranceProcessing": True}
    assert to_wire(WorkPackageInput.model_validate(data)) == data


def test_feeders_with_settings_of_their_own_go_through_unchanged():
    data = {"feederConfigs": {"configs": [{**FEEDER, **INSTANT}, {**FEEDER, "feeder": "fdr2", **PERIOD}]}}
    assert to_wire(WorkPackageInput.model_validate(data)) == data


def test_both_kinds_of_study_exclude_each_other(refusals):
    data = {
        "forecastConfig": {**FORECAST, **INSTANT},
        "feederConfigs": {"configs": [{**FEEDER, **INSTANT}]},
    }
    assert refusals(WorkPackageInput, data) == {
        "feederConfigs": "forecastConfig and feederConfigs exclude each other; leave one of them out"
    }


@pytest.mark.parametrize("data", [{}, {"forecastConfig": None, "feederConfigs": None}])
def test_one_kind_of_study_is_needed(refusals, data):
    assert refusals(WorkPackageInput, data) == {
        "": "One of forecastConfig and feederConfigs is needed; add exactly one of them"
    }


def test_instant_and_period_exclude_each_other(refusals):
    assert refusals(ForecastConfigInput, {**FORECAST, **INSTANT, **PERIOD}) == {
        "timePeriod": "fixedTime and timePeriod exclude each other; leave one of them out"
    }


def test_an_instant_or_a_period_is_needed(refusals):
    message = "One of fixedTime and timePeriod is needed; add exactly one of them"
    assert refusals(ForecastConfigInput, FORECAST) == {"": message}
    assert refusals(FeederConfigsInput, {"configs": [{**FEEDER, **PERIOD}, FEEDER]}) == {"configs.1": message}


def test_a_null_instant_beside_a_period_is_absent(refusals):
    # The public client sends an explicit None as null.
    assert refusals(ForecastConfigInput, {**FORECAST, **PERIOD, "fixedTime": None}) == {}


@pytest.mark.parametrize("field", ["feeders", "scenarios", "years"])
def test_a_forecast_needs_feeders_scenarios_and_years(refusals, field):
    data = {**FORECAST, **INSTANT}
    assert refusals(ForecastConfigInput, {**data, field: []}) == {
        field: "The list is empty; at least one entry is needed"
    }
    del data[field]
    assert refusals(ForecastConfigInput, data) == {field: "Field required"}


def test_a_feeder_override_needs_feeders(refusals):
    assert list(refusals(FeederConfigsInput, {"configs": []})) == ["configs"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("years", ["2025"], "'2025' is text; write a number without quotes"),
        ("years", [True], "not true or false"),
        ("years", [2025.5], "A whole number is needed"),
        ("feeders", [8], "read as the number 8; put quotes around it"),
        ("scenarios", [False], "read as the truth value false; put quotes around it"),
        ("feeders", [" "], "a name is needed"),
    ],
)
def test_entries_are_read_strictly(refusals, field, value, message):
    found = refusals(ForecastConfigInput, {**FORECAST, **INSTANT, field: value})
    assert set(found) == {f"{field}.0"}
    assert message in found[f"{field}.0"]


def test_series_are_judged_by_the_interval_of_the_generator(refusals):
    overrides = [{"loadId": "nmi1", "loadWattsOverride": [1.0] * 96}]
    period = {"timePeriod": {**PERIOD["timePeriod"], "overrides": overrides}}
    forecast = {"forecastConfig": {**FORECAST, **period}}
    feeders = {"feederConfigs": {"configs": [{**FEEDER, **INSTANT}, {**FEEDER, **period}]}}
    quarter_hours = {"generatorConfig": {"model": {"loadIntervalLengthHours": 0.25}}}

    assert refusals(WorkPackageInput, {**forecast, **quarter_hours}) == {}
    assert refusals(WorkPackageInput, {**feeders, **quarter_hours}) == {}
    assert set(refusals(WorkPackageInput, forecast)) == {
        "forecastConfig.timePeriod.overrides.0.loadWattsOverride"
    }
    assert set(refusals(WorkPackageInput, {**feeders, "generatorConfig": {}})) == {
        "feederConfigs.configs.1.timePeriod.overrides.0.loadWattsOverride"
    }


def test_the_executor_block_of_old_clients_is_taken(refusals):
    assert refusals(HcExecutorConfigInput, {}) == {}
    assert refusals(WorkPackageInput, {"forecastConfig": {**FORECAST, **INSTANT}, "executorConfig": {}}) == {}


# ---------------------------------------------------------------- any valid input, there and back

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
NAMES = st.text(min_size=1).filter(str.strip)
WATTS = st.floats(-1e9, 1e9)
FLAGS = st.none() | st.booleans()


@st.composite
def override_lists(draw: st.DrawFn, length: int, load: st.SearchStrategy[bool]) -> dict[str, object]:
    kinds = ("loadWattsOverride", "loadVarOverride", "genWattsOverride", "genVarOverride")
    chosen = [kind for kind in kinds if draw(load)]
    return {"loadId": draw(NAMES), **{kind: [draw(WATTS)] * length for kind in chosen}}


@st.composite
def instants(draw: st.DrawFn) -> dict[str, object]:
    overrides = st.integers(0, 4).flatmap(lambda length: override_lists(length, st.booleans()))
    return {
        "fixedTime": {
            "loadTime": draw(MOMENTS).isoformat() + draw(st.sampled_from(["", "Z", ".5"])),
            "overrides": draw(st.none() | st.lists(overrides, max_size=2)),
        }
    }


@st.composite
def periods(draw: st.DrawFn, hours: float) -> dict[str, object]:
    start = draw(MOMENTS)
    day = override_lists(round(24 / hours), st.booleans())
    return {
        "timePeriod": {
            "startTime": start.isoformat(),
            "endTime": start + timedelta(minutes=draw(st.integers(1, 367 * 24 * 60))),
            "overrides": draw(st.none() | st.lists(day, max_size=2)),
        }
    }


def studies(hours: float) -> st.SearchStrategy[dict[str, object]]:
    load_times = instants() | periods(hours)
    scenarios = st.lists(NAMES, min_size=1, max_size=3)
    years = st.lists(st.integers(1, 9999) | st.integers(1, 9999).map(float), min_size=1, max_size=3)
    rest = st.fixed_dictionaries({"scenarios": scenarios, "years": years})
    forecast = st.builds(
        lambda feeders, *parts: {"forecastConfig": {"feeders": feeders, **parts[0], **parts[1]}},
        scenarios,
        rest,
        load_times,
    )
    feeder = st.builds(lambda name, *parts: {"feeder": name, **parts[0], **parts[1]}, NAMES, rest, load_times)
    configs = st.lists(feeder, min_size=1, max_size=3).map(lambda entries: {"configs": entries})
    return forecast | configs.map(lambda entries: {"feederConfigs": entries})


@st.composite
def work_packages(draw: st.DrawFn) -> dict[str, object]:
    hours = draw(st.sampled_from([0.25, 0.5, 1, None]))
    model = st.fixed_dictionaries(
        {"loadIntervalLengthHours": st.just(hours)},
        optional={
            "collapseSWER": FLAGS,
            "load_model": st.integers(1, 7),
            "pFactorBaseExports": st.none() | st.floats(0.1, 1),
            "transformer_tap_settings": st.none() | st.text(),
            "swerVoltageToLineVoltage": st.lists(st.tuples(st.integers(1, 10**5), st.integers(1, 10**5))),
            "seed": st.none() | st.integers(-(2**31), 2**31 - 1),
            "inverterControlConfig": st.fixed_dictionaries({"cutOffDate": st.none() | MOMENTS}),
        },
    )
    solve = st.fixed_dictionaries(
        {}, optional={"mode": st.sampled_from(["YEARLY", "DAILY"]), "maxIter": st.just(25.0)}
    )
    generator = st.fixed_dictionaries({"model": model}, optional={"solve": st.none() | solve})
    data = draw(studies(hours or 0.5))
    data["generatorConfig"] = draw(generator)
    data["qualityAssuranceProcessing"] = draw(FLAGS)
    return data


@given(work_packages())
def test_any_valid_input_survives_the_wire(data):
    package = WorkPackageInput.model_validate(data)
    wire = to_wire(package)
    assert json.loads(json.dumps(wire)) == wire
    assert WorkPackageInput.model_validate(wire) == package
    assert to_wire(WorkPackageInput.model_validate(wire)) == wire
    assert pickle.loads(pickle.dumps(package)) == package  # noqa: S301


@given(work_packages())
def test_the_wire_never_carries_null(data):
    def values(value: object) -> list[object]:
        if isinstance(value, dict):
            return [leaf for child in value.values() for leaf in values(child)]
        if isinstance(value, list):
            return [leaf for child in value for leaf in values(child)]
        return [value]

    assert None not in values(to_wire(WorkPackageInput.model_validate(data)))
