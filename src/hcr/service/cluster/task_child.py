"""The process in which tasks of a cluster are solved, one at a time: see `task_process`."""

import os
import pickle
import queue
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

from hcr.errors import HcrError
from hcr.service.executor import prepare_process
from hcr.service.memory_watch import run_watched

IDLE_S = 60.0
"""How long a process waits for its next task before it makes room for others."""


def main(arguments: list[str]) -> int:
    """Answer calls that arrive on a connection until none has come for a while."""
    connection: Connection[Any, Any] = Connection(int(arguments[0]))
    prepare_process(int(arguments[1]) or None)
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, calls), daemon=True).start()
    while True:
        try:
            message = calls.get(timeout=IDLE_S)
        except queue.Empty:
            return 0
        connection.send_bytes(answer(message))


def answer(message: bytes) -> bytes:
    """Return what a call gave: no fault and its result, or its fault."""
    try:
        function, arguments = pickle.loads(message)  # noqa: S301 - from our own parent
        return pickle.dumps((None, run_watched(False, function, *arguments)))
    except Exception as error:  # noqa: BLE001 - the border of a task process: whatever it was, it is passed on
        if not isinstance(error, HcrError):
            traceback.print_exc()
        return _packed(error)


def _packed(error: Exception) -> bytes:
    try:
        packed = pickle.dumps((error, None))
        pickle.loads(packed)  # noqa: S301 - our own; some errors can be packed only
    except Exception:  # noqa: BLE001 - errors of other libraries may refuse in any way
        return pickle.dumps((RuntimeError(f"{type(error).__name__}: {error}"), None))
    return packed


def _listen(connection: "Connection[Any, Any]", calls: "queue.SimpleQueue[bytes]") -> None:
    """Take calls in; end the process, whatever it does, when its parent is gone."""
    try:
        while True:
            calls.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
