"""What a small interconnection study might have found: twelve buses in a row, three units, three orders.

Numbers are made up, but fit each other: upgrades sum to the cost of rounds, payments to that of sequences.
"""

import math

from hcr.studies.interconnection.cost_sharing import Gain
from hcr.studies.interconnection.feeder_graph import EdgeKind
from hcr.studies.interconnection.metrics import Margin, Metric
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import End, HostingCapacity
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.study_result import (
    BusCapacity,
    Compared,
    MapBus,
    MapEdge,
    Payment,
    SequenceResult,
    StudyResult,
    StudyRound,
    StudyUnit,
    UnitGain,
    WithdrawnUnit,
)
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

MEAN = "<script>alert('1')</script>"
"""A name that a page must not take for markup."""

KW = (1500.0, 1200.0, 900.0, 700.0, 500.0, 400.0, 300.0, 200.0, 100.0, 0.0)
"""Independent capacity of the buses b1 to b10 [kW]."""


def sample(*, name: str = MEAN) -> StudyResult:
    """Return the study; `name` is that of its second unit."""
    return StudyResult(
        feeder="radial",
        engine="batch",
        buses=(*(_bus(at) for at in range(11)), MapBus("lost", 12.47, 3, None, None)),
        edges=tuple(_edge(at) for at in range(10)),
        candidates=tuple(f"b{at}" for at in range(1, 11)),
        monitors=("b3", "b7", "b10"),
        islands=("b0",),
        base=(
            Margin(Metric.V_MIN, 0.02, 1e-3, 0.97, 0.95, "pu", "b10.1"),
            Margin(Metric.NORMAL_HOURS, -1.0, 1e-2, 4.0, 3.0, "h", "Line.l2"),
            Margin(Metric.ISLAND, math.inf, 1e-2, math.inf, 0.0, "", "b0"),
        ),
        independent=tuple(_capacity(at, kw) for at, kw in enumerate(KW, start=1)),
        units=(_unit(1, "b4", 300.0), _unit(2, "b8", 150.0, name), _unit(3, "b10", 250.0)),
        sequences=(_first(), _second(), _third()),
        gains=tuple(
            UnitGain(number, Gain(kw, before, after))
            for number, kw, before, after in (
                *((1, 300.0, 700.0, 1000.0), (2, 150.0, 200.0, 400.0)),
                (3, 250.0, 0.0, 120.0),
            )
        ),
        payments=_payments(),
        withdrawals=(_withdrawal(),),
        warnings=("1 bus has no coordinates",),
        scenario_days=432,
        settings=StudySettings(),
    )


def _bus(at: int) -> MapBus:
    return MapBus(f"b{at}", 12.47, 3, 100.0 * at, 40.0 * (at % 3))


def _edge(at: int) -> MapEdge:
    kind = EdgeKind.RECLOSER if at == 0 else EdgeKind.LINE
    return MapEdge(f"Line.l{at + 1}", kind, f"b{at}", f"b{at + 1}", open=at == 9)


def _change(value: float, bus: str) -> Margin:
    return Margin(Metric.V_DIFF, 3.0 - value, 1e-2, value, 3.0, "%", bus)


def _capacity(at: int, kw: float) -> BusCapacity:
    bus = f"b{at}"
    if at == 1:
        search = HostingCapacity(kw, kw, None, 9, End.CAPPED)
        return BusCapacity(bus, Kind.PV, Size.of(Kind.PV, kw), 400.0, search, ())
    search = HostingCapacity(kw, kw or None, kw + 4.0, 12, End.BRACKETED if kw else End.BELOW_FLOOR)
    overload = Margin(Metric.EMERGENCY, -0.4, 1e-2, 100.4, 100.0, "%", "Line.l2")
    violations = (overload,) if at < 4 else (_change(3.2, bus), overload)
    return BusCapacity(bus, Kind.PV, Size.of(Kind.PV, kw), 400.0, search, violations)


def _unit(number: int, bus: str, kw: float, name: str = "") -> StudyUnit:
    return StudyUnit(number, name or f"{number} {bus}", bus, Kind.PV, Size.of(Kind.PV, kw))


def _line(number: int, cost: float) -> Upgrade:
    edit = f"Edit Line.l{number} length=0.5 normamps=800 emergamps=1000"
    found = (f"l{number}", 400.0, 800.0, "A", (edit,), cost, cost / 196.0)
    return Upgrade(UpgradeKind.LINE, *found)


def _first() -> SequenceResult:
    rounds = (
        StudyRound(0, 1, 1, 300.0, 300.0, 400.0, passed=True),
        StudyRound(0, 2, 2, 150.0, 150.0, 20.0, passed=True),
        StudyRound(
            *(0, 3, 3, 250.0, 250.0, 0.0),
            passed=False,
            violations=(_change(4.1, "b10"), _change(3.6, "b9")),
            upgrades=(_line(9, 19_600.0), _line(8, 39_200.0)),
        ),
    )
    compared = (
        Compared("b4", Kind.PV, 700.0, 700.0, 900.0),
        Compared("b8", Kind.PV, 200.0, 170.0, 260.0),
        Compared("b10", Kind.PV, 0.0, 0.0, 90.0),
    )
    return SequenceResult(0, (1, 2, 3), 3, 700.0, rounds, compared)


def _second() -> SequenceResult:
    tap = Upgrade(
        UpgradeKind.TAP, "sub", 1.0, 1.00625, "pu", ("Edit Transformer.sub wdg=1 tap=1.00625",), 2575.0
    )
    rounds = (
        StudyRound(
            *(1, 1, 3, 250.0, 250.0, 0.0),
            passed=False,
            violations=(_change(3.9, "b10"),),
            upgrades=(_line(9, 19_600.0),),
        ),
        StudyRound(1, 2, 1, 300.0, 300.0, 350.0, passed=True),
        StudyRound(
            *(1, 3, 2, 150.0, 150.0, 0.0),
            passed=False,
            violations=(_change(3.3, "b8"),),
            upgrades=(tap,),
            cleared=False,
            note="no further line leads to the source",
        ),
    )
    return SequenceResult(
        1, (3, 1, 2), 3, 250.0, rounds, (Compared("b10", Kind.PV, 0.0, 0.0, 120.0),), "not cleared"
    )


def _third() -> SequenceResult:
    rounds = (StudyRound(2, 1, 2, 150.0, 150.0, 50.0, passed=True),)
    return SequenceResult(2, (2, 3, 1), None, 150.0, rounds, (Compared("b8", Kind.PV, 200.0, 200.0),))


def _payments() -> tuple[Payment, ...]:
    by_rule = {
        "trigger": (0.0, 0.0, 58_800.0),
        "pro_rata": (25_200.0, 12_600.0, 21_000.0),
        "gain": (6_300.0, 7_350.0, 45_150.0),
        "shapley": (2_000.0, 800.0, 56_000.0),
    }
    first = [
        Payment(0, rule, unit, usd, usd / 58_800.0, 120.0 if rule == "shapley" else 0.0, "")
        for rule, costs in by_rule.items()
        for unit, usd in enumerate(costs, start=1)
    ]
    second = [
        Payment(1, "trigger", unit, usd, usd / 22_175.0)
        for unit, usd in ((1, 0.0), (2, 2575.0), (3, 19_600.0))
    ]
    return (*first, *second)


def _withdrawal() -> WithdrawnUnit:
    rounds = (
        StudyRound(0, 1, 1, 300.0, 300.0, 400.0, passed=True),
        StudyRound(
            *(0, 2, 3, 250.0, 250.0, 0.0),
            passed=False,
            violations=(_change(3.8, "b10"),),
            upgrades=(_line(9, 19_600.0),),
        ),
    )
    return WithdrawnUnit(2, rounds, ((1, 0.0), (3, 58_800.0)), ((1, 0.0), (3, 19_600.0)))
