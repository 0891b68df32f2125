"""What people read when a package has ended: worst voltages and a table of zones."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from hcr.cli.fetch import ZoneResults
from hcr.cli.report import ZONES_SHOWN, local_time, worst_voltages, zone_table
from hcr.results.layout import TaskSpan
from hcr.results.summary_tables import CUSTOMER_SUMMARY, ZONE_SUMMARY
from hcr.results.table import DOUBLE, INTEGER, TIME, Table
from hcr.results.table_writer import WrittenTable, write_table
from stub_service import Scripted, StubService

TOTALS = {
    "totalModels": 1,
    "totalPending": 0,
    "totalRunning": 0,
    "totalSucceeded": 1,
    "totalFailed": 0,
    "totalCancelled": 0,
    "totalTimedOut": 0,
}
PACKAGE = {
    "id": "7",
    "name": "Summer",
    "status": "COMPLETED",
    "createdAt": "2026-01-05T12:00:00Z",
    "completedAt": "2026-01-05T12:01:01Z",
    "isDeleted": False,
    "feeders": ["F1"],
    "scenarios": ["base"],
    "years": [2030],
    "warnings": [],
    "failures": [],
    "resultsPath": "/results/7",
    "progressDetails": {"modelTotals": TOTALS},
}
ZONE = {
    "feeder": "F1",
    "zone": "TX 1",
    "year": 2030,
    "min_voltage_pu": 0.934,
    "min_voltage_v": 233.5,
    "min_voltage_node": "b7.1",
    "min_voltage_timestamp": "2030-02-10T09:00Z",
    "max_voltage_pu": 1.061,
    "max_voltage_v": 265.25,
    "max_voltage_node": "b9.2",
    "max_voltage_timestamp": "2030-06-01T02:30Z",
    "customers_under_normal": 3,
    "customers_over_normal": 11,
    "hours_under_normal": 1.5,
    "hours_over_normal": 20.0,
    "hours_over_emergency": 0.5,
    "hours_under_emergency": 0.0,
    "thermal_load_normal_hours": 2.0,
    "thermal_gen_normal_hours": 1.0,
    "peak_kva": 180.4,
    "peak_loading_percent": 90.2,
    "peak_import_kw": 170.0,
    "peak_export_kw": -120.0,
    "import_kwh": 400_000.0,
    "export_kwh": 90_000.0,
}
CUSTOMER = {
    "feeder": "F1",
    "zone": "TX 1",
    "load_id": "c12",
    "min_voltage_pu": 0.94,
    "min_voltage_v": 216.2,
    "min_voltage_timestamp": "2030-02-10T09:00Z",
    "max_voltage_pu": 1.05,
    "max_voltage_v": 241.5,
    "max_voltage_timestamp": "2030-06-01T02:30Z",
}


# ---- worst voltages


def test_customers_are_named_with_local_time():
    other = {**CUSTOMER, "load_id": "c13", "min_voltage_pu": 0.95, "max_voltage_pu": 1.06}

    assert worst_voltages(ZoneResults([ZONE], [CUSTOMER, other], {"F1": "+10:00"})).splitlines() == [
        "Worst voltages, phase to neutral",
        "  lowest   216.2 V  0.940 pu  2030-02-10 19:00+10:00  customer c12 (feeder F1, zone TX 1)",
        "  highest  241.5 V  1.060 pu  2030-06-01 12:30+10:00  customer c13 (feeder F1, zone TX 1)",
    ]


def test_without_customers_zones_are_named():
    dead = {**ZONE, "min_voltage_pu": None, "max_voltage_pu": None}
    unsupplied = {**CUSTOMER, "min_voltage_pu": None, "max_voltage_pu": None}

    lines = worst_voltages(ZoneResults([dead, ZONE], [unsupplied], {})).splitlines()

    assert lines[1].endswith("2030-02-10 09:00+00:00  node b7.1 (feeder F1, zone TX 1)")


def test_without_any_voltage_there_is_only_the_title():
    dead = {**ZONE, "min_voltage_pu": None, "max_voltage_pu": None}

    assert worst_voltages(ZoneResults([dead], [], {})) == "Worst voltages, phase to neutral\n\n"


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        ("+10:00", "2030-02-10 19:00+10:00"),
        ("-03:30", "2030-02-10 05:30-03:30"),
        ("+00:00", "2030-02-10 09:00+00:00"),
    ],
)
def test_an_instant_is_shown_in_local_standard_time(offset: str, text: str):
    assert local_time("2030-02-10T09:00Z", offset) == text


# ---- zones


def test_zone_row():
    title, head, row, *note = zone_table([ZONE]).splitlines()

    assert title == "Zones"
    assert head.split()[:3] == ["FEEDER", "ZONE", "YEAR"]
    figures = "2030 0.934 1.061 3 11 1.5 20.0 0.5 3.0 180 90 170 -120 400.0 90.0"
    assert row.split() == ["F1", "TX", "1", *figures.split()]
    assert "phase to neutral at the connection" in note[0]


def test_hours_on_screen_are_those_of_the_table():
    """What a planner quotes from the screen stands under the same name in `zone_summary`."""
    other = {**ZONE, "hours_any_node_under_normal": 99.0, "hours_any_node_over_normal": 99.0}

    assert zone_table([other]) == zone_table([ZONE])


def test_an_instant_adds_nothing_up():
    table = zone_table([ZONE], instant=True)

    assert "MWh" not in table
    assert " h" not in table.splitlines()[1]
    assert "customer_voltages" in table


def test_what_is_not_known_is_a_dash():
    head = {**ZONE, "peak_loading_percent": None, "peak_export_kw": None, "import_kwh": None}

    assert zone_table([head]).splitlines()[2].split()[-5:] == ["-", "170", "-", "-", "90.0"]


def test_a_zone_that_never_exports_shows_no_negative_zero():
    row = zone_table([{**ZONE, "export_kwh": -0.0, "peak_export_kw": -0.2}]).splitlines()[2].split()

    assert row[-1] == "0.0"


def test_the_worst_zones_come_first_and_the_rest_is_counted():
    zones = [{**ZONE, "zone": f"z{number:02}", "peak_kva": number} for number in range(ZONES_SHOWN + 3)]
    zones.append({**ZONE, "zone": "bad", "customers_over_normal": 900})
    zones.append({**ZONE, "zone": "hot", "thermal_gen_normal_hours": 70.0})
    zones.append({**ZONE, "zone": "calm", "customers_over_normal": 0})

    lines = zone_table(zones).splitlines()

    assert [line.split()[1] for line in lines[2:5]] == ["bad", "hot", "z14"]
    assert lines[2 + ZONES_SHOWN] == "and 6 more zones"


# ---- through a service, with Parquet files


def table_of(table: Table, record: dict[str, object]) -> dict[str, np.ndarray]:
    """One row with the values of a record, and something plain in every other column."""
    columns: dict[str, np.ndarray] = {}
    for column in table.columns:
        value = record.get(column.name)
        if column.name in ("feeder", "scenario", "year"):
            continue
        if column.type == TIME:
            stamp = str(value).removesuffix("Z") if value else "NaT"
            columns[column.name] = np.array([stamp], "datetime64[us]")
        elif column.type in (DOUBLE, INTEGER):
            columns[column.name] = np.array([0.0 if value is None else value], float)
        else:
            columns[column.name] = np.array([value or "x"], object)
    return columns


@pytest.fixture
def package_with_results(tmp_path: Path, service: StubService) -> Callable[[], None]:
    """Let the service hold a package with two Parquet tables."""

    def hold() -> None:
        task = TaskSpan("base", "F1", 2030, datetime(2029, 12, 31, 14), datetime(2030, 12, 31, 14))
        root = tmp_path / "written"
        written: list[WrittenTable] = [
            write_table(root, table, task=task, rows=table_of(table, record))
            for table, record in ((ZONE_SUMMARY, ZONE), (CUSTOMER_SUMMARY, CUSTOMER))
        ]
        tables = [{"path": one.path, "sha256": one.sha256} for one in written]
        tasks = [{"feeder": "F1", "utc_offset": "+10:00", "tables": tables}]
        folder = "/api/work-packages/7/results/"
        service.files[f"{folder}manifest.json"] = Scripted(200, json.dumps({"tasks": tasks}).encode())
        for one in written:
            content = (root / one.path).read_bytes()
            assert hashlib.sha256(content).hexdigest() == one.sha256
            service.files[folder + one.path] = Scripted(200, content)
        service.data = {"getWorkPackageById": PACKAGE}

    return hold


def test_a_finished_watch_shows_the_results(directory, service, hcr, package_with_results):
    package_with_results()

    outcome = hcr(directory, "work-package", "monitor", "7")

    assert (outcome.code, outcome.stdout) == (0, "")
    said = outcome.stderr.splitlines()
    assert said[0] == "Summer: completed in 61 s, 1 of 1 models done"
    assert "customer c12 (feeder F1, zone TX 1)" in outcome.stderr
    assert "2030-02-10 19:00+10:00" in outcome.stderr
    assert said[-2] == "Tables and manifest on the service's machine: /results/7"
    assert said[-1] == f"Copy them:  hcr {directory} work-package results 7 --out FOLDER"


def test_an_interconnection_study_has_no_zones_but_results_of_its_own(directory, service, hcr):
    manifest = json.dumps({"kind": "interconnection", "tasks": []}).encode()
    service.files["/api/work-packages/7/results/manifest.json"] = Scripted(200, manifest)
    service.data = {"getWorkPackageById": PACKAGE}

    outcome = hcr(directory, "work-package", "monitor", "7")

    assert outcome.code == 0
    assert f"See them:  hcr {directory} interconnection show 7" in outcome.stderr
    assert "Worst voltages" not in outcome.stderr


def test_results_are_the_zone_rows(directory, service, hcr, package_with_results):
    package_with_results()

    outcome = hcr(directory, "work-package", "results", "7", "-o", "json")

    (row,) = outcome.json
    assert list(row) == list(ZONE_SUMMARY.names)
    assert (row["zone"], row["peak_kva"]) == ("TX 1", 180.4)
    assert row["min_voltage_timestamp"] == "2030-02-10T09:00Z"
    plain = hcr(directory, "work-package", "results", "7", "--query", "[].peak_kva")
    assert plain.stdout == "180.4\n"


def test_results_that_cannot_be_had_do_not_change_the_exit_code(directory, service, hcr):
    service.data = {"getWorkPackageById": PACKAGE}

    outcome = hcr(directory, "work-package", "monitor", "7")

    assert outcome.code == 0
    assert "Warning: the results cannot be shown: Work package 7 has no manifest.json" in outcome.stderr


def test_quiet_does_not_even_ask_for_results(directory, service, hcr, package_with_results):
    package_with_results()

    outcome = hcr(directory, "work-package", "monitor", "7", "--quiet")

    assert (outcome.code, outcome.stderr) == (0, "")
    assert not [request for request in service.requests if "/results/" in request.path]


def test_a_client_without_the_extra_says_what_to_install(directory, hcr, uninstalled, package_with_results):
    package_with_results()
    uninstalled("duckdb", "hcr.results.records", "hcr.results.parquet")

    outcome = hcr(directory, "work-package", "results", "7")

    assert outcome.code == 2
    assert "hosting-capacity-runner[embedded]" in outcome.stderr
