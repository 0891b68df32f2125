"""A lease on the ledger: one holder at a time, until it lets go or stops renewing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hcr.service.clock import utc_now
from hcr.service.database import readers_of
from hcr.service.lease_holder import has_died
from hcr.service.ledger_schema import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """A named lease; the clock is the wall's, for holders on other machines, whose clocks must agree.

    A holder on this machine that has died holds it no longer: see `lease_holder`.
    """

    engine: Engine
    name: str
    clock: Callable[[], datetime] = utc_now

    def take(self, holder: str, seconds: float) -> bool:
        """Take or renew the lease and return whether it is held now; an expired one may be taken over.

        Each of the statements that take looks at once: of many holders that try, one succeeds.
        """
        with self.engine.begin() as connection:
            now = self.clock()
            expires = now + timedelta(seconds=seconds)
            gone = self._dead_holder(connection)
            free = or_(leases.c.holder.in_([holder, *gone]), leases.c.expires_at <= now)
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

    def free(self) -> None:
        """End the lease, whoever holds it."""
        with self.engine.begin() as connection:
            connection.execute(leases.delete().where(leases.c.name == self.name))

    def is_held(self) -> bool:
        """Return whether somebody holds the lease and it has not expired."""
        query = select(leases.c.holder).where(leases.c.name == self.name, leases.c.expires_at > self.clock())
        with readers_of(self.engine).connect() as connection:
            holder = connection.scalar(query)
        return holder is not None and not has_died(holder)

    def _dead_holder(self, connection: Connection) -> list[str]:
        holder = connection.scalar(select(leases.c.holder).where(leases.c.name == self.name))
        return [holder] if holder is not None and has_died(holder) else []

    def _enter(self, connection: Connection, holder: str, expires: datetime) -> bool:
        """Enter a lease that nobody holds, and return whether nobody did."""
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        values = {"name": self.name, "holder": holder, "expires_at": expires}
        entry = insert(leases).values(values).on_conflict_do_nothing().returning(leases.c.name)
        return connection.execute(entry).one_or_none() is not None  # rowcount is not told of an insert
