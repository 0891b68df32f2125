"""What an interconnection study found, as the columns of its tables."""

from hcr.results.interconnection_tables import INTERCONNECTION_TABLES
from hcr.results.parquet import Columns
from hcr.results.records import columns_of
from hcr.studies.interconnection.records import records_of
from hcr.studies.interconnection.study_result import StudyResult


def interconnection_tables(result: StudyResult) -> dict[str, Columns]:
    """Return the columns of every table of a study by its name, without those that the writer adds."""
    rows = records_of(result)
    return {
        table.name: columns_of(table, rows[table.name.removeprefix("interconnection_")])
        for table in INTERCONNECTION_TABLES
    }
