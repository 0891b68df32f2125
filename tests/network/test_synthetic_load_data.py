from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from hcr.network import synthetic_load_data
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.meter_faults import MeterFaults
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_load_data import write_load_data
from hcr.network.synthetic_meters import MeteredVoltages, Meters
from hcr.network.synthetic_plan import CustomerSite
from hcr.network.synthetic_years import CustomerYears


def customers_of(recipe: FeederRecipe) -> Sequence[CustomerSite]:
    return draw_layout(recipe, np.random.default_rng(recipe.seed)).customers


def write(path: Path, recipe: FeederRecipe, readings: MeteredVoltages | None = None) -> None:
    years = CustomerYears.drawn(recipe, customers_of(recipe), np.random.SeedSequence(recipe.seed))
    write_load_data(path, recipe=recipe, years=years, readings=readings)


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute(sql.replace("TABLE", f"read_parquet('{path}')")).fetchall()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "load_data.parquet"
    write(path, FeederRecipe("north", 12, 4))
    return path


def test_columns_and_types(written: Path) -> None:
    types = {row[0]: row[1] for row in query(written, "DESCRIBE SELECT * FROM TABLE")}
    assert types == {
        "load_id": "VARCHAR",
        "time": "TIMESTAMP",
        "import_w": "DOUBLE",
        "import_var": "DOUBLE",
        "export_w": "DOUBLE",
        "export_var": "DOUBLE",
        "v_v": "DOUBLE",
        "pv_w": "DOUBLE",
    }


def test_every_customer_has_a_year_of_interval_ending_half_hours(written: Path) -> None:
    rows = query(
        written,
        "SELECT load_id, count(*), count(DISTINCT time), min(time), max(time) FROM TABLE"
        " GROUP BY load_id ORDER BY load_id",
    )
    assert [row[0] for row in rows] == [f"north-c{i:04d}" for i in range(1, 13)]
    first, last = datetime(2025, 1, 1, 0, 30), datetime(2026, 1, 1, 0, 0)
    assert {row[1:] for row in rows} == {(17520, 17520, first, last)}


def test_a_leap_year_ends_after_365_days(tmp_path: Path) -> None:
    path = tmp_path / "load_data.parquet"
    write(path, FeederRecipe("north", 1, 4, year=2024))
    assert query(path, "SELECT count(*), max(time) FROM TABLE") == [(17520, datetime(2024, 12, 31))]


def test_rows_are_stored_sorted_by_load_id_and_time(written: Path) -> None:
    stored = query(written, "SELECT load_id, time FROM TABLE")
    assert stored == sorted(stored)


def test_signs_and_what_is_not_metered(written: Path) -> None:
    (row,) = query(
        written,
        "SELECT min(import_w), min(import_var), min(export_w), max(export_var), min(pv_w), count(v_v),"
        " max(least(import_w, export_w)) FROM TABLE",
    )
    assert all(value >= 0 for value in row[:5])
    assert row[3] == 0
    assert row[5] == 0  # no metered voltage yet
    assert row[6] == 0  # net metering: either way, never both


def test_only_customers_with_pv_export(written: Path) -> None:
    exporting = {
        r[0] for r in query(written, "SELECT load_id FROM TABLE GROUP BY 1 HAVING max(export_w) > 0")
    }
    with_pv = {f"north-{c.name}" for c in customers_of(FeederRecipe("north", 12, 4)) if c.pv_kw}
    assert exporting == with_pv
    assert with_pv


def test_equal_recipes_give_equal_bytes(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "load_data.parquet"
    write(again, FeederRecipe("north", 12, 4))
    assert again.read_bytes() == written.read_bytes()


def test_the_content_does_not_depend_on_how_customers_are_batched(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic_load_data, "CUSTOMERS_PER_PART", 5)
    parted = tmp_path / "load_data.parquet"
    write(parted, FeederRecipe("north", 12, 4))
    assert query(parted, "SELECT * FROM TABLE") == query(written, "SELECT * FROM TABLE")


def test_fewer_days_are_the_first_of_the_year(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "load_data.parquet"
    write(path, FeederRecipe("north", 12, 4, days=3))
    first = query(written, "SELECT * FROM TABLE WHERE time <= '2025-01-04' ORDER BY load_id, time")
    assert query(path, "SELECT * FROM TABLE") == first


def test_readings_bring_voltages_and_leave_out_what_did_not_arrive(written: Path, tmp_path: Path) -> None:
    recipe, faults = FeederRecipe("north", 12, 4, days=2), MeterFaults(missing=0.3)
    meters = Meters.drawn(faults, customers_of(recipe), np.random.SeedSequence(1))
    readings = meters.read(np.full((12, 96), 240.0))
    path = tmp_path / "load_data.parquet"
    write(path, recipe, readings)
    stored = query(path, "SELECT load_id, v_v FROM TABLE ORDER BY load_id, time")
    for number in (0, 11):
        volts, arrived = readings.of(number)
        own = [row[1] for row in stored if row[0] == f"north-c{number + 1:04d}"]
        assert own == volts[arrived].tolist()
    power = "SELECT load_id, time, import_w, import_var, export_w, export_var, pv_w FROM TABLE"
    kept, whole = (set(query(one, power)) for one in (path, written))
    assert kept < whole


def test_a_quote_in_the_path_and_leftovers(tmp_path: Path) -> None:
    folder = tmp_path / "planner's feeders"
    folder.mkdir()
    write(folder / "load_data.parquet", FeederRecipe("north", 1, 4))
    assert [path.name for path in folder.iterdir()] == ["load_data.parquet"]
