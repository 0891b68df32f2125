"""A lease on the ledger: one holder at a time, until it lets go or stops renewing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hcr.service.database import readers_of
from hcr.service.ledger_schema import leases


def utc_now() -> datetime:
    """Return the time as the ledger keeps it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Lease:
    """A named lease; the clock is the wall's, for holders on other machines, whose clocks must agree."""

    engine: Engine
    name: str
    clock: Callable[[], datetime] = utc_now

    def take(self, holder: str, seconds: float) -> bool:
        """Take or renew the lease and return whether it is held now; an expired one may be taken over.

        Each of the two statements looks and takes at once: of many holders that try, one succeeds.
        """
        with self.engine.begin() as connection:
            now = self.clock()
            expires = now + timedelta(seconds=seconds)
            free = or_(leases.c.holder == holder, leases.c.expires_at <= now)
            taken = connection.execute(
                update(leases)
                .where(leases.c.name == self.name, free)
                .values(holder=holder, expires_at=expires)
            )
            return bool(taken.rowcount) or self._enter(connection, holder, expires)

    def release(self, holder: str) -> None:
        """Let go of the lease, if it is still this holder's."""
        with self.engine.begin() as connection:
            connection.execute(leases.delete().where(leases.c.name == self.name, leases.c.holder == holder))

    def is_held(self) -> bool:
        """Return whether somebody holds the lease and it has not expired."""
        query = select(leases.c.name).where(leases.c.name == self.name, leases.c.expires_at > self.clock())
        with readers_of(self.engine).connect() as connection:
            return connection.execute(query).one_or_none() is not None

    def _enter(self, connection: Connection, holder: str, expires: datetime) -> bool:
        """Enter a lease that nobody holds, and return whether nobody did."""
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        values = {"name": self.name, "holder": holder, "expires_at": expires}
        entry = insert(leases).values(values).on_conflict_do_nothing().returning(leases.c.name)
        return connection.execute(entry).one_or_none() is not None  # rowcount is not told of an insert
