"""Which refusals are written down, and which are counted."""

from dataclasses import replace

from hcr.service.door.caller import Caller, Scope
from hcr.service.door.refusal_window import (
    MOST_WINDOWS,
    OTHERS,
    WINDOW_SECONDS,
    RefusalWindows,
    Refused,
    Repeated,
)

EVE = Refused("10.1.2.3", "no token", "unauthenticated")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_is_written_and_the_same_again_counted() -> None:
    clock = Clock()
    windows = RefusalWindows(clock)
    assert [windows.is_first(EVE) for _ in range(4)] == [True, False, False, False]
    clock.now += WINDOW_SECONDS - 1.0
    assert windows.ended() == []
    clock.now += 1.0
    assert windows.ended() == [Repeated(EVE, 3, WINDOW_SECONDS)]
    assert windows.ended() == []
    assert windows.is_first(EVE)


def test_what_came_once_is_not_told_again() -> None:
    clock = Clock()
    windows = RefusalWindows(clock)
    windows.is_first(EVE)
    clock.now += WINDOW_SECONDS
    assert windows.ended() == []


def test_address_reason_and_owner_are_told_apart() -> None:
    windows = RefusalWindows()
    ana, bob = (Caller("token", name, name, Scope.READ) for name in ("ana", "bob"))
    for one in (EVE, replace(EVE, address="10.1.2.4"), replace(EVE, reason="expired"),
                replace(EVE, who=ana), replace(EVE, who=bob)):  # fmt: skip
        assert windows.is_first(one)


def test_who_does_something_else_ends_the_window() -> None:
    clock = Clock()
    windows = RefusalWindows(clock)
    other = replace(EVE, address="10.1.2.4")
    for one in (EVE, EVE, other, other):
        windows.is_first(one)
    clock.now += 2.0
    assert windows.ended_by(EVE.address) == [Repeated(EVE, 1, 2.0)]
    assert windows.ended_by(EVE.address) == []
    assert windows.all() == [Repeated(other, 1, 2.0)]


def test_any_number_of_addresses_has_a_bound() -> None:
    clock = Clock()
    windows = RefusalWindows(clock)
    strangers = [replace(EVE, address=f"10.0.{one // 256}.{one % 256}") for one in range(MOST_WINDOWS + 500)]
    assert sum(windows.is_first(one) for one in strangers) == MOST_WINDOWS + 1
    assert not windows.is_first(strangers[0]), "those that are remembered stay so"
    clock.now += WINDOW_SECONDS
    shared = replace(EVE, address=OTHERS)
    assert windows.ended() == [Repeated(strangers[0], 1, 60.0), Repeated(shared, 499, 60.0)]
    assert windows.is_first(strangers[-1])
