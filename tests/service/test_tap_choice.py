"""Tap settings by name: found when a package is submitted, and solved with whatever happens later."""

from collections.abc import Callable
from typing import Any

import pytest

from hcr.service.ledger_entry import NewPackage
from hcr.service.model_export_request import examine_export
from hcr.service.package_plan import StoredRequest, stored_request, tasks_of
from hcr.service.resolvers import Service
from hcr.service.submission import examine
from hcr.service.tap_choice import NoSets, choose_taps
from hcr.service.tap_settings import TapSettings, read_tap_settings
from hcr.studies.task import TapPosition

Enter = Callable[..., None]

NAMED = {"generatorConfig": {"model": {"transformerTapSettings": "winter"}}}
TAP = TapPosition("Transformer.t1", 1, 1.025, 3)


def test_a_request_without_a_name_takes_the_taps_of_the_model() -> None:
    assert choose_taps({}, ["north"], NoSets()).settings is None
    assert choose_taps({"generatorConfig": {}}, ["north"], NoSets()).fault == ""


def test_an_unknown_name_is_refused_with_the_known_ones(service: Service, enter_calibration: Enter) -> None:
    assert choose_taps(NAMED, ["north"], NoSets()).fault == (
        "there are no tap settings 'winter'; no calibration has found any yet"
    )
    enter_calibration("r1", "autumn", {"north": {"t1": 3}})
    enter_calibration("r2", "spring", {"north": {"t1": 3}})
    fault = choose_taps(NAMED, ["north"], service.calibrations).fault
    assert fault == "there are no tap settings 'winter'; there are autumn, spring"


def test_a_package_is_solved_with_what_was_found_when_it_was_submitted(
    service: Service, enter_calibration: Enter, forecast: Callable[..., dict[str, Any]]
) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    wire = forecast("north", "south", **NAMED)
    package = examine("x", wire, service.place.library, sets=service.calibrations)
    assert isinstance(package, NewPackage)
    assert package.warnings == [
        "tap settings 'winter' have nothing for south; the taps of the model are used there"
    ]
    service.ledger.add(package)
    enter_calibration("r2", "winter", {"north": {"t1": 8}})
    row = service.ledger.package(package.id)
    assert row is not None
    assert [task.taps for task in tasks_of(stored_request(row))] == [(TAP,), ()]


def test_an_export_carries_the_taps(service: Service, enter_calibration: Enter) -> None:
    enter_calibration("r1", "winter", {"north": {"t1": 3}})
    options = {"feeder": "north", "scenario": "base", "year": 2025}
    modules = {
        "common": {"fixedTime": {"loadTime": "2025-01-15T12:00:00"}},
        "generator": NAMED["generatorConfig"],
    }
    wire = {"generationSpec": {"modelOptions": options, "modulesConfiguration": modules}}
    kept = examine_export(wire, service.place.library, service.calibrations)
    assert isinstance(kept, dict)
    taps = read_tap_settings(kept["taps"])
    (task,) = tasks_of(StoredRequest("forecast", kept["study"], taps=taps))
    assert task.taps == (TAP,)


def test_doubtful_positions_are_used_with_a_warning(service: Service, enter_calibration: Enter) -> None:
    found = {"north": {"t1": 3, "t2": 4}, "south": {"t1": 5}}
    enter_calibration("r1", "winter", found, doubtful=("t1",))
    both = choose_taps(NAMED, ["north", "south"], service.calibrations)
    (warning,) = both.warnings
    assert warning == (
        "tap settings 'winter' have 2 doubtful positions, used like the others: t1 (north), t1 (south);"
        " `calibration get-tx-tap-settings winter --explain TRANSFORMER` tells why"
    )
    one = choose_taps(NAMED, ["south"], service.calibrations)
    assert "1 doubtful position, used like the others: t1 (south);" in one.warnings[0]
    assert one.settings is not None
    assert [len(taps) for taps in one.settings.feeders.values()] == [1]


def test_settings_come_back_as_they_were_stored() -> None:
    settings = TapSettings("winter", "r1", {"north": (TAP,)}, {"north": ("t1",)})
    assert read_tap_settings(settings.stored()) == settings
    assert read_tap_settings(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "nonsense",
        '{"name": "a", "run": "b", "feeders": []}',
        '{"name": "a", "run": "b", "feeders": {"north": "t1"}}',
    ],
)
def test_what_is_no_settings_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_tap_settings(text)


def test_the_tasks_of_a_calibration(service: Service) -> None:
    request = {
        "calibrationName": "winter",
        "times": ["2026-01-02T00:00:00", "2025-12-31T04:00:00"],
        "feeders": ["north", "south"],
        "generatorConfig": {"solve": {"stepSizeMinutes": 60}},
    }
    taps = TapSettings("autumn", "r0", {"south": (TAP,)})
    north, south = tasks_of(StoredRequest("calibration", request, "batch", taps))
    assert (north.feeder, north.scenario, north.year) == ("north", "base", 2025)
    assert north.calibration is not None
    assert (north.calibration.name, north.calibration.method) == ("winter", "joint")
    assert [one.day for one in north.calibration.times] == [31, 2]
    assert (north.solve.engine, north.solve.step_minutes) == ("batch", 30)
    assert (north.taps, south.taps) == ((), (TAP,))
    assert north.calibration.given_taps  # it has taps of another feeder only
    (alone, _) = tasks_of(StoredRequest("calibration", request, "batch"))
    assert alone.calibration is not None
    assert not alone.calibration.given_taps
