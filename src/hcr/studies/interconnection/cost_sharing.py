"""Who pays for the upgrades: one split of the same cost by each rule (interconnection method, section 6).

trigger_pays   the unit in whose round an upgrade was made          as by sequence in part 2
pro_rata       all, by their kW
by_gain        all, by what their buses gain in hosting capacity    part 3
by_shapley     all, by what they add to the cost on average         beyond the method
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hcr.errors import ConfigError
from hcr.studies.interconnection.shapley import Game, Sampling, shapley


@dataclass(frozen=True, slots=True)
class Split:
    """What each unit pays.

    Attributes
    ----------
    rule : its name in tables.
    costs_usd : by unit [USD].
    standard_errors_usd : of costs that are averages of a sample, by unit [USD].
    note : why the rule could not be followed to the letter; empty where it was.
    """

    rule: str
    costs_usd: Mapping[str, float]
    standard_errors_usd: Mapping[str, float]
    note: str = ""

    @property
    def total_usd(self) -> float:
        """Return what all pay together [USD]."""
        return sum(self.costs_usd.values())

    @property
    def shares(self) -> Mapping[str, float]:
        """Return the share of each unit; they sum to one, and are all 0 where there is nothing to pay."""
        total = self.total_usd
        return {unit: cost / total if total else 0.0 for unit, cost in self.costs_usd.items()}


@dataclass(frozen=True, slots=True)
class Gain:
    """What the upgrades did for a unit's bus.

    Attributes
    ----------
    kw : installed by the unit [kW].
    before_kw, after_kw : hosting capacity of its bus without any unit, before and after the upgrades [kW].
    """

    kw: float
    before_kw: float
    after_kw: float


@dataclass(frozen=True, slots=True)
class GainRules:
    """How far gains are told apart from the noise of the search.

    Attributes
    ----------
    resolution_kw : a smaller gain counts as none [kW]; the default is that of the search's tolerance, and
        does not follow another one. None: gains count as they are, negative ones too, as in the method.
    floor_kw : a capacity below is taken to be this [kW]: the search tells what is below its floor as 0, and a
        gain relative to 0 has no value.
    """

    resolution_kw: float | None = 5.0
    floor_kw: float = 30.0

    def __post_init__(self) -> None:
        if self.floor_kw <= 0.0 or (self.resolution_kw is not None and self.resolution_kw < 0.0):
            raise ConfigError(
                "gains in hosting capacity cannot be compared",
                why=f"the floor is {self.floor_kw:g} kW and the resolution {self.resolution_kw} kW",
                remedy="Give a floor above 0 and a resolution of 0 or more.",
            )


def trigger_pays(rounds: Mapping[str, int], costs_usd: Mapping[int, float]) -> Split:
    """Return the split in which each unit pays the upgrades of its own round.

    Parameters
    ----------
    rounds : in which each unit was installed. costs_usd : of the upgrades of each round [USD].

    Raises
    ------
    ConfigError
        A round has a cost and no unit, or two units.
    """
    by_round = {at: unit for unit, at in rounds.items()}
    unpaid = sorted(set(costs_usd) - set(by_round))
    if unpaid or len(by_round) < len(rounds):
        raise ConfigError(
            "upgrades have no single unit that triggered them",
            why=f"rounds {unpaid} have a cost and no unit" if unpaid else "two units have the same round",
            remedy="Install one unit in each round, and make upgrades in the round of their unit.",
        )
    return _split("trigger", {unit: costs_usd.get(at, 0.0) for unit, at in rounds.items()})


def pro_rata(kw: Mapping[str, float], total_usd: float) -> Split:
    """Return the split by size; units of no size at all pay the same each."""
    weights = kw if sum(kw.values()) > 0.0 else dict.fromkeys(kw, 1.0)
    return _weighted("pro_rata", weights, total_usd)


def by_gain(gains: Mapping[str, Gain], total_usd: float, rules: GainRules | None = None) -> Split:
    """Return the split by gain in hosting capacity: w = P (HC1 - HC0) / HC0 over the sum of all w.

    Where no bus gains anything the rule says nothing, and the cost is split by size.
    """
    chosen = rules or GainRules()
    weights = {unit: _weight(gain, chosen) for unit, gain in gains.items()}
    if sum(weights.values()) > 0.0:
        return _weighted("gain", weights, total_usd)
    fallback = pro_rata({unit: gain.kw for unit, gain in gains.items()}, total_usd)
    return _split("gain", fallback.costs_usd, note="no bus gains hosting capacity: split by kW")


def by_shapley(units: Sequence[str], game: Game, sampling: Sampling | None = None) -> Split:
    """Return the split by what each unit adds to the cost, averaged over orders.

    Parameters
    ----------
    game : what the upgrades for a set of the units cost [USD].
    """
    rules = sampling or Sampling()
    found = shapley(units, game, rules)
    drawn = len(units) > rules.exact_up_to
    errors = {unit: found[unit].standard_error_usd for unit in units} if drawn else {}
    note = f"average of {rules.orders} orders drawn" if drawn else ""
    return Split("shapley", {unit: found[unit].usd for unit in units}, errors, note)


def _weight(gain: Gain, rules: GainRules) -> float:
    gained = gain.after_kw - gain.before_kw
    if rules.resolution_kw is not None and gained < rules.resolution_kw:
        return 0.0
    return gain.kw * gained / max(gain.before_kw, rules.floor_kw)


def _weighted(rule: str, weights: Mapping[str, float], total_usd: float) -> Split:
    whole = sum(weights.values())
    return _split(rule, {unit: total_usd * weight / whole for unit, weight in weights.items()})


def _split(rule: str, costs_usd: Mapping[str, float], *, note: str = "") -> Split:
    return Split(rule, dict(costs_usd), {}, note)
