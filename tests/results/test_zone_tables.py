import re
from pathlib import Path

import pytest

from hcr.results.zone_tables import CONSTRAINTS, DURATION_CURVES, LINK_TO_INPUT, METER_VOLTAGES, METERS

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "results_tables.md"
IDENTITY = 7


def documented(heading: str) -> str:
    if not REFERENCE.is_file():
        pytest.skip("the reference of the result tables is not beside this checkout")
    return REFERENCE.read_text(encoding="utf-8").split(f"\n### {heading}")[1].split("\n### ")[0]


def test_link_to_input_follows_the_reference():
    cells = re.findall(r"^\| (\w[^|]*) \|", documented("link_to_input"), re.MULTILINE)
    names = [name.split(" ")[0] for cell in cells for name in cell.split(", ")]

    assert list(LINK_TO_INPUT.names) == [name for name in names if name not in ("column", "work_package_id")]


def test_constraints_have_the_identity_and_twelve_columns():
    assert len(CONSTRAINTS.names) == IDENTITY + 12


def test_every_column_of_constraints_is_documented():
    text = documented("constraints")

    assert all(name in text for name in CONSTRAINTS.names[IDENTITY:])


def test_duration_curves_have_the_identity_and_three_columns():
    assert DURATION_CURVES.names[IDENTITY:] == ("v_base", "percentage_of_time", "kw")


def test_meter_readings_follow_the_reference():
    text = documented("energy_meters_raw")

    assert all(re.sub(r"_[1-5]$", "_k", name) in text or name in text for name in PLAIN_READINGS)


PLAIN_READINGS = [name for name in METERS.names[IDENTITY:] if "losses_k" not in name]


def test_meter_readings_have_five_groups_of_six():
    for k in range(1, 6):
        group = [name for name in METERS.names if name.endswith(f"_{k}")]
        assert group == [
            f"voltage_class_{k}",
            f"losses_{k}",
            f"line_loss_{k}",
            f"load_loss_{k}",
            f"no_load_loss_{k}",
            f"load_energy_{k}",
        ]


def test_meter_voltages_have_five_groups_of_a_base_and_nine_values():
    assert METER_VOLTAGES.names[:4] == ("scenario", "timestamp", "feeder", "measurement_zone_name")
    assert len(METER_VOLTAGES.names) == 4 + 50
    assert METER_VOLTAGES.names[4:8] == ("vbase_1", "phs1_max_1", "phs1_min_1", "phs1_avg_1")
    assert METER_VOLTAGES.names[-1] == "phs3_avg_5"


def test_raw_readings_are_power_whatever_the_name_says():
    units = {column.name: column.unit for column in METERS.columns}

    assert units["kwh"] == "kW"
    assert units["kvarh"] == "kvar"
    assert units["max_kva"] == "kVA"


def test_places():
    assert {table.name: table.place for table in (METERS, METER_VOLTAGES, LINK_TO_INPUT, CONSTRAINTS)} == {
        "energy_meters_raw": "raw",
        "energy_meter_voltages_raw": "raw",
        "link_to_input": "plain",
        "constraints": "metrics",
    }
