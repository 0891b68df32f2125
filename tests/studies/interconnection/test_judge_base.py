from collections.abc import Sequence
from pathlib import Path

import pytest

from hcr.errors import NotConvergedError
from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.day_tally import unsolved
from hcr.studies.interconnection.journal import Journal
from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.setup import set_up
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.upgrades import Upgrade
from interconnection_feeder import SETTINGS, written


class NoSolution:
    """Days none of which has a solution."""

    def solve(
        self, state: State, trials: Sequence[Placed | None], *, sites: Sequence[str] = ()
    ) -> list[tuple[DayResult, ...]]:
        return [(unsolved(1.0),) for _ in trials]

    def stand(
        self, upgrades: tuple[Upgrade, ...], units: Sequence[tuple[Placed, ...]]
    ) -> list[tuple[DayResult, ...]]:
        return [(unsolved(1.0),) for _ in units]


def test_nothing_is_judged_by_a_feeder_without_a_solution(tmp_path: Path) -> None:
    judge = Judge(set_up(written(tmp_path), "village", SETTINGS), NoSolution(), Journal())
    with pytest.raises(NotConvergedError, match="feeder village: the day 'day' did not converge"):
        _ = judge.base
