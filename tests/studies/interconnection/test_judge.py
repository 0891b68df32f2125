"""Trials judged: every answer is in the journal before it is used, and searches go on side by side."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.studies.interconnection.day import DayResult, Monitored
from hcr.studies.interconnection.journal import Journal
from hcr.studies.interconnection.judge import TOGETHER, Judge
from hcr.studies.interconnection.limits import Limits
from hcr.studies.interconnection.metrics import Metric
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import SearchRules
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.setup import Setup, set_up
from hcr.studies.interconnection.trial import Placed, State

DayMaker = Callable[..., DayResult]


class StraightDays:
    """Voltage changes by 1 % per 100 kW, half of that at the near bus; each day counts half of the last."""

    def __init__(self, day: DayMaker, days: int = 1) -> None:
        self._day, self._days = day, days
        self.calls: list[int] = []

    def solve(
        self, state: State, trials: Sequence[Placed | None], *, sites: Sequence[str] = ()
    ) -> list[tuple[DayResult, ...]]:
        assert {one.bus for one in trials if one is not None} <= set(sites)
        self.calls.append(len(trials))
        installed = sum(unit.size.kw for unit in state.units)
        sizes = [installed + (one.size.kw if one is not None else 0.0) for one in trials]
        return [tuple(self._of(kw / 2**at) for at in range(self._days)) for kw in sizes]

    def _of(self, kw: float) -> DayResult:
        return self._day(monitored=Monitored(("near", "far"), np.array([kw / 200.0, kw / 100.0])))


@pytest.fixture(scope="module")
def setup(village: Path, village_settings: StudySettings) -> Setup:
    limits = Limits(island_p_ratio=0.0, island_q_ratio=0.0)
    return set_up(village, "village", replace(village_settings, limits=limits))


def unit(bus: str, kw: float) -> Placed:
    return Placed(Kind.PV, bus, Size.of(Kind.PV, kw))


def test_a_state_is_judged_by_the_feeder_as_it_is(setup: Setup, day: DayMaker) -> None:
    judge = Judge(setup, StraightDays(day), Journal())
    assert not judge.base.violations
    standing = judge.standing(State((unit("far", 500.0),)))
    (violation,) = standing.violations
    assert (violation.metric, violation.element, violation.value) == (Metric.V_DIFF, "far", 5.0)
    assert standing.changing == ("far",)
    assert judge.standing(State((unit("far", 700.0),))).changing == ("far", "near")


def test_capacities_are_those_of_searches_one_by_one(setup: Setup, day: DayMaker) -> None:
    asked = [unit("far", 100.0), unit("gate", 900.0), unit("end", 20.0), unit("far", 301.0)]
    together = Judge(setup, StraightDays(day), Journal()).capacities(State(), asked)
    alone = [Judge(setup, StraightDays(day), Journal()).capacities(State(), [one])[0] for one in asked]
    assert together == alone
    assert [one.first.passed for one in together] == [True, False, True, True]
    assert all(296.0 < one.capacity.size_kw <= 301.0 for one in together)
    installed = State((unit("far", 200.0),))
    (left,) = Judge(setup, StraightDays(day), Journal()).capacities(installed, asked[:1])
    assert 96.0 < left.capacity.size_kw <= 101.0


def test_the_worst_day_decides(setup: Setup, day: DayMaker) -> None:
    first, *_ = setup.days
    two = replace(setup, days=(first, first))
    judge = Judge(two, StraightDays(day, days=2), Journal())
    (found,) = judge.capacities(State(), [unit("far", 100.0)])
    assert 296.0 < found.capacity.size_kw <= 301.0
    assert judge.standing(State((unit("far", 500.0),))).violations[0].value == 5.0


def test_what_is_known_is_not_solved_again(setup: Setup, day: DayMaker, tmp_path: Path) -> None:
    asked = [unit("far", 100.0), unit("gate", 900.0)]

    def run() -> tuple[object, int, list[int]]:
        days = StraightDays(day)
        judge = Judge(setup, days, Journal(tmp_path / "journal.jsonl"))
        found = judge.capacities(State(), asked), judge.standing(State((asked[0],)))
        return found, judge.scenario_days, days.calls

    first, second = run(), run()
    assert first[:2] == second[:2]
    assert first[2]
    assert not second[2]


def test_after_any_interruption_all_is_the_same(setup: Setup, day: DayMaker, tmp_path: Path) -> None:
    asked = [unit(bus, float(kw)) for kw in range(40, 40 + TOGETHER // 2) for bus in ("far", "gate", "end")]

    def run(path: Path) -> tuple[object, int]:
        judge = Judge(setup, StraightDays(day), Journal(path))
        found = judge.base, judge.capacities(State(), asked), judge.capacities(State((asked[0],)), asked[:3])
        return found, judge.scenario_days

    whole = run(tmp_path / "whole")
    journal = (tmp_path / "whole").read_bytes()
    for length in range(0, len(journal), len(journal) // 12):
        path = tmp_path / str(length)
        path.write_bytes(journal[:length])
        assert run(path) == whole
        assert answers(path) == answers(tmp_path / "whole")


class UnevenDays(StraightDays):
    """What fails passes again farther on, at other sizes for each bus."""

    def solve(
        self, state: State, trials: Sequence[Placed | None], *, sites: Sequence[str] = ()
    ) -> list[tuple[DayResult, ...]]:
        self.calls.append(len(trials))
        return [(self._of(self._wave(one)),) for one in trials]

    def _wave(self, unit: Placed | None) -> float:
        if unit is None:
            return 0.0
        size = unit.size.kw + 37.0 * len(unit.bus)
        return size if (size % 97.0 < 60.0 and size < 5000.0) else 9000.0


def test_inferring_any_interruption_comes_to_the_same_where_limits_are_not_monotone(
    setup: Setup, day: DayMaker, tmp_path: Path
) -> None:
    limits = Limits(change_percent=20.0, island_p_ratio=0.0, island_q_ratio=0.0)
    settings = replace(setup.settings, limits=limits, search=SearchRules(infer=True))
    uneven = replace(setup, settings=settings)
    asked = [unit(bus, float(kw)) for kw in range(40, 40 + TOGETHER // 2) for bus in ("far", "gate", "end")]

    def run(path: Path) -> tuple[object, list[int]]:
        days = UnevenDays(day)
        judge = Judge(uneven, days, Journal(path))
        return (judge.capacities(State(), asked), judge.capacities(State((asked[0],)), asked[:3])), days.calls

    whole, calls = run(tmp_path / "whole")
    assert calls
    lines = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
    assert len(lines) > 8
    for kept in range(1, len(lines)):
        path = tmp_path / str(kept)
        path.write_bytes(b"".join(lines[:kept]))
        assert run(path)[0] == whole
        assert answers(path) == answers(tmp_path / "whole")


def answers(path: Path) -> dict[str, object]:
    """Return what a journal holds, whichever answers came together."""
    found: dict[str, object] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        found |= json.loads(line)
    return found
