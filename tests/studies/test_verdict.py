from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from hcr.errors import NotConvergedError
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.powerflow.verify import NONE, TOLERANCE_PU, Comparison, Difference
from hcr.studies.case import Case, build_case
from hcr.studies.checked_lanes import RefereeRules
from hcr.studies.referee import Ruling
from hcr.studies.task import LoadTime, Task
from hcr.studies.verdict import (
    Stopwatch,
    disagreement,
    opendss_solves,
    unlike_opendss,
    unsolved,
    utc_stamps,
    verification_record,
)

NOON = datetime(2025, 1, 15, 12)
SMALL = Comparison(Difference(1e-8, "lv1.1", 1), Difference(1e-5, "Line.a", 0), Difference(1e-4, "Line.b", 1))
LARGE = replace(SMALL, voltage_pu=Difference(2e-3, "lv1.1", 1))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    root = tmp_path_factory.mktemp("library")
    library = Library(root, root / "cache")
    with library.adding("street") as folder:
        generate_feeder(FeederRecipe("street", customers=4, seed=3), folder)
    task = Task("street", "base", 2030, LoadTime(NOON, NOON + timedelta(hours=2)))
    return build_case(library.open("street"), task)


def ruling(found: Comparison | None, fault: str = "") -> Ruling:
    return Ruling(np.array([0, 3]), 1, found, fault)


def test_a_record_places_differences_in_time(case: Case):
    record = verification_record(case, ruling(SMALL), rules=RefereeRules(seed=5), times=(0.25, 0.1))
    assert (record.lanes, record.near_limit_lanes, record.seed) == (2, 1, 5)
    assert record.voltage_pu.time == "2030-01-15T04:00Z"  # the last of four half hours, at UTC+10
    assert (record.current_a.place, record.current_a.time) == ("Line.a", "2030-01-15T02:30Z")
    assert record.passed
    assert record.tolerance_pu == TOLERANCE_PU
    assert set(record.engines) == {"batch", "opendss"}
    assert (record.seconds, record.share) == (0.25, 0.1)
    assert disagreement("street", record) == ()


def test_a_difference_too_large_is_told_with_its_place(case: Case):
    record = verification_record(case, ruling(LARGE))
    (text,) = disagreement("street", record)
    assert text.startswith(
        "street: the check in OpenDSS did not pass: the engines differ by 0.002 pu at lv1.1"
    )
    assert str(unlike_opendss(record)).startswith("lv1.1: the engines differ by 0.002 pu")


def test_a_lane_with_two_solutions_is_named_and_no_disagreement(case: Case):
    record = verification_record(case, ruling(replace(SMALL, twofold=(1,))))
    assert record.passed
    assert record.twofold == ("2030-01-15T04:00Z",)
    (text,) = disagreement("street", record)
    assert text.startswith(
        "street: the power flow has two solutions in 1 of 2 steps checked (first 2030-01-15"
    )


def test_a_check_without_a_solution_has_no_numbers(case: Case):
    record = verification_record(case, ruling(None, "OpenDSS has no solution at noon"))
    assert not record.passed
    assert (record.voltage_pu.value, record.voltage_pu.place, record.voltage_pu.time) == (None, "", "")
    assert disagreement("street", record) == (
        "street: the check in OpenDSS did not pass: OpenDSS has no solution at noon",
    )


def test_a_quantity_that_cannot_be_compared_has_no_number(case: Case):
    nothing = Difference(float("nan"), "", NONE)
    record = verification_record(case, ruling(replace(SMALL, current_percent=nothing)))
    assert record.current_percent.value is None
    assert record.passed


def test_without_a_check_there_is_nothing_to_say():
    assert disagreement("street", None) == ()


def test_times_are_those_of_the_tables(case: Case):
    assert str(utc_stamps(case)[0]) == "2030-01-15T02:30:00.000000"


def test_the_stopwatch_tells_the_part_of_the_check():
    ticks = iter([4.0, 5.0])
    watch = Stopwatch(lambda: next(ticks), began=1.0)
    watch.check()
    assert watch.times() == (1.0, 0.25)


def test_opendss_is_asked_about_one_lane(case: Case):
    assert opendss_solves(case, 2)
    nothing = np.full_like(case.injections.power_w, np.nan)
    assert not opendss_solves(replace(case, injections=replace(case.injections, power_w=nothing)), 2)


def test_a_lane_that_only_opendss_solves_is_the_reason():
    error = NotConvergedError("feeder street: no solution at noon, node lv1.1", lane=3)
    assert "feeder street: no solution at noon, node lv1.1" in str(unsolved(error))
