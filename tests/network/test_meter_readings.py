"""Readings by customer and time, out of files that lack some of them."""

from pathlib import Path

import numpy as np
import pytest

from hcr.errors import FeederError
from hcr.network.meter_readings import Stamps, read_meters
from hcr.network.stored_readings import CHANNELS
from hcr.results.parquet import write_parquet

TYPES = {"load_id": "VARCHAR", "time": "TIMESTAMP"}


def stamps(*clocks: str) -> Stamps:
    return np.array([f"2025-01-01T{clock}" for clock in clocks], "datetime64[us]")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file of customers a and b, at 00:30 and 01:00; b has no reading at 01:00."""
    columns = {
        "load_id": np.array(["a", "a", "b"], object),
        "time": stamps("00:30", "01:00", "00:30"),
        **{name: np.array([1.0, 2.0, 3.0]) + 10 * at for at, name in enumerate(CHANNELS)},
        "v_v": np.array([241.0, np.nan, 243.0]),
    }
    write_parquet(tmp_path / "x.parquet", columns, TYPES)
    return tmp_path / "x.parquet"


def test_readings_lie_by_customer_and_time(path: Path) -> None:
    readings = read_meters(path, ("a", "b"), stamps("00:30", "01:00"))
    np.testing.assert_array_equal(readings.import_w, [[1, 2], [3, np.nan]])
    np.testing.assert_array_equal(readings.import_var, [[11, 12], [13, np.nan]])
    np.testing.assert_array_equal(readings.export_w, [[21, 22], [23, np.nan]])
    np.testing.assert_array_equal(readings.export_var, [[31, 32], [33, np.nan]])
    np.testing.assert_array_equal(readings.voltage_v, [[241, np.nan], [243, np.nan]])


def test_the_order_is_that_asked_for(path: Path) -> None:
    readings = read_meters(path, ("b", "a"), stamps("01:00", "00:30"))
    np.testing.assert_array_equal(readings.import_w, [[np.nan, 3], [2, 1]])


def test_times_that_the_file_lacks_are_empty(path: Path) -> None:
    readings = read_meters(path, ("a",), stamps("00:30", "00:45", "23:00"))
    np.testing.assert_array_equal(readings.voltage_v, [[241, np.nan, np.nan]])


def test_customers_that_the_file_lacks_are_empty(path: Path) -> None:
    readings = read_meters(path, ("a", "nobody", "b"), stamps("00:30"))
    np.testing.assert_array_equal(readings.voltage_v, [[241], [np.nan], [243]])


def test_identifiers_are_told_apart_by_letter_case(path: Path) -> None:
    assert np.isnan(read_meters(path, ("A",), stamps("00:30")).voltage_v).all()


@pytest.mark.parametrize("left_out", ["v_v", "export_var"])
def test_a_column_that_the_file_lacks_is_empty(path: Path, tmp_path: Path, left_out: str) -> None:
    columns = {name: np.array([1.0]) for name in (*CHANNELS, "v_v") if name != left_out}
    given = {"load_id": np.array(["a"], object), "time": stamps("00:30")} | columns
    write_parquet(tmp_path / "less.parquet", given, TYPES)
    readings = read_meters(tmp_path / "less.parquet", ("a",), stamps("00:30"))
    volts, var = readings.voltage_v, readings.export_var
    assert np.isnan(volts).all() == (left_out == "v_v")
    assert np.isnan(var).all() == (left_out == "export_var")
    assert readings.import_w.tolist() == [[1.0]]


def test_nobody_has_no_readings(path: Path) -> None:
    readings = read_meters(path, (), stamps("00:30", "01:00"))
    for name in ("import_w", "import_var", "export_w", "export_var", "voltage_v"):
        assert getattr(readings, name).shape == (0, 2)


def test_nothing_that_fits_is_all_empty(path: Path) -> None:
    readings = read_meters(path, ("x", "y"), stamps("12:00"))
    assert np.isnan(readings.import_w).all()
    assert readings.import_w.shape == (2, 1)


def test_a_broken_file_is_named(path: Path) -> None:
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(FeederError, match="cannot be read"):
        read_meters(path, ("a",), stamps("00:30"))
