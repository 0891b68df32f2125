"""A new regulator in OpenDSS, and the batch engine beside it."""

import numpy as np
import pytest

from hcr.studies.interconnection.batch_days import BatchDays
from hcr.studies.interconnection.new_regulator import Place, new_regulator
from hcr.studies.interconnection.opendss_days import OpenDssDays
from hcr.studies.interconnection.setup import Setup, set_up
from hcr.studies.interconnection.trial import State
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.interconnection.upgraded_circuit import upgraded
from hcr.studies.interconnection.upgrades import Unavailable, Upgrade, UpgradeKind
from interconnection_feeder import FROZEN, SETTINGS, state, written

COSTS = UnitCosts()
L2 = Place("Line.l2", 1, "b1", (1, 2, 3), 12470 / 3**0.5, 200.0)


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return set_up(written(tmp_path_factory.mktemp("frozen"), FROZEN), "village", SETTINGS)


def options(setup: Setup) -> UpgradeOptions:
    return UpgradeOptions(setup.feeder.equipment, COSTS)


def built(setup: Setup, element: str = "Line.l2", bus: str = "b1") -> Upgrade:
    found = options(setup).of_new_regulator(setup.feeder.circuit, element, bus)
    assert isinstance(found, Upgrade)
    return found


def test_its_place_is_read_off_the_circuit(setup: Setup) -> None:
    assert built(setup) == new_regulator(L2, COSTS)
    assert (built(setup).kind, built(setup).cost_usd) == (UpgradeKind.NEW_REGULATOR, 175_000.0)


def test_the_line_moves_behind_a_regulator_of_each_phase(setup: Setup) -> None:
    circuit = upgraded(setup.feeder.circuit, built(setup))
    equipment = circuit.equipment
    assert equipment is not None
    assert [one.name for one in equipment.regulators] == [f"RegControl.hcr_reg_l2_{n}" for n in (1, 2, 3)]
    at = circuit.branches.elements.names.index("Line.l2")
    assert circuit.branches.elements.buses[at] == ("hcr_reg_l2", "b2")
    own = [place for place, bus in enumerate(circuit.nodes.buses) if bus == "hcr_reg_l2"]
    np.testing.assert_allclose(circuit.nodes.base_v[own], 12470 / 3**0.5, rtol=1e-6)


def test_it_holds_the_voltage_behind_it_in_both_engines(setup: Setup) -> None:
    regulator, units = built(setup), state(("b3", 2200.0)).units
    with_it = State(units, (regulator,))
    (theirs,), (ours,) = (days.solve(with_it, [None])[0] for days in (OpenDssDays(setup), BatchDays(setup)))
    np.testing.assert_allclose(theirs.mv.highest_pu, ours.mv.highest_pu, rtol=0, atol=1e-5)
    ((before,),) = BatchDays(setup).solve(State(units), [None])
    assert before.mv.highest_pu.max() > 1.06
    assert ours.mv.highest_pu.max() < 1.05


@pytest.mark.parametrize(("element", "bus"), [("Line.side", "b2"), ("Line.l3", "b3")])
def test_any_phases_and_either_end_will_do(setup: Setup, element: str, bus: str) -> None:
    upgrade = built(setup, element, bus)
    ((found,),) = BatchDays(setup).solve(State((), (upgrade,)), [None])
    assert found.converged


def test_a_line_has_one_at_most(setup: Setup) -> None:
    made = (built(setup),)
    again = options(setup).of_new_regulator(setup.feeder.circuit, "Line.l2", "b1", made)
    assert isinstance(again, Unavailable)
