"""Shapley's split of a cost: what each unit adds, averaged over the orders in which all could have come.

The game is a function: what the upgrades for a set of units cost [USD]. Up to a few units every order counts
(Shapley, A value for n-person games, 1953); beyond, orders are drawn and the error of the average is told
(Castro, Gómez and Tejada, Polynomial calculation of the Shapley value based on sampling, 2009). What is to be
paid with no unit at all is nobody's, and is left out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb, sqrt

import numpy as np

from hcr.errors import ConfigError

Game = Callable[[frozenset[str]], float]
"""What the upgrades for a set of units cost [USD]."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """When orders are drawn instead of counted, and how many.

    Attributes
    ----------
    exact_up_to : units up to which all orders count; n units cost 2^n studies.
    orders : drawn beyond; n units cost at most n studies each.
    """

    exact_up_to: int = 8
    orders: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        if self.orders < 2:
            raise ConfigError(
                "the error of a sampled split cannot be told",
                why=f"{self.orders} orders are to be drawn",
                remedy="Draw 2 or more.",
            )


@dataclass(frozen=True, slots=True)
class Average:
    """What a unit adds on average, and the standard error of that [USD]; 0 where all orders counted."""

    usd: float
    standard_error_usd: float = 0.0


def shapley(units: Sequence[str], game: Game, sampling: Sampling | None = None) -> dict[str, Average]:
    """Return what each unit adds on average; no set of units is asked for twice."""
    rules = sampling or Sampling()
    cost = cache(game)
    if len(units) <= rules.exact_up_to:
        return {unit: Average(_exact(unit, units, cost)) for unit in units}
    return over_orders(_drawn(units, rules), cost)


def groups(units: Sequence[str], sampling: Sampling | None = None) -> tuple[frozenset[str], ...]:
    """Return the sets of units whose cost `shapley` asks for, so that they can be studied together."""
    rules = sampling or Sampling()
    if len(units) <= rules.exact_up_to:
        sizes = range(len(units) + 1)
        return tuple(frozenset(group) for size in sizes for group in combinations(units, size))
    orders = _drawn(units, rules)
    return tuple(dict.fromkeys(frozenset(order[:at]) for order in orders for at in range(len(order) + 1)))


def over_orders(orders: Iterable[Sequence[str]], game: Game) -> dict[str, Average]:
    """Return what each unit adds on average over given orders, such as the sequences of a study.

    Each order holds the same units. Of one order alone there is no error to tell: it is nan.
    """
    added: dict[str, list[float]] = {}
    for order in orders:
        for unit, usd in _added(order, game).items():
            added.setdefault(unit, []).append(usd)
    return {unit: _average(amounts) for unit, amounts in sorted(added.items())}


def _drawn(units: Sequence[str], rules: Sampling) -> list[list[str]]:
    """Return the orders that are drawn."""
    generator = np.random.default_rng(rules.seed)
    return [[units[at] for at in generator.permutation(len(units))] for _ in range(rules.orders)]


def _exact(unit: str, units: Sequence[str], cost: Game) -> float:
    others = [other for other in units if other != unit]
    total = 0.0
    for size in range(len(others) + 1):
        weight = 1.0 / (len(units) * comb(len(others), size))
        for group in combinations(others, size):
            before = frozenset(group)
            total += weight * (cost(before | {unit}) - cost(before))
    return total


def _added(order: Sequence[str], game: Game) -> dict[str, float]:
    there: frozenset[str] = frozenset()
    found, before = {}, game(there)
    for unit in order:
        there |= {unit}
        after = game(there)
        found[unit] = after - before
        before = after
    return found


def _average(amounts: Sequence[float]) -> Average:
    if len(amounts) < 2:
        return Average(amounts[0], float("nan"))
    return Average(float(np.mean(amounts)), float(np.std(amounts, ddof=1)) / sqrt(len(amounts)))
