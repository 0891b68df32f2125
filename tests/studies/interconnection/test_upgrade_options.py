"""What can be upgraded, by the equipment of the model and what was made so far."""

from pathlib import Path

import pytest

from hcr.powerflow.compilation import compile_model
from hcr.studies.interconnection.feeder import equipment_of
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.interconnection.upgrades import Unavailable, Upgrade


@pytest.fixture(scope="module")
def options(village: Path) -> UpgradeOptions:
    return UpgradeOptions(equipment_of(compile_model(village)), UnitCosts())


def test_a_line_becomes_two_then_four(options: UpgradeOptions) -> None:
    first = options.of_line("Line.spur")
    assert isinstance(first, Upgrade)
    second = options.of_line("Line.spur", [first])
    assert isinstance(second, Upgrade)
    assert (first.old, first.new, second.old, second.new) == (200.0, 400.0, 400.0, 800.0)
    assert first.length_ft == pytest.approx(4 * 5280.0)
    assert second.cost_usd == pytest.approx(2.0 * first.cost_usd)
    other = options.of_line("Line.trunk", [first])
    assert isinstance(other, Upgrade)
    assert other.old == 600.0


@pytest.mark.parametrize(
    ("element", "why"), [("Transformer.reg", "no line"), ("Line.gone", "no line"), ("Line.switch", "unit")]
)
def test_what_cannot_be_upgraded_says_why(options: UpgradeOptions, element: str, why: str) -> None:
    found = options.of_line(element)
    assert isinstance(found, Unavailable)
    assert why in found.why
