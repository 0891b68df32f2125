"""Simulated meters: both engines agree, and taps do what their gains say."""

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from hcr.errors import ModelError, NotConvergedError
from hcr.powerflow.passive import Uncovered
from hcr.studies.calibration.simulation import Simulation, tap_positions
from hcr.studies.calibration.street import changers
from hcr.studies.engine_choice import EngineChoice
from hcr.studies.task import TapPosition

NOMINAL_V = 250.0
HOUR = (datetime(2025, 1, 1, 4),)
REGULATOR = """
edit vsource.source pu=0.95
edit line.mv0002 bus1=regulated.1.2.3
new transformer.reg phases=3 buses=(mv0001.1.2.3, regulated.1.2.3) conns=(wye, wye) kvs=(22, 22)
~ kvas=(5000, 5000) xhl=0.1 %loadloss=0.01
new regcontrol.reg transformer=reg winding=2 vreg=100 ptratio=127.02 band=1
calcvoltagebases
"""


def model_positions(street: Any) -> dict[int, int]:
    return {group: tap.position for group, tap in changers(street).items()}


@pytest.mark.parametrize("more", ["", REGULATOR], ids=["as generated", "with a regulator"])
def test_the_batch_engine_simulates_what_opendss_does(town: Any, more: str) -> None:
    town.edit(more)
    volts = {}
    for engine in ("batch", "opendss"):
        street = town.street(town.task(engine=engine))
        simulation = Simulation(street)
        volts[engine] = simulation(dict(zip(changers(street), (2, 4, 5, 7), strict=True)))
        assert simulation.last.choice.engine == engine
        assert simulation.last.failed == ()
    assert volts["batch"].shape == (100, 24)
    assert np.abs(volts["batch"] - volts["opendss"]).max() / NOMINAL_V < 1e-4


def test_a_regulator_upstream_holds_its_level(town: Any) -> None:
    town.edit(REGULATOR)
    low = Simulation(town.street())(model_positions(town.street()))
    town.edit("edit regcontrol.reg enabled=no")
    unheld = Simulation(town.street())(model_positions(town.street()))
    assert np.median(low / unheld) == pytest.approx(1 / 0.95, abs=0.01)


def test_a_tap_moves_its_customers_and_no_others(town: Any) -> None:
    street = town.street()
    simulation, before = Simulation(street), model_positions(street)
    first = simulation(before)
    group, changer = next(iter(changers(street).items()))
    ratio = simulation(before | {group: 6}) / first
    own = street.metering.group == group
    assert np.median(ratio[own]) == pytest.approx(changer.gain(6), abs=0.005)
    assert np.abs(ratio[~own] - 1.0).max() < 0.001
    np.testing.assert_array_equal(simulation(before), first)


def test_positions_of_the_model_need_no_edit(town: Any) -> None:
    street = town.street()
    before = model_positions(street)
    assert tap_positions(street, before) == ()
    group, changer = next(iter(changers(street).items()))
    (moved,) = tap_positions(street, before | {group: 3})
    assert moved == TapPosition(changer.transformer, 1, pytest.approx(1.025), 3)


def test_customers_without_supply_have_no_voltage(town: Any) -> None:
    town.edit("open line.t001_1_p01 1")
    street = town.street()
    volts = Simulation(street)(model_positions(street))
    dark = np.isnan(volts).all(axis=1)
    assert 0 < dark.sum() < 50
    assert not np.isnan(volts[~dark]).any()


def test_no_solution_at_any_time_is_an_error(town: Any) -> None:
    town.change_readings(lambda columns: columns | {"import_w": np.full(len(columns["time"]), 9e6)})
    town.edit("batchedit load..* vminpu=0.01")
    street = town.street(town.task(engine="batch"))
    with pytest.raises(NotConvergedError, match="town: the power flow did not converge at any time"):
        Simulation(street)(model_positions(street))


def test_a_circuit_beyond_the_batch_engine_is_refused_where_it_was_asked_for(town: Any) -> None:
    town.edit("new storage.s bus1=t001_lv.1.2.3.4 kv=0.433 kwrated=1 kwhrated=1 dispmode=follow")
    street = town.street(town.task(engine="batch"))
    with pytest.raises(ModelError, match="the batch engine does not cover"):
        Simulation(street)(model_positions(street))
    done = town.calibrate()
    assert done.engine == "opendss"
    assert done.engine_reasons
    assert any("solved in OpenDSS, because of" in text for text in done.warnings)
    assert town.found(done) == town.truth


def test_the_documented_rule_takes_the_mean_of_the_valid_phases(town: Any) -> None:
    town.edit("edit vsource.source pu=1.09\nedit load.c0001 phases=3 bus1=t001_lv.1.2.3.4 kv=0.433 kw=1")
    town.edit("new load.heavy phases=1 bus1=t001_lv.1.4 kv=0.25 kw=100 kvar=100 vminpu=0.5")
    documented, joint = (
        Simulation(town.street(town.task(method, times=HOUR))) for method in ("documented", "joint")
    )
    street = documented.street
    positions = model_positions(street)
    counted, all_phases = documented(positions)[:, 0], joint(positions)[:, 0]
    assert documented.last is not None
    phases, volts = documented.last.phases, documented.last.volts[:, 0]
    valid = (volts >= 180.0) & (volts <= 263.0)
    own = phases.customer == street.customers.elements.index("Load.c0001")
    assert 0 < valid[own].sum() < own.sum() == 3
    for customer in range(len(street.customers)):
        of_customer = phases.customer == customer
        assert all_phases[customer] == pytest.approx(volts[of_customer].mean())
        kept = volts[of_customer & valid]
        assert counted[customer] == pytest.approx(kept.mean() if len(kept) else np.nan, nan_ok=True)


def test_an_engine_that_was_chosen_before_simulates(town: Any) -> None:
    street = town.street()
    why = EngineChoice("opendss", missing=(Uncovered("its power flow", "unlike OpenDSS"),))
    simulation = Simulation(street, why)
    simulation(model_positions(street))
    assert simulation.last is not None
    assert simulation.last.choice == why
    assert simulation.ruling() is None
