from hcr.results.table import TIME, Column, Table, zone_keys


def test_a_table_lists_names_and_types_in_order():
    columns = (Column("b", "DOUBLE", "kW", "Power."), Column("a", "INTEGER", "", "Count."))
    table = Table("things", "One row a thing.", columns, "plain")

    assert table.names == ("b", "a")
    assert table.types == {"b": "DOUBLE", "a": "INTEGER"}
    assert not table.extension


def test_zone_keys_are_the_documented_identity_without_the_package():
    assert [column.name for column in zone_keys("When.")] == [
        "scenario",
        "timestamp",
        "feeder",
        "measurement_zone_name",
        "mz_type",
        "conducting_equipment_mrid",
        "terminal_sequence_number",
    ]


def test_zone_keys_say_what_the_stamp_means():
    stamp = zone_keys("End of the interval.")[1]

    assert (stamp.type, stamp.unit, stamp.meaning) == (TIME, "UTC", "End of the interval.")
