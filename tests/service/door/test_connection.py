"""How long a connection may be open without asking for something, over a socket."""

import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from hcr.service.limits import Limits
from hcr.service.serve import Door

Opened = Callable[..., Any]
READY = b"GET /internal/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect(served: Any) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), timeout=20.0)


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the other side ends the connection."""
    answer = b""
    while piece := connection.recv(4096):
        answer += piece
    return answer


@pytest.fixture
def hasty(opened: Opened) -> Any:
    return opened(Door(limits=Limits(patience_s=0.2)))


@pytest.mark.parametrize("half", [READY[:-2], b"GET"], ids=["head", "word"])
def test_half_a_head_is_not_waited_for_without_end(hasty: Any, half: bytes) -> None:
    with connect(hasty) as connection:
        connection.sendall(half)
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"was not whole after 0.2 s" in answer
    assert hasty.get("/internal/health/ready").status_code == 200


def test_nothing_is_answered_to_nothing(hasty: Any) -> None:
    with connect(hasty) as connection:
        assert rest(connection) == b""


def test_the_next_head_on_a_connection_is_not_waited_for_either(hasty: Any) -> None:
    with connect(hasty) as connection:
        connection.sendall(READY)
        first = connection.recv(4096)
        while b'"ready"' not in first:
            first += connection.recv(4096)
        connection.sendall(READY[:20])
        answer = rest(connection)
    assert first.startswith(b"HTTP/1.1 200 ")
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_head_that_comes_by_drops_gets_no_more_time(hasty: Any) -> None:
    ended = threading.Event()
    with connect(hasty) as connection:
        connection.sendall(READY[:-2])

        def drip() -> None:
            while not ended.wait(0.02):
                try:
                    connection.sendall(b"x: y\r\n")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            answer = rest(connection)
        except ConnectionResetError:
            answer = b""  # the system threw it away: drops came after the end
        ended.set()
        thread.join()
    assert answer.startswith(b"HTTP/1.1 408 ") or answer == b""


def test_the_rest_of_a_refused_request_is_not_waited_for(hasty: Any) -> None:
    with connect(hasty) as connection:
        connection.sendall(b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        answer = connection.recv(4096)
        connection.sendall(b"x")
        answer += rest(connection)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_who_asks_in_time_keeps_the_connection(hasty: Any) -> None:
    with connect(hasty) as connection:
        connection.sendall(READY)
        connection.recv(4096)
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            rest(connection)
        connection.settimeout(20.0)
        connection.sendall(READY.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert rest(connection).startswith(b"HTTP/1.1 200 ")


def test_two_requests_at_once_are_answered(hasty: Any) -> None:
    with connect(hasty) as connection:
        connection.sendall(READY + READY.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert rest(connection).count(b"HTTP/1.1 200 ") == 2


def test_connections_have_a_bound(opened: Opened) -> None:
    served = opened(Door(limits=Limits(connections=5)))
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(connect(served)).sendall(b"G")
        assert served.get("/internal/health/ready").status_code == 503
    while served.get("/internal/health/ready").status_code != 200:
        pass  # until it saw that they are gone


def test_hundreds_of_pollers_are_within_the_bound() -> None:
    assert Limits().connections > 4 * 220
