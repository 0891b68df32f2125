import hashlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hcr.errors import UnreadableTableError
from hcr.results.parquet import read_parquet, write_parquet, write_parquet_parts

COLUMNS = {
    "name": np.array(["a", None, "c"], object),
    "count": np.array([1, 2, 3]),
    "power": np.array([1.5, np.nan, -0.5]),
    "at": np.array(["2025-01-01T00:30", "NaT", "2025-06-01T12:00"], "datetime64[us]"),
    "on": np.array([True, False, True]),
}


def test_what_is_written_is_read_again(tmp_path: Path):
    rows = write_parquet(tmp_path / "table.parquet", COLUMNS)

    read = read_parquet(tmp_path / "table.parquet")

    assert rows == 3
    assert list(read) == list(COLUMNS)
    assert read["count"].tolist() == [1, 2, 3]
    assert read["on"].tolist() == [True, False, True]
    assert read["name"].tolist() == ["a", None, "c"]


def test_nan_nat_and_none_are_null(tmp_path: Path):
    write_parquet(tmp_path / "table.parquet", COLUMNS)

    nulls = read_parquet(
        tmp_path / "table.parquet", 'count(*) - count(name), count(*) - count(power), count(*) - count("at")'
    )

    assert [int(column[0]) for column in nulls.values()] == [1, 1, 1]
    read = read_parquet(tmp_path / "table.parquet")
    for name in ("name", "power", "at"):
        assert np.ma.getmaskarray(read[name]).tolist() == [False, True, False], name


def test_types_are_those_asked_for(tmp_path: Path):
    path = tmp_path / "table.parquet"
    write_parquet(path, {"year": np.array([2025]), "kw": np.array([1])}, {"year": "INTEGER", "kw": "DOUBLE"})

    kinds = read_parquet(path, "typeof(year) AS year, typeof(kw) AS kw")

    assert {name: column[0] for name, column in kinds.items()} == {"year": "INTEGER", "kw": "DOUBLE"}


def test_text_arrays_and_coarse_times_are_taken(tmp_path: Path):
    path = tmp_path / "table.parquet"
    write_parquet(
        path, {"who": np.array(["x", "yy"]), "day": np.array(["2025-01-01", "2025-01-02"], "datetime64[D]")}
    )

    read = read_parquet(path)

    assert read["who"].tolist() == ["x", "yy"]
    assert read["day"].astype("datetime64[D]").astype(str).tolist() == ["2025-01-01", "2025-01-02"]


def test_awkward_names_are_quoted(tmp_path: Path):
    path = tmp_path / "it's" / 'a "table".parquet'

    write_parquet(path, {'say "x"; --': np.array([1])})

    assert list(read_parquet(path)) == ['say "x"; --']


def test_equal_columns_give_equal_bytes(tmp_path: Path):
    rng = np.random.default_rng(1)
    columns = {"v": rng.normal(size=200_000), "k": np.repeat(np.array(["a", "b"], object), 100_000)}

    digests = set()
    for name in ("one", "two"):
        write_parquet(tmp_path / name, columns)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())

    assert len(digests) == 1


def test_rows_keep_their_order_across_row_groups(tmp_path: Path):
    count = 300_000
    write_parquet(tmp_path / "long.parquet", {"n": np.arange(count)})

    np.testing.assert_array_equal(read_parquet(tmp_path / "long.parquet")["n"], np.arange(count))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "table.parquet"
    write_parquet(path, {"n": np.array([1])})
    before = path.read_bytes()

    with pytest.raises(duckdb.ConversionException):
        write_parquet(path, {"n": np.array(["no number"], object)}, {"n": "INTEGER"})

    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["table.parquet"]  # noqa: PTH208 - hidden files too


def test_a_rewrite_replaces_the_file(tmp_path: Path):
    path = tmp_path / "table.parquet"
    write_parquet(path, {"n": np.array([1])})
    write_parquet(path, {"n": np.array([2, 3])})

    assert read_parquet(path)["n"].tolist() == [2, 3]


def test_no_rows_are_a_table_too(tmp_path: Path):
    path = tmp_path / "empty.parquet"

    assert write_parquet(path, {"n": np.empty(0), "t": np.empty(0, object)}, {"t": "VARCHAR"}) == 0
    assert {name: len(column) for name, column in read_parquet(path).items()} == {"n": 0, "t": 0}


def test_several_files_are_read_in_order_and_united_by_name(tmp_path: Path):
    first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
    write_parquet(first, {"a": np.array([1]), "b": np.array([10])})
    write_parquet(second, {"b": np.array([20]), "a": np.array([2])})

    read = read_parquet([first, second])

    assert (read["a"].tolist(), read["b"].tolist()) == ([1, 2], [10, 20])


def test_parts_are_one_file_below_each_other(tmp_path: Path):
    parts = ({"n": np.arange(first, first + 3), "x": np.full(3, np.nan)} for first in (0, 3, 6))

    rows = write_parquet_parts(tmp_path / "it's" / "t.parquet", parts, {"n": "INTEGER", "x": "DOUBLE"})

    assert rows == 9
    read = read_parquet(tmp_path / "it's" / "t.parquet")
    assert read["n"].tolist() == list(range(9))
    assert (read["n"].dtype, read["x"].mask.all()) == (np.int32, True)
    assert os.listdir(tmp_path / "it's") == ["t.parquet"]  # noqa: PTH208 - hidden files too


def test_a_part_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "t.parquet"
    write_parquet(path, {"n": np.array([1])})
    before = path.read_bytes()
    parts = ({"n": np.array([n], object)} for n in (1, "no number"))

    with pytest.raises(duckdb.ConversionException):
        write_parquet_parts(path, parts, {"n": "INTEGER"})

    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["t.parquet"]  # noqa: PTH208 - hidden files too


def test_other_tables_can_be_joined(tmp_path: Path):
    write_parquet(tmp_path / "t.parquet", {"name": np.array(["a", "b", "c", "a"]), "n": np.arange(4)})
    wanted = {"name": np.array(["c", "a"], object), "place": np.array([7, 8])}

    read = read_parquet(
        tmp_path / "t.parquet",
        "place, n",
        where="JOIN wanted USING (name) WHERE n < ? ORDER BY n",
        parameters=(3,),
        joined={"wanted": wanted},
    )

    assert (read["place"].tolist(), read["n"].tolist()) == ([8, 7], [0, 2])


def test_rows_are_chosen_with_parameters(tmp_path: Path):
    write_parquet(tmp_path / "t.parquet", {"n": np.arange(5)})

    read = read_parquet(tmp_path / "t.parquet", "n", where="WHERE n > ? ORDER BY n DESC", parameters=(2,))

    assert read["n"].tolist() == [4, 3]


def test_csv_is_read_by_its_ending_and_stays_text(tmp_path: Path):
    (tmp_path / "data.CSV").write_text("a,b\n007,x\n2,y\n", encoding="utf-8")

    read = read_parquet(tmp_path / "data.CSV")

    assert (read["a"].tolist(), read["b"].tolist()) == (["007", "2"], ["x", "y"])


@pytest.mark.parametrize("zone", ["UTC", "Australia/Melbourne", "America/New_York"])
def test_times_with_a_zone_do_not_depend_on_that_of_the_machine(
    tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "t.parquet"
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        write_parquet(
            path, {"at": np.array([datetime(2025, 1, 1, 0, 30, tzinfo=UTC)], object)}, {"at": "TIMESTAMPTZ"}
        )
        stored = read_parquet(path)["at"].astype("datetime64[m]")
    finally:
        monkeypatch.undo()
        time.tzset()

    assert stored.tolist() == [datetime(2025, 1, 1, 0, 30)]


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UnreadableTableError, match=r"nowhere\.parquet cannot be read") as failure:
        read_parquet(tmp_path / "nowhere.parquet")

    assert failure.value.why


def test_a_broken_file_is_named(tmp_path: Path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 this is no table")

    with pytest.raises(UnreadableTableError, match=r"broken\.parquet"):
        read_parquet(tmp_path / "broken.parquet")


def test_a_missing_column_is_named(tmp_path: Path):
    write_parquet(tmp_path / "t.parquet", {"n": np.arange(5)})

    with pytest.raises(UnreadableTableError, match="power_kw"):
        read_parquet(tmp_path / "t.parquet", "power_kw")


FLOATS = st.floats(allow_infinity=True, allow_nan=False)


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.float64, st.integers(1, 20), elements=FLOATS))
def test_numbers_come_back_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, numbers: np.ndarray):
    path = tmp_path_factory.mktemp("numbers") / "t.parquet"
    write_parquet(path, {"n": numbers})

    np.testing.assert_array_equal(np.asarray(read_parquet(path)["n"]), numbers)


def test_a_column_of_nan_without_memory_gives_the_bytes_of_any_other(tmp_path: Path):
    other, types = np.arange(3.0), {"nothing": "DOUBLE", "other": "DOUBLE"}
    for name, nothing in (("full", np.full(3, np.nan)), ("bare", np.broadcast_to(np.float64(np.nan), 3))):
        write_parquet(tmp_path / name, {"nothing": nothing, "other": other}, types)

    assert (tmp_path / "bare").read_bytes() == (tmp_path / "full").read_bytes()


def test_bare_times_give_the_bytes_of_times_with_their_zone(tmp_path: Path):
    stamps = np.array(["2025-01-01T00:30", "NaT", "2025-06-01T12:00:00.000001"], "datetime64[us]")
    zoned = np.array([None if np.isnat(one) else one.item().replace(tzinfo=UTC) for one in stamps], object)
    for name, times in (("bare", stamps), ("zoned", zoned)):
        write_parquet(tmp_path / name, {"at": times}, {"at": "TIMESTAMPTZ"})

    assert (tmp_path / "bare").read_bytes() == (tmp_path / "zoned").read_bytes()
