"""Every result table by name."""

from hcr.errors import NotFoundError
from hcr.results.calibration_tables import CALIBRATION_TABLES
from hcr.results.enhanced_table import ENHANCED
from hcr.results.interconnection_tables import INTERCONNECTION_TABLES
from hcr.results.summary_tables import CUSTOMER_SUMMARY, CUSTOMER_VOLTAGES, ZONE_SUMMARY
from hcr.results.table import Table
from hcr.results.zone_tables import CONSTRAINTS, DURATION_CURVES, LINK_TO_INPUT, METER_VOLTAGES, METERS

TABLES: tuple[Table, ...] = (
    ENHANCED,
    CONSTRAINTS,
    DURATION_CURVES,
    LINK_TO_INPUT,
    METERS,
    METER_VOLTAGES,
    ZONE_SUMMARY,
    CUSTOMER_SUMMARY,
    CUSTOMER_VOLTAGES,
    *CALIBRATION_TABLES,
    *INTERCONNECTION_TABLES,
)


def table_named(name: str) -> Table:
    """Return the table of that name.

    Raises
    ------
    NotFoundError
        There is no such table.
    """
    for table in TABLES:
        if table.name == name:
            return table
    raise NotFoundError(
        f"no result table is called {name}",
        remedy="Tables are: " + ", ".join(table.name for table in TABLES) + ".",
    )
