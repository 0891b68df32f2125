from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import FeederError
from hcr.network.reading_grid import Spacing
from hcr.network.stored_readings import CHANNELS, StoredReadings
from hcr.results.parquet import write_parquet

DAY = datetime(2025, 3, 10)
TIMES = ["2025-03-09T00:30", "2025-03-10T00:30", "2025-03-10T01:00"]
HALF_HOURS = Spacing(np.array([30, 30]), step=30)


@pytest.fixture
def stored(tmp_path: Path) -> StoredReadings:
    """Return the readings of `b` and `c` in the first two hours of a day; `a` is in the file as well."""
    names = np.repeat(np.array(["a", "b", "c"], object), len(TIMES))
    watts = np.arange(float(len(names)))
    columns = {"load_id": names, "time": np.array(TIMES * 3, "datetime64[us]")}
    write_parquet(tmp_path / "x.parquet", columns | {name: watts + k for k, name in enumerate(CHANNELS)})
    return StoredReadings(tmp_path / "x.parquet", ("b", "c"), DAY, datetime(2025, 3, 10, 2))


def test_ends_are_counted_from_the_start_and_customers_from_the_first(stored: StoredReadings) -> None:
    row, minute = stored.ends()
    assert (row.tolist(), minute.tolist()) == ([0, 0, 1, 1], [30, 60, 30, 60])
    assert row.dtype.kind == minute.dtype.kind == "i"


def test_some_of_the_customers_are_read_alone(stored: StoredReadings) -> None:
    readings = stored.of(slice(1, 2), HALF_HOURS)
    assert readings.row.tolist() == [0, 0]
    assert {name: values.tolist() for name, values in readings.values.items()} == {
        name: [7.0 + k, 8.0 + k] for k, name in enumerate(CHANNELS)
    }


def test_rows_that_were_read_before_are_not_read_again(stored: StoredReadings) -> None:
    rows = stored.rows(slice(0, 2))
    stored.path.unlink()
    readings = stored.of(slice(0, 2), HALF_HOURS, rows)
    assert readings.values["import_w"].tolist() == [4.0, 5.0, 7.0, 8.0]


def test_the_file_is_not_asked_about_customers_that_were_seen(stored: StoredReadings) -> None:
    stored.path.unlink()
    assert stored.known(np.array([1, 0, 1])).tolist() == [True, True]


def test_what_was_read_last_is_looked_up_for_customers_with_gaps(stored: StoredReadings) -> None:
    latest = stored.latest(slice(0, 2), np.array([1]), HALF_HOURS)["import_w"]
    assert latest.shape == (2, 48)
    assert np.isnan(latest[0]).all()
    assert latest[1, 0] == 6.0
    assert np.isnan(latest[1, 1:]).all()


def test_customers_with_a_reading_at_any_time_are_known(stored: StoredReadings) -> None:
    later = StoredReadings(stored.path, ("b", "x"), datetime(2030, 1, 1), datetime(2030, 1, 2))
    assert later.known(np.empty(0, np.int64)).tolist() == [True, False]
    assert [len(ends) for ends in later.ends()] == [0, 0]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeederError, match=r"gone\.parquet cannot be read"):
        StoredReadings(tmp_path / "gone.parquet", ("a",), DAY, DAY).ends()
