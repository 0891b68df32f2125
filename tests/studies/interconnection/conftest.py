"""Days on a feeder of one MV and one LV node, two monitors, two lines and one recloser."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hcr.studies.interconnection.day import DayResult, Level, Loadings, Monitored

DayMaker = Callable[..., DayResult]


@pytest.fixture
def day() -> DayMaker:
    """Return a maker of days of four steps of half an hour, all well unless said otherwise."""
    return _day


def _day(**changes: object) -> DayResult:
    well = DayResult(
        step_hours=0.5,
        mv=level([1.0] * 4, [1.02] * 4, "mv"),
        lv=level([0.98] * 4, [1.01] * 4, "lv"),
        monitored=Monitored(("near", "far"), np.array([0.5, 1.5])),
        loadings=loadings((60.0, 40.0, 0.0), (80.0, 50.0, 0.0)),
        recloser_p_kw=np.array([[100.0, 120.0, 90.0, 80.0]]),
        recloser_q_kvar=np.array([[-10.0, 5.0, 20.0, 30.0]]),
    )
    return replace(well, **changes)


def level(lowest: list[float], highest: list[float], name: str) -> Level:
    """Return a level whose nodes are named after it."""
    return Level(np.array(lowest), np.array(highest), f"{name}_low", f"{name}_high")


def loadings(*rows: tuple[float, float, float]) -> Loadings:
    """Return the loadings of line.1, line.2, …: % of normal, % of emergency, hours above normal."""
    names = tuple(f"line.{at}" for at in range(1, len(rows) + 1))
    return Loadings(names, *np.array(rows, dtype=float).reshape(-1, 3).T)
