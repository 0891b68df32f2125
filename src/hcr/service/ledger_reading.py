"""Questions to the ledger that only read: they never wait for who writes."""

from sqlalchemy import Connection

from hcr.service.ledger import Ledger
from hcr.service.sqlite import readers_of


def reading(ledger: Ledger) -> Connection:
    """Return a connection for reading; closing it gives it back."""
    return readers_of(ledger.engine).connect()
