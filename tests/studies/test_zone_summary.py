from collections.abc import Callable
from dataclasses import replace
from math import hypot, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hcr.results.layout import TaskSpan
from hcr.results.parquet import read_parquet
from hcr.results.summary_tables import ZONE_SUMMARY
from hcr.results.table_writer import write_table
from hcr.studies.calendar import Calendar
from hcr.studies.limits import VoltageLimits
from hcr.studies.zone_series import Extreme, ZoneSeries
from hcr.studies.zone_summary import zone_summary

MakeSeries = Callable[[int], ZoneSeries]
MakeCalendar = Callable[..., Calendar]


@pytest.fixture
def row(eventful: ZoneSeries, half_hours: MakeCalendar, round_limits: VoltageLimits) -> dict[str, object]:
    """Return the row of the eventful zone."""
    columns = zone_summary([eventful], half_hours(4), customers={eventful.zone.name: 23}, limits=round_limits)
    return {name: column[0] for name, column in columns.items()}


def test_it_names_the_zone_and_its_plate(row: dict[str, object]):
    assert row["measurement_zone_name"] == "11111111-1111-5111-8111-111111111111"
    assert row["zone"] == "tx1"
    assert row["v_base"] == 11000
    assert row["rated_kva"] == 100.0
    assert row["customers"] == 23
    assert row["steps"] == 4


def test_extremes_have_value_volts_place_and_time(row: dict[str, object]):
    # Lane 2 ends at 11:30 local time, UTC+10; lane 3 half an hour later.
    assert row["min_voltage_pu"] == 0.82
    assert row["min_voltage_v"] == pytest.approx(0.82 * 11000 / sqrt(3))
    assert row["min_voltage_node"] == "mv3.1"
    assert row["min_voltage_timestamp"] == np.datetime64("2025-01-15T01:30")
    assert row["max_voltage_pu"] == 1.27
    assert row["max_voltage_v"] == pytest.approx(1.27 * 11000 / sqrt(3))
    assert row["max_voltage_node"] == "mv7.1"
    assert row["max_voltage_timestamp"] == np.datetime64("2025-01-15T02:00")


def test_hours_beyond_voltage_limits(row: dict[str, object]):
    assert row["hours_over_normal"] == 1.0  # lanes 0 and 3
    assert row["hours_over_emergency"] == 0.5  # lane 3: 1.25 > 1.2
    assert row["hours_under_normal"] == 0.5  # lane 2
    assert row["hours_under_emergency"] == 0.0
    assert row["hours_any_node_over_normal"] == 1.0
    assert row["hours_any_node_under_normal"] == 0.5


def test_single_nodes_break_limits_that_the_mean_keeps(quiet: MakeSeries, half_hours: MakeCalendar):
    voltages = np.ones((3, 2))
    spread = replace(quiet(2), mean_pu=voltages, max_pu=voltages * 1.2, min_pu=voltages * 0.8)

    row = zone_summary([spread], half_hours(2), customers={})

    assert (row["hours_over_normal"][0], row["hours_under_normal"][0]) == (0.0, 0.0)
    assert (row["hours_any_node_over_normal"][0], row["hours_any_node_under_normal"][0]) == (1.0, 1.0)


def test_the_documented_limits_hold_without_others(quiet: MakeSeries, half_hours: MakeCalendar):
    # 253 V on 400 V is 1.09552 pu.
    mean = np.array([[1.0955, 1.0956], [1.0, 1.0], [1.0, 1.0]])

    row = zone_summary([replace(quiet(2), mean_pu=mean)], half_hours(2), customers={})

    assert row["hours_over_normal"].tolist() == [0.5]


def test_overload_hours_by_the_direction_of_the_head(row: dict[str, object]):
    assert row["thermal_load_normal_hours"] == 1.0  # lanes 0 and 2
    assert row["thermal_load_emergency_hours"] == 0.5
    assert row["thermal_gen_normal_hours"] == 0.5  # lane 3
    assert row["thermal_gen_emergency_hours"] == 0.5


def test_peaks_energy_and_loading(row: dict[str, object]):
    assert row["peak_import_kw"] == 60.0
    assert row["peak_import_timestamp"] == np.datetime64("2025-01-15T01:30")
    assert row["peak_export_kw"] == -50.0
    assert row["peak_export_timestamp"] == np.datetime64("2025-01-15T02:00")
    assert row["import_kwh"] == 55.0
    assert row["export_kwh"] == 25.0
    assert row["load_kwh"] == 80.0
    assert row["generation_kwh"] == 50.0
    assert row["peak_kva"] == pytest.approx(hypot(50, 120))
    assert row["peak_loading_percent"] == pytest.approx(130.0)


def test_without_export_there_is_no_peak_of_it(quiet: MakeSeries, half_hours: MakeCalendar):
    importing = replace(quiet(3), power_kw=np.array([1.0, 4.0, 4.0]))

    row = zone_summary([importing], half_hours(3), customers={})

    assert row["peak_import_kw"].tolist() == [4.0]
    assert row["peak_import_timestamp"][0] == np.datetime64("2025-01-15T01:00")  # the first of two
    assert np.isnan(row["peak_export_kw"][0])
    assert np.isnat(row["peak_export_timestamp"][0])
    assert row["export_kwh"].tolist() == [0.0]


def test_without_import_there_is_no_peak_of_it(quiet: MakeSeries, half_hours: MakeCalendar):
    exporting = replace(quiet(2), power_kw=np.array([-1.0, -4.0]))

    row = zone_summary([exporting], half_hours(2), customers={})

    assert np.isnan(row["peak_import_kw"][0])
    assert np.isnat(row["peak_import_timestamp"][0])
    assert row["peak_export_kw"].tolist() == [-4.0]


def test_no_flow_at_all_is_an_import_of_zero(quiet: MakeSeries, half_hours: MakeCalendar):
    row = zone_summary([quiet(1)], half_hours(1), customers={})

    assert row["peak_import_kw"].tolist() == [0.0]
    assert row["peak_loading_percent"].tolist() == [0.0]


def test_a_feeder_head_has_no_rating_and_no_loading(quiet: MakeSeries, half_hours: MakeCalendar):
    series = quiet(1)
    head = replace(series, zone=replace(series.zone, kind="FEEDER_HEAD", rated_kva=float("nan")))

    row = zone_summary([head], half_hours(1), customers={})

    assert np.isnan(row["rated_kva"][0])
    assert np.isnan(row["peak_loading_percent"][0])


def test_rows_keep_the_order_of_the_zones_and_reach_the_file(
    eventful: ZoneSeries, half_hours: MakeCalendar, tmp_path: Path
):
    other = replace(eventful, zone=replace(eventful.zone, name="2" * 8, label="tx2"))
    calendar = half_hours(4)
    columns = zone_summary([other, eventful], calendar, customers={})

    task = TaskSpan("base", "F1", 2025, calendar.start, calendar.end)
    written = write_table(tmp_path, ZONE_SUMMARY, task=task, rows=columns)

    back = read_parquet(tmp_path / written.path)
    assert back["zone"].tolist() == ["tx2", "tx1"]
    assert back["peak_kva"].tolist() == [130.0, 130.0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0.7, 1.3), min_size=1, max_size=20), st.floats(0.0, 20.0))
def test_hours_fit_the_period_and_wider_limits_never_have_more(
    quiet: MakeSeries, half_hours: MakeCalendar, voltages: list[float], wider_v: float
):
    lanes = len(voltages)
    mean = np.vstack([voltages, np.ones(lanes), np.full(lanes, np.nan)])
    extreme = Extreme(1.0, "lv1.1", 0)
    series = replace(quiet(lanes), mean_pu=mean, max_pu=mean, min_pu=mean, lowest=extreme, highest=extreme)
    wide = VoltageLimits(253 + wider_v, 260 + wider_v, 216 - wider_v, 207 - wider_v)

    narrow_row = zone_summary([series], half_hours(lanes), customers={})
    wide_row = zone_summary([series], half_hours(lanes), customers={}, limits=wide)

    hours = [name for name in narrow_row if name.startswith("hours_")]
    assert len(hours) == 6
    for name in hours:
        assert 0.0 <= wide_row[name][0] <= narrow_row[name][0] <= 0.5 * lanes
    assert narrow_row["hours_over_emergency"][0] <= narrow_row["hours_over_normal"][0]


def test_no_export_is_zero_without_a_sign(quiet: MakeSeries, half_hours: MakeCalendar):
    row = zone_summary([quiet(2)], half_hours(2), customers={})

    assert np.signbit(row["export_kwh"]).tolist() == [False]


def test_customers_beyond_limits_are_those_of_the_zone(quiet: MakeSeries, half_hours: MakeCalendar):
    one = quiet(2)
    other = replace(one, zone=replace(one.zone, name="other"))

    rows = zone_summary([one, other], half_hours(2), customers={}, beyond={one.zone.name: (3, 1)})

    assert rows["customers_over_normal"].tolist() == [3, 0]
    assert rows["customers_under_normal"].tolist() == [1, 0]
