"""Days of trials in OpenDSS: what units, upgrades and curves do, and the batch engine beside it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import ModelError
from hcr.powerflow.circuit import FloatArray
from hcr.powerflow.inverter_curves import IEEE_1547_B, share_at
from hcr.powerflow.lanes import solve_in_blocks
from hcr.studies.interconnection.batch_days import BatchDays
from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.metrics import Criteria, evaluate
from hcr.studies.interconnection.opendss_days import OpenDssDays
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import HostingCapacity, Search
from hcr.studies.interconnection.settings import (
    Curve,
    DaySettings,
    InverterMode,
    Monitors,
    ResourceSettings,
    StudySettings,
)
from hcr.studies.interconnection.setup import OPTIONS, Setup, set_up
from hcr.studies.interconnection.trial import Days, Placed, State
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrades import (
    Line,
    Regulator,
    Upgrade,
    UpgradeKind,
    line_upgrade,
    regulator_upgrade,
)

MODEL = """
New Circuit.small basekv=12.47 bus1=src r1=0.2 x1=1 r0=0.2 x0=1
New Transformer.reg buses=[src head] kvs=[12.47 12.47] kvas=[5000 5000] conns=[wye wye] xhl=1
New RegControl.reg transformer=reg winding=2 vreg=122 ptratio=60 band=2
New Line.trunk bus1=head bus2=mid r1=0.3 x1=0.6 r0=0.5 x0=1.2 c1=0 c0=0 length=3 units=mi normamps=300
~ emergamps=400
New Recloser.rec monitoredobj=line.trunk monitoredterm=1 phasetrip=5000 groundtrip=5000
New Line.spur bus1=mid bus2=far r1=0.4 x1=0.7 r0=0.6 x0=1.4 c1=0 c0=0 length=4 units=mi normamps=200
~ emergamps=250
New Line.lateral bus1=mid.2 bus2=side.2 phases=1 r1=0.5 x1=0.5 c1=0 c0=0 length=1 units=mi normamps=100
New Transformer.service buses=[far lv] kvs=[12.47 0.48] kvas=[500 500] conns=[wye wye] xhl=4
New Load.mid bus1=mid kv=12.47 kw=900 kvar=200 model=1 vminpu=0.5 vmaxpu=1.5
New Load.side bus1=side.2 phases=1 kv=7.2 kw=150 kvar=40 model=1 vminpu=0.5 vmaxpu=1.5
New Load.lv bus1=lv kv=0.48 kw=200 kvar=60 model=1 vminpu=0.5 vmaxpu=1.5
Set voltagebases=[12.47 0.48]
Calcvoltagebases
"""

STEPS = 24
SUN = tuple(float(share) for share in np.maximum(0.0, np.sin((np.arange(STEPS) + 0.5 - 6) / 12 * np.pi)))
LOAD = tuple(float(share) for share in 0.7 + 0.3 * np.cos((np.arange(STEPS) - 19) / 12 * np.pi))
DAY = DaySettings(steps=STEPS, step_minutes=60.0, load_curve=Curve(values=LOAD))
SETTINGS = StudySettings(
    monitored_buses=("mid",), resource=ResourceSettings(curve=Curve(values=SUN)), days=(DAY,)
)
EMPTY = State()


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "Master.dss"
    path.write_text(MODEL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def setup(master: Path) -> Setup:
    return set_up(master, "small", SETTINGS)


@pytest.fixture(scope="module")
def days(setup: Setup) -> OpenDssDays:
    return OpenDssDays(setup)


def unit(bus: str, kw: float, kind: Kind = Kind.PV) -> Placed:
    return Placed(kind, bus, Size.of(kind, kw, hours=2.0 if kind is Kind.BATTERY else None))


def solved(days: Days, trial: Placed | None, state: State = EMPTY) -> DayResult:
    """Return the only day of a trial."""
    ((found,),) = days.solve(state, [trial])
    assert found.converged
    return found


def same(one: DayResult, other: DayResult, tolerance_pu: float) -> None:
    """Assert that two days are the same: voltages [pu], and all else in its proportion to them."""
    for level, beside in ((one.mv, other.mv), (one.lv, other.lv)):
        np.testing.assert_allclose(level.lowest_pu, beside.lowest_pu, rtol=0, atol=tolerance_pu)
        np.testing.assert_allclose(level.highest_pu, beside.highest_pu, rtol=0, atol=tolerance_pu)
        assert (level.lowest_at, level.highest_at) == (beside.lowest_at, beside.highest_at)
    assert one.monitored.buses == other.monitored.buses
    changes = one.monitored.change_percent, other.monitored.change_percent
    np.testing.assert_allclose(*changes, rtol=0, atol=200.0 * tolerance_pu)
    assert one.loadings.elements == other.loadings.elements
    for name in ("normal_percent", "emergency_percent"):
        loads = getattr(one.loadings, name), getattr(other.loadings, name)
        np.testing.assert_allclose(*loads, rtol=0, atol=2e3 * tolerance_pu)
    np.testing.assert_array_equal(one.loadings.hours_above_normal, other.loadings.hours_above_normal)
    for name in ("recloser_p_kw", "recloser_q_kvar"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=2e5 * tolerance_pu)


def test_without_a_trial_the_day_is_that_of_the_model(setup: Setup, days: OpenDssDays) -> None:
    found, circuit = solved(days, None), setup.feeder.circuit
    options = replace(OPTIONS, engine="opendss")
    (plain,) = solve_in_blocks(circuit, setup.days[0].injections, options)
    size = np.abs(plain.voltage_v) / circuit.nodes.base_v[:, None]
    for level, nodes in ((found.mv, circuit.nodes.base_v > 1e3), (found.lv, circuit.nodes.base_v < 1e3)):
        np.testing.assert_allclose(level.lowest_pu, size[nodes].min(axis=0), atol=1e-9)
        np.testing.assert_allclose(level.highest_pu, size[nodes].max(axis=0), atol=1e-9)
    assert (found.mv.lowest_at.partition(".")[0], found.lv.lowest_at.partition(".")[0]) == ("far", "lv")
    assert set(found.monitored.buses) == set(setup.monitors)


def test_a_unit_lifts_the_voltage_and_relieves_the_recloser(days: OpenDssDays) -> None:
    before, after = solved(days, None), solved(days, unit("far", 600.0))
    assert (after.lv.lowest_pu >= before.lv.lowest_pu - 1e-2).all()
    noon = STEPS // 2
    assert after.lv.lowest_pu[noon] > before.lv.lowest_pu[noon] + 1e-3
    saved = before.recloser_p_kw[0] - after.recloser_p_kw[0]
    np.testing.assert_allclose(saved, 600.0 * np.array(SUN), rtol=0.1, atol=2.0)
    assert saved[noon] > 600.0 * SUN[noon]  # losses, too


def test_a_bus_is_watched_while_it_has_a_unit(setup: Setup, days: OpenDssDays) -> None:
    free = {"head", "mid", "far", "lv"} - set(setup.monitors)
    assert free
    bus = sorted(free)[0]
    assert solved(days, unit(bus, 100.0)).monitored.buses == (*setup.monitors, bus)
    assert solved(days, None).monitored.buses == setup.monitors
    assert solved(days, None, State((unit(bus, 100.0),))).monitored.buses == (*setup.monitors, bus)


def test_it_is_all_the_same_which_unit_is_on_trial(days: OpenDssDays) -> None:
    one, other = unit("far", 500.0), unit("lv", 200.0)
    both = solved(days, other, State((one,)))
    same(both, solved(days, one, State((other,))), 1e-7)
    same(both, solved(days, None, State((one, other))), 1e-7)


def test_a_trial_leaves_nothing_behind(setup: Setup, days: OpenDssDays) -> None:
    trials = [unit("far", 3000.0), unit("mid", 50.0), None, unit("far", 10.0)]
    together = days.solve(EMPTY, trials)
    for trial, (found,) in zip(trials, together, strict=True):
        same(found, solved(OpenDssDays(setup), trial), 1e-9)
    assert len({found.mv.highest_pu.tobytes() for (found,) in together}) == len(trials)


def test_what_a_storage_has_left_is_not_handed_on(tmp_path: Path) -> None:
    path = tmp_path / "Master.dss"
    storage = "New Storage.s bus1=mid kv=12.47 kwrated=300 kwhrated=600 %stored=100 state=discharging\n"
    path.write_text(MODEL.replace("Set voltagebases", storage + "Set voltagebases"), encoding="utf-8")
    days = OpenDssDays(set_up(path, "small", SETTINGS))
    first, second = solved(days, None), solved(days, None)
    assert np.abs(np.diff(first.recloser_p_kw)).max() > 200.0
    same(first, second, 1e-9)


def test_the_power_factor_counts_from_the_unit(master: Path) -> None:
    def flow(power_factor: float) -> FloatArray:
        resource = replace(SETTINGS.resource, power_factor=power_factor)
        days = OpenDssDays(set_up(master, "small", replace(SETTINGS, resource=resource)))
        return solved(days, unit("mid", 600.0)).recloser_q_kvar[0]

    noon, kvar = STEPS // 2, 600.0 * SUN[STEPS // 2] * np.tan(np.arccos(0.9))
    assert flow(-0.9)[noon] - flow(1.0)[noon] == pytest.approx(kvar, rel=0.1)
    assert flow(1.0)[noon] - flow(0.9)[noon] == pytest.approx(kvar, rel=0.1)


def test_a_battery_draws_what_it_stores(master: Path) -> None:
    curve = Curve(values=(*(-1.0,) * 12, *(1.0,) * 12))
    resource = ResourceSettings(kind=Kind.BATTERY, curve=curve)
    days = OpenDssDays(set_up(master, "small", replace(SETTINGS, resource=resource)))
    change = (
        solved(days, unit("mid", 400.0, Kind.BATTERY)).recloser_p_kw - solved(days, None).recloser_p_kw
    )[0]
    np.testing.assert_allclose(change[:12], 400.0, rtol=0.1)
    np.testing.assert_allclose(change[12:], -400.0, rtol=0.1)


def test_a_line_upgrade_halves_its_drop_and_doubles_its_ratings(days: OpenDssDays) -> None:
    upgrade = line_upgrade(Line("spur", 4.0, "mi", 200.0, 250.0), UnitCosts())
    before, after = solved(days, None), solved(days, None, State((), (upgrade,)))
    assert after.lv.lowest_pu.min() > before.lv.lowest_pu.min()
    at = before.loadings.elements.index("Line.spur")
    assert after.loadings.normal_percent[at] == pytest.approx(
        before.loadings.normal_percent[at] / 2, rel=0.05
    )
    same(before, solved(days, None), 1e-9)


def test_a_regulator_upgrade_moves_all_behind_it(days: OpenDssDays) -> None:
    upgrade = regulator_upgrade(Regulator("reg", 122.0, 7199.6, 60.0), -3.0, UnitCosts())
    assert isinstance(upgrade, Upgrade)
    lowered = solved(days, None, State((), (upgrade,)))
    assert lowered.lv.highest_pu.max() < solved(days, None).lv.highest_pu.max() - 0.01
    assert lowered.monitored.buses == solved(days, None).monitored.buses


def test_an_upgrade_that_the_engine_refuses_says_so(days: OpenDssDays) -> None:
    wrong = Upgrade(UpgradeKind.LINE, "spur", 1.0, 2.0, "A", ("edit line.spur lenght=2",), 0.0)
    with pytest.raises(ModelError, match="OpenDSS cannot read"):
        days.solve(State((), (wrong,)), [None])


def test_a_day_without_a_solution_is_told_and_forgotten(master: Path) -> None:
    setup = set_up(master, "small", replace(SETTINGS, days=(replace(DAY, load_multiplier=60.0), DAY)))
    days = OpenDssDays(setup)
    first, second = days.solve(EMPTY, [None, unit("far", 500.0)])
    for impossible, possible in (first, second):
        assert not impossible.converged
        assert possible.converged
    alone = set_up(master, "small", SETTINGS)
    same(second[1], solved(OpenDssDays(alone), unit("far", 500.0)), 1e-9)
    assert not evaluate(first[0], Criteria()).passed


def test_an_instant_has_no_changes(master: Path) -> None:
    instant = DaySettings(first_hour=12.0, steps=1, step_minutes=60.0, load_curve=None)
    setup = set_up(master, "small", replace(SETTINGS, days=(instant,)))
    found, batch = (
        solved(OpenDssDays(setup), unit("far", 500.0)),
        solved(BatchDays(setup), unit("far", 500.0)),
    )
    assert found.mv.lowest_pu.shape == (1,)
    assert not found.monitored.change_percent.any()
    same(found, batch, 1e-5)


def test_volt_var_keeps_the_voltage_down_by_the_curve(master: Path) -> None:
    resource = replace(SETTINGS.resource, inverter=InverterMode.VOLT_VAR)
    setup = set_up(master, "small", replace(SETTINGS, resource=resource))
    trial = unit("far", 2500.0)
    free, held = (
        solved(OpenDssDays(set_up(master, "small", SETTINGS)), trial),
        solved(OpenDssDays(setup), trial),
    )
    at = int(free.mv.highest_pu.argmax())
    assert held.mv.highest_pu[at] < free.mv.highest_pu[at] - 5e-3
    share = share_at(IEEE_1547_B.volt_var, held.mv.highest_pu[at : at + 1])[0]
    drawn = held.recloser_q_kvar[0, at] - free.recloser_q_kvar[0, at]
    assert drawn == pytest.approx(-share * trial.size.kva, rel=0.25)
    same(held, solved(OpenDssDays(setup), trial), 1e-9)


TRIALS = [
    None,
    *(unit(bus, kw) for bus, kw in (("far", 400.0), ("lv", 300.0), ("mid", 2500.0), ("far", 6e3))),
]


@pytest.mark.parametrize(
    "installed", [(), (unit("mid", 300.0), unit("lv", 100.0))], ids=["empty", "installed"]
)
def test_the_batch_engine_comes_to_the_same(setup: Setup, installed: Sequence[Placed]) -> None:
    spur = line_upgrade(Line("spur", 4.0, "mi", 200.0, 250.0), UnitCosts())
    for state in (State(tuple(installed)), State(tuple(installed), (spur,))):
        agree(setup, state, TRIALS)


def test_the_batch_engine_comes_to_the_same_on_the_radial_feeder(radial: Path) -> None:
    setup = set_up(radial, "radial", StudySettings(monitors=Monitors.ALL))
    sizes = (100.0, 700.0, 1500.0, 3000.0, 1000.0)
    trials = [unit(bus, kw) for bus, kw in zip(setup.candidates[::11], sizes, strict=True)]
    agree(setup, EMPTY, [None, *trials])
    agree(setup, State(tuple(trials[:2])), [trials[3]])


def test_a_fuse_that_blows_in_opendss_is_a_violation_in_both(radial: Path) -> None:
    setup = set_up(radial, "radial", StudySettings())
    behind_a_fuse = unit("bus_25f", 4000.0)
    days = OpenDssDays(setup)
    theirs, ours = solved(days, behind_a_fuse), solved(BatchDays(setup), behind_a_fuse)
    assert theirs.monitored.change_percent.max() > 50.0
    assert abs(theirs.mv.lowest_pu - ours.mv.lowest_pu).max() > 1e-3
    assert not any(evaluate(day, Criteria()).passed for day in (theirs, ours))
    same(solved(days, None), solved(OpenDssDays(setup), None), 1e-9)  # it is whole again afterwards


def agree(setup: Setup, state: State, trials: Sequence[Placed | None]) -> None:
    """Assert that both engines solve trials alike, to 1e-5 pu."""
    theirs, ours = OpenDssDays(setup).solve(state, trials), BatchDays(setup).solve(state, trials)
    for (oracle,), (batch,) in zip(theirs, ours, strict=True):
        assert oracle.converged
        assert batch.converged
        same(oracle, batch, 1e-5)


@pytest.mark.slow
def test_hosting_capacities_of_the_radial_feeder_agree_at_every_candidate(radial: Path) -> None:
    setup = set_up(radial, "radial", StudySettings(capacities_only=True))
    tolerance = setup.settings.search.tolerance_kw
    theirs, ours = capacities(setup, OpenDssDays(setup)), capacities(setup, BatchDays(setup))
    assert len(theirs) == 53
    for bus, capacity in theirs.items():
        assert abs(capacity.size_kw - ours[bus].size_kw) <= tolerance, bus
        assert capacity.end is ours[bus].end


def capacities(setup: Setup, days: Days) -> dict[str, HostingCapacity]:
    """Return the hosting capacity of every candidate, all searches side by side."""
    base = solved(days, None)
    criteria = Criteria(setup.settings.limits, setup.settings.tolerances, base, setup.feeder.islands)
    found: dict[str, HostingCapacity] = {}
    searches = {bus: Search.start(500.0, setup.settings.search) for bus in setup.candidates}
    while searches:
        trials = [unit(bus, search.next_kw) for bus, search in searches.items()]
        for trial, (day,) in zip(trials, days.solve(EMPTY, trials), strict=True):
            told = searches.pop(trial.bus).tell(passed=evaluate(day, criteria).passed)
            if isinstance(told, Search):
                searches[trial.bus] = told
            else:
                found[trial.bus] = told
    return found
