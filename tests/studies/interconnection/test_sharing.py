"""Who pays on a small feeder: Shapley's properties, and what a withdrawal does."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection.hunt import Found
from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.metrics import Evaluation
from hcr.studies.interconnection.queue import Capacity, Queue
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import End, HostingCapacity
from hcr.studies.interconnection.sequence import Course
from hcr.studies.interconnection.settings import (
    CostRule,
    QueuedUnit,
    SharingSettings,
    StudySettings,
    UpgradeRule,
    UpgradeSettings,
)
from hcr.studies.interconnection.shapley import groups, shapley
from hcr.studies.interconnection.sharing import by_trigger, check_withdrawals, gains, payments
from hcr.studies.interconnection.study import Study, study_feeder
from hcr.studies.interconnection.study_result import SequenceResult, StudyResult, StudyRound, StudyUnit
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind
from interconnection_feeder import FROZEN, QUEUE, SETTINGS, judged, written

UNITS = (("c1", 700.0), ("b3", 900.0), ("b3", 900.0), ("b1", 10.0), ("b2", 800.0))
CHEAPEST = UpgradeSettings(rule=UpgradeRule.CHEAPEST)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("frozen"), FROZEN)


def result(master: Path, settings: StudySettings) -> StudyResult:
    return study_feeder(master, "village", settings, engine="batch")


@pytest.mark.parametrize("rule", [UpgradeRule.PATH, UpgradeRule.CHEAPEST])
def test_shapley_is_efficient_and_symmetric_and_spares_who_adds_nothing(
    master: Path, rule: UpgradeRule
) -> None:
    study = Study(*judged(master, replace(SETTINGS, upgrades=UpgradeSettings(rule=rule))))
    units = [
        StudyUnit(number, f"{number}", bus, Kind.PV, Size.of(Kind.PV, kw))
        for number, (bus, kw) in enumerate(UNITS, start=1)
    ]
    names = [unit.name for unit in units]
    asked = groups(names)
    costs = study.costs_usd([[unit for unit in units if unit.name in group] for group in asked])
    game = dict(zip(asked, costs, strict=True))
    found = shapley(names, game.__getitem__)
    assert len(asked) == 2**5
    assert game[frozenset()] == 0.0
    assert sum(one.usd for one in found.values()) == pytest.approx(game[frozenset(names)])
    assert game[frozenset(names)] > 0.0
    assert found["2"].usd == pytest.approx(found["3"].usd)
    adds = [game[group | {"4"}] - game[group] for group in asked if "4" not in group]
    if not any(adds):
        assert found["4"].usd == pytest.approx(0.0, abs=1e-6)


def test_a_unit_that_adds_nothing_pays_nothing(master: Path) -> None:
    queue = (QueuedUnit("b3", 1500.0), QueuedUnit("head", 20.0))
    settings = replace(
        SETTINGS, queue=queue, upgrades=CHEAPEST, sharing=SharingSettings(rules=(CostRule.SHAPLEY,))
    )
    first, second = result(master, settings).payments
    assert (first.rule, first.share, second.cost_usd) == ("shapley", 1.0, 0.0)
    assert first.cost_usd > 0.0


def test_without_upgrades_nobody_pays(master: Path) -> None:
    none = UpgradeSettings(rule=UpgradeRule.NONE)
    rules = (CostRule.TRIGGER, CostRule.PRO_RATA, CostRule.GAIN, CostRule.SHAPLEY)
    found = result(
        master, replace(SETTINGS, queue=QUEUE, upgrades=none, sharing=SharingSettings(rules=rules))
    )
    assert {one.cost_usd for one in found.payments} == {0.0}


def test_shares_sum_to_one(master: Path) -> None:
    rules = (CostRule.TRIGGER, CostRule.PRO_RATA, CostRule.GAIN, CostRule.SHAPLEY)
    settings = replace(SETTINGS, queue=QUEUE, upgrades=CHEAPEST, sharing=SharingSettings(rules=rules))
    found = result(master, settings)
    assert {one.rule for one in found.payments} == {str(rule) for rule in rules}
    for key in {(one.sequence, one.rule) for one in found.payments}:
        shares = [one.share for one in found.payments if (one.sequence, one.rule) == key]
        assert len(shares) == len(QUEUE)
        assert sum(shares) == pytest.approx(1.0)


def test_who_leaves_is_studied_without_and_the_others_pay_otherwise(master: Path) -> None:
    sharing = SharingSettings(rules=(CostRule.TRIGGER,), withdrawals=(1, 2))
    settings = replace(SETTINGS, queue=QUEUE, upgrades=CHEAPEST, sharing=sharing)
    found = result(master, settings)
    for left in found.withdrawals:
        staying = tuple(unit for at, unit in enumerate(QUEUE, start=1) if at != left.unit)
        without = result(master, replace(settings, queue=staying, sharing=SharingSettings(rules=())))
        again = without.sequences[0].rounds
        assert [one.asked_kw for one in left.rounds] == [one.asked_kw for one in again]
        assert [one.cost_usd for one in left.rounds] == pytest.approx([one.cost_usd for one in again])
        numbers = [number for number in range(1, len(QUEUE) + 1) if number != left.unit]
        assert [number for number, _ in left.before_usd] == numbers
        paid = {one.unit: one.cost_usd for one in found.payments if one.sequence == 0}
        assert dict(left.before_usd) == {number: paid[number] for number in numbers}
        assert sum(usd for _, usd in left.after_usd) == pytest.approx(without.sequences[0].cost_usd)
    assert any(left.before_usd != left.after_usd for left in found.withdrawals)


@pytest.mark.parametrize("queue", [QUEUE, ()], ids=["given", "drawn"])
def test_who_is_not_in_the_queue_cannot_leave(master: Path, queue: tuple[QueuedUnit, ...]) -> None:
    settings = replace(SETTINGS, queue=queue, sharing=SharingSettings(withdrawals=(1, 99)))
    with pytest.raises(ConfigError, match="no unit 99 can withdraw"):
        result(master, settings)


def test_numbers_of_a_queue_begin_with_one() -> None:
    check_withdrawals((1, 3), 3)
    with pytest.raises(ConfigError, match="no unit 0, 4 can withdraw"):
        check_withdrawals((0, 3, 4), 3)


def test_the_last_of_the_published_queue_leaves_and_nothing_is_violated(radial: Path) -> None:
    kw = {"bus_17": 71, "bus_26": 771, "bus_21": 320, "bus_1102": 632, "bus_1112": 216, "bus_1110": 212}
    units = tuple(
        StudyUnit(number, bus, bus, Kind.PV, Size.of(Kind.PV, float(size)))
        for number, (bus, size) in enumerate((*kw.items(), ("bus_xf", 208), ("bus_1113", 567)), start=1)
    )
    setup, judge = judged(radial, StudySettings())
    study, start = Study(setup, judge), Course(0, Queue(), setup.draws)
    whole, without = study.whole(start, units), study.whole(start, units[:-1])
    assert [one.passed for one in whole.rounds] == [True] * 7 + [False]
    assert whole.rounds[-1].cleared
    assert [one.passed for one in without.rounds] == [True] * 7
    assert sum(one.cost_usd for one in without.rounds) == 0.0


UPGRADE = Upgrade(UpgradeKind.LINE, "Line.l", 1.0, 2.0, "A", ("edit",), 900.0, 10.0)
KW = {1: 300.0, 2: 100.0, 3: 200.0}
THREE = tuple(StudyUnit(n, f"{n} b{n}", f"b{n}", Kind.PV, Size.of(Kind.PV, kw)) for n, kw in KW.items())
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

    def costs_usd(self, groups: Sequence[Sequence[StudyUnit]]) -> list[float]:
        return [sum(10.0 * unit.size.kw for unit in group) for group in groups]


def settings(*rules: CostRule) -> StudySettings:
    return StudySettings(sharing=SharingSettings(rules=rules))


def paid(*rules: CostRule) -> dict[str, list[float]]:
    chosen = settings(*rules)
    gained = gains(cast(Judge, Doubled()), ALONE, THREE, (UPGRADE,), chosen)
    found: dict[str, list[float]] = {}
    for one in payments(cast(Study, Doubled()), THREE, [SEQUENCE], gained, chosen):
        found.setdefault(one.rule, []).append(one.cost_usd)
    return found


def test_the_trigger_pays_and_whoever_never_connects_does_not() -> None:
    assert by_trigger(ROUNDS, THREE).costs_usd == {"1": 0.0, "2": 900.0, "3": 0.0}
    assert paid(CostRule.TRIGGER) == {"trigger": [0.0, 900.0, 0.0]}


def test_only_rules_that_are_asked_for() -> None:
    assert paid(CostRule.PRO_RATA) == {"pro_rata": [675.0, 225.0]}  # the third unit does not connect
    assert paid(CostRule.SHAPLEY) == {"shapley": pytest.approx([3000.0, 1000.0, 2000.0])}
    assert paid() == {}


def test_gains_begin_at_the_capacity_before_or_at_the_floor() -> None:
    judge = Doubled()
    found = gains(cast(Judge, judge), ALONE, THREE, (UPGRADE,), settings(CostRule.GAIN))
    assert [unit.size.kw for unit in judge.asked] == [30.0, 500.0, 200.0]
    assert [(one.gain.before_kw, one.gain.after_kw) for one in found] == [
        (0.0, 60.0),
        (500.0, 1000.0),
        (200.0, 400.0),
    ]
    weights = [300.0 * 60.0 / 30.0, 100.0]  # of the units that connect
    assert paid(CostRule.GAIN)["gain"] == pytest.approx([900.0 * one / sum(weights) for one in weights])


def test_units_of_one_bus_share_its_search() -> None:
    judge, twice = Doubled(), (*THREE, replace(THREE[1], number=4))
    found = gains(cast(Judge, judge), ALONE, twice, (UPGRADE,), settings(CostRule.GAIN))
    assert len(judge.asked) == 3
    assert found[1].gain == found[3].gain


@pytest.mark.parametrize("upgrades", [(), (UPGRADE,)])
def test_no_gains_without_upgrades_or_their_rule(upgrades: tuple[Upgrade, ...]) -> None:
    rules = (CostRule.TRIGGER,) if upgrades else (CostRule.GAIN,)
    assert gains(cast(Judge, Doubled()), ALONE, THREE, upgrades, settings(*rules)) == ()
