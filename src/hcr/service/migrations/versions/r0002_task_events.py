"""What happened to each task, and when. Tasks from before have no events."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "task_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("package_id", sa.String(36), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("why", sa.Text),
        sa.ForeignKeyConstraint(["package_id", "ordinal"], ["tasks.package_id", "tasks.ordinal"]),
    )
    op.create_index("task_events_by_task", "task_events", ["package_id", "ordinal"])
