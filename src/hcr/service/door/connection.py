"""Connections of the socket: how long one may be open without asking for something."""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientConnection(H11Protocol):
    """What uvicorn makes of each connection, ended when the head of a request takes longer than `patience_s`.

    uvicorn waits without end for the rest of a head; only between requests, where nothing at all comes, it
    does not. Beyond asyncio's own interface this uses `conn` and `transport` of its protocol.
    """

    patience_s = 30.0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest."""
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Wait where no request is being answered: its head is not whole, or its body outlasts the answer."""
        if self.conn.their_state is not h11.IDLE and self.conn.our_state is not h11.DONE:
            self._stop()
        elif self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(self.patience_s, self._end)

    def _stop(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _end(self) -> None:
        if self.transport.is_closing():
            return
        begun = bool(self.conn.trailing_data[0]) and self.conn.our_state is h11.IDLE
        if begun:  # else nobody asked anything, and an answer could be taken for that to the next request
            self.transport.write(_too_late(self.conn, self.patience_s))
        self.transport.close()


def patient_connection(patience_s: float) -> type[PatientConnection]:
    """Return the class of connections that wait so long [s]; uvicorn makes them, and has no more to say."""
    return type("PatientConnection", (PatientConnection,), {"patience_s": patience_s})


def _too_late(connection: h11.Connection, patience_s: float) -> bytes:
    message = f"the head of the request was not whole after {patience_s:g} s; send it again"
    body = json.dumps({"errors": [{"message": message, "extensions": {"code": "bad_request"}}]}).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    events = (h11.Response(status_code=408, headers=headers, reason="Request Timeout"), h11.Data(data=body))
    return b"".join(connection.send(event) or b"" for event in (*events, h11.EndOfMessage()))
