import re
from pathlib import Path

import pytest

from hcr.results.enhanced_table import ENHANCED

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "results_tables.md"


def documented_columns() -> list[str]:
    if not REFERENCE.is_file():
        pytest.skip("the reference of the result tables is not beside this checkout")
    section = REFERENCE.read_text(encoding="utf-8").split("\n## 8.")[1].split("\n## 9.")[0]
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", section, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(9, 79))
    return [name for _, name in rows]


def test_the_table_has_the_documented_78_columns_but_the_package():
    assert len(ENHANCED.names) == 77
    assert "work_package_id" not in ENHANCED.names


def test_columns_stand_in_documented_order():
    assert list(ENHANCED.names[7:]) == documented_columns()


@pytest.mark.parametrize(
    ("ending", "unit"),
    [
        ("_kwh", "kWh"),
        ("_kw", "kW"),
        ("_hours", "h"),
        ("_vcr", "$"),
        ("_cecv", "$"),
        ("_co2", "$"),
        ("_cvvr", "$"),
    ],
)
def test_units_follow_the_names(ending: str, unit: str):
    named = [column for column in ENHANCED.columns if column.name.endswith(ending)]

    assert named
    assert {column.unit for column in named} == {unit}


def test_voltages_are_per_unit():
    voltages = [column for column in ENHANCED.columns if column.name.endswith("section_voltage")]

    assert len(voltages) == 7
    assert {column.unit for column in voltages} == {"pu"}


def test_every_thermal_count_names_the_flag_it_needs():
    thermal = [column for column in ENHANCED.columns if "thermal" in column.name and "limit" in column.name]

    assert len(thermal) == 8
    assert all("NULL unless `calculate" in column.meaning for column in thermal)


def test_co2_columns_name_their_flag():
    emissions = [column for column in ENHANCED.columns if column.name.endswith("_co2")]

    assert len(emissions) == 6
    assert all("`calculateCO2`" in column.meaning for column in emissions)


def test_een_columns_say_that_they_are_not_computed():
    een = [column for column in ENHANCED.columns if "_een_" in column.name]

    assert [column.meaning.startswith("NULL") for column in een] == [True, True]
