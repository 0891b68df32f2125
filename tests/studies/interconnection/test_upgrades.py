from typing import Any

import pytest
from dss import DSS

from hcr.errors import ModelError
from hcr.studies.interconnection.unit_costs import NREL_TRANSFORMERS, UnitCosts
from hcr.studies.interconnection.upgrades import (
    SINGLE_PHASE_KVA,
    THREE_PHASE_KVA,
    Line,
    Regulator,
    Tap,
    Transformer,
    Unavailable,
    Upgrade,
    UpgradeKind,
    bank_upgrade,
    line_upgrade,
    next_rating,
    regulator_upgrade,
    tap_upgrade,
)

COSTS = UnitCosts()
LINE = Line("Line.line12", 660.0, "ft", 400.0, 600.0)


def test_a_line_gets_a_circuit_beside_it_and_costs_its_length():
    assert line_upgrade(LINE, COSTS) == Upgrade(
        UpgradeKind.LINE,
        "Line.line12",
        400.0,
        800.0,
        "A",
        ('Edit "Line.line12" length=330 normamps=800 emergamps=1200',),
        660.0 * 196.0,
        660.0,
    )


def test_a_second_upgrade_builds_and_costs_two_circuits():
    second = line_upgrade(LINE.doubled(), COSTS)
    assert second.edits == ('Edit "Line.line12" length=165 normamps=1600 emergamps=2400',)
    assert (second.length_ft, second.cost_usd) == (1320.0, 1320.0 * 196.0)


def test_cables_and_other_units_have_their_own_price():
    cable = Line("Line.c", 0.5, "km", 200.0, 300.0, underground=True)
    assert line_upgrade(cable, COSTS).cost_usd == pytest.approx(1640.42 * 268.0)


def test_a_line_without_a_unit_is_refused():
    with pytest.raises(ModelError, match="has no price"):
        line_upgrade(Line("Line.l", 1.0, "none", 200.0, 300.0), COSTS)


@pytest.mark.parametrize(
    ("phases", "kva", "expected"),
    [
        (3, 45.0, 75.0),
        (3, 68.0, 75.0),
        (3, 75.0 / 1.1, 112.5),
        (1, 24.0, 37.5),
        (3, 9500.0, None),
        (1, 0.0, 5.0),
    ],
)
def test_the_next_rating_is_above_the_present_one_by_a_tenth(phases: int, kva: float, expected: float | None):
    """45 x 1.1 is below 75; 75 / 1.1 x 1.1 is no less than 75."""
    assert next_rating(phases, kva) == expected


def test_standard_ratings_rise():
    assert list(THREE_PHASE_KVA) == sorted(THREE_PHASE_KVA)
    assert list(SINGLE_PHASE_KVA) == sorted(SINGLE_PHASE_KVA)


def test_every_transformer_of_a_bank_is_replaced_with_its_ratings_in_proportion():
    bank = [Transformer(f"Transformer.{name}", 1, (50.0, 50.0, 50.0), 55.0, 75.0) for name in ("a", "b")]
    found = bank_upgrade(bank, NREL_TRANSFORMERS)
    assert not isinstance(found, Unavailable)
    assert [one.edits[0] for one in found] == [
        'Edit "Transformer.a" kVAs=[75 75 75] normhkva=82.5 emerghkva=112.5',
        'Edit "Transformer.b" kVAs=[75 75 75] normhkva=82.5 emerghkva=112.5',
    ]
    assert [(one.old, one.new, one.cost_usd) for one in found] == [(50.0, 75.0, 5239.0)] * 2


def test_the_largest_transformer_cannot_grow():
    largest = Transformer("Transformer.t", 3, (10000.0, 10000.0), 11000.0, 15000.0)
    found = bank_upgrade([largest], NREL_TRANSFORMERS)
    assert found == Unavailable("Transformer.t", "no standard rating is above 1.1 x 10000 kVA")


@pytest.mark.parametrize(("steps", "expected"), [(2, 1.0125), (-4, 0.975)])
def test_a_tap_moves_by_steps_of_its_side_of_the_range(steps: int, expected: float):
    found = tap_upgrade(Tap("Transformer.t", 1.0), steps, COSTS)
    assert isinstance(found, Upgrade)
    assert found.new == pytest.approx(expected)
    assert found.edits == (f'Edit "Transformer.t" wdg=1 tap={expected:g}',)
    assert found.cost_usd == 2575.0


def test_a_tap_of_an_uneven_range_has_other_steps_down_than_up():
    uneven = Tap("Transformer.t", 1.0, lowest=0.95, highest=1.1, steps=20)
    up, down = tap_upgrade(uneven, 1, COSTS), tap_upgrade(uneven, -1, COSTS)
    assert isinstance(up, Upgrade)
    assert isinstance(down, Upgrade)
    assert (up.new, down.new) == pytest.approx((1.01, 0.995))


def test_a_tap_is_not_moved_out_of_its_range():
    assert isinstance(tap_upgrade(Tap("Transformer.t", 1.1), 1, COSTS), Unavailable)
    assert isinstance(tap_upgrade(Tap("Transformer.t", 1.0), 16, COSTS), Upgrade)
    assert isinstance(tap_upgrade(Tap("Transformer.t", 1.0), -17, COSTS), Unavailable)


def test_a_set_point_moves_both_ways_of_power_to_the_same_volts():
    found = regulator_upgrade(Regulator("RegControl.r", 122.0, 7200.0, 60.0), -2.0, COSTS)
    assert isinstance(found, Upgrade)
    assert found.edits == ('Edit "RegControl.r" vreg=120 revvreg=120',)
    assert (found.old, found.new, found.unit, found.cost_usd) == (122.0, 120.0, "V", 2575.0)


@pytest.mark.parametrize(("change", "expected"), [(50.0, 126.0), (-50.0, 114.0)])
def test_a_set_point_stays_within_a_twentieth_of_nominal(change: float, expected: float):
    found = regulator_upgrade(Regulator("RegControl.r", 122.0, 7200.0, 60.0), change, COSTS)
    assert isinstance(found, Upgrade)
    assert found.new == expected


def test_the_band_of_a_set_point_is_rounded_outwards():
    found = regulator_upgrade(Regulator("RegControl.r", 122.0, 7199.6, 60.0), 50.0, COSTS)
    assert isinstance(found, Upgrade)
    assert found.new == 126.0


def test_a_set_point_at_its_end_cannot_go_on():
    found = regulator_upgrade(Regulator("RegControl.r", 126.0, 7200.0, 60.0), 1.0, COSTS)
    assert found == Unavailable("RegControl.r", "its set point is 126 V already, the end of 114 to 126 V")


MODEL = """
New Circuit.small basekv=11 bus1=src
New Transformer.t buses=[src mid] kvs=[11 11] kvas=[2000 2000] conns=[wye wye] xhl=1 normhkva=2100
New RegControl.r transformer=t winding=2 vreg=122 ptratio=52.92 band=2
New Line.l bus1=mid bus2=far length=660 units=ft normamps=400 emergamps=600
Set voltagebases=[11]
Calcvoltagebases
"""


@pytest.fixture
def engine() -> Any:
    context: Any = DSS.NewContext()
    context.Text.Command = "Clear"
    for command in MODEL.strip().splitlines():
        context.Text.Command = command
    return context


def _read(engine: Any, element: str, *names: str) -> list[str]:
    found = []
    for name in names:
        engine.Text.Command = f"? {element}.{name}"
        found.append(engine.Text.Result)
    return found


def test_opendss_takes_the_edits(engine: Any):
    present = Transformer("Transformer.t", 3, (2000.0, 2000.0), 2100.0, 3000.0)
    bank = bank_upgrade([present], NREL_TRANSFORMERS)
    assert not isinstance(bank, Unavailable)
    moved = (
        line_upgrade(Line("Line.l", 660.0, "ft", 400.0, 600.0), COSTS),
        *bank,
        tap_upgrade(Tap("Transformer.t", 1.0), 2, COSTS),
        regulator_upgrade(Regulator("RegControl.r", 122.0, 11000 / 3**0.5, 52.92), -2.0, COSTS),
    )
    for upgrade in moved:
        assert isinstance(upgrade, Upgrade)
        for edit in upgrade.edits:
            engine.Text.Command = edit
    assert _read(engine, "Line.l", "length", "normamps", "emergamps") == ["330", "800", "1200"]
    assert _read(engine, "Transformer.t", "kVA", "normhkva", "emerghkva") == ["3750", "3937.5", "5625"]
    assert _read(engine, "RegControl.r", "vreg", "revvreg") == ["120", "120"]
    engine.Text.Command = "Edit Transformer.t wdg=1"
    assert _read(engine, "Transformer.t", "tap") == ["1.0125"]
