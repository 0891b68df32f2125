from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import FeederError
from hcr.network import load_data
from hcr.network.load_data import Period, covered_period, known_load_ids, read_load_data
from hcr.results.parquet import write_parquet

Row = tuple[str | None, str, float, float, float, float]
Written = Callable[[Sequence[Row]], Path]

NAN = float("nan")
DAY = datetime(2025, 3, 10)
TYPES = {
    "load_id": "VARCHAR",
    "time": "TIMESTAMP",
    "import_w": "DOUBLE",
    "import_var": "DOUBLE",
    "export_w": "DOUBLE",
    "export_var": "DOUBLE",
}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return a function that writes rows as load data."""

    def write(rows: Sequence[Row]) -> Path:
        columns = {name: np.array([row[k] for row in rows]) for k, name in enumerate(TYPES)}
        columns["load_id"] = np.array([row[0] for row in rows], object)
        columns["time"] = columns["time"].astype("datetime64[us]")
        write_parquet(tmp_path / "load_data.parquet", columns, TYPES)
        return tmp_path / "load_data.parquet"

    return write


def imports(load_id: str | None, readings: dict[str, float]) -> list[Row]:
    """Return rows of one customer that only imports."""
    return [(load_id, f"2025-03-{stamp}", watts, 0.0, 0.0, 0.0) for stamp, watts in readings.items()]


def test_stamps_are_interval_ending_local_time() -> None:
    period = Period(datetime(2025, 12, 31, 23, 0), 2, 30)
    assert period.stamps().astype(str).tolist() == [
        "2025-12-31T23:30:00.000000",
        "2026-01-01T00:00:00.000000",
    ]
    assert period.end == datetime(2026, 1, 1)
    assert period.hours == 0.5


def test_each_channel_goes_to_its_customer_and_interval(written: Written) -> None:
    path = written(
        [
            ("a", "2025-03-10T00:30", 1.0, 2.0, 3.0, 4.0),
            ("a", "2025-03-10T01:00", 5.0, 6.0, 7.0, 8.0),
            ("b", "2025-03-10T00:30", 10.0, 20.0, 30.0, 40.0),
            ("b", "2025-03-10T01:00", 50.0, 60.0, 70.0, 80.0),
        ]
    )
    data = read_load_data(path, ["b", "a"], Period(DAY, 2, 30))
    expected = ([[10, 50], [1, 5]], [[20, 60], [2, 6]], [[30, 70], [3, 7]], [[40, 80], [4, 8]])
    for channel, wanted in zip(data.channels(), expected, strict=True):
        np.testing.assert_array_equal(channel, wanted)
    assert data.known.all()


def test_a_gap_takes_the_last_reading_at_the_same_clock_time(written: Written) -> None:
    night = {"08T00:30": 1.0, "08T01:00": 2.0, "09T00:30": 3.0, "10T01:30": 9.0, "11T00:30": 5.0}
    morning = {f"10T{hour:02}:{minute}": 1.0 for hour in range(6, 12) for minute in ("00", "30")}
    path = written(imports("a", night | morning))
    data = read_load_data(path, ["a"], Period(DAY, 50, 30))
    assert data.import_w[0, :4].tolist() == [3.0, 2.0, 9.0, 0.0]
    assert data.import_w[0, 48:].tolist() == [5.0, 2.0]


def test_the_last_reading_may_be_weeks_ago(written: Written) -> None:
    path = written(imports("a", {"01T00:30": 7.0, "01T01:00": 8.0, "25T01:00": 4.0, "25T01:30": 6.0}))
    data = read_load_data(path, ["a"], Period(datetime(2025, 3, 25), 3, 30))
    assert data.import_w.tolist() == [[7.0, 4.0, 6.0]]


def test_nothing_is_filled_from_later_readings(written: Written) -> None:
    path = written(imports("a", {"10T01:00": 4.0, "11T00:30": 5.0, "11T01:00": 6.0}))
    assert read_load_data(path, ["a"], Period(DAY, 2, 30)).import_w.tolist() == [[0.0, 4.0]]


def test_each_channel_is_filled_alone(written: Written) -> None:
    path = written(
        [
            ("a", "2025-03-09T00:30", 1.0, 2.0, 3.0, 4.0),
            ("a", "2025-03-10T00:30", NAN, 20.0, NAN, 40.0),
            ("a", "2025-03-10T01:00", 5.0, 6.0, 7.0, 8.0),
        ]
    )
    data = read_load_data(path, ["a"], Period(DAY, 1, 30))
    assert [float(channel[0, 0]) for channel in data.channels()] == [1.0, 20.0, 3.0, 40.0]


def test_gaps_are_zero_where_filling_is_off(written: Written) -> None:
    path = written(imports("a", {"09T00:30": 3.0, "09T01:00": 3.0, "10T01:00": 4.0, "10T01:30": 4.0}))
    data = read_load_data(path, ["a"], Period(DAY, 3, 30), fill_gaps=False)
    assert data.import_w.tolist() == [[0.0, 4.0, 4.0]]


def test_shorter_readings_are_averaged(written: Written) -> None:
    path = written(imports("a", {f"10T00:{m:02}": float(m) for m in range(5, 60, 5)} | {"10T01:00": 60.0}))
    data = read_load_data(path, ["a"], Period(DAY, 2, 30))
    assert data.import_w.tolist() == [[np.mean(range(5, 35, 5)), np.mean(range(35, 65, 5))]]


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        (datetime(2025, 3, 10, 0, 0), 30, [1.0, 1.0, 2.0, 2.0]),
        (datetime(2025, 3, 10, 0, 30), 30, [1.0, 2.0, 2.0, 3.0]),
        (datetime(2025, 3, 10, 0, 30), 60, [1.5, 2.5]),
        (datetime(2025, 3, 10, 2, 30), 30, [3.0]),
        (datetime(2025, 3, 10, 0, 45), 15, [1.0, 2.0, 2.0]),
    ],
)
def test_hourly_readings_are_held_over_their_hour(
    written: Written, start: datetime, minutes: int, expected: list[float]
) -> None:
    path = written(imports("a", {"10T01:00": 1.0, "10T02:00": 2.0, "10T03:00": 3.0}))
    data = read_load_data(path, ["a"], Period(start, len(expected), minutes))
    assert data.import_w.tolist() == [expected]


def test_customers_may_be_read_at_different_intervals(written: Written) -> None:
    hourly = {"10T01:00": 1.0, "10T02:00": 2.0}
    half_hourly = {"10T00:30": 3.0, "10T01:00": 4.0, "10T01:30": 5.0, "10T02:00": 6.0}
    path = written([*imports("h", hourly), *imports("q", half_hourly)])
    data = read_load_data(path, ["h", "q"], Period(DAY, 4, 30))
    assert data.import_w.tolist() == [[1.0, 1.0, 2.0, 2.0], [3.0, 4.0, 5.0, 6.0]]


def test_a_stray_stamp_does_not_disturb_the_others(written: Written) -> None:
    regular = {f"10T{hour:02}:{minute}": 1.0 for hour in range(1, 6) for minute in ("00", "30")}
    path = written(imports("a", regular | {"10T03:01": 1.0}))
    data = read_load_data(path, ["a"], Period(datetime(2025, 3, 10, 1), 8, 30))
    assert data.import_w.tolist() == [[1.0] * 8]


def test_customers_without_any_reading_are_unknown(written: Written) -> None:
    path = written([*imports("a", {"10T00:30": 1.0}), *imports("later", {"20T00:30": 1.0})])
    data = read_load_data(path, ["a", "later", "never"], Period(DAY, 1, 30))
    assert data.known.tolist() == [True, True, False]
    assert data.import_w.tolist() == [[1.0], [0.0], [0.0]]


def test_strangers_and_rows_without_an_id_are_left_out(written: Written) -> None:
    path = written(
        [
            *imports("a", {"10T00:30": 1.0}),
            *imports(None, {"10T00:30": 8.0}),
            *imports("z", {"10T00:30": 9.0}),
        ]
    )
    assert read_load_data(path, ["a"], Period(DAY, 1, 30)).import_w.tolist() == [[1.0]]
    assert known_load_ids(path) == {"a", "z"}


@pytest.mark.parametrize("part_minutes", [1, 60, 180])
def test_reading_in_parts_changes_nothing(
    written: Written, part_minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["d", "é", "10", "a", "B"]
    rows: list[Row] = []
    for k, name in enumerate(names):
        rows += imports(name, {"09T00:30": 10.0 + k, "10T01:00": 30.0 + k, "10T01:30": 40.0 + k})
    rows += imports("hourly", {"10T01:00": 5.0, "10T02:00": 6.0})
    path = written(sorted(rows, key=lambda row: str(row[0])))
    wanted = [*names, "hourly", "nobody"]
    whole = read_load_data(path, wanted, Period(DAY, 2, 30))
    monkeypatch.setattr(load_data, "PART_MINUTES", part_minutes)
    parts = read_load_data(path, wanted, Period(DAY, 2, 30))
    assert whole.import_w.tolist() == [
        *([10.0 + k, 30.0 + k] for k in range(5)), [5.0, 5.0], [0.0, 0.0],
    ]  # fmt: skip
    assert whole.known.tolist() == [True] * 6 + [False]
    np.testing.assert_array_equal(parts.channels(), whole.channels())
    np.testing.assert_array_equal(parts.known, whole.known)


def test_a_period_outside_the_data_is_refused_with_both_ends(written: Written) -> None:
    path = written(imports("a", {"10T00:30": 1.0}))
    with pytest.raises(FeederError, match="no reading between 2024-03-10 00:00 and 2024-03-10 01:00"):
        read_load_data(path, ["a"], Period(datetime(2024, 3, 10), 2, 30))
    with pytest.raises(FeederError, match="no reading"):
        read_load_data(path, ["someone else"], Period(DAY, 1, 30))


def test_without_a_file_nobody_is_known(tmp_path: Path) -> None:
    data = read_load_data(tmp_path / "none.parquet", ["a", "b"], Period(DAY, 3, 30))
    assert data.import_w.shape == (2, 3)
    assert not data.known.any()


def test_a_feeder_without_customers_has_empty_load_data(written: Written) -> None:
    data = read_load_data(written(imports("a", {"10T00:30": 1.0})), [], Period(DAY, 3, 30))
    assert data.import_w.shape == (0, 3)


@pytest.mark.parametrize("read", [known_load_ids, covered_period])
def test_a_broken_file_is_named_with_the_columns_it_needs(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "load_data.parquet"
    path.write_bytes(b"no parquet at all")
    with pytest.raises(FeederError, match=r"load_data\.parquet cannot be read") as caught:
        read(path)
    assert "import_w" in caught.value.remedy
    with pytest.raises(FeederError, match="cannot be read"):
        read_load_data(path, ["a"], Period(DAY, 1, 30))


def test_a_missing_column_is_a_feeder_error(tmp_path: Path) -> None:
    write_parquet(
        tmp_path / "x.parquet", {"load_id": np.array(["a"]), "time": np.array(["2025-03-10"], "M8[us]")}
    )
    with pytest.raises(FeederError, match="import_w"):
        read_load_data(tmp_path / "x.parquet", ["a"], Period(DAY, 1, 30))


def test_the_covered_period_is_the_first_and_the_last_stamp(written: Written) -> None:
    path = written([*imports("a", {"12T00:30": 1.0}), *imports("b", {"10T00:30": 1.0, "11T00:30": 1.0})])
    assert covered_period(path) == (datetime(2025, 3, 10, 0, 30), datetime(2025, 3, 12, 0, 30))


def test_a_file_without_rows_covers_nothing(written: Written) -> None:
    with pytest.raises(FeederError, match="has no rows"):
        covered_period(written([]))
