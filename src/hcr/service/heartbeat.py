"""Keeps a lease while somebody works under it, however long one of their steps takes."""

import logging
import threading
from datetime import datetime, timedelta
from types import TracebackType

from hcr.errors import HcrError, LedgerError
from hcr.service.lease import Lease

LEASE_SECONDS = 15.0

log = logging.getLogger("hcr.runner")


class Heartbeat:
    """A lease that a thread renews as long as a block lasts; then it is free, unless there was a fault.

    A fault of the service itself leaves the lease to expire: the next holder waits that long, instead of
    running into the same fault at once.

    Attributes
    ----------
    held : whether the lease could be had in the first place.
    """

    def __init__(self, lease: Lease, holder: str, seconds: float = LEASE_SECONDS) -> None:
        self.held = False
        self._lease = lease
        self._holder = holder
        self._seconds = seconds
        self._sure_until = datetime.min
        self._turn = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="hcr-heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self.held = True
        self._renew()
        if self.held:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        if self.held and error is None:
            self._lease.release(self._holder)

    def check(self) -> None:
        """See that the lease is still held, before anything is written.

        A process that slept longer than its lease lasts does not know yet: it asks first.

        Raises
        ------
        HcrError
            Somebody else took it.
        LedgerError
            The ledger cannot be used, so that it cannot be told.
        """
        if self.held and self._lease.clock() >= self._sure_until:
            self._renew()
        if not self.held:
            raise HcrError("the lease was lost", why="another runner took it over")

    def _keep(self) -> None:
        while self.held and not self._end.wait(self._seconds / 3):
            try:
                self._renew()
            except LedgerError as error:
                log.error("the lease cannot be renewed; trying again", exc_info=error)

    def _renew(self) -> None:
        """Take the lease once more; once lost it stays so."""
        with self._turn:
            if self.held:
                sure_until = self._lease.clock() + timedelta(seconds=self._seconds * 2 / 3)
                self.held = self._lease.take(self._holder, self._seconds)
                self._sure_until = sure_until
