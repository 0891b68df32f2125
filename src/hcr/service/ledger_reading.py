"""Questions to the ledger that only read: they never wait for who writes."""

from sqlalchemy import Connection

from hcr.service.database import readers_of
from hcr.service.ledger import Ledger


def reading(ledger: Ledger) -> Connection:
    """Return a connection for reading; closing it gives it back."""
    return readers_of(ledger.engine).connect()
