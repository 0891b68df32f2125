"""The ledger's database, of either kind, and what differs between the kinds."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path

from sqlalchemy import ARRAY, Connection, Engine, Table, func, insert, literal, select

from hcr.service.database_url import DatabaseUrl
from hcr.service.sqlite import BUSY_SECONDS, open_sqlite


class Turn(IntEnum):
    """What only one process does at a time; the numbers are those of PostgreSQL's advisory locks."""

    UPGRADE = 7_219_054_001
    NUMBER = 7_219_054_002


def open_database(where: Path | DatabaseUrl, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine on a file, whose folder is made where it is not there, or on a PostgreSQL database.

    Raises
    ------
    LedgerError
        At the first use: the database cannot be reached or used; it says why.
    """
    if isinstance(where, DatabaseUrl):
        from hcr.service.postgresql import open_postgresql  # with its driver: only who uses it has that

        return open_postgresql(where, busy_seconds)
    where.parent.mkdir(parents=True, exist_ok=True)
    return open_sqlite(where, busy_seconds)


def readers_of(engine: Engine) -> Engine:
    """Return the same engine for transactions that only read: they never wait for a writer."""
    return engine.execution_options(hcr_read_only=True)


def enter_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Enter rows that all have the same columns; a package may have a hundred thousand.

    PostgreSQL is sent one statement with an array a column: a statement a row takes twice as long.
    """
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    values = [literal([row[name] for row in rows], ARRAY(table.c[name].type)) for name in names]
    columns = [func.unnest(value).label(name) for name, value in zip(names, values, strict=True)]
    connection.execute(insert(table).from_select(names, select(*columns)))


def wait_for(connection: Connection, turn: Turn) -> None:
    """Wait until nobody else does the same, and keep others waiting until the end of this transaction.

    In SQLite each transaction that writes is alone from its beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(turn.value)))
