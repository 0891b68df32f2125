import pytest

from hcr.results.summary_tables import CUSTOMER_SUMMARY, CUSTOMER_VOLTAGES, ZONE_SUMMARY
from hcr.results.table import Table

ALL = (ZONE_SUMMARY, CUSTOMER_SUMMARY, CUSTOMER_VOLTAGES)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_they_are_marked_as_extensions(table: Table):
    assert table.extension


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_each_row_names_its_task(table: Table):
    assert table.names[:3] == ("feeder", "scenario", "year")


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
@pytest.mark.parametrize(
    ("ending", "unit"), [("_v", "V"), ("_pu", "pu"), ("_kw", "kW"), ("_kwh", "kWh"), ("_kva", "kVA")]
)
def test_units_follow_the_names(table: Table, ending: str, unit: str):
    assert {column.unit for column in table.columns if column.name.endswith(ending)} <= {unit}


def test_both_ends_of_the_voltage_have_place_and_time():
    for kind in ("min", "max"):
        for part in ("pu", "v", "node", "timestamp"):
            assert f"{kind}_voltage_{part}" in ZONE_SUMMARY.names


def test_customer_voltages_have_three_phases():
    assert [name for name in CUSTOMER_VOLTAGES.names if name.startswith("voltage_")] == [
        "voltage_a_v",
        "voltage_b_v",
        "voltage_c_v",
    ]
