import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ConfigError, ModelError
from hcr.studies.interconnection.unit_costs import (
    NREL_TRANSFORMERS,
    Price,
    TransformerPrices,
    UnitCosts,
    feet,
)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("km", 3280.84),
        ("m", 3.28084),
        ("yd", 3.0),
        ("mi", 5280.0),
        ("ft", 1.0),
        ("kft", 1000.0),
        ("KM", 3280.84),
    ],
)
def test_units_of_the_method_and_of_opendss_in_feet(unit: str, expected: float):
    assert feet(2.0, unit) == 2.0 * expected


@pytest.mark.parametrize("unit", ["none", "", "furlong"])
def test_a_length_without_a_unit_has_no_price(unit: str):
    with pytest.raises(ModelError, match="has no price"):
        feet(1.0, unit)


def test_figures_of_the_method():
    costs = UnitCosts()
    prices = (costs.overhead_line.usd, costs.underground_line.usd, costs.settings_change.usd)
    assert prices == (196.0, 268.0, 2575.0)
    assert costs.overhead_line.usd == (165 + 227) / 2
    assert all(
        price.source.startswith("PG&E")
        for price in (costs.overhead_line, costs.underground_line, costs.settings_change)
    )
    assert "10.7799/1491263" in costs.transformers.source


def test_a_transformer_is_priced_by_phases_and_rating():
    assert NREL_TRANSFORMERS.usd(1, 50.0) == 4417.5
    assert NREL_TRANSFORMERS.usd(3, 50.0) == 10422.0
    assert NREL_TRANSFORMERS.usd(2, 50.0) == 10422.0


def test_between_ratings_it_is_linear():
    assert NREL_TRANSFORMERS.usd(1, 87.5) == pytest.approx((5239.0 + 6020.5) / 2)


def test_below_the_smallest_rating_it_is_that_ones_price():
    assert NREL_TRANSFORMERS.usd(1, 5.0) == 4059.5
    assert NREL_TRANSFORMERS.usd(3, 0.0) == 9047.0


def test_above_the_largest_it_follows_the_two_largest():
    assert NREL_TRANSFORMERS.usd(3, 3500.0) == 159500.0 + 54500.0
    assert NREL_TRANSFORMERS.usd(1, 167.0) == pytest.approx(6020.5 + 67.0 * 781.5 / 25.0)


@given(st.sampled_from([1, 3]), st.floats(0.0, 2e4))
def test_every_transformer_costs_something(phases: int, kva: float):
    assert NREL_TRANSFORMERS.usd(phases, kva) >= 4059.5


@pytest.mark.parametrize("points", [(), ((25.0, 1.0),), ((50.0, 1.0), (25.0, 2.0))])
def test_prices_need_rising_ratings(points: tuple[tuple[float, float], ...]):
    with pytest.raises(ConfigError, match="no prices between their ratings"):
        TransformerPrices(points, points, "none")


def test_a_negative_price_is_refused():
    with pytest.raises(ConfigError, match="a price cannot be -1 USD"):
        Price(-1.0, "a mistake")
