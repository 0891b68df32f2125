"""A small written feeder for whole interconnection studies: eight buses, one recloser, a day of 24 hours.

`REGULATED` has a regulator at its head; `FROZEN` has a transformer there that no control moves.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import SearchRules
from hcr.studies.interconnection.settings import (
    Curve,
    DaySettings,
    QueuedUnit,
    ResourceSettings,
    SequenceSettings,
    StudySettings,
)
from hcr.studies.interconnection.trial import Placed, State

if TYPE_CHECKING:
    from hcr.studies.interconnection.judge import Judge
    from hcr.studies.interconnection.setup import Setup

FROZEN = """
New Circuit.village basekv=12.47 pu=1.03 bus1=src r1=0.3 x1=1.5 r0=0.3 x0=1.5
New Transformer.head buses=[src head] kvs=[12.47 12.47] kvas=[5000 5000] conns=[wye wye] xhl=1
New Line.l1 bus1=head bus2=b1 r1=0.3 x1=0.6 r0=0.5 x0=1.2 c1=0 c0=0 length=3 units=mi
~ normamps=300 emergamps=400
New Recloser.rec monitoredobj=line.l1 monitoredterm=1 phasetrip=5000 groundtrip=5000
New Line.l2 bus1=b1 bus2=b2 r1=0.4 x1=0.7 r0=0.6 x0=1.4 c1=0 c0=0 length=3 units=mi
~ normamps=200 emergamps=250
New Line.l3 bus1=b2 bus2=b3 r1=0.4 x1=0.7 r0=0.6 x0=1.4 c1=0 c0=0 length=2 units=mi
~ normamps=150 emergamps=200
New Line.c1 bus1=b1 bus2=c1 r1=0.4 x1=0.7 r0=0.6 x0=1.4 c1=0 c0=0 length=3 units=mi
~ normamps=150 emergamps=200
New Line.side bus1=b2.2 bus2=side.2 phases=1 r1=0.5 x1=0.5 c1=0 c0=0 length=1 units=mi normamps=100
New Transformer.service buses=[b3 lv] kvs=[12.47 0.48] kvas=[500 500] conns=[wye wye] xhl=4
New Load.side bus1=side.2 phases=1 kv=7.2 kw=250 kvar=40 model=1 vminpu=0.5 vmaxpu=1.5
New Load.lv bus1=lv kv=0.48 kw=300 kvar=60 model=1 vminpu=0.5 vmaxpu=1.5
Set voltagebases=[12.47 0.48]
Calcvoltagebases
"""

REGULATED = FROZEN.replace(
    "New Line.l1", "New RegControl.reg transformer=head winding=2 vreg=123 ptratio=60 band=2\nNew Line.l1"
)

STEPS = 24
SUN = tuple(float(share) for share in np.maximum(0.0, np.sin((np.arange(STEPS) + 0.5 - 6) / 12 * np.pi)))
LOAD = tuple(float(share) for share in 0.7 + 0.3 * np.cos((np.arange(STEPS) - 19) / 12 * np.pi))
SETTINGS = StudySettings(
    seed="village",
    candidates=("b1", "b2", "b3", "c1"),
    resource=ResourceSettings(curve=Curve(values=SUN)),
    search=replace(SearchRules(), tolerance_kw=20.0),
    days=(DaySettings(steps=STEPS, step_minutes=60.0, load_curve=Curve(values=LOAD)),),
    sequences=SequenceSettings(shuffles=1),
)
QUEUE = (QueuedUnit("c1", 900.0), QueuedUnit("b3", 900.0), QueuedUnit("b2", 1200.0), QueuedUnit("b1", 600.0))


def written(folder: Path, model: str = REGULATED) -> Path:
    """Return the entry file of the feeder."""
    path = folder / "Master.dss"
    path.write_text(model, encoding="utf-8")
    return path


def judged(master: Path, settings: StudySettings = SETTINGS) -> "tuple[Setup, Judge]":
    """Return the feeder made ready, and a judge of it that keeps nothing."""
    from hcr.studies.interconnection.batch_days import BatchDays  # the engine: only for tests that solve
    from hcr.studies.interconnection.journal import Journal
    from hcr.studies.interconnection.judge import Judge
    from hcr.studies.interconnection.setup import set_up

    setup = set_up(master, "village", settings)
    return setup, Judge(setup, BatchDays(setup), Journal())


def state(*units: tuple[str, float]) -> State:
    """Return a state with PV units at some buses [kW]."""
    return State(tuple(Placed(Kind.PV, bus, Size.of(Kind.PV, kw)) for bus, kw in units))
