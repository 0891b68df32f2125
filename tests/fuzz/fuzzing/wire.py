"""What is sent, byte by byte, and what comes back."""

import contextlib
import json
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

HANG_S = 20.0
"""Longest wait for an answer [s]; only a service that hangs takes so long."""

QUIET_S = 0.25
"""How long bytes that may be half a request are given for an answer, before our side is closed [s]."""


class Ending(Enum):
    """What the caller does when all is sent."""

    WAIT = "wait for the answer, which must come"
    PERHAPS = "wait a moment, then say that no more comes; the service must answer or close"
    CLOSE = "go away at once"
    LEAVE = "leave the connection open and unread"


@dataclass(frozen=True)
class Attack:
    """One malformed request: what it is about, its bytes, and how it ends."""

    about: str
    data: bytes
    ending: Ending = Ending.WAIT


@dataclass(frozen=True)
class Answer:
    """One answer; `head` without the status line."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        found = re.search(rb"(?im)^" + name.encode() + rb":[ \t]*([^\r\n]*)", self.head)
        return found[1].decode("latin-1") if found else ""


@dataclass
class Heard:
    """All that came back on one connection."""

    data: bytes = b""
    hung: bool = False
    answers: list[Answer] = field(default_factory=list)


def request(
    method: str = "POST",
    path: str = "/api/graphql",
    body: bytes = b"",
    headers: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Return a request as bytes; headers that are None are left out."""
    head = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1".encode("latin-1")]
    for name, value in {**head, "Connection": "close", **(headers or {})}.items():
        if value is not None:
            content = value if isinstance(value, bytes) else value.encode("latin-1", "replace")
            lines.append(name.encode("latin-1", "replace") + b": " + content)
    return b"\r\n".join([*lines, b"", b""]) + body


def bearer(token: str) -> dict[str, str | bytes]:
    return {"Authorization": f"Bearer {token}"}


def asking(token: str, query: str, variables: object = None) -> bytes:
    """Return a GraphQL request."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    return request(body=body, headers=bearer(token))


def send(port: int, attack: Attack, left_open: list[socket.socket]) -> Heard:
    """Send an attack and return what came back."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=HANG_S)
    with contextlib.ExitStack() as stack:
        stack.callback(connection.close)
        with contextlib.suppress(ConnectionError):  # the service may close before all is sent
            connection.sendall(attack.data)
        if attack.ending is Ending.LEAVE:
            stack.pop_all()
            left_open.append(connection)
            return Heard()
        if attack.ending is Ending.CLOSE:
            return Heard()
        heard = Heard()
        if attack.ending is Ending.PERHAPS:
            connection.settimeout(QUIET_S)
            if _read(connection, heard):
                return _parsed(heard)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(HANG_S)
        heard.hung = not _read(connection, heard)
        return _parsed(heard)


def _read(connection: socket.socket, heard: Heard) -> bool:
    """Read to the end and return whether it came in time."""
    try:
        while piece := connection.recv(65536):
            heard.data += piece
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def _parsed(heard: Heard) -> Heard:
    heard.answers = list(_answers(heard.data))
    return heard


def _answers(data: bytes) -> Iterator[Answer]:
    while found := re.match(rb"HTTP/1\.[01] (\d{3})[^\r\n]*\r\n", data):
        head, _, rest = data[found.end() - 2 :].partition(b"\r\n\r\n")
        status = int(found[1])
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        size = int(length[1]) if length else 0 if status in (100, 204, 304) else len(rest)
        yield Answer(status, head, rest[:size])
        data = rest[size:]
