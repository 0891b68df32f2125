from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from hcr.network.feeder import Customer
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.results.catalogue import table_named
from hcr.studies.calendar import Calendar
from hcr.studies.case import Case, build_case
from hcr.studies.recording import solutions
from hcr.studies.solve_task import calendar_of
from hcr.studies.task import LoadTime, Outputs, Override, Task
from hcr.studies.zone_recorder import ZoneRecorder
from hcr.studies.zone_series import ZoneSeries
from hcr.studies.zone_tables import zone_assets, zone_tables

ALWAYS = {"zone_summary", "link_to_input"}
EVENING = datetime(2025, 1, 15, 18)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return one hour of a synthetic feeder with 30 customers, of whom every fourth has PV of 5 kW."""
    root = tmp_path_factory.mktemp("library")
    library = Library(root, root / "cache")
    with library.adding("street") as folder:
        generate_feeder(FeederRecipe("street", customers=30, seed=9, pv_share=0.0), folder)
    feeder = library.open("street")
    customers = tuple(
        Customer(one.load_id, one.element, *((5.0, 4.0) if at % 4 == 0 else (0.0, 0.0)))
        for at, one in enumerate(feeder.customers)
    )
    task = Task("street", "base", 2025, LoadTime(EVENING, EVENING + timedelta(hours=1)))
    return build_case(replace(feeder, customers=customers), task)


@pytest.fixture(scope="module")
def series(case: Case) -> list[ZoneSeries]:
    recorder = ZoneRecorder(case.circuit, case.zones, case.injections.lanes)
    for solution in solutions(case):
        recorder.add(solution)
    return recorder.series()


@pytest.fixture(scope="module")
def calendar(case: Case) -> Calendar:
    return calendar_of(case)


@pytest.mark.parametrize(
    ("output", "table"),
    [
        ("enhanced_metrics", "network_performance_metrics_enhanced"),
        ("duration_curves", "duration_curves"),
        ("constraints", "constraints"),
        ("energy_meters_raw", "energy_meters_raw"),
        ("energy_meter_voltages_raw", "energy_meter_voltages_raw"),
    ],
)
def test_each_output_adds_its_table(
    output: str, table: str, case: Case, series: list[ZoneSeries], calendar: Calendar
):
    asked = replace(case, task=replace(case.task, outputs=Outputs(**{output: True})))

    tables = zone_tables(asked, series, calendar, beyond={})

    assert set(tables) == ALWAYS | {table}
    assert set(tables[table]) == set(table_named(table).names) - {"feeder", "scenario", "year"}


def test_summary_and_link_are_always_written(case: Case, series: list[ZoneSeries], calendar: Calendar):
    tables = zone_tables(case, series, calendar, beyond={case.zones[1].name: (2, 1)})

    assert set(tables) == ALWAYS
    summary = tables["zone_summary"]
    assert summary["measurement_zone_name"].tolist() == [zone.name for zone in case.zones]
    assert summary["customers"].sum() == 30
    assert summary["customers_over_normal"].tolist()[:2] == [0, 2]
    assert summary["customers_under_normal"].tolist()[:2] == [0, 1]


@pytest.mark.parametrize(
    ("output", "column"),
    [
        ("normal_load_thermal", "thermal_load_limit_hours"),
        ("emergency_load_thermal", "thermal_emerg_load_limit_hours"),
        ("normal_gen_thermal", "thermal_gen_limit_hours"),
        ("emergency_gen_thermal", "thermal_emerg_gen_limit_hours"),
    ],
)
def test_thermal_options_reach_the_enhanced_table(
    output: str, column: str, case: Case, series: list[ZoneSeries], calendar: Calendar
):
    name = "network_performance_metrics_enhanced"
    plain, asked = (
        replace(case, task=replace(case.task, outputs=outputs))
        for outputs in (Outputs(enhanced_metrics=True), Outputs(enhanced_metrics=True, **{output: True}))
    )

    without = zone_tables(plain, series, calendar, beyond={})[name]
    along = zone_tables(asked, series, calendar, beyond={})[name]

    assert np.isnan(without[column]).all()
    assert not np.isnan(along[column]).any()


def test_assets_are_the_loads_inside_and_the_pv_behind_them(case: Case):
    assets = list(zone_assets(case).values())

    assert list(zone_assets(case)) == [zone.name for zone in case.zones]

    assert sum(one.customers for one in assets) == 30
    assert sum(one.panel_kw for one in assets) == pytest.approx(8 * 5.0)
    assert sum(one.inverter_kva for one in assets) == pytest.approx(8 * 4.0)
    names = {customer.element.lower(): customer for customer in case.feeder.customers}
    elements = case.circuit.injectors.elements.names
    for zone, one in zip(case.zones, assets, strict=True):
        inside = [names[elements[at].lower()] for at in zone.injectors if elements[at].lower() in names]
        assert (one.customers, one.panel_kw) == (len(inside), pytest.approx(sum(c.pv_kw for c in inside)))


def test_generators_of_exports_are_no_customers(case: Case):
    roof = Override(case.feeder.customers[0].load_id, gen_w=(3000.0,))
    exporting = build_case(case.feeder, replace(case.task, load_time=LoadTime(EVENING, None, (roof,))))

    names = exporting.circuit.injectors.elements.names

    assert sum(name.lower().startswith("generator.") for name in names) == 1
    assert sum(one.customers for one in zone_assets(exporting).values()) == 30
