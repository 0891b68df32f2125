from datetime import datetime, timedelta

import numpy as np
import pytest

from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.powerflow.verify import solve_alone
from hcr.studies.case import Case, build_case
from hcr.studies.engine_choice import BATCH, EngineChoice
from hcr.studies.recording import options_of
from hcr.studies.stored_lanes import MOST_EXTREMES, known_times, lanes_of_extremes, tables_of
from hcr.studies.task import LoadTime, Task

UTC = np.datetime64("2030-01-15T02:30", "us") + np.timedelta64(30, "m") * np.arange(300)
NOT_A_TIME = np.datetime64("NaT", "us")


def rows(*lanes: int) -> dict[str, np.ndarray]:
    half = len(lanes) // 2
    return {
        "min_voltage_timestamp": UTC[list(lanes[:half])],
        "max_voltage_timestamp": UTC[list(lanes[half:])],
    }


def test_the_lanes_of_all_extremes_are_taken_once():
    assert lanes_of_extremes(UTC, [rows(7, 3, 3, 9), rows(3, 20)]).tolist() == [3, 7, 9, 20]


def test_tables_without_extremes_name_no_lane():
    assert not len(lanes_of_extremes(UTC, []))
    assert not len(lanes_of_extremes(UTC, [{"timestamp": UTC}]))


def test_where_extremes_are_many_those_that_most_rows_name_come_first():
    often = [250, 250, 260, 260]
    few = [*range(MOST_EXTREMES), *often, *range(MOST_EXTREMES), *often]
    found = lanes_of_extremes(UTC, [rows(*few)])
    assert len(found) == MOST_EXTREMES
    assert {250, 260} <= set(found.tolist())


def test_lanes_that_share_a_time_are_all_taken():
    instant = np.repeat(UTC[:1], 4)
    assert lanes_of_extremes(instant, [rows(0, 0)]).tolist() == [0, 1, 2, 3]


def test_times_that_are_null_name_no_lane():
    masked = np.ma.MaskedArray(UTC[:3], mask=[False, True, False])
    assert known_times(masked).tolist() == UTC[[0, 2]].tolist()
    assert not len(known_times(np.array([NOT_A_TIME])))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    root = tmp_path_factory.mktemp("library")
    library = Library(root, root / "cache")
    with library.adding("street") as folder:
        generate_feeder(FeederRecipe("street", customers=6, seed=3), folder)
    noon = datetime(2025, 1, 15, 12)
    task = Task("street", "base", 2030, LoadTime(noon, noon + timedelta(hours=6)))
    return build_case(library.open("street"), task)


def test_tables_of_all_lanes_have_more_extreme_values_than_those_of_some(case: Case):
    options = options_of(case, EngineChoice(BATCH))
    every, some = np.arange(12), np.array([2, 9])
    whole = tables_of(case, every, solve_alone(case.circuit, case.injections, every, options=options))
    part = tables_of(case, some, solve_alone(case.circuit, case.injections, some, options=options))
    for table in ("zone_summary", "customer_summary"):
        assert (whole[table]["min_voltage_pu"] <= part[table]["min_voltage_pu"]).all()
        assert (whole[table]["max_voltage_pu"] >= part[table]["max_voltage_pu"]).all()
    times = part["energy_meters_raw"]["timestamp"]
    assert set(times.tolist()) == set((case.stamps[some] - np.timedelta64(10, "h")).tolist())
    inside = np.isin(whole["energy_meters_raw"]["timestamp"], times)
    powers = whole["energy_meters_raw"]["kwh"][inside], part["energy_meters_raw"]["kwh"]
    np.testing.assert_allclose(*powers, rtol=1e-12)
