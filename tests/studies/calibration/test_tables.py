"""The tables of a calibration of a generated feeder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hcr.results.calibration_tables import CALIBRATED_TAPS, CALIBRATION_TABLES
from hcr.studies.calibration.tables import calibration_rows
from hcr.studies.task import TapPosition


def rows_of(done: Any) -> dict[str, dict[str, Any]]:
    rows = calibration_rows(done.street, done.findings, done.checks, done.engine)
    return {table.name: columns for table, columns in rows}


@pytest.mark.parametrize("method", ["joint", "documented"])
def test_every_table_has_all_its_columns(town: Any, method: str) -> None:
    times = town.task().calibration.times
    town.calibrate(town.task(method, times if method == "joint" else times[:1]))
    for table in CALIBRATION_TABLES:
        written = town.table(table.name)
        assert list(written) == list(table.names), table.name


def test_calibrated_taps_are_what_other_studies_take(town: Any) -> None:
    done = town.calibrate()
    rows = town.table("calibrated_taps")
    assert dict(zip(rows["transformer_id"], rows["tap_set_pos"], strict=True)) == {
        name.partition(".")[2]: position for name, position in town.found(done).items()
    }
    assert set(rows["calibration_set"]) == {"winter"}
    assert set(rows["nominal_tap_pos"]) == {4}
    assert set(rows["tap_low_limit"]) == {1}
    assert set(rows["tap_high_limit"]) == {8}
    assert set(rows["control_enabled"]) == {False}
    assert rows["step_voltage_increment"] == pytest.approx(0.025)


def test_given_taps_leave_out_calibrated_taps_and_nothing_else(town: Any) -> None:
    done = town.calibrate(town.task(taps=(TapPosition("Transformer.t001", 1, 1.05, 2),)))
    wanted = {table.name for table in CALIBRATION_TABLES} - {CALIBRATED_TAPS.name}
    assert {written.table for written in done.tables} == wanted
    rows = rows_of(done)["calibration_transformers"]
    assert rows["tap_before"].tolist() == [2, 4, 4, 4]


def test_a_set_that_has_no_tap_of_the_feeder_leaves_them_out_too(town: Any) -> None:
    done = town.calibrate(town.task(taps=()))
    assert CALIBRATED_TAPS.name not in {written.table for written in done.tables}
    assert town.found(done) == town.truth


def test_a_meter_result_is_a_customer_at_a_time(town: Any) -> None:
    done = town.calibrate()
    rows = rows_of(done)["calibration_meter_results"]
    assert len(rows["cpi_id"]) == 100 * 24
    np.testing.assert_array_equal(rows["instant_voltage_avg"], done.street.readings.voltage_v.ravel())
    measured, simulated = rows["instant_voltage_avg"], rows["simulated_instant_voltage_avg"]
    np.testing.assert_allclose(rows["instant_voltage_difference"], measured - simulated)
    np.testing.assert_allclose(
        rows["instant_voltage_difference_percent"], 100 * (measured - simulated) / simulated
    )
    assert rows["timestamp"][0] == np.datetime64("2024-12-31T15:00")  # 01:00 at UTC+10
    assert rows["single_feed_transformer"].all()
    assert set(rows["calibration_id"]) == {"winter"}
    assert set(rows["feeder_id"]) == {"town"}
    assert rows["cpi_id"][23] == rows["cpi_id"][0] != rows["cpi_id"][24]


def test_sums_agree(town: Any) -> None:
    rows = rows_of(town.calibrate())
    transformers, customers = rows["calibration_transformers"], rows["calibration_customers"]
    times, candidates = rows["calibration_times"], rows["calibration_candidates"]
    summary = {name: value for name, (value,) in rows["calibration_summary"].items()}
    assert sum(transformers["customers"]) == summary["customers"] == len(customers["cpi_id"]) == 100
    assert sum(transformers["customers_used"]) == summary["customers_used"] == customers["used"].sum()
    assert customers["readings"].sum() == times["readings"].sum()
    assert summary["times"] == len(times["timestamp"]) == 24
    assert summary["held_out_times"] == times["held_out"].sum() == 6
    assert summary["transformers"] == summary["found"] == len(transformers["transformer_id"]) == 4
    assert summary["doubtful"] == sum(transformers["doubtful"])
    for name in transformers["transformer_id"]:
        own = candidates["transformer_id"] == name
        assert candidates["tap_pos"][own].tolist() == list(range(1, 9))
        assert candidates["probability"][own].sum() == pytest.approx(1.0)
    assert not (customers["used"] & customers["held_out"]).any()


def test_a_transformer_tells_its_likeliest_positions(town: Any) -> None:
    rows = rows_of(town.calibrate())
    transformers, candidates = rows["calibration_transformers"], rows["calibration_candidates"]
    for at, name in enumerate(transformers["transformer_id"]):
        own = candidates["transformer_id"] == name
        likely = candidates["probability"][own]
        found, second = transformers["tap_found"][at], transformers["runner_up"][at]
        assert found == 1 + likely.argmax()
        assert transformers["confidence"][at] == likely.max()
        assert second != found
        assert transformers["runner_up_confidence"][at] == np.sort(likely)[-2]
        assert transformers["tap_pu"][at] == pytest.approx(1.0 - 0.025 * (found - 4))
    assert transformers["transformer_id"].tolist() == ["t001", "t002", "t003", "t004"]


def test_transformers_stand_where_the_model_has_them(town: Any) -> None:
    places = {}
    for line in (town.folder / "model" / "Buscoords.csv").read_text(encoding="utf-8").splitlines():
        bus, x, y = line.replace(",", " ").split()
        places[bus.lower()] = float(x), float(y)
    rows = rows_of(town.calibrate())["calibration_transformers"]
    for x, y in zip(rows["x"], rows["y"], strict=True):
        assert (x, y) in places.values()


def test_transformers_that_are_left_alone_are_in_the_table(town: Any) -> None:
    town.edit("edit transformer.t002 wdg=1 numtaps=0")
    tie = "new line.tie bus1=t003_lv.1.2.3.4 bus2=t004_lv.1.2.3.4 phases=4 r1=0.001 x1=0.001 length=1"
    town.edit(tie)
    done = town.calibrate()
    rows = rows_of(done)["calibration_transformers"]
    shared = "other transformers feed its network too"
    assert dict(zip(rows["transformer_id"], rows["reason"], strict=True)) == {
        "t001": "the upstream voltage may be another",  # one transformer alone cannot tell it
        "t002": "its model has no taps",
        "t003": shared,
        "t004": shared,
    }
    assert rows["tap_found"].tolist()[1:] == [None] * 3
    assert rows["customers"][1] > 0
    fed = rows_of(done)["calibration_meter_results"]["single_feed_transformer"]
    assert not fed.all()
    assert fed.any()
    assert rows_of(done)["calibration_summary"]["found"].tolist() == [1]


@pytest.mark.parametrize("method", ["joint", "documented"])
def test_a_second_run_writes_the_same_bytes(town: Any, method: str) -> None:
    times = town.task().calibration.times
    task = town.task(method, times if method == "joint" else times[:1])
    town.calibrate(task)
    first = bytes_below(town.results)
    town.calibrate(task)
    assert bytes_below(town.results) == first
    assert len(first) == len(CALIBRATION_TABLES)


def bytes_below(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}
