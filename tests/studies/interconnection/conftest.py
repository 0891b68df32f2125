"""Days on a feeder of one MV and one LV node, two monitors, two lines and one recloser; a small feeder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.studies.interconnection.day import DayResult, Level, Loadings, Monitored
from hcr.studies.interconnection.limits import Limits
from hcr.studies.interconnection.settings import Curve, DaySettings, ResourceSettings, StudySettings

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


VILLAGE = """
New Circuit.village basekv=12.47 bus1=src r1=0.2 x1=1 r0=0.2 x0=1
New Transformer.reg buses=[src head] kvs=[12.47 12.47] kvas=[20000 20000] conns=[wye wye] xhl=1
New RegControl.reg transformer=reg winding=2 vreg=122 ptratio=60 band=2
New Line.trunk bus1=head bus2=mid r1=0.3 x1=0.6 r0=0.5 x0=1.2 c1=0 c0=0 length=3 units=mi normamps=600
~ emergamps=800
New Recloser.rec monitoredobj=line.trunk monitoredterm=2 phasetrip=5000 groundtrip=5000
New Line.switch bus1=mid bus2=gate switch=yes
New Line.spur bus1=gate bus2=far r1=0.4 x1=0.7 r0=0.6 x0=1.4 c1=0 c0=0 length=4 units=mi normamps=200
~ emergamps=250
New Line.fused bus1=mid bus2=end r1=0.4 x1=0.7 r0=0.6 x0=1.4 c1=0 c0=0 length=1 units=mi normamps=200
New Fuse.fuse monitoredobj=line.fused monitoredterm=1 ratedcurrent=5000
New Line.tie bus1=end bus2=far r1=0.4 x1=0.7 r0=0.6 x0=1.4 c1=0 c0=0 length=1 units=mi normamps=200
Open Line.tie 1
New Line.gone bus1=end bus2=head r1=0.4 x1=0.7 c1=0 c0=0 length=1 units=mi enabled=no
New Line.lateral bus1=mid.2 bus2=side.2 phases=1 r1=0.5 x1=0.5 c1=0 c0=0 length=1 units=mi normamps=100
New Transformer.works windings=3 buses=[far lv lower] kvs=[12.47 0.48 0.24] kvas=[500 500 500]
~ conns=[wye wye wye] xhl=4 xht=4 xlt=4
New Load.mid bus1=mid kv=12.47 kw=900 kvar=200 model=1 vminpu=0.5 vmaxpu=1.5
New Load.side bus1=side.2 phases=1 kv=7.2 kw=150 kvar=40 model=1 vminpu=0.5 vmaxpu=1.5
New Load.lv bus1=lv kv=0.48 kw=200 kvar=60 model=1 vminpu=0.5 vmaxpu=1.5
New Load.lower bus1=lower kv=0.24 kw=50 kvar=10 model=1 vminpu=0.5 vmaxpu=1.5
New Load.gone bus1=end kv=12.47 kw=100 kvar=10 enabled=no
New LoadShape.noon npts=4 interval=6 mult=[0 1 0.5 0]
Set voltagebases=[12.47 0.48 0.24]
Calcvoltagebases
"""
"""A recloser metered at its second bus, a fuse, a switch, an open tie, three windings, disabled elements."""

STEPS = 12
SUN = tuple(float(share) for share in np.maximum(0.0, np.sin((np.arange(STEPS) + 0.5 - 3) / 6 * np.pi)))
DAY = DaySettings(steps=STEPS, step_minutes=120.0, load_curve=None)


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the entry file of a small model with one of every kind of element."""
    path = tmp_path_factory.mktemp("village") / "Master.dss"
    path.write_text(VILLAGE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def village_settings() -> StudySettings:
    """Return a study of the village that has violations, upgrades and several sequences."""
    return StudySettings(
        seed="village",
        resource=ResourceSettings(curve=Curve(values=SUN)),
        limits=Limits(change_percent=1.0, island_p_ratio=0.0, island_q_ratio=0.0),
        days=(DAY,),
    )
