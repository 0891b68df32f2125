from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hcr.results.interconnection_tables import INTERCONNECTION_TABLES
from hcr.results.layout import TaskSpan
from hcr.results.records import read_records
from hcr.results.table import Table
from hcr.results.table_writer import write_table
from hcr.studies.interconnection.records import records_of
from hcr.studies.interconnection.study_result import StudyResult
from hcr.studies.interconnection.tables import interconnection_tables
from interconnection_sample import sample

TASK = TaskSpan("base", "radial", 2025, datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize("table", INTERCONNECTION_TABLES, ids=lambda table: table.name)
def test_a_table_comes_back_as_it_was_written(table: Table, tmp_path: Path):
    written = write_table(tmp_path, table, task=TASK, rows=interconnection_tables(sample())[table.name])
    expected = records_of(sample())[table.name.removeprefix("interconnection_")]
    added = {"feeder": "radial", "scenario": "base", "year": 2025}
    assert read_records([tmp_path / written.path]) == [{**added, **row} for row in expected]


def test_a_study_that_found_nothing_has_tables_without_rows(tmp_path: Path):
    bare = StudyResult("radial", "batch", (), (), (), (), (), (), ())
    for name, rows in interconnection_tables(bare).items():
        table = next(one for one in INTERCONNECTION_TABLES if one.name == name)
        expected = 1 if name == "interconnection_summary" else 0
        assert write_table(tmp_path, table, task=TASK, rows=rows).rows == expected


def test_buses_without_a_place_are_null(tmp_path: Path):
    capacity = replace(sample().independent[0], bus="elsewhere")
    rows = interconnection_tables(replace(sample(), independent=(capacity,)))
    table = next(one for one in INTERCONNECTION_TABLES if one.name == "interconnection_hosting_capacity")
    written = write_table(tmp_path, table, task=TASK, rows=rows[table.name])
    (row,) = read_records([tmp_path / written.path])
    assert (row["x"], row["y"], row["phases"]) == (None, None, None)
