"""The ledger's database where it is SQLite: one file, shared by every process of one config directory."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event

from hcr.errors import LedgerError

THREADS = 40
"""Connections kept: one for each thread that answers requests. Making one takes longer than most queries."""

CACHE_KIB = 256
"""Pages that each connection keeps [KiB]; the system keeps the file in memory for all of them."""

BUSY_SECONDS = 30.0
"""How long a connection waits for a locked database [s]."""

RETRY_SECONDS = 0.02

_DAMAGED = "Put a copy of the file back, or move it away; tables stay in the folder results beside it."
_NO_PLACE = "Make room and see that the file and its folder can be written, then run the same line again."

_BUSY = "Another process holds it; try again when that is done."

_REMEDIES = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FULL: _NO_PLACE,
    sqlite3.SQLITE_READONLY: _NO_PLACE,
    sqlite3.SQLITE_IOERR: _NO_PLACE,
    sqlite3.SQLITE_CANTOPEN: _NO_PLACE,
}
"""What to do, by primary result code of SQLite: https://www.sqlite.org/rescode.html."""


def open_sqlite(path: Path, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine on a database file; its transactions lock for writing unless marked as readers.

    Its connections raise `LedgerError` where the file is damaged or stays locked, or where the disk is full
    or takes no writing.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=THREADS,
        max_overflow=0,
        pool_use_lifo=True,  # a few connections do most of the work, and keep most of the memory
        connect_args={"timeout": busy_seconds},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the event below begins transactions
        _use_wal(connection, busy_seconds)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Writers lock from the start: a reader that turns writer would fail under WAL instead of waiting.
        reads = connection.get_execution_options().get("hcr_read_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    @event.listens_for(engine, "handle_error")
    def _explain(context: ExceptionContext) -> None:
        error = context.original_exception
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if primary in _REMEDIES:
            raise LedgerError(
                f"the ledger {path} cannot be used", why=str(error), remedy=_REMEDIES[primary]
            ) from error

    return engine


def _use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Put the database into WAL mode; it stays so.

    The change needs the file alone, and SQLite does not wait for that as it waits for other locks: of
    several processes that open a new ledger at once, all but one try again.
    """
    until = time.monotonic() + busy_seconds
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(RETRY_SECONDS)
