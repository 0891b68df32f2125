"""The cheapest upgrades that clear, against all sets one by one."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from hcr.studies.interconnection.cheapest_rule import CheapestRule
from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.path_rule import PathRule
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.setup import Setup
from hcr.studies.interconnection.trial import State
from hcr.studies.interconnection.upgrade_choice import UpgradeChoice
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.interconnection.upgrade_sets import Option, cost_usd
from hcr.studies.interconnection.upgrades import UpgradeKind
from interconnection_feeder import FROZEN, REGULATED, judged, state, written

STATES = {
    "voltage": state(("b3", 2200.0)),
    "all over": state(("b3", 900.0), ("b2", 1200.0), ("c1", 600.0)),
    "spur": state(("c1", 2500.0)),
    "more than there is a cure for": state(("b3", 9000.0)),
}


@pytest.fixture(scope="module", params=["frozen", "regulated"])
def feeder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Setup, Judge]:
    folder = tmp_path_factory.mktemp(request.param)
    return judged(written(folder, FROZEN if request.param == "frozen" else REGULATED))


def rule(setup: Setup, judge: Judge, most: int = 5000) -> tuple[CheapestRule, UpgradeChoice, PathRule]:
    options = UpgradeOptions(setup.feeder.equipment, setup.settings.upgrades.costs)
    path = PathRule(judge, setup.feeder.graph, options)
    choice = UpgradeChoice(setup.feeder.circuit, setup.feeder.graph, options)
    return CheapestRule(judge, choice, path, most), choice, path


def all_sets(options: tuple[Option, ...]) -> list[tuple[Option, ...]]:
    """Return every set of options, one option at most of each place, the cheapest first."""
    places = dict.fromkeys(one.place for one in options)
    choices = [[(), *((one,) for one in options if one.place == place)] for place in places]
    found = [tuple(one for part in parts for one in part) for parts in product(*choices)]
    return sorted(found, key=cost_usd)


def brute_force(judge: Judge, before: State, options: tuple[Option, ...]) -> float | None:
    """Return what the cheapest set that clears costs, by trying one after another in no clever order."""
    for chosen in all_sets(options):
        upgrades = tuple(upgrade for one in chosen for upgrade in one.upgrades)
        if not judge.standing(replace(before, upgrades=upgrades)).violations:
            return cost_usd(chosen)
    return None


@pytest.mark.parametrize("name", ["voltage", "all over", "spur"])
def test_it_finds_what_trying_all_sets_finds(feeder: tuple[Setup, Judge], name: str) -> None:
    setup, judge = feeder
    cheapest, choice, path = rule(setup, judge)
    found = cheapest.clear(STATES[name])
    assert (found.standing.violations, found.note) == ((), "")
    cost = sum(one.cost_usd for one in found.upgrades)
    options = choice.options(STATES[name], judge.standing(STATES[name]))
    assert cost == pytest.approx(brute_force(judge, STATES[name], options))
    along = path.clear(STATES[name])
    assert along.standing.violations or cost <= sum(one.cost_usd for one in along.upgrades)


def test_what_no_set_clears_is_not_paid_for(feeder: tuple[Setup, Judge]) -> None:
    setup, judge = feeder
    cheapest, choice, _ = rule(setup, judge, most=40)
    before = STATES["more than there is a cure for"]
    found = cheapest.clear(before)
    assert found.upgrades == ()
    assert found.standing == judge.standing(before)
    assert found.note.startswith("none of the ")
    assert found.note.endswith("not even all lines and banks together")
    assert choice.options(before, found.standing)


def test_few_sets_give_an_answer_that_is_not_proven(tmp_path: Path) -> None:
    setup, judge = judged(written(tmp_path, REGULATED))
    cheapest, _, path = rule(setup, judge, most=2)
    found = cheapest.clear(STATES["spur"])
    assert found.upgrades == path.clear(STATES["spur"]).upgrades
    assert found.note == "the best of 2 sets; not proven to be the cheapest"


def choice_of(setup: Setup, judge: Judge, before: State) -> tuple[Option, ...]:
    return rule(setup, judge)[1].options(before, judge.standing(before))


def test_nothing_violated_needs_nothing(feeder: tuple[Setup, Judge]) -> None:
    cheapest, _, _ = rule(*feeder)
    found = cheapest.clear(state(("b1", 50.0)))
    assert (found.upgrades, found.standing.violations, found.note) == ((), (), "")


def test_states_are_cleared_one_by_one(feeder: tuple[Setup, Judge]) -> None:
    cheapest, _, _ = rule(*feeder)
    states = [STATES["spur"], state(("b1", 50.0))]
    assert cheapest.clear_all(states) == [cheapest.clear(one) for one in states]


def test_options_lie_on_the_way_to_the_source(feeder: tuple[Setup, Judge]) -> None:
    setup, judge = feeder
    options = choice_of(setup, judge, STATES["spur"])
    lines = {one.upgrades[0].element for one in options if one.upgrades[0].kind is UpgradeKind.LINE}
    assert lines == {"Line.c1"}  # that with the recloser is no line to upgrade
    kinds = {one.upgrades[0].kind for one in options}
    moved = UpgradeKind.REGULATOR if setup.feeder.equipment.regulators else UpgradeKind.TAP
    assert kinds == {UpgradeKind.LINE, UpgradeKind.TRANSFORMER, moved, UpgradeKind.NEW_REGULATOR}


def test_the_path_rule_clears_states_side_by_side(feeder: tuple[Setup, Judge], tmp_path: Path) -> None:
    setup, judge = feeder
    path = rule(setup, judge)[2]
    states = [STATES["spur"], STATES["voltage"], state(("b1", 50.0)), STATES["all over"]]
    together = path.clear_all(states)
    _, alone = judged(written(tmp_path, FROZEN if not setup.feeder.equipment.regulators else REGULATED))
    one_by_one = rule(setup, alone)[2]
    for found, before in zip(together, states, strict=True):
        single = one_by_one.clear(before)
        assert (found.upgrades, found.note) == (single.upgrades, single.note)
        for margin, other in zip(found.standing.margins, single.standing.margins, strict=True):
            assert margin.margin == pytest.approx(other.margin, abs=1e-4)


@pytest.mark.slow
def test_the_published_queue_costs_no_more_than_along_the_path(radial: Path) -> None:
    kw = {"bus_17": 71, "bus_26": 771, "bus_21": 320, "bus_1102": 632, "bus_1112": 216, "bus_1110": 212}
    queue = state(*((bus, float(size)) for bus, size in (*kw.items(), ("bus_xf", 208), ("bus_1113", 567))))
    setup, judge = judged(radial, replace(StudySettings(), seed="radial"))
    cheapest, _, path = rule(setup, judge, most=1000)
    found, along = cheapest.clear(queue), path.clear(queue)
    assert not found.standing.violations
    assert not along.standing.violations
    assert sum(one.cost_usd for one in found.upgrades) < 0.2 * sum(one.cost_usd for one in along.upgrades)
