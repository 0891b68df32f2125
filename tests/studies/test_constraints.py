from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hcr.results.layout import TaskSpan
from hcr.results.parquet import read_parquet
from hcr.results.table_writer import write_table
from hcr.results.zone_tables import CONSTRAINTS
from hcr.studies.calendar import Calendar
from hcr.studies.constraints import constraints
from hcr.studies.limits import VoltageLimits
from hcr.studies.metric_options import EnhancedOptions, Prices
from hcr.studies.zone_series import ZoneSeries

MakeSeries = Callable[[int], ZoneSeries]
MakeCalendar = Callable[..., Calendar]
Row = dict[str, object]

START = np.datetime64("2025-01-15T00:30")
STEP = np.timedelta64(30, "m")


def rows_of(columns: dict[str, np.ndarray]) -> list[Row]:
    return [
        {name: column[place] for name, column in columns.items()} for place in range(len(columns["ended"]))
    ]


@pytest.fixture
def options(round_limits: VoltageLimits) -> EnhancedOptions:
    """Return options with every thermal flag set, and no prices."""
    return EnhancedOptions(
        limits=round_limits, load_normal=True, load_emergency=True, gen_normal=True, gen_emergency=True
    )


@pytest.fixture
def rows(eventful: ZoneSeries, half_hours: MakeCalendar, options: EnhancedOptions) -> list[Row]:
    """Return the events of the eventful zone."""
    return rows_of(constraints([eventful], half_hours(4), options=options))


def of_type(rows: list[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["constraint_type"] == kind]


def test_types_run_independently(rows: list[Row]):
    lanes = {
        kind: [int((row["timestamp"] - START) / STEP) for row in of_type(rows, kind)]
        for kind in {row["constraint_type"] for row in rows}
    }

    assert lanes == {
        "VOLTAGE_LOW": [2],
        "VOLTAGE_HIGH": [0, 3],
        "LOAD_THERMAL_NORMAL": [0, 2],
        "LOAD_THERMAL_EMERG": [2],
        "GEN_THERMAL_NORMAL": [3],
        "GEN_THERMAL_EMERG": [3],
    }


def test_an_interval_without_supply_leaves_the_voltages_of_its_event(
    eventful: ZoneSeries, half_hours: MakeCalendar, options: EnhancedOptions
):
    dark = np.array([False, False, False, True])
    blind = replace(
        eventful,
        **{name: np.where(dark, np.nan, getattr(eventful, name)) for name in ("mean_pu", "max_pu", "min_pu")},
        overload_normal_kw=np.array([0.0, 0.0, 65.0, 70.0]),
        power_kw=np.array([40.0, 10.0, 60.0, 50.0]),
    )

    (event,) = of_type(rows_of(constraints([blind], half_hours(4), options=options)), "LOAD_THERMAL_NORMAL")

    assert event["ended"] == START + 3 * STEP
    assert event["voltage_max"] == pytest.approx((0.87 + 0.96) / 2)
    assert event["voltage_min"] == pytest.approx((0.82 + 0.94) / 2)


def test_a_low_voltage_event(rows: list[Row]):
    (low,) = of_type(rows, "VOLTAGE_LOW")

    assert low["ended"] == START + 2 * STEP
    assert low["v_base"] == 11000
    assert low["voltage_max"] == pytest.approx((0.87 + 0.96) / 2)
    assert low["voltage_min"] == pytest.approx((0.82 + 0.94) / 2)
    assert (low["load_max_kw"], low["load_delta_kw"]) == (80.0, 0.0)
    assert (low["gen_max_kw"], low["gen_delta_kw"]) == (20.0, 0.0)
    assert low["thermal_max_kw"] == 65.0
    assert low["energy_kwh"] == pytest.approx(0.5 * (80 + 20) * 0.8)  # L(0.82) = 0.8


def test_high_voltage_events_weigh_by_the_highest_node(rows: list[Row]):
    first, second = of_type(rows, "VOLTAGE_HIGH")

    assert first["energy_kwh"] == pytest.approx(0.5 * (60 + 20) * 0.7)  # H(1.17) = 0.7
    assert second["energy_kwh"] == pytest.approx(0.5 * (8 + 58))  # H(1.27) = 1


def test_thermal_events_count_the_overload(rows: list[Row]):
    (emergency,) = of_type(rows, "LOAD_THERMAL_EMERG")
    (export,) = of_type(rows, "GEN_THERMAL_NORMAL")

    assert (emergency["thermal_max_kw"], emergency["energy_kwh"]) == (7.0, 3.5)
    assert (export["thermal_max_kw"], export["energy_kwh"]) == (70.0, 35.0)


def test_consecutive_intervals_are_one_event(
    quiet: MakeSeries, half_hours: MakeCalendar, options: EnhancedOptions
):
    series = replace(
        quiet(6),
        power_kw=np.full(6, 50.0),
        load_kw=np.array([1.0, 10.0, 30.0, 20.0, 1.0, 40.0]),
        generation_kw=np.array([9.0, 2.0, 1.0, 4.0, 9.0, 0.0]),
        overload_normal_kw=np.array([0.0, 3.0, 5.0, 1.0, 0.0, 2.0]),
    )

    long, last = rows_of(constraints([series], half_hours(6), options=options))

    assert (long["timestamp"], long["ended"]) == (START + STEP, START + 3 * STEP)
    assert (long["load_max_kw"], long["load_delta_kw"]) == (30.0, 20.0)
    assert (long["gen_max_kw"], long["gen_delta_kw"]) == (4.0, 3.0)
    assert (long["thermal_max_kw"], long["energy_kwh"]) == (5.0, 4.5)
    assert (last["timestamp"], last["ended"]) == (START + 5 * STEP, START + 5 * STEP)
    assert last["energy_kwh"] == 1.0


def test_a_gap_in_time_ends_an_event(quiet: MakeSeries, options: EnhancedOptions, half_hours: MakeCalendar):
    together = half_hours(4)
    stamps = together.stamps.copy()
    stamps[2:] += np.timedelta64(1, "D")
    apart = Calendar.of(stamps, hours=0.5, utc_offset=together.utc_offset, year=2025)
    series = replace(quiet(4), overload_normal_kw=np.ones(4))

    found = rows_of(constraints([series], apart, options=options))

    assert [(row["timestamp"], row["ended"]) for row in found] == [
        (apart.utc[0], apart.utc[1]),
        (apart.utc[2], apart.utc[3]),
    ]


def test_high_voltage_begins_at_the_normal_limit(quiet: MakeSeries, half_hours: MakeCalendar):
    # 1.1 pu of 400 V lies between 253 V and 260 V.
    between = np.full((3, 1), 1.1)
    series = replace(quiet(1), max_pu=between)

    assert len(rows_of(constraints([series], half_hours(1), options=EnhancedOptions()))) == 1


def test_thermal_types_need_their_flags(
    eventful: ZoneSeries, half_hours: MakeCalendar, round_limits: VoltageLimits
):
    options = EnhancedOptions(limits=round_limits, gen_emergency=True)

    found = constraints([eventful], half_hours(4), options=options)["constraint_type"].tolist()

    assert found == ["VOLTAGE_LOW", "VOLTAGE_HIGH", "VOLTAGE_HIGH", "GEN_THERMAL_EMERG"]


def test_without_prices_the_value_is_unknown(rows: list[Row]):
    assert all(np.isnan(row["value_dollars"]) for row in rows)


def test_values_by_direction(eventful: ZoneSeries, half_hours: MakeCalendar, options: EnhancedOptions):
    prices = Prices(vcr=np.full(4, 2000.0), cecv=np.full(4, 3000.0), co2=np.full(4, 4000.0))
    priced = replace(options, prices=prices, emissions=True)

    rows = rows_of(constraints([eventful], half_hours(4), options=priced))

    assert of_type(rows, "LOAD_THERMAL_EMERG")[0]["value_dollars"] == pytest.approx(3.5 * 2)
    assert of_type(rows, "GEN_THERMAL_EMERG")[0]["value_dollars"] == pytest.approx(1.5 * (3 + 4))
    assert of_type(rows, "VOLTAGE_LOW")[0]["value_dollars"] == pytest.approx(0.5 * 0.8 * (80 * 2 + 20 * 7))


def test_emissions_are_left_out_without_their_flag(
    eventful: ZoneSeries, half_hours: MakeCalendar, options: EnhancedOptions
):
    priced = replace(options, prices=Prices(cecv=np.full(4, 3000.0), co2=np.full(4, 4000.0)))

    rows = rows_of(constraints([eventful], half_hours(4), options=priced))

    assert of_type(rows, "GEN_THERMAL_EMERG")[0]["value_dollars"] == pytest.approx(1.5 * 3)
    assert np.isnan(of_type(rows, "LOAD_THERMAL_EMERG")[0]["value_dollars"])


def test_a_quiet_zone_has_no_rows_but_all_columns(
    quiet: MakeSeries, half_hours: MakeCalendar, options: EnhancedOptions, tmp_path: Path
):
    calendar = half_hours(3)
    columns = constraints([quiet(3)], calendar, options=options)

    task = TaskSpan("base", "F1", 2025, calendar.start, calendar.end)
    written = write_table(tmp_path, CONSTRAINTS, task=task, rows=columns)

    assert written.rows == 0
    assert tuple(read_parquet(tmp_path / written.path)) == CONSTRAINTS.names


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=60))
def test_events_tile_the_overloaded_time(quiet: MakeSeries, half_hours: MakeCalendar, overload: list[float]):
    series = replace(quiet(len(overload)), overload_normal_kw=np.array(overload))
    options = EnhancedOptions(load_normal=True)

    columns = constraints([series], half_hours(len(overload)), options=options)

    lanes = (columns["ended"] - columns["timestamp"]) / STEP + 1
    assert lanes.sum() == sum(1 for kw in overload if kw > 0.0)
    assert columns["energy_kwh"].sum() == pytest.approx(0.5 * sum(overload))
    assert (columns["timestamp"][1:] > columns["ended"][:-1] + STEP).all()
