"""Differences between two packages over GraphQL, and the rows that are written."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hcr.results.parquet import read_parquet, write_parquet
from hcr.service.input_difference import MOST_NAMED, described
from hcr.service.resolvers import Service

Ask = Callable[..., Any]
Enter = Callable[..., None]

BASIC = """mutation ($id: ID!, $one: ID!, $two: ID!, $feeder: String, $year: Int) {
  generateNetworkPerformanceDiff(diffId: $id, diffName: "before and after", workPackageId1: $one,
    workPackageId2: $two, scenario: "base", feeder: $feeder, year: $year) { id entries } }"""
ENHANCED = """mutation ($id: ID!, $season: String, $time: String) {
  generateEnhancedNetworkPerformanceDiff(diffId: $id, workPackageId1: "p1", workPackageId2: "p2",
    season: $season, timeOfDay: $time) { id entries } }"""
FIELDS = "diffId name description type scenario feeder year wPId1 { id } wPId2 { id }"
ONE = f"query ($id: ID!) {{ getProcessedDiff(diffId: $id) {{ {FIELDS} }} }}"
PAGE = """query ($limit: Int, $filter: ProcessedDiffFilterInput, $sort: ProcessedDiffSortCriteriaInput) {
  getProcessedDiffs(limit: $limit, filter: $filter, sort: $sort)
  { totalCount offset processedDiff { diffId } } }"""
EDIT = """mutation ($id: ID!, $name: String, $text: String) {
  editDiffPackage(diffId: $id, name: $name, description: $text) }"""


@pytest.fixture(autouse=True)
def packages(enter_solved: Enter) -> None:
    """Packages `p1` and `p2`, whose inputs differ in one option."""
    enter_solved("p1")
    enter_solved("p2", generatorConfig={"model": {"vmPu": 1.02}})


def change(service: Service, table: str, column: str, value: float) -> None:
    """Set one value of a table of `p2`."""
    (path,) = (service.place.results("p2")).rglob(f"{table}/**/*.parquet")
    columns = read_parquet(path)
    columns[column] = np.asarray(columns[column], float)
    columns[column][0] = value
    write_parquet(path, columns)


def test_rows_hold_both_packages_and_the_difference(ask: Ask, service: Service) -> None:
    change(service, "zone_summary", "peak_import_kw", 100.0)
    made = ask(BASIC, id="a/b", one="p1", two="p2")["generateNetworkPerformanceDiff"]
    assert made == {"id": "a/b", "entries": 2}
    (path,) = service.place.differences.rglob("zone_summary.parquet")
    rows = read_parquet(path)
    assert list(rows["conducting_equipment_mrid"]) == ["mv0001", "t001"]
    first, second = rows["peak_import_kw_1"], rows["peak_import_kw_2"]
    assert list(rows["peak_import_kw_difference"]) == list(second - first)
    assert second[0] == 100.0
    assert list(rows["load_kwh_difference"]) == [0.0, 0.0]
    assert np.ma.getmaskarray(rows["rated_kva_difference"])[0]


def test_a_difference_says_what_was_compared_and_where_the_inputs_differ(ask: Ask) -> None:
    ask(BASIC, id="d1", one="p1", two="p2", feeder="tiny")
    assert ask(ONE, id="d1")["getProcessedDiff"] == {
        "diffId": "d1",
        "name": "before and after",
        "description": "The inputs differ in generatorConfig.",
        "type": "NETWORK_PERFORMANCE_METRICS",
        "scenario": "base",
        "feeder": "tiny",
        "year": None,
        "wPId1": {"id": "p1"},
        "wPId2": {"id": "p2"},
    }
    assert ask(ONE, id="d9") == {"getProcessedDiff": None}


def test_enhanced_metrics_are_compared_by_season_and_time_of_day(ask: Ask, service: Service) -> None:
    all_slices = ask(ENHANCED, id="d1")["generateEnhancedNetworkPerformanceDiff"]["entries"]
    annual = ask(ENHANCED, id="d2", season="annual", time="all")["generateEnhancedNetworkPerformanceDiff"]
    assert (all_slices, annual) == (10, {"id": "d2", "entries": 2})
    (path,) = (service.place.differences / "d2").rglob("*.parquet")
    rows = read_parquet(path)
    assert set(rows["season"]) == {"annual"}
    assert list(rows["year"]) == [2025, 2025]
    assert ask(ENHANCED, id="d3", season="monsoon")["generateEnhancedNetworkPerformanceDiff"]["entries"] == 0


def test_differences_are_filtered_sorted_and_paged(ask: Ask) -> None:
    ask(BASIC, id="d1", one="p2", two="p1")
    ask(ENHANCED, id="d2")
    ask(BASIC, id="d3", one="p1", two="p1")

    def ids(**arguments: object) -> list[str]:
        page = ask(PAGE, **arguments)["getProcessedDiffs"]
        return [one["diffId"] for one in page["processedDiff"]]

    assert ids() == ["d3", "d2", "d1"]
    assert ids(filter={"type": "NETWORK_PERFORMANCE_METRICS"}) == ["d3", "d1"]
    assert ids(filter={"wPId": "p2"}) == ["d2", "d1"]
    assert ids(sort={"type": "DESC"})[0] == "d2"
    assert ids(sort={"workPackagedId1": "DESC"})[0] == "d1"
    assert ids(limit=1) == ["d3"]
    (error,) = ask(PAGE, filter={"type": "BETTER"})
    assert error["extensions"]["path"] == ["filter", "type"]


def test_name_and_description_can_be_changed(ask: Ask) -> None:
    ask(BASIC, id="d1", one="p1", two="p2")
    assert ask(EDIT, id="d1", text="after the upgrade") == {"editDiffPackage": True}
    found = ask(ONE, id="d1")["getProcessedDiff"]
    assert (found["name"], found["description"]) == ("before and after", "after the upgrade")
    (error,) = ask(EDIT, id="d9", name="x")
    assert error["extensions"]["code"] == "not_found"


def test_a_deleted_package_leaves_its_side_empty(ask: Ask, service: Service) -> None:
    ask(BASIC, id="d1", one="p1", two="p2")
    service.ledger.changes.delete(["p2"])
    found = ask(ONE, id="d1")["getProcessedDiff"]
    assert (found["wPId1"], found["wPId2"]) == ({"id": "p1"}, None)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"two": "p9"}, "there is no work package p9"),
        ({"feeder": "north"}, "no feeder, scenario and year"),
        ({"year": 2030}, "no feeder, scenario and year"),
        ({"id": " "}, "needs an ID"),
    ],
)
def test_what_cannot_be_compared_is_refused(ask: Ask, asked: dict[str, object], part: str) -> None:
    (error,) = ask(BASIC, **{"id": "d1", "one": "p1", "two": "p2", **asked})
    assert part in error["message"]
    assert ask(PAGE)["getProcessedDiffs"]["totalCount"] == 0


def test_an_id_is_used_once(ask: Ask) -> None:
    ask(BASIC, id="d1", one="p1", two="p2")
    (error,) = ask(ENHANCED, id="d1")
    assert "exists already" in error["message"]


def test_metrics_that_were_not_stored_cannot_be_compared(ask: Ask, enter_solved: Enter) -> None:
    enter_solved("p3", tables=("zone_summary",))
    (error,) = ask(ENHANCED.replace('"p2"', '"p3"'), id="d1")
    assert "populateEnhancedMetrics" in error["message"]
    assert "p3" in error["message"]


def test_a_damaged_table_is_named_without_its_folder(ask: Ask, service: Service) -> None:
    for path in service.place.results("p2").rglob("zone_summary.parquet"):
        path.write_bytes(b"?")
    (error,) = ask(BASIC, id="d1", one="p1", two="p2")
    assert "zone_summary" in error["message"]
    assert str(service.place.directory) not in str(error)


def test_inputs_are_compared_value_by_value() -> None:
    first = {"a": {"b": [1, 2], "c": None}, "d": 1}
    assert described(first, copy.deepcopy(first)) == "The inputs are equal."
    second = {"a": {"b": [1, 3], "c": 0}, "e": 2}
    assert described(first, second) == "The inputs differ in a.b, a.c, d, e."
    many = {f"k{number:02d}": number for number in range(MOST_NAMED + 3)}
    assert described({}, many).endswith("k11 and 3 more.")
