"""The tables as they were before revisions were counted.

A ledger from that time has them, and may lack columns that came later; it is given what it lacks.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Texts that are searched and sorted as SQLite does it: byte by byte, whatever the language of the server."""


def upgrade() -> None:
    """Make the tables, or add to them what they lack."""
    _make("work_packages", *_work_packages())
    _make("tasks", *_tasks())
    _make("leases", *_leases())
    if "tasks_by_state" not in {one["name"] for one in sa.inspect(op.get_bind()).get_indexes("tasks")}:
        op.create_index("tasks_by_state", "tasks", ["state"])


def _make(table: str, *items: SchemaItem) -> None:
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(table):
        op.create_table(table, *items)
        return
    present = {column["name"] for column in inspector.get_columns(table)}
    for item in items:
        if isinstance(item, sa.Column) and item.name not in present:
            op.add_column(table, item)


def _work_packages() -> list[SchemaItem]:
    return [
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("description", WORDS),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("engine", sa.String(10)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("request", WORDS, nullable=False),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("created_by", WORDS),
        sa.Column("updated_at", sa.DateTime),
        sa.Column("completed_at", sa.DateTime),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
    ]


def _tasks() -> list[SchemaItem]:
    return [
        sa.Column("package_id", sa.String(36), sa.ForeignKey("work_packages.id"), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("feeder", sa.Text, nullable=False),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("error_code", sa.String(40)),
        sa.Column("error_message", sa.Text),
        sa.Column("outcome", sa.Text),
    ]


def _leases() -> list[SchemaItem]:
    return [
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
    ]
