from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hcr.results.layout import TaskSpan
from hcr.results.parquet import read_parquet
from hcr.results.table import Table
from hcr.results.table_writer import write_table
from hcr.results.zone_tables import DURATION_CURVES, LINK_TO_INPUT, METER_VOLTAGES, METERS
from hcr.studies.calendar import Calendar
from hcr.studies.meter_tables import (
    ZoneAssets,
    duration_curves,
    energy_meter_voltages,
    energy_meters,
    link_to_input,
)
from hcr.studies.zone_series import ZoneSeries

MakeSeries = Callable[[int], ZoneSeries]
MakeCalendar = Callable[..., Calendar]
Columns = dict[str, np.ndarray]


def written(root: Path, table: Table, rows: Columns, calendar: Calendar) -> dict[str, np.ndarray]:
    task = TaskSpan("base", "F1", 2025, calendar.start, calendar.end)
    return read_parquet(root / write_table(root, table, task=task, rows=rows).path)


def test_meters_read_power_lane_by_lane(eventful: ZoneSeries, half_hours: MakeCalendar):
    rows = energy_meters([eventful], half_hours(4))

    assert rows["kwh"].tolist() == [40, 10, 60, -50]
    assert rows["kvarh"].tolist() == [30, 0, 80, 120]
    assert rows["zone_kwh"].tolist() == [60, 12, 80, 8]
    assert rows["zone_kvarh"].tolist() == [0, 5, 60, 6]
    assert rows["gen_kwh"].tolist() == [20, 2, 20, 58]
    assert rows["gen_kvarh"].tolist() == [0, 0, 0, 0]
    assert rows["overload_kwh_normal"].tolist() == [6, 0, 65, 70]
    assert rows["overload_kwh_emerg"].tolist() == [0, 0, 7, 3]
    assert rows["voltage_class_1"].tolist() == [11000] * 4


def test_stamps_are_interval_ending_utc(eventful: ZoneSeries, half_hours: MakeCalendar):
    rows = energy_meters([eventful], half_hours(4))

    assert rows["timestamp"][0] == np.datetime64("2025-01-15T00:30")
    assert rows["timestamp"][3] == np.datetime64("2025-01-15T02:00")


def test_maxima_run_on_from_the_first_lane(eventful: ZoneSeries, half_hours: MakeCalendar):
    rows = energy_meters([eventful], half_hours(4))

    assert rows["max_kw"].tolist() == [40, 40, 60, 60]
    assert rows["max_kva"] == pytest.approx([50, 50, 100, 130])
    assert rows["zone_max_kw"].tolist() == [60, 60, 80, 80]
    assert rows["zone_max_kva"] == pytest.approx([60, 60, 100, 100])
    assert rows["gen_max_kw"].tolist() == [20, 20, 20, 58]
    assert rows["gen_max_kva"].tolist() == [20, 20, 20, 58]


def test_a_maximum_is_zero_before_the_first_import(quiet: MakeSeries, half_hours: MakeCalendar):
    exporting = replace(quiet(3), power_kw=np.array([-5.0, 2.0, -1.0]))

    assert energy_meters([exporting], half_hours(3))["max_kw"].tolist() == [0, 2, 2]


def test_what_is_not_computed_is_null_in_the_file(
    eventful: ZoneSeries, half_hours: MakeCalendar, tmp_path: Path
):
    calendar = half_hours(4)

    back = written(tmp_path, METERS, energy_meters([eventful, eventful], calendar), calendar)

    null = {name for name, column in back.items() if np.ma.getmaskarray(np.ma.asarray(column)).all()}
    not_computed = {
        column.name for column in METERS.columns if column.meaning.endswith("NULL: not computed.")
    }
    other_groups = {f"voltage_class_{k}" for k in (2, 3, 4, 5)}
    assert null == not_computed | other_groups
    assert len(back["kwh"]) == 8


def test_voltages_of_each_phase(eventful: ZoneSeries, half_hours: MakeCalendar):
    rows = energy_meter_voltages([eventful], half_hours(4))

    assert rows["vbase_1"].tolist() == [11000] * 4
    assert rows["phs1_avg_1"].tolist() == [1.15, 1.0, 0.85, 1.25]
    assert rows["phs1_max_1"] == pytest.approx([1.17, 1.02, 0.87, 1.27])
    assert rows["phs2_min_1"] == pytest.approx([0.99, 0.90, 0.94, 0.99])
    assert np.isnan(rows["phs3_avg_1"]).all()


def test_absent_phases_and_groups_are_null_in_the_file(
    eventful: ZoneSeries, half_hours: MakeCalendar, tmp_path: Path
):
    calendar = half_hours(4)

    back = written(tmp_path, METER_VOLTAGES, energy_meter_voltages([eventful], calendar), calendar)

    filled = {name for name, column in back.items() if not np.ma.getmaskarray(np.ma.asarray(column)).any()}
    phases = {f"phs{phase}_{kind}_1" for phase in (1, 2) for kind in ("max", "min", "avg")}
    assert filled == phases | {"scenario", "timestamp", "feeder", "measurement_zone_name", "vbase_1"}


def test_a_duration_curve_falls_from_the_peak_to_the_minimum(quiet: MakeSeries, half_hours: MakeCalendar):
    # 200 powers 0 ... 199 kW: p % is element 2p of the descending order.
    series = replace(quiet(200), power_kw=np.random.default_rng(1).permutation(200.0 * np.arange(200) / 200))

    rows = duration_curves([series], half_hours(200))

    assert rows["percentage_of_time"].tolist() == list(range(1, 101))
    assert rows["kw"] == pytest.approx([200 - 2 * percent for percent in range(1, 101)])
    assert set(rows["timestamp"]) == {np.datetime64("2025-01-01T00:00", "us")}


def test_a_year_of_half_hours_steps_by_a_hundredth_of_it(quiet: MakeSeries, half_hours: MakeCalendar):
    # 1 % of 17520 half hours are 175.2, so the first row is element 176: 87.6 hours at or above it.
    series = replace(quiet(17520), power_kw=17520.0 - np.arange(17520))

    rows = duration_curves([series], half_hours(17520, "2025-01-01T00:00"))

    assert rows["kw"][0] == 17520 - 175
    assert rows["kw"][99] == 1.0


def test_short_series_repeat_values(eventful: ZoneSeries, half_hours: MakeCalendar):
    rows = duration_curves([eventful], half_hours(4))

    assert rows["kw"].tolist() == [60.0] * 25 + [40.0] * 25 + [10.0] * 25 + [-50.0] * 25


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_duration_curves_never_rise_and_end_at_the_minimum(
    quiet: MakeSeries, half_hours: MakeCalendar, power: list[float]
):
    series = replace(quiet(len(power)), power_kw=np.array(power))

    kw = duration_curves([series], half_hours(len(power)))["kw"]

    assert (np.diff(kw) <= 0.0).all()
    assert kw[0] <= max(power)
    assert kw[-1] == min(power)


def test_duration_curves_reach_the_file(eventful: ZoneSeries, half_hours: MakeCalendar, tmp_path: Path):
    calendar = half_hours(4)

    back = written(tmp_path, DURATION_CURVES, duration_curves([eventful, eventful], calendar), calendar)

    assert len(back["kw"]) == 200


def test_links_say_what_is_installed(quiet: MakeSeries, half_hours: MakeCalendar, tmp_path: Path):
    calendar, below = half_hours(1), quiet(1).zone
    head = replace(below, name=below.upstream[0], kind="FEEDER_HEAD", upstream=())
    assets = {below.name: ZoneAssets(customers=12, panel_kw=60.0, inverter_kva=50.0)}

    back = written(tmp_path, LINK_TO_INPUT, link_to_input([head, below], assets), calendar)

    assert back["year"].tolist() == [2025, 2025]
    assert [list(above) for above in back["upstream_measurement_zone_names"]] == [[], [head.name]]
    assert back["ec_count"].tolist() == [0, 12]
    assert back["total_panel_output_kw"].tolist() == [None, 60.0]
    assert back["pv_inverter_capacity_kva"].tolist() == [None, 50.0]
    assert back["installed_bess_capacity_kwh"].tolist() == [None, None]
