"""The tables of the ledger."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
)
from sqlalchemy.schema import CreateColumn

metadata = MetaData()

work_packages = Table(
    "work_packages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # order of submission; times can tie
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("kind", String(40), nullable=False),
    Column("engine", String(10)),  # NULL in ledgers older than the choice: auto
    Column("status", String(20), nullable=False),
    Column("request", Text, nullable=False),  # JSON, the input as it came
    Column("warnings", Text, nullable=False),  # JSON list
    Column("created_at", DateTime, nullable=False),  # all times are UTC without a zone
    Column("created_by", Text),
    Column("updated_at", DateTime),
    Column("completed_at", DateTime),
    Column("is_deleted", Boolean, nullable=False, default=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("package_id", String(36), ForeignKey("work_packages.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("feeder", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("started_at", DateTime),
    Column("finished_at", DateTime),
    Column("error_code", String(40)),
    Column("error_message", Text),
    Column("outcome", Text),  # JSON: tables, warnings, digests
)
Index("tasks_by_state", tasks.c.state)

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("expires_at", DateTime, nullable=False),
)


def create_tables(engine: Engine) -> None:
    """Make the tables that are not there, and the columns that an older ledger lacks."""
    metadata.create_all(engine)
    with engine.connect().execution_options(hcr_read_only=True) as connection:
        complete = not _missing_columns(connection)
    if complete:
        return
    with engine.begin() as connection:  # locked for writing: another process may be doing the same
        for column in _missing_columns(connection):
            ddl = CreateColumn(column).compile(dialect=engine.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {ddl}")


def _missing_columns(connection: Connection) -> list[Column[Any]]:
    present = {
        (table.name, column["name"])
        for table in metadata.sorted_tables
        for column in inspect(connection).get_columns(table.name)
    }
    columns = [column for table in metadata.sorted_tables for column in table.columns]
    return [column for column in columns if (column.table.name, column.name) not in present]
