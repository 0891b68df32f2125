"""From a request to a package, or to every reason why not."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hcr.network.library import Library
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.submission import MOST_FAULTS, Refused, examine

Forecast = Callable[..., dict[str, object]]

DAY = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}


@pytest.fixture
def library(place: Place) -> Library:
    return place.library


def faults(found: NewPackage | Refused) -> dict[tuple[str | int, ...], str]:
    assert isinstance(found, Refused)
    return {fault.path: fault.message for fault in found.faults}


def test_a_sound_request_becomes_a_package(library: Library, forecast: Forecast) -> None:
    found = examine("  summer ", forecast("north", "south", years=(2025, 2030)), library)
    assert isinstance(found, NewPackage)
    assert (found.name, found.kind) == ("summer", "forecast")
    assert list(found.tasks) == [
        ("north", "base", 2025), ("north", "base", 2030), ("south", "base", 2025), ("south", "base", 2030),
    ]  # fmt: skip
    assert found.request == forecast("north", "south", years=(2025, 2030))


def test_ids_are_never_the_same(library: Library, forecast: Forecast) -> None:
    ids = {
        found.id
        for _ in range(50)
        if isinstance(found := examine("x", forecast("north"), library), NewPackage)
    }
    assert len(ids) == 50


@pytest.mark.parametrize("engine", ["auto", "batch", "opendss"])
def test_the_engine_goes_with_the_package_and_not_into_the_request(
    library: Library, forecast: Forecast, engine: str
) -> None:
    found = examine("x", forecast("north"), library, engine=engine)
    assert isinstance(found, NewPackage)
    assert found.engine == engine
    assert "engine" not in str(found.request)


def test_repeated_feeders_are_solved_once(library: Library, forecast: Forecast) -> None:
    found = examine("x", forecast("north", "north"), library)
    assert isinstance(found, NewPackage)
    assert list(found.tasks) == [("north", "base", 2025)]


def test_a_feeder_override_names_its_feeder(library: Library) -> None:
    block = {"feeder": "nort", "scenarios": ["base"], "years": [2025], "timePeriod": DAY}
    sound = {**block, "feeder": "north"}
    found = examine("x", {"feederConfigs": {"configs": [sound, block]}}, library)
    assert faults(found) == {
        ("input", "feederConfigs", "configs", 1, "feeder"): (
            "feeder 'nort' is not in the library: did you mean 'north'?"
        )
    }


def test_an_unknown_feeder_gets_a_proposal(library: Library, forecast: Forecast) -> None:
    found = faults(examine("x", forecast("north", "sooth"), library))
    assert found == {
        ("input", "forecastConfig", "feeders", 1): (
            "feeder 'sooth' is not in the library: did you mean 'south'?"
        )
    }


@pytest.mark.parametrize("mrid", ["../north", "/etc", "", "north/..", "n\x00", "\ud800", "x" * 5000])
def test_a_feeder_that_is_no_name_is_unknown(library: Library, forecast: Forecast, mrid: str) -> None:
    assert isinstance(examine("x", forecast(mrid), library), Refused)


def test_an_unknown_scenario_is_refused(library: Library, forecast: Forecast) -> None:
    wire = forecast("north")
    wire["forecastConfig"]["scenarios"] = ["base", "step-change"]  # type: ignore[index]
    (place,) = faults(examine("x", wire, library))
    assert place == ("input", "forecastConfig", "scenarios", 1)


def test_options_that_would_change_the_numbers_are_refused(library: Library, forecast: Forecast) -> None:
    generator = {"model": {"transformerTapSettings": "winter"}, "nodeLevelResults": {"collectVoltage": True}}
    found = faults(examine("x", forecast("north", generatorConfig=generator), library))
    assert set(found) == {
        ("input", "generatorConfig", "model", "transformerTapSettings"),
        ("input", "generatorConfig", "nodeLevelResults", "collectVoltage"),
    }


def test_options_without_effect_become_a_warning(library: Library, forecast: Forecast) -> None:
    found = examine("x", forecast("north", generatorConfig={"solve": {"normVMinPu": 0.9}}), library)
    assert isinstance(found, NewPackage)
    assert list(found.warnings) == ["no effect in this service: generatorConfig.solve.normVMinPu"]


def test_every_fault_is_named_at_once(library: Library, forecast: Forecast) -> None:
    wire = forecast("north", "nowhere", generatorConfig={"model": {"transformerTapSettings": "winter"}})
    wire["forecastConfig"]["scenarios"] = ["other"]  # type: ignore[index]
    assert set(faults(examine("", wire, library))) == {
        ("workPackageName",),
        ("input", "generatorConfig", "model", "transformerTapSettings"),
        ("input", "forecastConfig", "scenarios", 0),
        ("input", "forecastConfig", "feeders", 1),
    }


def test_faults_of_form_have_their_places_too(library: Library) -> None:
    config = {"feeders": ["north"], "scenarios": ["base"], "years": ["soon"], "timePeriod": DAY, "wat": 1}
    found = faults(examine("\n", {"forecastConfig": config}, library))
    assert set(found) == {
        ("workPackageName",),
        ("input", "forecastConfig", "years", 0),
        ("input", "forecastConfig", "wat"),
    }


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "tab\there", "\x00", "\ud800", "x" * 201])
def test_a_name_that_cannot_be_listed_is_refused(library: Library, forecast: Forecast, name: str) -> None:
    assert ("workPackageName",) in faults(examine(name, forecast("north"), library))


@pytest.mark.parametrize("name", ["Übersicht für Süd", "夏", "a" * 200, "<b>&'\";"])
def test_any_other_name_is_kept(library: Library, forecast: Forecast, name: str) -> None:
    found = examine(name, forecast("north"), library)
    assert isinstance(found, NewPackage)
    assert found.name == name


@pytest.mark.parametrize("key", ["feeders", "scenarios", "years"])
def test_an_empty_list_is_refused(library: Library, forecast: Forecast, key: str) -> None:
    wire = forecast("north")
    wire["forecastConfig"][key] = []  # type: ignore[index]
    assert ("input", "forecastConfig", key) in faults(examine("x", wire, library))


@pytest.mark.parametrize("wire", [{}, {"feederConfigs": {"configs": []}}, {"forecastConfig": None}])
def test_a_request_without_a_study_is_refused(library: Library, wire: dict[str, object]) -> None:
    assert isinstance(examine("x", wire, library), Refused)


def test_too_many_models_are_refused_before_any_work_is_done_for_them(
    library: Library, forecast: Forecast
) -> None:
    wire = forecast(*(f"f{number}" for number in range(20_000)), years=tuple(range(2000, 2300)))
    found = faults(examine("x", wire, library))
    assert found == {("input",): "it asks for 6000000 models; at most 100000 are possible"}


def test_an_answer_does_not_list_faults_without_end(library: Library, forecast: Forecast) -> None:
    found = examine("x", forecast(*(f"f{number}" for number in range(2000))), library)
    assert isinstance(found, Refused)
    assert len(found.faults) == MOST_FAULTS


KEYS = st.sampled_from(
    [
        "forecastConfig",
        "feederConfigs",
        "configs",
        "feeder",
        "feeders",
        "scenarios",
        "years",
        "timePeriod",
        "fixedTime",
        "startTime",
        "endTime",
        "loadTime",
        "overrides",
        "generatorConfig",
        "model",
        "solve",
        "resultProcessorConfig",
        "intervention",
        "executorConfig",
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["base", "north", "2025-01-15T00:00:00", "2025-01-16T00:00:00", 2025])
)  # fmt: skip
WIRES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(), wire=st.dictionaries(KEYS, WIRES, max_size=5))
def test_whatever_comes_is_a_package_or_refused(library: Library, name: str, wire: dict[str, object]) -> None:
    assert isinstance(examine(name, wire, library), NewPackage | Refused)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(KEYS, WIRES, min_size=1, max_size=2))
def test_a_sound_forecast_with_anything_changed_is_a_package_or_refused(
    library: Library, forecast: Forecast, changes: dict[str, object]
) -> None:
    wire = forecast("north")
    wire["forecastConfig"] = {**wire["forecastConfig"], **changes}  # type: ignore[dict-item]
    assert isinstance(examine("x", wire, library), NewPackage | Refused)
    assert isinstance(examine("x", {**forecast("north"), **changes}, library), NewPackage | Refused)
