import hashlib
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from hcr.errors import HcrError
from hcr.results.layout import TaskSpan, table_path
from hcr.results.parquet import read_parquet
from hcr.results.table import FEEDER, SCENARIO, YEAR, Column, Table
from hcr.results.table_writer import WrittenTable, stacked, write_table

TABLE = Table(
    "peaks",
    "One row a zone.",
    (
        FEEDER,
        SCENARIO,
        YEAR,
        Column("zone", "VARCHAR", "", "Zone."),
        Column("at", "TIMESTAMPTZ", "UTC", "When."),
        Column("customers", "INTEGER", "", "Customers."),
        Column("peak_kw", "DOUBLE", "kW", "Peak."),
        Column("above", "VARCHAR[]", "", "Zones above."),
    ),
    "plain",
)
TASK = TaskSpan("base", "F 1", 2030, datetime(2029, 12, 31, 14), datetime(2030, 12, 31, 14))


def rows() -> dict[str, np.ndarray]:
    above = np.empty(2, object)
    above[:] = [["head"], ["head", "tx1"]]
    return {
        "above": above,
        "at": np.array(["2030-06-01T08:30", "NaT"], "datetime64[us]"),
        "customers": np.array([3.0, np.nan]),
        "peak_kw": np.array([12.5, np.nan]),
        "zone": np.array(["tx1", None], object),
    }


def test_values_come_back_with_the_tables_types(tmp_path: Path):
    written = write_table(tmp_path, TABLE, task=TASK, rows=rows())

    with duckdb.connect() as connection:
        found = connection.execute(
            "DESCRIBE SELECT * FROM read_parquet(?)", [str(tmp_path / written.path)]
        ).fetchall()
    back = read_parquet(tmp_path / written.path)

    assert {name: kind for name, kind, *_ in found} == {
        **TABLE.types,
        "at": "TIMESTAMP WITH TIME ZONE",
    }
    assert back["feeder"].tolist() == ["F 1", "F 1"]
    assert back["scenario"].tolist() == ["base", "base"]
    assert back["year"].tolist() == [2030, 2030]
    assert back["zone"].tolist() == ["tx1", None]
    assert back["customers"].tolist() == [3, None]
    assert back["peak_kw"].tolist() == [12.5, None]
    assert [list(above) for above in back["above"]] == [["head"], ["head", "tx1"]]


def test_columns_stand_in_the_tables_order(tmp_path: Path):
    written = write_table(tmp_path, TABLE, task=TASK, rows=rows())

    assert tuple(read_parquet(tmp_path / written.path)) == TABLE.names


WRITE_A_TIME = """
import sys
from datetime import datetime
from pathlib import Path
import numpy as np
from hcr.results.layout import TaskSpan
from hcr.results.table import Column, Table
from hcr.results.table_writer import write_table

table = Table("times", "One row a time.", (Column("stamp", "TIMESTAMPTZ", "UTC", "When."),), "plain")
task = TaskSpan("base", "F1", 2030, datetime(2030, 1, 1), datetime(2031, 1, 1))
stamp = np.array(["2030-06-01T08:30", "NaT"], "datetime64[us]")
print(write_table(Path(sys.argv[1]), table, task=task, rows={"stamp": stamp}).path)
"""


def test_times_are_utc_wherever_the_machine_is(tmp_path: Path):
    # A process of its own, since DuckDB learns the machine's zone once.
    environment = {**os.environ, "TZ": "Australia/Sydney"}
    command = [sys.executable, "-c", WRITE_A_TIME, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    stamps = read_parquet(tmp_path / done.stdout.strip(), "epoch_us(stamp) AS stamp")["stamp"]

    expected = datetime.fromisoformat("2030-06-01T08:30+00:00").timestamp()
    assert stamps.tolist() == [int(expected) * 10**6, None]


def test_it_says_what_was_written(tmp_path: Path):
    written = write_table(tmp_path, TABLE, task=TASK, rows=rows())

    path = table_path(tmp_path, TABLE, task=TASK)
    assert written == WrittenTable(
        table="peaks",
        path="peaks/base/F%201/2030/peaks.parquet",
        rows=2,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def test_equal_rows_give_equal_bytes(tmp_path: Path):
    first = write_table(tmp_path / "one", TABLE, task=TASK, rows=rows())
    second = write_table(tmp_path / "two", TABLE, task=TASK, rows=rows())

    assert first == second


def test_other_rows_give_another_hash(tmp_path: Path):
    first = write_table(tmp_path / "one", TABLE, task=TASK, rows=rows())
    second = write_table(
        tmp_path / "two", TABLE, task=TASK, rows={**rows(), "peak_kw": np.array([12.5, 13.0])}
    )

    assert first.sha256 != second.sha256


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path):
    none = {name: array[:0] for name, array in rows().items()}

    written = write_table(tmp_path, TABLE, task=TASK, rows=none)

    assert written.rows == 0
    assert tuple(read_parquet(tmp_path / written.path)) == TABLE.names


def test_writing_again_replaces_the_file(tmp_path: Path):
    write_table(tmp_path, TABLE, task=TASK, rows=rows())
    again = write_table(tmp_path, TABLE, task=TASK, rows={**rows(), "customers": np.array([1.0, 2.0])})

    assert read_parquet(tmp_path / again.path)["customers"].tolist() == [1, 2]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    before = write_table(tmp_path, TABLE, task=TASK, rows=rows())

    with pytest.raises((duckdb.Error, HcrError)):
        write_table(tmp_path, TABLE, task=TASK, rows={**rows(), "customers": np.array(["x", "y"], object)})

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / before.path]
    assert hashlib.sha256(files[0].read_bytes()).hexdigest() == before.sha256


def test_columns_that_are_missing_or_unknown_are_named(tmp_path: Path):
    wrong = rows()
    wrong["peak_kva"] = wrong.pop("peak_kw")

    with pytest.raises(HcrError, match="missing peak_kw; unknown peak_kva"):
        write_table(tmp_path, TABLE, task=TASK, rows=wrong)

    assert list(tmp_path.iterdir()) == []


def test_columns_of_the_task_are_not_given(tmp_path: Path):
    with pytest.raises(HcrError, match="unknown year"):
        write_table(tmp_path, TABLE, task=TASK, rows={**rows(), "year": np.array([2031, 2031])})


def test_columns_must_be_equally_long(tmp_path: Path):
    with pytest.raises(HcrError, match=r"lengths \[1, 2\]"):
        write_table(tmp_path, TABLE, task=TASK, rows={**rows(), "peak_kw": np.array([1.0])})


def test_parts_stack_below_each_other():
    parts = [
        {"a": np.array([1, 2]), "b": np.array(["x", "y"], object)},
        {"a": np.array([3]), "b": np.array(["z"], object)},
    ]

    whole = stacked(parts)

    assert whole["a"].tolist() == [1, 2, 3]
    assert whole["b"].tolist() == ["x", "y", "z"]


def test_no_parts_stack_to_nothing():
    assert stacked([]) == {}
