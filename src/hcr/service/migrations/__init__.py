"""Revisions of the ledger's tables, applied by alembic; `ledger_revision` says when."""
