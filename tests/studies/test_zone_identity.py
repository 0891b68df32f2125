from hcr.network.zones import Zone
from hcr.results.table import ZONE_IDENTITY
from hcr.studies.zone_identity import zone_identity


def test_each_row_names_the_zone_under_the_documented_columns(zone: Zone):
    columns = zone_identity(zone, 2)

    assert list(columns) == [column.name for column in ZONE_IDENTITY]
    assert columns["measurement_zone_name"].tolist() == [zone.name, zone.name]
    assert columns["mz_type"].tolist() == ["TRANSFORMER", "TRANSFORMER"]
    assert columns["conducting_equipment_mrid"].tolist() == ["tx1", "tx1"]
    assert columns["terminal_sequence_number"].tolist() == [1, 1]


def test_no_rows(zone: Zone):
    assert {len(column) for column in zone_identity(zone, 0).values()} == {0}
