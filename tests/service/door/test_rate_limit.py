"""Buckets that are emptied by requests and filled by time."""

import pytest

from hcr.service.door import rate_limit
from hcr.service.door.rate_limit import RateLimit, address_key


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_and_then_one_request_at_a_time() -> None:
    clock = Clock()
    rate = RateLimit(60.0, 3, clock)
    assert [rate.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    clock.now = 0.5
    assert rate.take("a") == pytest.approx(0.5)
    clock.now = 1.0
    assert rate.take("a") == 0.0
    assert rate.take("a") == pytest.approx(1.0)
    clock.now = 1000.0
    assert [rate.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]


def test_each_has_a_bucket() -> None:
    rate = RateLimit(60.0, 1, Clock())
    assert [rate.take(key) for key in ("a", "b", "a")] == [0.0, 0.0, 1.0]


def test_who_was_not_seen_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_BUCKETS", 2)
    rate = RateLimit(60.0, 1, Clock())
    assert [rate.take(key) for key in ("a", "b", "a", "c", "a", "b")] == [0.0, 0.0, 1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.0.0.5", "10.0.0.5"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:10.0.0.5", "10.0.0.5"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_host_with_many_addresses_has_one_bucket(address: str, key: str) -> None:
    assert address_key(address) == key
