import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import UnreadableTableError
from hcr.results.parquet import write_parquet
from hcr.results.records import read_records


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.parquet"
    at = np.array([datetime(2025, 1, 1, 0, 30, tzinfo=UTC), None], object)
    write_parquet(
        path,
        {
            "zone": np.array(["tx1", None], object),
            "kw": np.array([1.5, np.nan]),
            "steps": np.array([48, 17520]),
            "at": at,
        },
        {"at": "TIMESTAMPTZ"},
    )
    return path


def test_rows_are_plain_values_with_none_for_null(table: Path):
    assert read_records([table]) == [
        {"zone": "tx1", "kw": 1.5, "steps": 48, "at": "2025-01-01T00:30Z"},
        {"zone": None, "kw": None, "steps": 17520, "at": None},
    ]


def test_rows_are_json(table: Path):
    assert json.loads(json.dumps(read_records([table]), allow_nan=False))[0]["kw"] == 1.5


def test_files_follow_each_other(table: Path):
    assert [row["zone"] for row in read_records([table, table])] == ["tx1", None, "tx1", None]


def test_no_files_are_no_rows():
    assert read_records([]) == []


def test_a_table_without_rows_has_no_records(tmp_path: Path):
    write_parquet(tmp_path / "t.parquet", {"n": np.empty(0)})

    assert read_records([tmp_path / "t.parquet"]) == []


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UnreadableTableError, match="nowhere"):
        read_records([tmp_path / "nowhere.parquet"])
