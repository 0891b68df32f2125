"""What the audit log writes down, and in which order."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from hcr.service.door.audit import AuditLog
from hcr.service.door.caller import Caller, Scope

ANA = Caller("token", "9b1f22c0", "ana", Scope.WRITE)


class Desk:
    """An audit log, and a clock."""

    def __init__(self, path: Path) -> None:
        self.now = 1000.0
        self.log = AuditLog(path, lambda: self.now)

    def refuse(self, address: str = "10.1.2.3", reason: str = "no token") -> None:
        self.log.refused(None, reason, {"from": address, "request_id": "r", "outcome": "unauthenticated"})

    def cancel(self, address: str) -> None:
        self.log.mutation(ANA, "cancel", ["p1"], {"from": address, "request_id": "r", "outcome": "ok"})

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.path.read_text().splitlines()]

    def names(self) -> list[str]:
        return [one["event"] for one in self.events()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "audit.log")


def test_a_stranger_does_not_fill_the_log(desk: Desk) -> None:
    for _ in range(1200):
        desk.refuse()
    assert desk.names() == ["authentication_refused"]
    desk.now += 60.0
    desk.log.write_repeated()
    desk.log.write_repeated()
    assert desk.names() == ["authentication_refused", "authentication_refused_again"]
    assert desk.events()[1] | {"time": ""} == {
        "time": "", "event": "authentication_refused_again", "reason": "no token", "times": 1199,
        "seconds": 60.0, "who": None, "from": "10.1.2.3", "outcome": "unauthenticated",
    }  # fmt: skip


def test_who_comes_again_after_a_minute_is_written_down(desk: Desk) -> None:
    for _ in range(3):
        desk.refuse()
        desk.refuse()
        desk.now += 60.0
    assert desk.names() == ["authentication_refused", "authentication_refused_again"] * 2 + [
        "authentication_refused"
    ]


def test_the_count_of_an_address_comes_before_what_it_changes(desk: Desk) -> None:
    for address in ("10.1.2.3", "10.1.2.3", "10.9.9.9", "10.9.9.9"):
        desk.refuse(address)
    desk.cancel("10.1.2.3")
    told = [(one["event"], one["from"]) for one in desk.events()[2:]]
    assert told == [("authentication_refused_again", "10.1.2.3"), ("mutation", "10.1.2.3")]


def test_hosts_of_one_network_are_one_stranger(desk: Desk) -> None:
    for host in range(100):
        desk.refuse(f"2001:db8::{host:x}")
    desk.log.close()
    assert [(one["from"], one.get("times")) for one in desk.events()] == [
        ("2001:db8::0", None), ("2001:db8::/64", 99),
    ]  # fmt: skip


def test_what_was_counted_is_told_at_the_end(desk: Desk) -> None:
    desk.refuse()
    desk.log.close()
    assert desk.names() == ["authentication_refused"]
    desk.refuse()
    desk.refuse()
    desk.log.close()
    assert desk.names() == ["authentication_refused"] * 2 + ["authentication_refused_again"]


def test_each_mutation_is_written_among_any_number_of_refusals(desk: Desk) -> None:
    def call(number: int) -> None:
        for _ in range(50):
            desk.refuse(f"10.1.2.{number}")
            desk.cancel(f"10.1.2.{number % 2}")

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    desk.log.close()
    events = desk.events()
    assert desk.names().count("mutation") == 300
    refused = [one.get("times", 1) for one in events if one["event"] != "mutation"]
    assert sum(refused) == 300
