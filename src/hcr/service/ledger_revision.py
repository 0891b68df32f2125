"""Brings the tables of a ledger to the revision that the code works with."""

import threading
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select

from hcr.errors import LedgerError
from hcr.service.database import Turn, readers_of, wait_for

HEAD = "0004"
"""The newest revision in `migrations/versions`."""

MIGRATIONS = Path(__file__).with_name("migrations")

_alembic_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))

_one_at_a_time = threading.Lock()
"""Alembic keeps what it works on in module variables."""


def bring_up_to_date(engine: Engine, name: str) -> None:
    """Make the tables that a ledger lacks and change those that are older; `name` is for people.

    A ledger that is up to date is only looked at. Of several processes that find it older one upgrades it, in
    one transaction, and the others wait. A ledger from before revisions were counted is taken over.

    Raises
    ------
    LedgerError
        The ledger is newer than this program, or cannot be used.
    """
    with readers_of(engine).connect() as connection:
        if _revision(connection) == HEAD:
            return
    with _one_at_a_time, engine.begin() as connection:
        wait_for(connection, Turn.UPGRADE)
        revision = _revision(connection)
        if revision != HEAD:
            _upgrade(connection, revision, name)


def _revision(connection: Connection) -> str:
    """Return the revision of the tables; empty where there are none, or none was counted."""
    if not inspect(connection).has_table(_alembic_version.name):
        return ""
    return connection.scalar(select(_alembic_version.c.version_num)) or ""


def _upgrade(connection: Connection, revision: str, name: str) -> None:
    from alembic import command  # a quarter of a second, which few starts need
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision and revision not in known:
        raise LedgerError(
            f"the ledger {name} is newer than this program",
            why=f"its tables are of revision {revision}, and the newest known here is {HEAD}",
            remedy="Install the newest hosting-capacity-runner, or name another ledger.",
        )
    command.upgrade(config, "head")
