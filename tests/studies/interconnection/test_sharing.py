"""Who pays, from the rounds of sequences: rules that are asked for, gains, withdrawals of nobody."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection.draws import Draws
from hcr.studies.interconnection.hunt import Found
from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.metrics import Evaluation
from hcr.studies.interconnection.queue import Capacity, Queue
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import End, HostingCapacity
from hcr.studies.interconnection.sequence import Course
from hcr.studies.interconnection.settings import CostRule, SharingSettings, StudySettings
from hcr.studies.interconnection.sharing import by_trigger, gains, payments, withdrawn
from hcr.studies.interconnection.study_result import SequenceResult, StudyRound, StudyUnit
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

if TYPE_CHECKING:
    from hcr.studies.interconnection.study import Study

UPGRADE = Upgrade(UpgradeKind.LINE, "Line.l", 1.0, 2.0, "A", ("edit",), 900.0, 10.0)
KW = {1: 300.0, 2: 100.0, 3: 200.0}
UNITS = tuple(StudyUnit(n, f"{n} b{n}", f"b{n}", Kind.PV, Size.of(Kind.PV, kw)) for n, kw in KW.items())
ROUNDS = tuple(
    StudyRound(0, n, n, kw, kw, 0.0, passed=n != 2, upgrades=(UPGRADE,) if n == 2 else ())
    for n, kw in KW.items()
    if n < 3
)
SEQUENCE = SequenceResult(0, (1, 2, 3), 2, 400.0, ROUNDS)
BEFORE = {"b1": 0.0, "b2": 500.0, "b3": 200.0}
ALONE = Queue(capacities=tuple(Capacity(0, Kind.PV, b, Size.of(Kind.PV, kw)) for b, kw in BEFORE.items()))


class Doubled:
    """After the upgrades each bus takes twice as much, and 60 kW where it took nothing; counts 10 $/kW."""

    def __init__(self) -> None:
        self.asked: list[Placed] = []

    def capacities(self, state: State, asked: Sequence[Placed]) -> list[Found]:
        assert state == State((), (UPGRADE,))
        self.asked = list(asked)
        sizes = [2.0 * unit.size.kw for unit in asked]
        return [Found(HostingCapacity(kw, kw, kw + 1, 5, End.BRACKETED), Evaluation(()), ()) for kw in sizes]

    def cost_usd(self, units: Sequence[StudyUnit]) -> float:
        return sum(10.0 * unit.size.kw for unit in units)


def settings(*rules: CostRule) -> StudySettings:
    return StudySettings(sharing=SharingSettings(rules=rules))


def paid(*rules: CostRule) -> dict[str, list[float]]:
    chosen = settings(*rules)
    gained = gains(cast(Judge, Doubled()), ALONE, UNITS, (UPGRADE,), chosen)
    found: dict[str, list[float]] = {}
    for one in payments(cast("Study", Doubled()), UNITS, [SEQUENCE], gained, chosen):
        found.setdefault(one.rule, []).append(one.cost_usd)
    return found


def test_the_trigger_pays_and_whoever_never_connects_does_not() -> None:
    assert by_trigger(ROUNDS, UNITS).costs_usd == {"1": 0.0, "2": 900.0, "3": 0.0}
    assert paid(CostRule.TRIGGER) == {"trigger": [0.0, 900.0, 0.0]}


def test_only_rules_that_are_asked_for() -> None:
    assert paid(CostRule.PRO_RATA) == {"pro_rata": [450.0, 150.0, 300.0]}
    assert paid(CostRule.SHAPLEY) == {"shapley": pytest.approx([3000.0, 1000.0, 2000.0])}
    assert paid() == {}


def test_gains_begin_at_the_capacity_before_or_at_the_floor() -> None:
    judge = Doubled()
    found = gains(cast(Judge, judge), ALONE, UNITS, (UPGRADE,), settings(CostRule.GAIN))
    assert [unit.size.kw for unit in judge.asked] == [30.0, 500.0, 200.0]
    assert [(one.gain.before_kw, one.gain.after_kw) for one in found] == [
        (0.0, 60.0),
        (500.0, 1000.0),
        (200.0, 400.0),
    ]
    weights = [300.0 * 60.0 / 30.0, 100.0, 200.0]
    assert paid(CostRule.GAIN)["gain"] == pytest.approx([900.0 * one / sum(weights) for one in weights])


def test_units_of_one_bus_share_its_search() -> None:
    judge, twice = Doubled(), (*UNITS, replace(UNITS[1], number=4))
    found = gains(cast(Judge, judge), ALONE, twice, (UPGRADE,), settings(CostRule.GAIN))
    assert len(judge.asked) == 3
    assert found[1].gain == found[3].gain


@pytest.mark.parametrize("upgrades", [(), (UPGRADE,)])
def test_no_gains_without_upgrades_or_their_rule(upgrades: tuple[Upgrade, ...]) -> None:
    rules = (CostRule.TRIGGER,) if upgrades else (CostRule.GAIN,)
    assert gains(cast(Judge, Doubled()), ALONE, UNITS, upgrades, settings(*rules)) == ()


@pytest.mark.parametrize("number", [0, 4, -1])
def test_who_is_not_in_the_queue_cannot_withdraw(number: int) -> None:
    chosen = StudySettings(sharing=SharingSettings(withdrawals=(number,)))
    start = Course(0, ALONE, Draws.seeded("test"))
    with pytest.raises(ConfigError, match=f"unit {number} cannot withdraw"):
        withdrawn(cast("Study", Doubled()), start, SEQUENCE, UNITS, chosen)
