"""What the request of an interconnection study means: every setting can be asked for, no default is lost."""

import copy
import pickle
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from hcr.config.run_configuration import RunKind, load_run_configuration
from hcr.contract.inputs import InterconnectionWorkPackageInput
from hcr.errors import RefusedError
from hcr.studies import interconnection_plan
from hcr.studies.interconnection.cost_sharing import GainRules
from hcr.studies.interconnection.draws import SizeChoices
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.settings import Curve, DaySettings, ResourceSettings, StudySettings
from hcr.studies.interconnection.unit_costs import Price, TransformerPrices, UnitCosts
from hcr.studies.interconnection_plan import plan_interconnection, study_settings
from hcr.studies.task import Task
from hcr.studies.task_settings import settings_digest

EXAMPLE = Path(__file__).parents[2] / "run_configurations" / "interconnection" / "example.yaml"

PRICE = {"usd": 1.0, "source": "tender"}
RATINGS = [{"kva": 10.0, "usd": 1.0}, {"kva": 20.0, "usd": 2.0}]
EVERYTHING: dict[str, Any] = {
    "feeder": "north",
    "seed": "seven",
    "candidates": ["b1"],
    "queue": [
        {"bus": "b2", "kw": 100},
        {"bus": "b3", "kw": 50.0, "kind": "BATTERY", "hours": 4.0, "name": "store"},
    ],
    "mostRounds": 7,
    "capacitiesOnly": True,
    "monitors": "ALL",
    "monitoredBuses": ["b4"],
    "leaveOut": ["Storage.battery1"],
    "resource": {
        "kind": "GENERATOR",
        "sizes": {"leastKw": 5, "mostKw": 6, "batteryHours": [1.0]},
        "curve": {"values": [0.5, 1.0]},
        "powerFactor": -0.9,
        "inverter": "VOLT_VAR",
        "inverterCurve": "IEEE1547_A",
    },
    "limits": {
        "vMinPu": 0.9, "vMaxPu": 1.1, "changePercent": 2.0, "emergencyPercent": 90.0,
        "hoursAboveNormal": 1.0, "islandPRatio": 0.1, "islandQRatio": 0.01,
    },
    "tolerances": {
        "voltagePu": 0.1, "voltagePuH": 0.2, "changePercent": 0.3, "thermal": 0.4, "island": 0.5,
    },
    "search": {"toleranceKw": 1.0, "floorKw": 2.0, "mostKw": 3.0, "resolutionKw": 0.5, "infer": True},
    "days": [
        {
            "name": "noon", "firstHour": 12.0, "steps": 1, "stepMinutes": 60.0,
            "loadCurve": {"values": [0.3]}, "loadMultiplier": 0.5,
        }
    ],
    "sequences": {"shuffles": 1, "seed": 1, "orders": [[2, 1]], "compare": False},
    "upgrades": {
        "rule": "CHEAPEST",
        "unitCosts": {
            "overheadLine": PRICE,
            "undergroundLine": PRICE,
            "settingsChange": PRICE,
            "newRegulator": PRICE,
            "transformers": {"singlePhase": RATINGS, "threePhase": RATINGS, "source": "tender"},
        },
        "continueQueue": False,
        "mostSets": 9,
    },
    "sharing": {
        "rules": ["SHAPLEY"],
        "gainResolutionKw": 1.0,
        "gainFloorKw": 2.0,
        "shapley": {"exactUpTo": 1, "orders": 2, "seed": 3},
        "withdrawals": [2],
    },
}  # fmt: skip


def meant(**given: object) -> StudySettings:
    return study_settings(InterconnectionWorkPackageInput.model_validate({"feeder": "north", **given}))


def leaves(settings: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield each setting by its path; of a list its first entry is looked into."""
    if isinstance(settings, tuple) and settings and is_dataclass(settings[0]):
        settings = settings[0]
    if not is_dataclass(settings):
        yield path, settings
        return
    for field in fields(settings):
        yield from leaves(getattr(settings, field.name), f"{path}.{field.name}")


def test_without_options_it_is_the_method() -> None:
    assert meant() == StudySettings()


def test_the_example_shows_the_methods_own_values() -> None:
    request = load_run_configuration(EXAMPLE, RunKind.INTERCONNECTION).input
    assert isinstance(request, InterconnectionWorkPackageInput)
    assert study_settings(request) == StudySettings()


def test_every_setting_can_be_asked_for() -> None:
    asked = {key: value for key, value in EVERYTHING.items() if key != "feeder"}
    given, usual = dict(leaves(meant(**asked))), dict(leaves(StudySettings()))
    assert [path for path, value in given.items() if path in usual and usual[path] == value] == []
    assert {path for path in usual if not any(known.startswith(path) for known in given)} == set()


def test_units_of_a_queue() -> None:
    first, second = meant(queue=EVERYTHING["queue"]).queue
    assert (first.bus, first.kw, first.kind, first.hours, first.name) == ("b2", 100.0, Kind.PV, None, "")
    assert (second.kind, second.hours, second.name) == (Kind.BATTERY, 4.0, "store")


@pytest.mark.parametrize(
    ("curve", "wanted"),
    [
        ({"nominal": True}, None),
        ({"nominal": False, "shape": "summer"}, Curve(shape="summer")),
        ({"values": [0.5, 1]}, Curve(values=(0.5, 1.0))),
    ],
)
def test_load_over_a_day(curve: dict[str, object], wanted: Curve | None) -> None:
    assert meant(days=[{"loadCurve": curve}]).days == (DaySettings(load_curve=wanted),)


def test_raw_gains_are_compared_as_they_are() -> None:
    assert meant(sharing={"rawGains": True}).sharing.gain == replace(GainRules(), resolution_kw=None)
    assert meant(sharing={"rawGains": False}).sharing.gain == GainRules()
    assert meant(sharing={"gainFloorKw": 9}).sharing.gain == replace(GainRules(), floor_kw=9.0)


def test_prices_keep_their_source_and_the_rest_its_own() -> None:
    costs = meant(upgrades={"unitCosts": {"overheadLine": PRICE}}).upgrades.costs
    assert costs == replace(UnitCosts(), overhead_line=Price(1.0, "tender"))
    prices = {"singlePhase": RATINGS, "threePhase": RATINGS, "source": "tender"}
    points = ((10.0, 1.0), (20.0, 2.0))
    costs = meant(upgrades={"unitCosts": {"transformers": prices}}).upgrades.costs
    assert costs.transformers == TransformerPrices(points, points, "tender")


def test_sizes_may_be_given_in_part() -> None:
    assert meant(resource={"sizes": {"mostKw": 60}}).resource == ResourceSettings(
        sizes=SizeChoices(most_kw=60)
    )


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"limits": {"vMinPu": 1.2}}, ("limits",)),
        ({"search": {"toleranceKw": 1e-6}}, ("search",)),
        ({"resource": {"sizes": {"leastKw": 5000}}}, ("resource", "sizes")),
    ],
)
def test_a_value_that_contradicts_a_default_is_refused_at_its_block(
    given: dict[str, object], path: tuple[str, ...]
) -> None:
    with pytest.raises(RefusedError) as caught:
        meant(**given)
    assert caught.value.path == path


def test_words_of_the_contract_are_those_of_the_settings() -> None:
    pairs: dict[type[StrEnum], type[StrEnum]] = dict(interconnection_plan._NAMES)
    for ours, theirs in pairs.items():
        assert set(ours.__members__) == set(theirs.__members__)


def planned(**more: object) -> Task:
    request = InterconnectionWorkPackageInput.model_validate(copy.deepcopy(EVERYTHING) | more)
    (task,) = plan_interconnection(request, engine="opendss")
    return task


def test_a_study_is_one_task_of_its_feeder() -> None:
    task = planned()
    assert (task.feeder, task.scenario, task.year, task.solve.engine) == ("north", "base", 1, "opendss")
    assert task.interconnection is not None
    assert task.interconnection.seed == "seven"


def test_its_task_travels_and_is_known_again_by_its_settings() -> None:
    task = planned()
    assert pickle.loads(pickle.dumps(task)) == task  # noqa: S301 - our own bytes
    assert settings_digest(task) == settings_digest(planned())
    assert settings_digest(task) != settings_digest(planned(mostRounds=8))
    assert settings_digest(task) != settings_digest(replace(task, interconnection=None))
