"""Days in the batch engine beside those in OpenDSS; they depend on nothing that was solved before."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.studies.interconnection import batch_days
from hcr.studies.interconnection.batch_days import BatchDays
from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.opendss_days import OpenDssDays
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.setup import Setup, set_up
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.unit_costs import UnitCosts
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.interconnection.upgrades import Upgrade


@pytest.fixture(scope="module")
def setup(village: Path, village_settings: StudySettings) -> Setup:
    return set_up(village, "village", village_settings)


def unit(bus: str, kw: float) -> Placed:
    return Placed(Kind.PV, bus, Size.of(Kind.PV, kw))


def state_of(setup: Setup, name: str) -> State:
    upgrade = UpgradeOptions(setup.feeder.equipment, UnitCosts()).of_line("Line.spur")
    assert isinstance(upgrade, Upgrade)
    installed = (unit("end", 800.0), unit("lv", 100.0), unit("end", 50.0))
    return {
        "empty": State(),
        "installed": State(installed),
        "upgraded": State((), (upgrade,)),
        "both": State(installed, (upgrade,)),
    }[name]


TRIALS = (None, unit("far", 900.0), unit("lower", 200.0), unit("gate", 4000.0))
STATES = pytest.mark.parametrize("name", ["empty", "installed", "upgraded", "both"])


def bits(found: Sequence[tuple[DayResult, ...]]) -> list[bytes]:
    return [
        b"".join(
            part.tobytes()
            for part in (
                day.mv.lowest_pu,
                day.lv.highest_pu,
                day.loadings.emergency_percent,
                day.recloser_p_kw,
            )
        )
        for (day,) in found
    ]


@STATES
def test_they_are_those_of_opendss(setup: Setup, name: str) -> None:
    state = state_of(setup, name)
    theirs, ours = OpenDssDays(setup).solve(state, TRIALS), BatchDays(setup).solve(state, TRIALS)
    for (oracle,), (batch,) in zip(theirs, ours, strict=True):
        assert oracle.converged
        assert batch.converged
        assert (oracle.monitored.buses, oracle.loadings.elements) == (
            batch.monitored.buses,
            batch.loadings.elements,
        )
        for part in ("mv", "lv"):
            one, other = getattr(oracle, part), getattr(batch, part)
            np.testing.assert_allclose(one.lowest_pu, other.lowest_pu, rtol=0, atol=1e-5)
            np.testing.assert_allclose(one.highest_pu, other.highest_pu, rtol=0, atol=1e-5)
        changes = oracle.monitored.change_percent, batch.monitored.change_percent
        np.testing.assert_allclose(*changes, rtol=0, atol=2e-3)
        np.testing.assert_allclose(oracle.recloser_p_kw, batch.recloser_p_kw, rtol=0, atol=2.0)


@STATES
def test_what_was_solved_before_makes_no_difference_to_the_last_bit(setup: Setup, name: str) -> None:
    state, sites = state_of(setup, name), ["far", "lower", "gate"]
    fresh = bits(BatchDays(setup).solve(state, TRIALS[2:], sites=sites))
    used = BatchDays(setup)
    for other in ("empty", "installed", "upgraded", "both"):
        used.solve(state_of(setup, other), TRIALS)
        used.solve(state_of(setup, other), [unit("mid", 10.0)], sites=["mid", "end", "far"])
    used.solve(state, TRIALS[:2], sites=sites)
    assert bits(used.solve(state, TRIALS[2:], sites=sites)) == fresh


def test_a_feeder_of_many_sites_has_walks_of_their_own(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = BatchDays(setup).solve(State(), TRIALS)
    monkeypatch.setattr(batch_days, "MOST_AT_ONCE", 2)
    parts = BatchDays(setup)
    for (one,), (other,) in zip(whole, parts.solve(State(), TRIALS), strict=True):
        np.testing.assert_allclose(one.mv.highest_pu, other.mv.highest_pu, rtol=0, atol=1e-9)
    assert parts.solved == len(TRIALS)


def test_circuits_and_walks_are_let_go(setup: Setup) -> None:
    days, options = BatchDays(setup), UpgradeOptions(setup.feeder.equipment, UnitCosts())
    made: list[Upgrade] = []
    for _ in range(7):
        upgrade = options.of_line("Line.spur", made)
        assert isinstance(upgrade, Upgrade)
        made.append(upgrade)
    before = days.solve(State((), tuple(made[:1])), [None])
    lowest = [days.solve(State((), tuple(made[:many])), [None])[0][0].lv.lowest_pu.min() for many in range(8)]
    assert lowest == sorted(lowest)
    assert bits(days.solve(State((), tuple(made[:1])), [None])) == bits(before)


def test_several_days_are_solved_for_each_trial(village: Path, village_settings: StudySettings) -> None:
    (day,) = village_settings.days
    two = replace(village_settings, days=(day, replace(day, name="more", load_multiplier=1.2)))
    days = BatchDays(set_up(village, "village", two))
    (first, second), _ = days.solve(State(), [None, unit("far", 10.0)])
    assert second.lv.lowest_pu.min() < first.lv.lowest_pu.min()
    assert days.solved == 4
