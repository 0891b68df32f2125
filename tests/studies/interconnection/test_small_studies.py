"""Whole studies of a small feeder: kinds of units and of queues, rules, and what holds of every answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from hcr.studies.interconnection.limits import Limits
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.search import End
from hcr.studies.interconnection.settings import (
    QueuedUnit,
    ResourceSettings,
    SharingSettings,
    StudySettings,
    UpgradeRule,
    UpgradeSettings,
)
from hcr.studies.interconnection.study import study_feeder
from hcr.studies.interconnection.study_result import StudyResult
from hcr.studies.interconnection.trial import State
from interconnection_feeder import FROZEN, QUEUE, REGULATED, SETTINGS, judged, state, written

CHEAPEST = UpgradeSettings(rule=UpgradeRule.CHEAPEST)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("regulated"), REGULATED)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("frozen"), FROZEN)


def result(master: Path, **changes: object) -> StudyResult:
    settings = replace(SETTINGS, **changes)  # type: ignore[arg-type]
    return study_feeder(master, "village", settings, engine="batch")


def test_kinds_may_be_mixed_and_a_battery_keeps_its_hours(master: Path) -> None:
    queue = (
        QueuedUnit("b1", 300.0),
        QueuedUnit("b3", 200.0, Kind.BATTERY, 4.0, "store"),
        QueuedUnit("c1", 250.0, Kind.GENERATOR),
    )
    found = result(master, queue=queue)
    assert [(one.bus, one.kind) for one in found.sequences[0].comparison] == [
        (unit.bus, unit.kind) for unit in queue
    ]
    assert [(one.kind, one.size.kw, one.size.kwh) for one in found.units] == [
        (Kind.PV, 300.0, None),
        (Kind.BATTERY, 200.0, 800.0),
        (Kind.GENERATOR, 250.0, None),
    ]
    assert found.units[1].name == "store"
    assert len(found.sequences[0].rounds) == 3
    sought = {(one.kind, one.bus) for one in found.independent}
    assert {(Kind.BATTERY, "b3"), (Kind.GENERATOR, "c1"), (Kind.PV, "b1")} <= sought
    store = next(one for one in found.independent if one.kind is Kind.BATTERY)
    assert store.size.kwh == 4.0 * store.size.kw


def test_drawn_batteries_come_with_hours(master: Path) -> None:
    found = result(master, resource=ResourceSettings(kind=Kind.BATTERY), most_rounds=2)
    assert len(found.units) <= 2
    assert all(one.size.kwh in (2.0 * one.size.kw, 4.0 * one.size.kw) for one in found.units)


def test_two_units_at_one_bus_add_up(master: Path) -> None:
    found = result(master, queue=(QueuedUnit("b3", 700.0), QueuedUnit("b3", 700.0)), upgrades=CHEAPEST)
    first, second = found.sequences[0].rounds
    assert (first.passed, second.passed, found.sequences[0].trigger) == (True, False, 2)
    assert second.cleared
    (compared,) = found.sequences[0].comparison
    assert compared.sequence_kw == pytest.approx(compared.independent_kw, abs=40.0)
    assert [one.gain.kw for one in found.gains] == [700.0, 700.0]


@pytest.mark.parametrize("rule", UpgradeRule)
def test_a_queue_that_violates_nothing_costs_nothing(master: Path, rule: UpgradeRule) -> None:
    queue, upgrades = (QueuedUnit("b1", 50.0), QueuedUnit("c1", 50.0)), UpgradeSettings(rule=rule)
    found = result(master, queue=queue, upgrades=upgrades)
    for sequence in found.sequences:
        assert (sequence.trigger, sequence.cost_usd, sequence.ended) == (None, 0.0, "")
        assert [one.passed for one in sequence.rounds] == [True, True]
        assert all(one.upgraded_kw is None for one in sequence.comparison)
    assert {one.cost_usd for one in found.payments} == {0.0}
    assert found.gains == ()


def test_nobody_asks_to_connect(master: Path) -> None:
    found = result(master, most_rounds=0)
    assert (found.units, found.sequences, found.payments) == ((), (), ())
    assert found.warnings[-1] == "no unit asks to connect: the queue is empty"
    assert len(found.independent) == len(SETTINGS.candidates)


def test_capacities_only_is_the_first_part_alone(master: Path) -> None:
    found, whole = result(master, capacities_only=True), result(master, queue=QUEUE)
    assert (found.units, found.sequences, found.payments) == ((), (), ())
    assert found.independent == whole.independent


def test_without_upgrades_the_queue_ends_with_the_first_violation(master: Path) -> None:
    found = result(master, queue=QUEUE, upgrades=UpgradeSettings(rule=UpgradeRule.NONE))
    first = found.sequences[0]
    assert first.trigger == first.rounds[-1].unit == 2
    assert not first.rounds[-1].cleared
    assert first.ended == "2 units do not connect: no upgrade is made"


def test_a_queue_need_not_go_on(master: Path) -> None:
    upgrades = replace(CHEAPEST, continue_queue=False)
    sharing = SharingSettings(withdrawals=(1,))
    found = result(master, queue=QUEUE, upgrades=upgrades, sharing=sharing)
    first = found.sequences[0]
    assert first.rounds[-1].cleared
    assert first.rounds[-1].upgrades
    assert first.ended == "2 units do not connect: the queue ends with the first violation"
    (left,) = found.withdrawals
    assert [one.passed for one in left.rounds].count(False) == 1  # it ends as the first did
    on = result(master, queue=QUEUE, upgrades=CHEAPEST).sequences[0]
    assert on.rounds[: len(first.rounds)] == first.rounds
    assert len(on.rounds) == len(QUEUE)


@pytest.mark.parametrize(
    ("limits", "wider"),
    [
        (Limits(v_max_pu=1.04), Limits(v_max_pu=1.06)),
        (Limits(v_min_pu=0.96), Limits(v_min_pu=0.9)),
        (Limits(change_percent=1.0), Limits(change_percent=4.0)),
        (Limits(v_max_pu=1.2, emergency_percent=60.0), Limits(v_max_pu=1.2, emergency_percent=120.0)),
        (Limits(v_max_pu=1.2, hours_above_normal=0.5), Limits(v_max_pu=1.2, hours_above_normal=6.0)),
    ],
    ids=["high", "low", "change", "emergency", "normal"],
)
def test_a_wider_limit_never_lowers_a_capacity(frozen: Path, limits: Limits, wider: Limits) -> None:
    narrow = result(frozen, limits=limits, capacities_only=True)
    wide = result(frozen, limits=wider, capacities_only=True)
    assert all(margin.passed and margin.margin >= 0.0 for margin in narrow.base)
    for less, more in zip(narrow.independent, wide.independent, strict=True):
        assert (less.bus, less.start_kw) == (more.bus, more.start_kw)
        assert more.size.kw >= less.size.kw - SETTINGS.search.tolerance_kw


@pytest.mark.parametrize("model", ["master", "frozen"])
def test_a_capacity_passes_and_the_size_that_ends_its_bracket_fails(
    model: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(model)
    settings: StudySettings = replace(SETTINGS, capacities_only=True)
    _, judge = judged(path, settings)
    for one in study_feeder(path, "village", settings, engine="batch").independent:
        search = one.search
        assert search.end is End.BRACKETED
        assert search.failing_kw is not None
        assert one.size.kw == search.passing_kw
        assert 0.0 < search.failing_kw - one.size.kw <= settings.search.tolerance_kw
        assert not judge.standing(state((one.bus, one.size.kw))).violations
        fails = judge.standing(state((one.bus, search.failing_kw))).violations
        assert {(margin.metric, margin.element) for margin in fails} == {
            (margin.metric, margin.element) for margin in one.violations
        }


def test_states_side_by_side_stand_as_they_do_alone(master: Path) -> None:
    _, together = judged(master)
    _, alone = judged(master)
    states = [state(("b3", 2200.0)), State(), state(("b1", 100.0), ("c1", 2500.0)), state(("b2", 400.0))]
    for found, one in zip(together.standings([*states, states[0]]), [*states, states[0]], strict=True):
        single = alone.standing(one)
        assert found.changing == single.changing
        assert [margin.metric for margin in found.margins] == [margin.metric for margin in single.margins]
        for margin, other in zip(found.margins, single.margins, strict=True):
            assert margin.margin == pytest.approx(other.margin, abs=1e-4)
    assert together.scenario_days == len(states)
