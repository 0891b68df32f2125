"""What a result table is: its name, its columns, and where its files lie.

Names, order, types and units follow the result tables of the Evolve hosting-capacity module, with one
deliberate deviation: files do not hold the column `work_package_id`. The folder of the package carries it,
so that equal inputs give byte-identical files whoever submitted them; readers add it from the path.
"""

from dataclasses import dataclass
from typing import Literal

Folder = Literal["raw", "metrics", "plain"]
"""Which rule of `layout` places the files of a table."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : name in the file; type : SQL type; unit : unit, empty where there is none.
    meaning : one sentence for the reference.
    """

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """One result table.

    Attributes
    ----------
    name : name of table and folder; meaning : what a row is.
    columns : in the order of the file; place : rule of `layout`.
    extension : true for tables that only hcr has.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    place: Folder
    extension: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def types(self) -> dict[str, str]:
        """Return the SQL type of each column."""
        return {column.name: column.type for column in self.columns}


TEXT, INTEGER, DOUBLE, TIME, FLAG = "VARCHAR", "INTEGER", "DOUBLE", "TIMESTAMPTZ", "BOOLEAN"

SCENARIO = Column("scenario", TEXT, "", "Scenario of the task.")
FEEDER = Column("feeder", TEXT, "", "mRID of the feeder.")
YEAR = Column("year", INTEGER, "", "Modelled year.")
V_BASE = Column("v_base", INTEGER, "V", "Nominal phase-to-phase voltage of the zone.")

ZONE_IDENTITY = (
    Column("measurement_zone_name", TEXT, "", "UUID of the zone's meter, as text."),
    Column("mz_type", TEXT, "", "Kind of the zone's head: FEEDER_HEAD or TRANSFORMER."),
    Column("conducting_equipment_mrid", TEXT, "", "Equipment at the zone's head."),
    Column("terminal_sequence_number", INTEGER, "", "Terminal of that equipment, counted from 1."),
)
"""The four columns that name a measurement zone."""


def zone_keys(timestamp: str) -> tuple[Column, ...]:
    """Return the leading columns of a documented zone table; `timestamp` says what its stamp means."""
    return (SCENARIO, Column("timestamp", TIME, "UTC", timestamp), FEEDER, *ZONE_IDENTITY)
