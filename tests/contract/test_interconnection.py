"""Interconnection studies: who asks to connect, and what a feeder must keep to."""

import pytest

from hcr.contract.input_model import to_wire
from hcr.contract.interconnection import (
    InterconnectionCurveInput,
    InterconnectionDayInput,
    InterconnectionLimitsInput,
    InterconnectionLoadCurveInput,
    InterconnectionQueuedUnitInput,
    InterconnectionSearchInput,
    InterconnectionSequencesInput,
    InterconnectionSizesInput,
    InterconnectionWorkPackageInput,
)

UNIT = {"bus": "b1", "kw": 100.0}
TWO = [UNIT, {"bus": "b2", "kw": 50.0}]


def study(**more: object) -> dict[str, object]:
    return {"feeder": "f", **more}


def test_a_full_study_goes_through_unchanged():
    data = study(
        seed="7",
        candidates=["b1"],
        queue=[UNIT, {**UNIT, "kind": "BATTERY", "hours": 4.0, "name": "store"}],
        mostRounds=5,
        capacitiesOnly=True,
        monitors="ALL",
        monitoredBuses=["b9"],
        resource={
            "kind": "GENERATOR",
            "sizes": {"leastKw": 10, "mostKw": 10, "batteryHours": [1.0]},
            "curve": {"values": [0.5, 1.0]},
            "powerFactor": -0.9,
            "inverter": "VOLT_VAR",
            "inverterCurve": "IEEE1547_A",
        },
        limits={"vMinPu": 0.9, "vMaxPu": 1.1, "islandPRatio": 0.0},
        tolerances={"voltagePuH": 0.0, "island": 0.5},
        search={"toleranceKw": 1.0, "resolutionKw": 0.0},
        days=[{"name": "a", "steps": 1}, {"name": "b", "loadCurve": {"nominal": True}}],
        sequences={"shuffles": 0, "seed": 3, "orders": [[2, 1]], "compare": False},
        upgrades={"rule": "CHEAPEST", "mostSets": 10},
        sharing={"rules": ["SHAPLEY"], "withdrawals": [2]},
    )
    assert to_wire(InterconnectionWorkPackageInput.model_validate(data)) == data


def test_only_the_feeder_is_needed(refusals):
    assert refusals(InterconnectionWorkPackageInput, study()) == {}
    assert list(refusals(InterconnectionWorkPackageInput, {})) == ["feeder"]


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"kind": "BATTERY"}, {"hours": "BATTERY needs hours; add it"}),
        ({"kind": "BATTERY", "hours": 2.0}, {}),
        ({"hours": 2.0}, {"hours": "hours belongs to BATTERY alone; leave it out"}),
        ({"kind": "PV", "hours": 2.0}, {"hours": "hours belongs to BATTERY alone; leave it out"}),
        ({"kw": 0.0}, {"kw": "Input should be greater than 0"}),
    ],
)
def test_hours_belong_to_batteries(refusals, changes, messages):
    assert refusals(InterconnectionQueuedUnitInput, {**UNIT, **changes}) == messages


@pytest.mark.parametrize("model", [InterconnectionCurveInput, InterconnectionLoadCurveInput])
@pytest.mark.parametrize(
    ("curve", "places"),
    [
        ({"shape": "pcloud"}, []),
        ({"values": [1.0]}, []),
        ({}, [""]),
        ({"shape": "pcloud", "values": [1.0]}, ["values"]),
        ({"values": []}, ["values"]),
        ({"values": [0.0] * 105_409}, ["values"]),
    ],
)
def test_a_curve_is_one_thing(refusals, model, curve, places):
    assert list(refusals(model, curve)) == places


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ({"nominal": True}, None),
        ({"nominal": False}, "One of shape, values and nominal is needed; add exactly one of them"),
        ({"nominal": True, "shape": "x"}, "shape and nominal exclude each other; leave one of them out"),
        ({"nominal": False, "shape": "x"}, None),
    ],
)
def test_nominal_loads_are_asked_for_by_name(refusals, curve, message):
    assert list(refusals(InterconnectionLoadCurveInput, curve).values()) == ([message] if message else [])


@pytest.mark.parametrize(
    ("model", "data", "place"),
    [
        (InterconnectionLimitsInput, {"vMinPu": 1.05, "vMaxPu": 1.05}, "vMinPu"),
        (InterconnectionSizesInput, {"leastKw": 11, "mostKw": 10}, "leastKw"),
        (InterconnectionSizesInput, {"batteryHours": []}, "batteryHours"),
        (InterconnectionSizesInput, {"batteryHours": [1.0] * 101}, "batteryHours"),
        (InterconnectionSearchInput, {"toleranceKw": 1.0, "resolutionKw": 1.0}, "resolutionKw"),
        (InterconnectionSearchInput, {"floorKw": 10.0, "mostKw": 5.0}, "floorKw"),
        (InterconnectionDayInput, {"steps": 0}, "steps"),
        (InterconnectionDayInput, {"steps": 105_409}, "steps"),
        (InterconnectionDayInput, {"stepMinutes": 0}, "stepMinutes"),
        (InterconnectionDayInput, {"steps": 8785, "stepMinutes": 60}, "steps"),
        (InterconnectionSequencesInput, {"orders": [[1]] * 1001}, "orders"),
        (InterconnectionSequencesInput, {"orders": [[]]}, "orders.0"),
    ],
)
def test_what_contradicts_itself_or_never_ends_is_refused(refusals, model, data, place):
    assert list(refusals(model, data)) == [place]


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"queue": [UNIT] * 1001}, {"queue": "queue has 1001 entries; at most 1000 are possible"}),
        (
            {"candidates": ["b"] * 100_001},
            {"candidates": "candidates has 100001 entries; at most 100000 are possible"},
        ),
        ({"days": []}, {"days": "The list is empty; at least one entry is needed"}),
        ({"days": [{}]}, {}),
        (
            {"days": [{"name": "a"}, {}, {"name": "a"}]},
            {f"days.{at}.name": "Each of several days needs a name of its own" for at in (0, 1, 2)},
        ),
        ({"sequences": {"orders": [[3, 1]]}}, {}),
        ({"sequences": {"orders": [[3, 3]]}}, {"sequences.orders.0": "An order has each unit once"}),
        (
            {"queue": TWO, "sequences": {"orders": [[1, 2], [1]]}},
            {"sequences.orders.1": "An order has each of the 2 units of the queue once, from 1"},
        ),
        (
            {"queue": TWO, "sharing": {"withdrawals": [2, 3]}},
            {"sharing.withdrawals.1": "The queue has 2 units, and no 3"},
        ),
    ],
)
def test_lists_fit_together(refusals, changes, messages):
    assert refusals(InterconnectionWorkPackageInput, study(**changes)) == messages
