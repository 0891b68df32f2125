"""The money of interconnection studies: prices, and who pays."""

import pytest

from hcr.contract.input_model import to_wire
from hcr.contract.interconnection_costs import (
    InterconnectionPriceInput,
    InterconnectionShapleyInput,
    InterconnectionSharingInput,
    InterconnectionTransformerPricesInput,
    InterconnectionUpgradesInput,
)

PRICE = {"usd": 196.0, "source": "tender"}
RATINGS = [{"kva": 25.0, "usd": 4000.0}, {"kva": 50.0, "usd": 4400.0}]
TRANSFORMERS = {"singlePhase": RATINGS, "threePhase": RATINGS, "source": "tender"}


def test_all_prices_go_through_unchanged():
    data = {
        "rule": "PATH",
        "unitCosts": {
            "overheadLine": PRICE,
            "undergroundLine": PRICE,
            "settingsChange": PRICE,
            "newRegulator": PRICE,
            "transformers": TRANSFORMERS,
        },
        "continueQueue": False,
        "mostSets": 1,
    }
    assert to_wire(InterconnectionUpgradesInput.model_validate(data)) == data


@pytest.mark.parametrize("missing", ["usd", "source"])
def test_a_price_has_a_source(refusals, missing):
    given = {name: value for name, value in PRICE.items() if name != missing}
    assert list(refusals(InterconnectionPriceInput, given)) == [missing]


@pytest.mark.parametrize(
    ("prices", "places"),
    [
        (RATINGS, []),
        (RATINGS[:1], ["threePhase"]),
        ([], ["threePhase"]),
        ([*RATINGS, RATINGS[0]], ["threePhase.2.kva"]),
        (RATINGS[:1] * 2, ["threePhase.1.kva"]),
        ([{"kva": 1.0 + at, "usd": 1.0} for at in range(1001)], ["threePhase"]),
    ],
)
def test_ratings_of_transformers_rise(refusals, prices, places):
    given = {**TRANSFORMERS, "threePhase": prices}
    assert list(refusals(InterconnectionTransformerPricesInput, given)) == places


@pytest.mark.parametrize(
    ("sharing", "places"),
    [
        ({"rules": []}, []),
        ({"rules": ["TRIGGER", "GAIN", "TRIGGER"]}, ["rules.2"]),
        ({"withdrawals": [1, 1]}, ["withdrawals.1"]),
        ({"withdrawals": [0]}, ["withdrawals.0"]),
        ({"withdrawals": list(range(1, 1002))}, ["withdrawals"]),
        ({"rawGains": True}, []),
        ({"rawGains": False, "gainResolutionKw": 1.0}, []),
        ({"rawGains": True, "gainResolutionKw": 1.0}, ["gainResolutionKw"]),
        ({"gainFloorKw": 0.0}, ["gainFloorKw"]),
    ],
)
def test_who_pays(refusals, sharing, places):
    assert list(refusals(InterconnectionSharingInput, sharing)) == places


@pytest.mark.parametrize(
    "shapley", [{"exactUpTo": 17}, {"exactUpTo": -1}, {"orders": 1}, {"orders": 100_001}, {"seed": -1}]
)
def test_averages_that_would_not_end_or_have_no_error_are_refused(refusals, shapley):
    assert list(refusals(InterconnectionShapleyInput, shapley)) == list(shapley)
