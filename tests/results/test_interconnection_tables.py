from hcr.results.catalogue import table_named
from hcr.results.interconnection_tables import INTERCONNECTION_TABLES
from hcr.studies.interconnection.records import records_of
from interconnection_sample import sample


def test_every_table_is_ours_and_has_its_rows():
    rows = records_of(sample())
    assert [table.name for table in INTERCONNECTION_TABLES] == [f"interconnection_{name}" for name in rows]
    for table in INTERCONNECTION_TABLES:
        assert table.extension
        assert table_named(table.name) is table
        first = rows[table.name.removeprefix("interconnection_")][0]
        assert ("feeder", "scenario", "year", *first) == table.names
