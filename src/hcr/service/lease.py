"""A lease on the ledger: one holder at a time, until it lets go or stops renewing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, select, update

from hcr.service.ledger_schema import leases
from hcr.service.sqlite import readers_of


def utc_now() -> datetime:
    """Return the time as the ledger keeps it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Lease:
    """A named lease; the clock is the wall's, for holders on other machines."""

    engine: Engine
    name: str
    clock: Callable[[], datetime] = utc_now

    def take(self, holder: str, seconds: float) -> bool:
        """Take or renew the lease and return whether it is held now; an expired one may be taken over."""
        now = self.clock()
        expires = now + timedelta(seconds=seconds)
        with self.engine.begin() as connection:
            row = connection.execute(select(leases).where(leases.c.name == self.name)).one_or_none()
            if row is not None and row.holder != holder and row.expires_at > now:
                return False
            values = {"holder": holder, "expires_at": expires}
            if row is None:
                connection.execute(insert(leases), {"name": self.name, **values})
            else:
                connection.execute(update(leases).where(leases.c.name == self.name).values(values))
        return True

    def release(self, holder: str) -> None:
        """Let go of the lease, if it is still this holder's."""
        with self.engine.begin() as connection:
            connection.execute(leases.delete().where(leases.c.name == self.name, leases.c.holder == holder))

    def is_held(self) -> bool:
        """Return whether somebody holds the lease and it has not expired."""
        query = select(leases.c.name).where(leases.c.name == self.name, leases.c.expires_at > self.clock())
        with readers_of(self.engine).connect() as connection:
            return connection.execute(query).one_or_none() is not None
