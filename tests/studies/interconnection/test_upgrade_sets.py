"""Sets by rising cost, each once, against a list of all of them."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.interconnection.upgrade_sets import Option, by_cost, cost_usd
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind


def option(place: str, cost: float, name: str = "") -> Option:
    return Option(place, (Upgrade(UpgradeKind.LINE, name or place, 1.0, 2.0, "A", (), cost),))


def test_sets_come_by_cost_and_those_given_first_come_first() -> None:
    a, b, c = option("a", 3.0), option("b", 1.0), option("c", 3.0)
    assert list(by_cost((a, b, c))) == [(b,), (a,), (c,), (b, a), (b, c), (a, c), (b, a, c)]


def test_nothing_to_choose_from_makes_no_set() -> None:
    assert list(by_cost(())) == []


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), max_size=7))
def test_every_set_comes_once(drawn: list[tuple[str, int]]) -> None:
    options = [option(place, float(cost), str(at)) for at, (place, cost) in enumerate(drawn)]
    found = list(by_cost(options))
    costs = [cost_usd(one) for one in found]
    assert costs == sorted(costs)
    wanted = {
        frozenset(group)
        for size in range(1, len(options) + 1)
        for group in combinations(options, size)
        if len({one.place for one in group}) == size
    }
    assert len(found) == len(wanted)
    assert {frozenset(one) for one in found} == wanted
