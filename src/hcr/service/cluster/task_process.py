"""Processes for one task at a time, beside a dask worker: what goes wrong in one ends with it.

The processes of dask's nanny may have no children of `multiprocessing`, so these are started by hand:

    python -P -m hcr.service.cluster.task_child FD BYTES

They are used again for the next task, as loading the engines takes longer than many a task.
"""

import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from hcr.service.memory_watch import MEMORY_EXIT, WORN_EXIT
from hcr.service.task_limits import TaskLimits

POLL_S = 0.2
"""How often a running task is asked after."""


class NotWantedError(Exception):
    """Nobody waits for the task any more; its process is gone."""


class TaskProcessDiedError(Exception):
    """The process of a task ended before the task did."""


class TaskProcess:
    """A child that answers calls, one at a time, until it is idle for long or its parent dies."""

    def __init__(self, memory_bytes: int | None) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "hcr.service.cluster.task_child"),
                    *(str(theirs.fileno()), str(memory_bytes or 0)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=sys.__stderr__,
                pass_fds=[theirs.fileno()],
            )
        self._connection: Connection[Any, Any] = Connection(ours.detach())

    def alive(self) -> bool:
        """Return whether the child still takes calls."""
        return self._process.poll() is None

    def call(self, message: bytes, limits: TaskLimits, wanted: Callable[[], bool]) -> bytes:
        """Return the answer to a message.

        Raises
        ------
        TimeoutError, NotWantedError
            It took too long, or `wanted` says that nobody waits for it.
        EOFError
            The child ended.
        """
        deadline = time.monotonic() + limits.seconds
        try:
            self._connection.send_bytes(message)
            while not self._connection.poll(min(POLL_S, max(0.0, deadline - time.monotonic()))):
                if not wanted():
                    raise NotWantedError
                if time.monotonic() >= deadline:
                    raise TimeoutError
            return self._connection.recv_bytes()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EOFError from error

    def kill(self) -> None:
        """End the child, whatever it does."""
        self._process.kill()
        self.status()

    def status(self) -> int:
        """Return the exit status of a child that has ended, or is about to."""
        self._connection.close()
        return self._process.wait()


class Crew:
    """The task processes of one dask worker: as many as it has threads, the idle ones kept for a while."""

    def __init__(self) -> None:
        self._idle: list[tuple[int | None, TaskProcess]] = []
        self._lock = threading.Lock()

    def call(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        limits: TaskLimits,
        wanted: Callable[[], bool],
    ) -> Any:
        """Return what a call gives in a process of its own.

        Raises
        ------
        TaskTimeoutError, TaskMemoryError
            It went beyond a limit.
        NotWantedError
            Nobody waits for it any more.
        TaskProcessDiedError
            Its process died.
        Exception
            Whatever the call raises.
        """
        message = pickle.dumps((function, arguments))
        needs_new = False
        while True:
            process = TaskProcess(limits.memory_bytes) if needs_new else self._take(limits.memory_bytes)
            try:
                answer = process.call(message, limits, wanted)
            except EOFError:
                if (status := process.status()) == 0:
                    continue  # it was idle for too long just now, and had not begun
                if status == WORN_EXIT:
                    needs_new = True  # what earlier calls left there counted too
                    continue
                raise self._death(status, limits) from None
            except (TimeoutError, NotWantedError) as error:
                process.kill()
                raise limits.explain(error) from None
            self._give_back(limits.memory_bytes, process)
            fault, result = pickle.loads(answer)  # noqa: S301 - of our own child
            if fault is not None:
                raise limits.explain(fault)
            return result

    def _take(self, memory_bytes: int | None) -> TaskProcess:
        with self._lock:
            self._idle = [(limit, process) for limit, process in self._idle if process.alive()]
            for index, (limit, process) in enumerate(self._idle):
                if limit == memory_bytes:
                    del self._idle[index]
                    return process
        return TaskProcess(memory_bytes)

    def _give_back(self, memory_bytes: int | None, process: TaskProcess) -> None:
        with self._lock:
            self._idle.append((memory_bytes, process))

    @staticmethod
    def _death(status: int, limits: TaskLimits) -> BaseException:
        if status == MEMORY_EXIT:
            return limits.explain(MemoryError())
        if status < 0:
            return TaskProcessDiedError(f"its process was ended by {signal.Signals(-status).name}")
        return TaskProcessDiedError(f"its process ended with status {status}")
