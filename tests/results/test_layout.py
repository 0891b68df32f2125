from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.results.catalogue import TABLES
from hcr.results.enhanced_table import ENHANCED
from hcr.results.layout import (
    LONGEST_PART,
    TaskSpan,
    document_path,
    safe_part,
    table_folder,
    table_path,
    under_way_folder,
)
from hcr.results.summary_tables import ZONE_SUMMARY
from hcr.results.zone_tables import METERS

ROOT = Path("packages") / "8b1a"
TASK = TaskSpan("base", "CPM3B3", 2030, datetime(2029, 12, 31, 14), datetime(2030, 12, 31, 14))


def test_raw_tables_have_a_year_folder_and_a_span():
    assert table_path(ROOT, METERS, task=TASK) == (
        ROOT / "energy_meters_raw" / "base" / "CPM3B3" / "2030" / "2029-12-31-14-00_2030-12-31-14-00.parquet"
    )


def test_metric_tables_lie_under_metrics_without_a_year_folder():
    folder = ROOT / "metrics" / "network_performance_metrics_enhanced" / "base" / "CPM3B3"

    assert table_path(ROOT, ENHANCED, task=TASK) == folder / "2029-12-31-14-00_2030-12-31-14-00.parquet"


def test_plain_tables_are_named_after_themselves():
    folder = ROOT / "zone_summary" / "base" / "CPM3B3" / "2030"

    assert table_path(ROOT, ZONE_SUMMARY, task=TASK) == folder / "zone_summary.parquet"


@pytest.mark.parametrize("table", [METERS, ENHANCED, ZONE_SUMMARY], ids=lambda table: table.name)
def test_files_of_a_table_lie_in_its_folder(table):
    assert table_path(ROOT, table, task=TASK).is_relative_to(table_folder(ROOT, table))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("base", "base"),
        ("high PV", "high%20PV"),
        ("a/b\\c", "a%2Fb%5Cc"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("v1.2", "v1.2"),
        ("", "%"),
        ("é", "%C3%A9"),
    ],
)
def test_names_become_safe_folder_names(text: str, part: str):
    assert safe_part(text) == part


def test_long_names_stay_different():
    first, second = safe_part("x" * 500 + "1"), safe_part("x" * 500 + "2")

    assert len(first) == len(second) == LONGEST_PART
    assert first != second


@given(st.text(max_size=400))
def test_no_name_leaves_its_folder(text: str):
    part = safe_part(text)

    assert Path(part).name == part
    assert 0 < len(part) <= LONGEST_PART
    assert part.isascii()


@given(st.text(max_size=40), st.text(max_size=40))
def test_different_names_have_different_folders(first: str, second: str):
    assert (safe_part(first) == safe_part(second)) == (first == second)


@pytest.mark.parametrize("feeder", ["base", "radial", "1", "metrics"])
def test_no_result_lies_in_the_folder_that_a_task_keeps_for_itself(feeder: str):
    task = TaskSpan("base", feeder, 1, TASK.start, TASK.end)
    folder = under_way_folder(ROOT, feeder)
    results = [document_path(ROOT, "interconnection", task=task)]
    results += [table_path(ROOT, table, task=task) for table in TABLES]

    assert folder.parent.parent == ROOT
    assert not [path for path in results if path.is_relative_to(folder.parent)]
