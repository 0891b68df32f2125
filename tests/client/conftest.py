"""Transports to the stub service, with a clock that does not wait."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from hcr.client.endpoint import Endpoint
from hcr.client.retry import Retry
from hcr.client.tokens import Credentials, StaticToken
from hcr.client.transport import Transport, TransportOptions
from stub_service import StubService


@dataclass
class Waits:
    """A clock that only counts what it was asked to sleep."""

    slept: list[float] = field(default_factory=list)

    def retry(self, attempts: int = 4) -> Retry:
        return Retry(
            attempts=attempts, sleep=self.slept.append, random=lambda: 1.0, now=lambda: 1_700_000_000.0
        )


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def open_transport(waits: Waits) -> Iterator[Callable[..., Transport]]:
    """Open transports to a stub service; they are closed at the end."""
    opened: list[Transport] = []

    def start(
        service: StubService, auth: Credentials | None = None, *, endpoint: Endpoint | None = None, **options
    ) -> Transport:
        place = endpoint or Endpoint(service.scheme, "127.0.0.1", service.port)
        options = {"retry": waits.retry(), "read_timeout_s": 5.0, **options}
        transport = Transport(place, auth or StaticToken(), options=TransportOptions(**options))
        opened.append(transport)
        return transport

    yield start
    for transport in opened:
        transport.close()
