"""What alembic runs: the revisions on the connection that it is given, in its transaction."""

from alembic import context

from hcr.service.ledger_schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
