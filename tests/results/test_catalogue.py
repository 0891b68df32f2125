import pytest

from hcr.errors import NotFoundError
from hcr.results.catalogue import TABLES, table_named
from hcr.results.table import Table


def test_names_are_unique():
    names = [table.name for table in TABLES]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_is_found_by_its_name(table: Table):
    assert table_named(table.name) is table


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(NotFoundError) as caught:
        table_named("weekly_report")

    assert "weekly_report" in str(caught.value)
    assert "zone_summary" in caught.value.remedy


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_are_unique_and_explained(table: Table):
    assert len(set(table.names)) == len(table.names)
    assert all(column.meaning.endswith(".") for column in table.columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_table_holds_the_package(table: Table):
    assert "work_package_id" not in table.names
    own_names = {"calibration_meter_results": {"feeder_id"}, "calibrated_taps": {"feeder"}}
    assert own_names.get(table.name, {"scenario", "feeder"}) <= set(table.names)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_number_in_double_precision_has_a_unit(table: Table):
    without = [column.name for column in table.columns if column.type == "DOUBLE" and not column.unit]

    assert without in ([], ["transformer_utilisation"])
