import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ConfigError
from hcr.studies.interconnection.cost_sharing import (
    Gain,
    GainRules,
    by_gain,
    by_shapley,
    pro_rata,
    trigger_pays,
)
from hcr.studies.interconnection.shapley import Sampling

RAW = GainRules(resolution_kw=None)
KW = st.floats(0.0, 1e4)
UNITS = st.dictionaries(st.sampled_from("abcdef"), st.builds(Gain, KW, KW, KW), min_size=1)


def test_the_trigger_pays_the_upgrades_of_its_round():
    found = trigger_pays({"a": 1, "b": 2, "c": 3}, {2: 900.0, 3: 100.0})
    assert found.costs_usd == {"a": 0.0, "b": 900.0, "c": 100.0}
    assert found.shares == {"a": 0.0, "b": 0.9, "c": 0.1}


def test_without_upgrades_nobody_pays():
    found = trigger_pays({"a": 1}, {})
    assert (found.costs_usd, found.shares, found.total_usd) == ({"a": 0.0}, {"a": 0.0}, 0.0)


@pytest.mark.parametrize(
    ("rounds", "why"), [({"a": 1}, r"rounds \[2\] have"), ({"a": 2, "b": 2}, "two units")]
)
def test_a_cost_has_one_unit_that_triggered_it(rounds: dict[str, int], why: str):
    with pytest.raises(ConfigError, match=why):
        trigger_pays(rounds, {2: 900.0})


def test_pro_rata_goes_by_size():
    assert pro_rata({"a": 100.0, "b": 300.0}, 1000.0).costs_usd == {"a": 250.0, "b": 750.0}
    assert pro_rata({"a": 0.0, "b": 0.0}, 1000.0).costs_usd == {"a": 500.0, "b": 500.0}


def test_gains_share_as_the_method_says():
    """w = 100 x 200 / 400 = 50 and 300 x 100 / 200 = 150."""
    gains = {"a": Gain(100.0, 400.0, 600.0), "b": Gain(300.0, 200.0, 300.0)}
    for rules in (None, RAW):
        assert by_gain(gains, 1000.0, rules).costs_usd == {"a": 250.0, "b": 750.0}


def test_gains_within_the_resolution_of_the_search_count_as_none():
    gains = {"a": Gain(100.0, 400.0, 404.9), "b": Gain(100.0, 400.0, 395.0), "c": Gain(100.0, 400.0, 405.0)}
    assert by_gain(gains, 900.0).costs_usd == {"a": 0.0, "b": 0.0, "c": 900.0}
    raw = by_gain(gains, 900.0, RAW)
    assert raw.costs_usd["b"] < 0.0
    assert raw.total_usd == pytest.approx(900.0)


def test_a_capacity_of_nothing_stands_for_the_floor():
    gains = {"a": Gain(100.0, 0.0, 60.0), "b": Gain(100.0, 30.0, 90.0)}
    assert by_gain(gains, 1000.0).costs_usd == {"a": 500.0, "b": 500.0}


@pytest.mark.parametrize("rules", [None, RAW])
def test_where_no_bus_gains_the_split_is_by_size_and_says_so(rules: GainRules | None):
    gains = {"a": Gain(100.0, 400.0, 390.0), "b": Gain(300.0, 400.0, 400.0)}
    found = by_gain(gains, 1000.0, rules)
    assert found.costs_usd == {"a": 250.0, "b": 750.0}
    assert found.note == "no bus gains hosting capacity: split by kW"


@pytest.mark.parametrize("rules", [{"floor_kw": 0.0}, {"resolution_kw": -1.0}], ids=str)
def test_rules_that_cannot_compare_gains_are_refused(rules: dict[str, float]):
    with pytest.raises(ConfigError, match="cannot be compared"):
        GainRules(**rules)


@given(UNITS, st.floats(1.0, 1e7))
def test_shares_sum_to_one_and_nobody_is_paid(gains: dict[str, Gain], total_usd: float):
    kw = {unit: gain.kw for unit, gain in gains.items()}
    for found in (pro_rata(kw, total_usd), by_gain(gains, total_usd)):
        assert sum(found.shares.values()) == pytest.approx(1.0)
        assert found.total_usd == pytest.approx(total_usd)
        assert all(cost >= 0.0 for cost in found.costs_usd.values())


@given(UNITS, st.builds(Gain, KW, KW, KW))
def test_units_alike_pay_alike(gains: dict[str, Gain], twin: Gain):
    twins = gains | {"x": twin, "y": twin}
    for found in (by_gain(twins, 1e6), pro_rata({unit: gain.kw for unit, gain in twins.items()}, 1e6)):
        assert found.costs_usd["x"] == found.costs_usd["y"]


@given(UNITS, KW, KW)
def test_a_unit_whose_bus_gains_nothing_pays_nothing(gains: dict[str, Gain], kw: float, capacity_kw: float):
    found = by_gain(gains | {"x": Gain(kw, capacity_kw, capacity_kw)}, 1e6)
    assert found.note or found.costs_usd["x"] == 0.0


def _per_unit(group: frozenset[str]) -> float:
    return 100.0 * len(group - {"a"})


def test_shapley_is_a_split_like_the_others():
    exact = by_shapley("abc", _per_unit)
    assert exact.costs_usd == pytest.approx({"a": 0.0, "b": 100.0, "c": 100.0})
    assert (exact.standard_errors_usd, exact.note) == ({}, "")
    sampled = by_shapley("abc", _per_unit, Sampling(exact_up_to=2, orders=10))
    assert list(sampled.costs_usd) == ["a", "b", "c"]
    assert sampled.standard_errors_usd == {"a": 0.0, "b": 0.0, "c": 0.0}
    assert sampled.note == "average of 10 orders drawn"
