"""What can be upgraded after what was upgraded before."""

from pathlib import Path

import pytest

from hcr.powerflow.compilation import compile_model
from hcr.studies.interconnection.feeder import equipment_of
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.interconnection.upgrades import Unavailable, Upgrade
from interconnection_feeder import FROZEN, REGULATED, judged, written


def options(folder: Path, model: str) -> UpgradeOptions:
    setup, _ = judged(written(folder, model))
    return UpgradeOptions(setup.feeder.equipment, UnitCosts())


def only(found: tuple[Upgrade, ...] | Unavailable) -> Upgrade:
    assert not isinstance(found, Unavailable)
    (upgrade,) = found
    return upgrade


def test_taps_go_on_from_where_they_were_moved(tmp_path: Path) -> None:
    found = options(tmp_path, FROZEN)
    first = only(found.of_taps(["Transformer.head"], 2))
    second = only(found.of_taps(["Transformer.head"], -1, (first,)))
    assert (first.old, first.new, second.old) == (1.0, pytest.approx(1.0125), first.new)
    assert second.new == pytest.approx(1.00625)


def test_a_tap_that_a_control_moves_is_left_to_it(tmp_path: Path) -> None:
    found = options(tmp_path, REGULATED).of_taps(["Transformer.head"], 1)
    assert found == Unavailable("Transformer.head", "a control moves its tap")


def test_set_points_go_on_from_where_they_were_moved(tmp_path: Path) -> None:
    found = options(tmp_path, REGULATED)
    first = only(found.of_regulators(["Transformer.head"], -3.0))
    second = only(found.of_regulators(["Transformer.head"], 1.0, (first,)))
    assert (first.old, first.new, second.new) == (123.0, 120.0, 121.0)
    assert isinstance(found.of_regulators(["Transformer.head"], 30.0), Unavailable)
    assert isinstance(found.of_regulators(["Transformer.service"], 1.0), Unavailable)


def test_a_bank_grows_rating_by_rating(tmp_path: Path) -> None:
    found = options(tmp_path, FROZEN)
    first = only(found.of_bank(["Transformer.service"]))
    second = only(found.of_bank(["Transformer.service"], (first,)))
    assert (first.old, first.new, second.old, second.new) == (500.0, 750.0, 750.0, 1000.0)
    assert "normhkva=1100" in second.edits[0]


@pytest.fixture(scope="module")
def of_village(village: Path) -> UpgradeOptions:
    return UpgradeOptions(equipment_of(compile_model(village)), UnitCosts())


def test_a_line_becomes_two_then_four(of_village: UpgradeOptions) -> None:
    first = of_village.of_line("Line.spur")
    assert isinstance(first, Upgrade)
    second = of_village.of_line("Line.spur", [first])
    assert isinstance(second, Upgrade)
    assert (first.old, first.new, second.old, second.new) == (200.0, 400.0, 400.0, 800.0)
    assert first.length_ft == pytest.approx(4 * 5280.0)
    assert second.cost_usd == pytest.approx(2.0 * first.cost_usd)
    other = of_village.of_line("Line.trunk", [first])
    assert isinstance(other, Upgrade)
    assert other.old == 600.0


@pytest.mark.parametrize(
    ("element", "why"), [("Transformer.reg", "no line"), ("Line.gone", "no line"), ("Line.switch", "unit")]
)
def test_what_cannot_be_upgraded_says_why(of_village: UpgradeOptions, element: str, why: str) -> None:
    found = of_village.of_line(element)
    assert isinstance(found, Unavailable)
    assert why in found.why
