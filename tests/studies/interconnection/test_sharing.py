"""Who pays on a small feeder: Shapley's properties, and what a withdrawal does."""

from dataclasses import replace
from pathlib import Path

import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection.queue import Queue
from hcr.studies.interconnection.resource import Kind, Size
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
from hcr.studies.interconnection.sharing import check_withdrawals
from hcr.studies.interconnection.study import Study, study_feeder
from hcr.studies.interconnection.study_result import StudyResult, StudyUnit
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
