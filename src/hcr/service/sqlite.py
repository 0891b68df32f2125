"""The ledger's database: SQLite, shared by every process of one config directory."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 30.0
"""How long a connection waits for a locked database [s]."""


def open_sqlite(path: Path, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine on a database file; its transactions lock for writing unless marked as readers."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": busy_seconds})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the event below begins transactions
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Writers lock from the start: a reader that turns writer would fail under WAL instead of waiting.
        reads = connection.get_execution_options().get("hcr_read_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def readers_of(engine: Engine) -> Engine:
    """Return the same engine for transactions that only read: they never wait for a writer."""
    return engine.execution_options(hcr_read_only=True)
