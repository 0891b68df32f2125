"""One holder at a time."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from hcr.service.lease import Lease
from hcr.service.lease_holder import has_died, own_name
from hcr.service.ledger import Ledger
from hcr.service.place import Place

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2025, 1, 15, 12, 0)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lease(place: Place, clock: Clock) -> Iterator[Lease]:
    ledger = Ledger(place.ledger, clock=clock)
    yield ledger.runner_lease
    ledger.close()


def test_a_second_holder_is_turned_away(lease: Lease) -> None:
    assert lease.take("one", 15)
    assert not lease.take("two", 15)
    assert lease.is_held()


def test_nobody_holds_a_new_lease(lease: Lease) -> None:
    assert not lease.is_held()


def test_a_renewed_lease_lasts_longer(lease: Lease, clock: Clock) -> None:
    lease.take("one", 15)
    clock.pass_by(10)
    assert lease.take("one", 15)
    clock.pass_by(10)
    assert not lease.take("two", 15)
    assert lease.is_held()


def test_an_expired_lease_may_be_taken_over_and_its_holder_learns_it(lease: Lease, clock: Clock) -> None:
    lease.take("one", 15)
    clock.pass_by(15)
    assert not lease.is_held()
    assert lease.take("two", 15)
    assert not lease.take("one", 15)


def test_a_released_lease_is_free_at_once(lease: Lease) -> None:
    lease.take("one", 15)
    lease.release("one")
    assert not lease.is_held()
    assert lease.take("two", 15)


def test_only_its_holder_releases_a_lease(lease: Lease) -> None:
    lease.take("one", 15)
    lease.release("two")
    assert lease.is_held()
    assert not lease.take("two", 15)


def test_leases_of_other_names_do_not_meet(lease: Lease, clock: Clock) -> None:
    lease.take("one", 15)
    assert Lease(lease.engine, "other", clock).take("two", 15)


def test_of_many_at_once_one_takes_over_an_expired_lease(lease: Lease, clock: Clock) -> None:
    lease.take("gone", 15)
    clock.pass_by(20)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda number: lease.take(f"holder {number}", 15), range(16)))
    assert taken.count(True) == 1


def test_of_many_at_once_one_takes_the_lease(lease: Lease) -> None:
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda number: lease.take(f"holder {number}", 15), range(16)))
    assert taken.count(True) == 1


def test_a_holder_of_this_machine_that_has_died_holds_nothing(lease: Lease) -> None:
    script = "from hcr.service.lease_holder import own_name; print(own_name())"
    dead = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert has_died(dead.strip())
    lease.take(dead.strip(), 15)
    assert not lease.is_held()
    assert lease.take("two", 15)


@pytest.mark.parametrize("change", ["alive", "elsewhere", "no name of ours"])
def test_a_holder_that_may_live_keeps_the_lease(lease: Lease, change: str) -> None:
    host, process, machine, random = own_name().rsplit(":", 3)
    name = {
        "alive": f"{host}:{process}:{machine}:{random}",
        "elsewhere": f"{host}:999999999:000000000000:{random}",
        "no name of ours": "somebody",
    }[change]
    lease.take(name, 15)
    assert lease.is_held()
    assert not lease.take("two", 15)
