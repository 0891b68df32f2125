"""The referee: what it finds, and that it finds what is wrong."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import SolveOptions
from hcr.powerflow.verify import joined
from hcr.studies.case import Case, build_case
from hcr.studies.checked_lanes import RefereeRules
from hcr.studies.engine_choice import BATCH, EngineChoice
from hcr.studies.recording import options_of, record, solutions
from hcr.studies.referee import by_both_engines, compared, referee
from hcr.studies.task import LoadTime, ModelSettings, Override, Task

NOON = datetime(2025, 1, 15, 12)
REGULATOR = "New RegControl.reg transformer=t001 winding=2 vreg=125 band=1.6 ptratio=2\n"
BATCH_CHOICE = EngineChoice(BATCH)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("library")
    made = Library(root, root / "cache")
    with made.adding("street") as folder:
        generate_feeder(FeederRecipe("street", customers=16, seed=3), folder)
    return made


@pytest.fixture(scope="module")
def day(library: Library) -> Case:
    return build_case(
        library.open("street"), Task("street", "base", 2030, LoadTime(NOON, NOON + timedelta(days=1)))
    )


def ruled(case: Case, rules: RefereeRules | None = None, **changed: object):
    options = replace(options_of(case, BATCH_CHOICE), **changed)
    return referee(case, record(case, BATCH_CHOICE).series, options=options, rules=rules)


def test_both_engines_agree_far_below_the_tolerance(day: Case):
    ruling = ruled(day)
    assert ruling.passed
    assert len(ruling.lanes) >= 24
    assert {0, 47} <= set(ruling.lanes.tolist())
    assert ruling.comparison is not None
    assert ruling.comparison.voltage_pu.value < 1e-6
    assert ruling.comparison.current_percent.value < 1e-3


def test_all_lanes_of_a_short_task_are_checked(library: Library):
    task = Task("street", "base", 2030, LoadTime(NOON, NOON + timedelta(hours=2)))
    assert ruled(build_case(library.open("street"), task)).lanes.tolist() == [0, 1, 2, 3]


def test_entries_of_an_instant_are_checked(library: Library):
    customer = library.open("street").customers[0].load_id
    entries = Override(customer, load_w=tuple(float(watts) for watts in range(0, 9000, 1000)))
    case = build_case(library.open("street"), Task("street", "base", 2030, LoadTime(NOON, None, (entries,))))
    ruling = ruled(case)
    assert ruling.lanes.tolist() == list(range(9))
    assert ruling.passed


def test_where_a_regulator_acts_lanes_are_held_where_it_was(library: Library):
    if not library.has("regulated"):
        with library.adding("regulated") as folder:
            generate_feeder(FeederRecipe("regulated", customers=16, seed=3), folder)
            loads = folder / "model" / "Loads.dss"
            loads.write_text(loads.read_text() + REGULATOR)
    load_time = LoadTime(NOON, NOON + timedelta(days=1))
    case = build_case(library.open("regulated"), Task("regulated", "base", 2030, load_time))
    assert case.circuit.controls
    ruling = ruled(case)
    assert ruling.passed
    ours, theirs = by_both_engines(case, ruling.lanes, options=options_of(case, BATCH_CHOICE))
    assert len(np.unique(ours.taps)) > 1  # it did act
    np.testing.assert_array_equal(ours.taps, theirs.taps)
    whole = joined(list(solutions(case, EngineChoice(BATCH))))
    np.testing.assert_array_equal(ours.voltage_v, whole.voltage_v[:, ruling.lanes])
    recording = record(case, BATCH_CHOICE)
    assert recording.kept
    kept = recording.kept.solution(ruling.lanes)
    assert kept
    for name in ("voltage_v", "current_a", "injector_va", "taps", "capacitor_steps"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(ours, name), name)


def test_lanes_that_were_kept_are_ruled_as_if_they_were_solved_again(day: Case):
    recording = record(day, BATCH_CHOICE)
    options = options_of(day, BATCH_CHOICE)
    rules = RefereeRules(near_limit_lanes=3, margin_pu=0.5)
    for chosen in (None, rules):  # those of the second were not kept
        again = referee(day, recording.series, options=options, rules=chosen)
        assert (
            referee(day, recording.series, options=options, rules=chosen, kept=recording.kept).lanes.tolist()
            == again.lanes.tolist()
        )
    assert (
        referee(day, recording.series, options=options, kept=recording.kept).comparison
        == ruled(day).comparison
    )


def wrong_admittances(circuit: Circuit, factor: float) -> Circuit:
    """Return a circuit whose batch model has other loads than its OpenDSS model."""
    assert circuit.batch is not None
    draws = replace(circuit.batch.draws, share=circuit.batch.draws.share * factor)
    return replace(circuit, batch=replace(circuit.batch, draws=draws))


def test_a_fault_of_the_batch_engine_is_found_and_placed(day: Case):
    ruling = ruled(replace(day, circuit=wrong_admittances(day.circuit, 1.05)))
    assert not ruling.passed
    assert ruling.comparison is not None
    worst = ruling.comparison.voltage_pu
    assert worst.value > 1e-4
    assert worst.place in day.circuit.nodes.names


def test_a_lane_without_solution_in_opendss_does_not_pass(library: Library):
    # Constant power down to 0.01 pu: at 1 GW nothing gives way, so that there is no solution.
    heavy = tuple(Override(one.load_id, load_w=(1e3, 1e9)) for one in library.open("street").customers)
    task = Task("street", "base", 2030, LoadTime(NOON, None, heavy))
    light = replace(task, load_time=LoadTime(NOON, None, (Override(heavy[0].load_id, load_w=(1e3, 2e3)),)))
    series = record(build_case(library.open("street"), light), BATCH_CHOICE).series
    case = build_case(
        library.open("street"), replace(task, model=ModelSettings(load_model=1, load_v_min_pu=0.01))
    )
    ruling = referee(case, series, options=SolveOptions(engine="batch"))
    assert not ruling.passed
    assert ruling.comparison is None
    assert ruling.fault.startswith("there is no solution at 2030-01-15 12:00: ")


def test_steps_with_two_solutions_are_named(library: Library):
    feeder = library.open("street")
    up = np.linspace(25e3, 60e3, 24)
    ramp = Override(feeder.customers[-1].load_id, load_w=(*up, *up[::-1]))
    settings = ModelSettings(load_model=4, load_v_min_pu=0.95)
    load_time = LoadTime(NOON, NOON + timedelta(days=1), (ramp,))
    case = build_case(feeder, Task("street", "base", 2030, load_time, model=settings))
    backwards, options = np.arange(48)[::-1].copy(), options_of(case, BATCH_CHOICE)
    ours, theirs = by_both_engines(case, backwards, options=options)
    found = compared(case, backwards, ours, theirs)
    assert found.passed
    assert 0 < len(found.twofold) < 24
    assert not compared(case, backwards, ours, replace(theirs, voltage_v=1.01 * theirs.voltage_v)).passed
    recording = record(case, BATCH_CHOICE)
    assert recording.kept
    kept = recording.kept.solution(np.array([0, 47]))
    assert kept
    np.testing.assert_array_equal(kept.voltage_v, ours.voltage_v[:, [47, 0]])
