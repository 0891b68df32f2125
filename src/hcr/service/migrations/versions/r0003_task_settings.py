"""The settings of each task, as a digest, by which equal ones are found. Tasks from before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the column and its index."""
    op.add_column("tasks", sa.Column("settings", sa.String(64)))
    op.create_index("tasks_by_settings", "tasks", ["settings"])
