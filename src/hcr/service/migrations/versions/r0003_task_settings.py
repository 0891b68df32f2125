"""The settings of each task, as a digest, by which equal ones are found: tasks from before have none.

And an index for the last event of a package, which tells whether its tasks changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the column and the indices."""
    op.add_column("tasks", sa.Column("settings", sa.String(64)))
    op.create_index("tasks_by_settings", "tasks", ["settings"])
    op.create_index("task_events_by_package", "task_events", ["package_id", "id"])
