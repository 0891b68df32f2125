from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from hcr.errors import FeederError
from hcr.network.load_data import Period, known_load_ids, read_load_data
from hcr.network.load_data_import import import_load_data

PERIOD = Period(datetime(2025, 1, 1), 2, 30)


def brought_in(folder: Path, text: str, name: str = "readings.csv") -> Path:
    source, target = folder / name, folder / "load_data.parquet"
    source.write_text(text, encoding="utf-8")
    import_load_data(source, target)
    return target


def test_a_csv_file_is_sorted_and_its_missing_columns_are_zero(tmp_path: Path) -> None:
    path = brought_in(
        tmp_path,
        "load_id,time,import_w\n"
        "b,2025-01-01 00:30:00,3\na,2025-01-01 01:00:00,2\na,2025-01-01 00:30:00,1.5\n",
    )
    data = read_load_data(path, ["a", "b"], PERIOD)
    assert data.import_w[0].tolist() == [1.5, 2.0]
    assert data.export_w.tolist() == data.import_var.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    with duckdb.connect() as database:
        rows = database.read_parquet(str(path)).project("load_id, time").fetchall()
    assert rows == sorted(rows)
    assert len(rows) == 3


def test_identifiers_keep_their_leading_zeros(tmp_path: Path) -> None:
    path = brought_in(tmp_path, "load_id,time,import_w\n0012,2025-01-01T00:30,1\n")
    assert known_load_ids(path) == {"0012"}


def test_empty_cells_of_power_are_gaps(tmp_path: Path) -> None:
    path = brought_in(
        tmp_path, "load_id,time,import_w,export_w\na,2025-01-01T00:30,1,\na,2025-01-01T01:00,,4\n"
    )
    data = read_load_data(path, ["a"], PERIOD)
    assert data.import_w.tolist() == [[1.0, 0.0]]
    assert data.export_w.tolist() == [[0.0, 4.0]]


def test_parquet_files_are_taken_as_well(tmp_path: Path) -> None:
    source = tmp_path / "given.parquet"
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT 7 AS load_id, TIMESTAMP '2025-01-01 00:30' AS time, 5 AS import_w, 'x' AS note) "
            f"TO '{source}' (FORMAT parquet)"
        )
    import_load_data(source, tmp_path / "load_data.parquet")
    assert read_load_data(tmp_path / "load_data.parquet", ["7"], PERIOD).import_w[0, 0] == 5.0


def voltages(path: Path) -> list[float | None]:
    with duckdb.connect() as database:
        return [volts for (volts,) in database.read_parquet(str(path)).project("v_v").fetchall()]


def test_metered_voltages_are_carried_through_with_their_gaps(tmp_path: Path) -> None:
    path = brought_in(
        tmp_path, "load_id,time,import_w,v_v\na,2025-01-01T01:00,1,\na,2025-01-01T00:30,1,238.5\n"
    )
    assert voltages(path) == [238.5, None]


def test_without_metered_voltages_the_column_is_null(tmp_path: Path) -> None:
    assert voltages(brought_in(tmp_path, "load_id,time,import_w\na,2025-01-01T00:30,1\n")) == [None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "load_id,time,import_w\na,2025-01-01T00:30,1\na,2025-01-01T00:30,2\n",
            "a has two readings for 2025",
        ),
        ("load_id,time,import_w\na,2025-01-01T00:30,-1\n", "import_w is negative"),
        ("load_id,time,import_w,export_w\na,2025-01-01T00:30,1,-1\n", "export_w is negative"),
        ("load_id,time,import_w,v_v\na,2025-01-01T00:30,1,-230\n", "v_v is negative"),
        ("load_id,time,import_w\n,2025-01-01T00:30,1\nb,2025-01-01T00:30,1\n", "load_id has empty cells"),
        ("load_id,time,import_w\na,,1\nb,2025-01-01T00:30,1\n", "time has empty cells"),
        ("load_id,import_w\na,1\n", "column time is missing"),
        ("load_id,time,import_w\na,yesterday,1\n", "yesterday"),
        ("load_id,time,import_w\na,2025-01-01T00:30,much\n", "much"),
        ("load_id,time,import_w\n", "no rows"),
        ("load_id,time,import_w\na,2025-01-01T00:30:00+10:00,1\n", "has an offset"),
        ("load_id,time,import_w\na,2025-01-01T00:30:00Z,1\n", "has an offset"),
        ("", "cannot be used"),
    ],
)
def test_a_file_that_cannot_be_load_data_says_why(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FeederError, match=words):
        brought_in(tmp_path, text)
    assert not (tmp_path / "load_data.parquet").exists()


def test_stamps_with_a_zone_are_refused_in_parquet_too(tmp_path: Path) -> None:
    source = tmp_path / "given.parquet"
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT 'a' AS load_id, TIMESTAMPTZ '2025-01-01 00:30+10' AS time, 5 AS import_w) "
            f"TO '{source}' (FORMAT parquet)"
        )
    with pytest.raises(FeederError, match="offset"):
        import_load_data(source, tmp_path / "load_data.parquet")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeederError, match=r"nowhere\.csv"):
        import_load_data(tmp_path / "nowhere.csv", tmp_path / "load_data.parquet")
