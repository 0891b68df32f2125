"""The tap settings that a package is solved with: packages from before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the column."""
    op.add_column("work_packages", sa.Column("taps", sa.Text))
