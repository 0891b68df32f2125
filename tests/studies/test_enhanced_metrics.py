from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hcr.results.enhanced_table import ENHANCED
from hcr.results.layout import TaskSpan
from hcr.results.parquet import read_parquet
from hcr.results.table_writer import write_table
from hcr.studies.calendar import Calendar
from hcr.studies.enhanced_metrics import enhanced_metrics, enhanced_table
from hcr.studies.limits import VoltageLimits
from hcr.studies.metric_options import EnhancedOptions, Prices
from hcr.studies.zone_series import ZoneSeries

MakeSeries = Callable[[int], ZoneSeries]
MakeCalendar = Callable[..., Calendar]
Columns = dict[str, np.ndarray]

FOUR = 4
PRICES = Prices(
    vcr=np.full(FOUR, 2000.0),
    cvvr=np.full(FOUR, 5000.0),
    cecv=np.full(FOUR, 3000.0),
    co2=np.full(FOUR, 4000.0),
)

EVERY_NUMBER = {
    "interval_count": 4,
    "v_base": 11000,
    "maximum_section_voltage": 1.27,
    "minimum_section_voltage": 0.82,
    "voltage_delta_avg": (0.05 + 0.11 + 0.05 + 0.05) / 4,
    "voltage_delta_max": 0.11,
    # Pool: 0.85 0.95 1.00 1.00 1.00 1.00 1.15 1.25
    "v50_avg_section_voltage": 1.0,
    "v99_avg_section_voltage": 1.25,
    "v95_avg_section_voltage": 1.25,
    "v5_avg_section_voltage": 0.85,
    "v1_avg_section_voltage": 0.85,
    "voltage_over_limit_hours": 1.0,
    "num_voltage_over_limit_events": 2,
    "voltage_under_limit_hours": 0.5,
    "num_voltage_under_limit_events": 1,
    "thermal_load_limit_hours": 1.0,
    "thermal_emerg_load_limit_hours": 0.5,
    "num_thermal_load_limit_events": 2,
    "num_thermal_emerg_load_limit_events": 1,
    "thermal_gen_limit_hours": 0.5,
    "thermal_emerg_gen_limit_hours": 0.5,
    "num_thermal_gen_limit_events": 1,
    "num_thermal_emerg_gen_limit_events": 1,
    "load_kwh": 80.0,
    "load_exceeding_normal_een_kwh": None,
    "load_exceeding_normal_een_vcr": None,
    "load_overvoltage_kwh": 17.0,
    "load_overvoltage_cvvr": 17.0 * 5,
    "load_undervoltage_kwh": 20.0,
    "load_undervoltage_normal_kwh": 10.0,
    "load_exceeding_normal_voltage_kwh": 39.0,
    "load_exceeding_normal_voltage_vcr": 39.0 * 2,
    "load_exceeding_normal_thermal_kwh": 35.5,
    "load_exceeding_emerg_thermal_kwh": 3.5,
    "load_exceeding_normal_thermal_vcr": 35.5 * 2,
    "load_exceeding_normal_thermal_voltage_kwh": 51.5,
    "load_exceeding_emerg_thermal_voltage_kwh": 39.0,
    "load_exceeding_normal_thermal_voltage_vcr": 51.5 * 2,
    "load_exceeding_normal_thermal_max_kw": 65.0,
    "load_exceeding_emerg_thermal_max_kw": 7.0,
    "load_max_kw": 80.0,
    "generation_kwh": 50.0,
    "gen_overvoltage_kwh": 17.0,
    "gen_overvoltage_cecv": 17.0 * 3,
    "gen_overvoltage_co2": 17.0 * 4,
    "gen_exceeding_normal_voltage_kwh": 39.0,
    "gen_exceeding_normal_voltage_cecv": 39.0 * 3,
    "gen_exceeding_normal_voltage_co2": 39.0 * 4,
    "gen_exceeding_normal_thermal_kwh": 35.0,
    "gen_exceeding_emerg_thermal_kwh": 1.5,
    "gen_exceeding_normal_thermal_cecv": 35.0 * 3,
    "gen_exceeding_normal_thermal_co2": 35.0 * 4,
    "gen_exceeding_normal_thermal_voltage_kwh": 45.0,
    "gen_exceeding_emerg_thermal_voltage_kwh": 39.0,
    "gen_exceeding_normal_thermal_voltage_cecv": 45.0 * 3,
    "gen_exceeding_emerg_thermal_voltage_cecv": 39.0 * 3,
    "gen_exceeding_normal_thermal_voltage_co2": 45.0 * 4,
    "gen_exceeding_emerg_thermal_voltage_co2": 39.0 * 4,
    "gen_exceeding_normal_thermal_max_kw": 70.0,
    "gen_exceeding_emerg_thermal_max_kw": 3.0,
    "gen_exceeding_emerg_thermal_cecv": 1.5 * 3,
    "gen_exceeding_emerg_thermal_co2": 1.5 * 4,
    "gen_max_kw": 58.0,
    "peak_import": 60.0,
    "peak_export": -50.0,
    "transformer_utilisation": 160.0 / (100.0 * 4),
}
"""The whole-year row of the eventful zone, worked out by hand; None is NULL."""


@pytest.fixture
def everything(round_limits: VoltageLimits) -> EnhancedOptions:
    """Return options with every flag set and every price known."""
    return EnhancedOptions(
        limits=round_limits,
        prices=PRICES,
        load_normal=True,
        load_emergency=True,
        gen_normal=True,
        gen_emergency=True,
        emissions=True,
    )


@pytest.fixture
def columns(eventful: ZoneSeries, half_hours: MakeCalendar, everything: EnhancedOptions) -> Columns:
    """Return the rows of the eventful zone, 10:30 to 12:00 on 15 January."""
    return enhanced_metrics(eventful, half_hours(FOUR), options=everything)


def flat(value: float, lanes: int) -> np.ndarray:
    return np.full((3, lanes), value)


def test_every_column_is_there_and_no_other(columns: Columns):
    assert set(columns) == set(ENHANCED.names) - {"scenario", "feeder"}


def test_every_number_is_worked_out_by_hand():
    texts_and_times = {
        *ENHANCED.names[:7],
        "season",
        "time_of_day",
        "load_max_timestamp",
        "gen_max_timestamp",
    }
    assert set(EVERY_NUMBER) == set(ENHANCED.names) - texts_and_times


@pytest.mark.parametrize(("column", "value"), [*EVERY_NUMBER.items()])
def test_number(columns: Columns, column: str, value: float | None):
    if value is None:
        assert np.isnan(columns[column][-1])
    else:
        assert columns[column][-1] == pytest.approx(value)


def test_times_of_the_largest_load_and_generation(columns: Columns):
    assert columns["load_max_timestamp"][-1] == np.datetime64("2025-01-15T01:30")
    assert columns["gen_max_timestamp"][-1] == np.datetime64("2025-01-15T02:00")


def test_rows_name_slice_and_year(columns: Columns):
    slices = list(zip(columns["season"], columns["time_of_day"], strict=True))

    assert slices == [("summer", "all"), ("summer", "day"), ("summer", "solar_day"), ("annual", "all")]
    assert set(columns["timestamp"]) == {np.datetime64("2025-01-01T00:00", "us")}


def test_without_flags_and_prices_their_columns_are_null(eventful: ZoneSeries, half_hours: MakeCalendar):
    columns = enhanced_metrics(eventful, half_hours(FOUR), options=EnhancedOptions())

    null = {name for name, column in columns.items() if column.dtype.kind == "f" and np.isnan(column).all()}
    dollars = {column.name for column in ENHANCED.columns if column.unit == "$"}
    flagged = {
        column.name for column in ENHANCED.columns if "thermal" in column.name and "limit" in column.name
    }
    assert null == dollars | flagged | {"load_exceeding_normal_een_kwh"}


@pytest.mark.parametrize("flag", ["load_normal", "load_emergency", "gen_normal", "gen_emergency"])
def test_each_flag_fills_its_two_columns(eventful: ZoneSeries, half_hours: MakeCalendar, flag: str):
    options = replace(EnhancedOptions(), **{flag: True})

    columns = enhanced_metrics(eventful, half_hours(FOUR), options=options)

    filled = [
        name for name in columns if "thermal" in name and "limit" in name and not np.isnan(columns[name][0])
    ]
    side, rating = flag.split("_")
    assert len(filled) == 2
    assert all(side in name and ("emerg" in name) == (rating == "emergency") for name in filled)


def test_a_missing_price_makes_sums_over_it_unknown(
    eventful: ZoneSeries, half_hours: MakeCalendar, everything: EnhancedOptions
):
    gap = replace(PRICES, vcr=np.array([2000.0, np.nan, 2000.0, 2000.0]))

    columns = enhanced_metrics(eventful, half_hours(FOUR), options=replace(everything, prices=gap))

    assert np.isnan(columns["load_exceeding_normal_voltage_vcr"][-1])
    assert columns["gen_overvoltage_cecv"][-1] == pytest.approx(17.0 * 3)


def test_prices_hold_lane_by_lane(
    eventful: ZoneSeries, half_hours: MakeCalendar, everything: EnhancedOptions
):
    prices = replace(PRICES, cvvr=np.array([1000.0, 9000.0, 9000.0, 2000.0]))

    columns = enhanced_metrics(eventful, half_hours(FOUR), options=replace(everything, prices=prices))

    assert columns["load_overvoltage_cvvr"][-1] == pytest.approx(0.5 * (30 * 1 + 4 * 2))


def test_one_interval(quiet: MakeSeries, half_hours: MakeCalendar):
    columns = enhanced_metrics(quiet(1), half_hours(1), options=EnhancedOptions())

    assert columns["interval_count"].tolist() == [1, 1, 1, 1]
    assert columns["v1_avg_section_voltage"][-1] == columns["v99_avg_section_voltage"][-1] == 1.0
    assert columns["peak_import"][-1] == 0.0
    assert np.isnan(columns["peak_export"][-1])


def test_without_import_its_peak_is_null(quiet: MakeSeries, half_hours: MakeCalendar):
    exporting = replace(quiet(2), power_kw=np.array([-3.0, -5.0]))

    columns = enhanced_metrics(exporting, half_hours(2), options=EnhancedOptions())

    assert np.isnan(columns["peak_import"][-1])
    assert columns["peak_export"][-1] == -5.0


def test_a_zone_without_nodes_has_null_voltages(quiet: MakeSeries, half_hours: MakeCalendar):
    nothing = flat(np.nan, 2)
    blind = replace(quiet(2), mean_pu=nothing, max_pu=nothing, min_pu=nothing)

    columns = enhanced_metrics(blind, half_hours(2), options=EnhancedOptions())

    voltages = [name for name in columns if name.endswith("section_voltage")]
    assert all(
        np.isnan(columns[name]).all() for name in (*voltages, "voltage_delta_avg", "voltage_delta_max")
    )
    assert columns["voltage_over_limit_hours"][-1] == 0.0


def test_intervals_without_supply_leave_the_others_as_they_are(quiet: MakeSeries, half_hours: MakeCalendar):
    lit = np.array([[1.0, 1.02], [0.98, 1.04], [1.0, 1.0]])
    dark = np.full((3, 1), np.nan)
    mean = np.hstack([lit, dark])
    above = np.array([[0.01], [0.02], [0.0]])
    series = replace(quiet(3), mean_pu=mean, max_pu=mean + above, min_pu=mean - 0.01)

    columns = enhanced_metrics(series, half_hours(3), options=EnhancedOptions())

    assert columns["voltage_delta_avg"][-1] == pytest.approx(0.03)
    assert columns["voltage_delta_max"][-1] == pytest.approx(0.03)
    assert columns["maximum_section_voltage"][-1] == pytest.approx(1.06)
    assert columns["minimum_section_voltage"][-1] == pytest.approx(0.97)
    assert columns["v50_avg_section_voltage"][-1] == 1.0


def test_a_feeder_head_has_no_utilisation(quiet: MakeSeries, half_hours: MakeCalendar):
    series = quiet(1)
    head = replace(series, zone=replace(series.zone, kind="FEEDER_HEAD", rated_kva=float("nan")))

    assert np.isnan(
        enhanced_metrics(head, half_hours(1), options=EnhancedOptions())["transformer_utilisation"]
    ).all()


def test_quantiles_take_the_nearest_rank(quiet: MakeSeries, half_hours: MakeCalendar):
    # 100 values 0.01 ... 1.00 in one phase: the q % quantile is element q.
    nan = np.full(100, np.nan)
    ramp = np.vstack([np.arange(100, 0, -1) / 100, nan, nan])
    series = replace(quiet(100), mean_pu=ramp, max_pu=ramp, min_pu=ramp)

    columns = enhanced_metrics(series, half_hours(100), options=EnhancedOptions())

    found = {percent: columns[f"v{percent}_avg_section_voltage"][-1] for percent in (1, 5, 50, 95, 99)}
    assert found == {1: 0.01, 5: 0.05, 50: 0.50, 95: 0.95, 99: 0.99}


def test_an_overload_of_a_service_line_counts_for_half_an_hour(quiet: MakeSeries, half_hours: MakeCalendar):
    # The measured case: a 40 A service line exceeds by 10.519 kW, the backbone by 5.583; the maximum counts.
    overload = np.array([max(10.519, 5.583)])
    series = replace(quiet(1), power_kw=np.array([20.0]), overload_normal_kw=overload)

    columns = enhanced_metrics(series, half_hours(1), options=EnhancedOptions())

    assert columns["load_exceeding_normal_thermal_kwh"][-1] == pytest.approx(5.2595)
    assert columns["load_exceeding_normal_thermal_max_kw"][-1] == pytest.approx(10.519)


def test_an_event_over_a_season_border_counts_once_where_it_begins(
    quiet: MakeSeries, half_hours: MakeCalendar
):
    # 28 February 23:30, then 1 March 00:00 and 00:30: one event, of summer.
    series = replace(quiet(3), mean_pu=flat(1.2, 3))

    columns = enhanced_metrics(series, half_hours(3, "2025-02-28T23:00"), options=EnhancedOptions())

    by_slice = {
        (season, time): (hours, events)
        for season, time, hours, events in zip(
            columns["season"],
            columns["time_of_day"],
            columns["voltage_over_limit_hours"],
            columns["num_voltage_over_limit_events"],
            strict=True,
        )
    }
    assert by_slice == {
        ("summer", "all"): (0.5, 1),
        ("summer", "night"): (0.5, 1),
        ("autumn", "all"): (1.0, 0),
        ("autumn", "night"): (1.0, 0),
        ("annual", "all"): (1.5, 1),
    }


@pytest.mark.parametrize(("year", "lanes"), [(2025, 17520), (2024, 17568)])
def test_a_whole_year_has_17_rows_that_reach_the_file(
    quiet: MakeSeries, half_hours: MakeCalendar, tmp_path: Path, year: int, lanes: int
):
    calendar = half_hours(lanes, f"{year}-01-01T00:00", year)
    columns = enhanced_metrics(quiet(lanes), calendar, options=EnhancedOptions())

    task = TaskSpan("base", "F1", year, calendar.start, calendar.end)
    written = write_table(tmp_path, ENHANCED, task=task, rows=columns)

    back = read_parquet(tmp_path / written.path)
    assert written.rows == 17
    assert back["interval_count"][-1] == lanes
    assert back["num_thermal_load_limit_events"].tolist() == [None] * 17
    assert set(back["timestamp"].astype(str)) == {f"{year}-01-01T00:00:00.000000"}


def test_zones_stand_below_each_other(eventful: ZoneSeries, half_hours: MakeCalendar):
    other = replace(eventful, zone=replace(eventful.zone, name="other"))

    columns = enhanced_table([eventful, other], half_hours(FOUR), options=EnhancedOptions())

    assert columns["measurement_zone_name"].tolist() == [eventful.zone.name] * 4 + ["other"] * 4


@st.composite
def random_lanes(draw: st.DrawFn) -> tuple[int, int]:
    return draw(st.integers(1, 300)), draw(st.integers(0, 2**32 - 1))


def random_series(quiet: ZoneSeries, seed: int) -> ZoneSeries:
    random = np.random.default_rng(seed)
    lanes = quiet.lanes
    mean = random.normal(1.0, 0.1, (3, lanes))
    return replace(
        quiet,
        mean_pu=mean,
        max_pu=mean + 0.02,
        min_pu=mean - 0.02,
        power_kw=random.normal(0.0, 50.0, lanes),
        load_kw=random.uniform(0.0, 80.0, lanes),
        generation_kw=random.uniform(0.0, 80.0, lanes),
        overload_normal_kw=np.maximum(random.normal(0.0, 5.0, lanes), 0.0),
        overload_emergency_kw=np.maximum(random.normal(-5.0, 5.0, lanes), 0.0),
    )


RANDOM = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
FLAGS = EnhancedOptions(load_normal=True, load_emergency=True, gen_normal=True, gen_emergency=True)


@RANDOM
@given(random_lanes())
def test_seasons_add_up_to_the_year_and_hours_fit_their_slice(
    quiet: MakeSeries, half_hours: MakeCalendar, size: tuple[int, int]
):
    lanes, seed = size
    calendar = half_hours(lanes, "2025-02-27T00:00")

    columns = enhanced_metrics(random_series(quiet(lanes), seed), calendar, options=FLAGS)

    seasons = (columns["season"] != "annual") & (columns["time_of_day"] == "all")
    additive = [name for name in columns if name.endswith(("_kwh", "_hours", "_events", "_count"))]
    for name in set(additive) - {"load_exceeding_normal_een_kwh"}:
        assert columns[name][seasons].sum() == pytest.approx(columns[name][-1])
    for name in (name for name in columns if name.endswith("_hours")):
        assert (columns[name] <= 0.5 * columns["interval_count"]).all()


@RANDOM
@given(random_lanes(), st.floats(0.0, 30.0))
def test_wider_limits_never_put_more_at_risk(
    quiet: MakeSeries, half_hours: MakeCalendar, size: tuple[int, int], wider_v: float
):
    lanes, seed = size
    series, calendar = random_series(quiet(lanes), seed), half_hours(lanes)
    wide = VoltageLimits(253 + wider_v, 260 + wider_v, 216 - wider_v, 207 - wider_v)

    narrow_columns = enhanced_metrics(series, calendar, options=FLAGS)
    wide_columns = enhanced_metrics(series, calendar, options=replace(FLAGS, limits=wide))

    for name in (name for name in narrow_columns if "voltage" in name and name.endswith(("_kwh", "_hours"))):
        assert (wide_columns[name] <= narrow_columns[name] + 1e-9).all()


@RANDOM
@given(random_lanes())
def test_energy_at_risk_is_no_more_than_energy_or_overload(
    quiet: MakeSeries, half_hours: MakeCalendar, size: tuple[int, int]
):
    lanes, seed = size
    columns = enhanced_metrics(random_series(quiet(lanes), seed), half_hours(lanes), options=FLAGS)

    for side, energy in (("load", "load_kwh"), ("gen", "generation_kwh")):
        voltage = columns[f"{side}_exceeding_normal_voltage_kwh"]
        thermal = columns[f"{side}_exceeding_normal_thermal_kwh"]
        both = columns[f"{side}_exceeding_normal_thermal_voltage_kwh"]
        assert (voltage <= columns[energy] + 1e-9).all()
        assert (both >= np.maximum(voltage, thermal) - 1e-9).all()
        assert (both <= voltage + thermal + 1e-9).all()
