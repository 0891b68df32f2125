"""A lease that is kept while somebody works, and that is known to be lost once it is."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from hcr.errors import HcrError, LedgerError
from hcr.service.clock import utc_now
from hcr.service.heartbeat import Heartbeat
from hcr.service.ledger import Ledger
from hcr.service.place import Place

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


class Wall:
    """The time on the wall; a test moves it."""

    def __init__(self) -> None:
        self.late = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.late


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def ledger(place: Place, wall: Wall) -> Iterator[Ledger]:
    opened = Ledger(place.ledger, clock=wall)
    yield opened
    opened.close()


class Counted:
    """A lease that tells of each time it is taken; `trouble` is what renewing runs into."""

    def __init__(self, ledger: Ledger) -> None:
        self._lease = ledger.runner_lease
        self.clock = self._lease.clock
        self.trouble: list[Exception] = []
        self.taken = threading.Semaphore(0)

    def take(self, holder: str, seconds: float) -> bool:
        try:
            if self.trouble:
                raise self.trouble.pop()
            return self._lease.take(holder, 60)
        finally:
            self.taken.release()

    def release(self, holder: str) -> None:
        self._lease.release(holder)

    def wait_for(self, times: int) -> None:
        for _ in range(times):
            assert self.taken.acquire(timeout=60)


def test_a_lease_is_held_for_a_block(ledger: Ledger) -> None:
    with Heartbeat(ledger.runner_lease, "me") as heartbeat:
        assert heartbeat.held
        heartbeat.check()
        assert not ledger.runner_lease.take("two", 15)
    assert not ledger.runner_lease.is_held()


def test_a_lease_of_somebody_else_is_left_alone(ledger: Ledger) -> None:
    ledger.runner_lease.take("one", 15)
    with Heartbeat(ledger.runner_lease, "me") as heartbeat:
        assert not heartbeat.held
        with pytest.raises(HcrError, match="lease was lost"):
            heartbeat.check()
    assert ledger.runner_lease.is_held()


def test_a_lease_is_renewed_while_its_holder_does_something_else(ledger: Ledger) -> None:
    lease = Counted(ledger)
    with Heartbeat(lease, "me", 0.03) as heartbeat:  # type: ignore[arg-type]
        lease.wait_for(4)
        heartbeat.check()


def test_a_ledger_out_of_reach_does_not_end_the_renewing(ledger: Ledger) -> None:
    lease = Counted(ledger)
    with Heartbeat(lease, "me", 0.03) as heartbeat:  # type: ignore[arg-type]
        lease.trouble = [LedgerError("the server starts anew")] * 2
        lease.wait_for(6)
        assert heartbeat.held


def test_a_lease_that_another_took_is_lost_for_good(ledger: Ledger, wall: Wall) -> None:
    with Heartbeat(ledger.runner_lease, "me") as heartbeat:
        wall.late = timedelta(seconds=20)
        ledger.runner_lease.take("two", 60)
        for _ in range(2):
            with pytest.raises(HcrError, match="another runner took it over"):
                heartbeat.check()
            ledger.runner_lease.release("two")
    assert ledger.runner_lease.take("three", 15)


def test_the_thread_learns_of_a_loss_by_itself(ledger: Ledger, wall: Wall) -> None:
    lease = Counted(ledger)
    with Heartbeat(lease, "me", 0.03) as heartbeat:  # type: ignore[arg-type]
        ledger.runner_lease.free()  # as if it had expired
        while not ledger.runner_lease.take("two", 600):
            ledger.runner_lease.free()
        while heartbeat.held:
            lease.wait_for(1)
    assert ledger.runner_lease.is_held()


def test_a_late_holder_that_nobody_replaced_goes_on(ledger: Ledger, wall: Wall) -> None:
    with Heartbeat(ledger.runner_lease, "me") as heartbeat:
        wall.late = timedelta(seconds=20)
        heartbeat.check()
        assert ledger.runner_lease.is_held()


def test_a_fault_leaves_the_lease_to_expire(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), Heartbeat(ledger.runner_lease, "me"):
        raise ZeroDivisionError
    assert ledger.runner_lease.is_held()
