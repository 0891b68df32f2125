from itertools import combinations, permutations
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ConfigError
from hcr.studies.interconnection.shapley import Game, Sampling, over_orders, shapley

GAMES = st.dictionaries(
    st.frozensets(st.sampled_from("abcd"), min_size=1), st.floats(0.0, 1e6), max_size=15
).map(lambda costs: lambda group: costs.get(group, 0.0))


def _airport(needs: dict[str, float]) -> Game:
    return lambda group: max((needs[unit] for unit in group), default=0.0)


def test_the_airport_game_has_its_known_value():
    """Littlechild and Owen, 1973: each step of the runway is shared by those who need it."""
    found = shapley("abc", _airport({"a": 3.0, "b": 6.0, "c": 10.0}))
    assert {unit: one.usd for unit, one in found.items()} == pytest.approx({"a": 1.0, "b": 2.5, "c": 6.5})
    assert all(one.standard_error_usd == 0.0 for one in found.values())


@given(GAMES)
def test_it_is_the_average_over_all_orders(game: Game):
    exact, counted = shapley("abcd", game), over_orders(permutations("abcd"), game)
    assert {unit: one.usd for unit, one in exact.items()} == pytest.approx(
        {unit: one.usd for unit, one in counted.items()}, abs=1e-6
    )


@given(GAMES)
def test_the_parts_sum_to_the_cost_of_all(game: Game):
    for sampling in (None, Sampling(exact_up_to=2, orders=7)):
        found = shapley("abcd", game, sampling)
        assert sum(one.usd for one in found.values()) == pytest.approx(game(frozenset("abcd")), abs=1e-6)


@given(GAMES)
def test_a_unit_that_changes_nothing_pays_nothing(game: Game):
    def without_a(group: frozenset[str]) -> float:
        return game(group - {"a"})

    assert shapley("abcd", without_a)["a"].usd == 0.0
    sampled = shapley("abcd", without_a, Sampling(exact_up_to=0, orders=5))["a"]
    assert (sampled.usd, sampled.standard_error_usd) == (0.0, 0.0)


@given(GAMES)
def test_units_that_change_the_same_pay_the_same(game: Game):
    def alike(group: frozenset[str]) -> float:
        swapped = frozenset({"a": "b", "b": "a"}.get(unit, unit) for unit in group)
        return game(group) + game(swapped)

    found = shapley("abcd", alike)
    assert found["a"].usd == pytest.approx(found["b"].usd, abs=1e-6)


@given(GAMES, st.permutations("abcd"))
def test_the_order_in_which_units_are_named_changes_nothing(game: Game, units: list[str]):
    named, sorted_ = shapley(units, game), shapley("abcd", game)
    assert all(named[unit].usd == pytest.approx(sorted_[unit].usd, abs=1e-6) for unit in "abcd")


def _counted(game: Game) -> tuple[Game, list[frozenset[str]]]:
    asked: list[frozenset[str]] = []

    def counting(group: frozenset[str]) -> float:
        asked.append(group)
        return game(group)

    return counting, asked


@pytest.mark.parametrize("sampling", [None, Sampling(exact_up_to=0, orders=30)])
def test_no_set_is_studied_twice(sampling: Sampling | None):
    game, asked = _counted(_airport(dict.fromkeys("abcd", 1.0)))
    shapley("abcd", game, sampling)
    assert len(asked) == len(set(asked)) == 16
    assert set(asked) == {frozenset(group) for size in range(5) for group in combinations("abcd", size)}


def test_a_sample_comes_near_the_value_and_tells_its_error():
    needs = {unit: float(at) for at, unit in enumerate("abcdefghij", 1)}
    exact = shapley(list(needs), _airport(needs), Sampling(exact_up_to=10))
    found = shapley(list(needs), _airport(needs), Sampling(orders=400))
    for unit, one in found.items():
        assert 0.0 <= one.standard_error_usd < 0.3
        assert abs(one.usd - exact[unit].usd) <= 4.0 * one.standard_error_usd + 1e-9


def test_a_sample_is_that_of_its_seed():
    units, game = list("abcdefghij"), _airport({unit: ord(unit) * 1.0 for unit in "abcdefghij"})
    assert shapley(units, game) == shapley(units, game)
    assert shapley(units, game) != shapley(units, game, Sampling(seed=1))


def test_what_is_paid_without_any_unit_is_nobodys():
    found = shapley("ab", lambda group: 100.0 + 10.0 * len(group))
    assert [one.usd for one in found.values()] == [10.0, 10.0]


def test_one_order_has_no_error_to_tell():
    found = over_orders(["ab"], lambda group: float(len(group)))
    assert found["a"].usd == 1.0
    assert isnan(found["a"].standard_error_usd)


def test_nobody_shares_nothing():
    assert shapley("", lambda _group: 0.0) == {}


@pytest.mark.parametrize("orders", [0, 1])
def test_a_sample_needs_two_orders(orders: int):
    with pytest.raises(ConfigError, match="sampled split"):
        Sampling(orders=orders)
