"""Runs tasks in processes of this machine: a crashed or cancelled task takes nothing else with it."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from pebble import ProcessPool

from hcr.service.job import Job, Outcome
from hcr.service.task_limits import TaskLimits, watch_memory

T = TypeVar("T")


class Executor(Protocol):
    """What the runner needs: futures whose `cancel` ends running work."""

    @property
    def workers(self) -> int:
        """Return how many jobs can run at once; it may change."""

    def submit(self, function: Callable[[Job], Outcome], job: Job) -> "Future[Outcome]":
        """Start a job and return its future."""

    def explain(self, error: BaseException) -> BaseException:
        """Return what the error of a future means, where a limit was the cause; else the error itself."""

    def shutdown(self) -> None:
        """End all jobs and processes."""


class LocalProcesses:
    """A pool of spawned processes, one per core unless told otherwise."""

    def __init__(
        self,
        workers: int | None = None,
        limits: TaskLimits = TaskLimits(),  # noqa: B008 - it is frozen
    ) -> None:
        self.workers = workers or cores()
        self._limits = limits
        self._pool = ProcessPool(
            max_workers=self.workers,
            context=multiprocessing.get_context("spawn"),
            initializer=prepare_process,
            initargs=(limits.memory_bytes,),
        )

    def submit(self, function: Callable[..., T], *arguments: Any) -> "Future[T]":
        """Start a call in one of the processes and return its future."""
        future: Future[T] = self._pool.schedule(function, args=arguments, timeout=self._limits.seconds)
        return future

    def explain(self, error: BaseException) -> BaseException:
        """Return what the error of a future means."""
        return self._limits.explain(error)

    def shutdown(self) -> None:
        """End all jobs and processes."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def run_within(seconds: float, function: Callable[..., T], *arguments: Any) -> T:
    """Return what a call gives in a process of its own, which ends with it.

    Raises
    ------
    concurrent.futures.TimeoutError
        It took longer; the process is gone.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPool(max_workers=1, context=context, initializer=prepare_process) as pool:
        future: Future[T] = pool.schedule(function, args=arguments, timeout=seconds)
        try:
            return future.result()
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()


NICENESS = 10
"""How far tasks step back behind everything else on the machine: the service answers while they run."""


def prepare_process(memory_bytes: int | None = None) -> None:
    """Make this a process of tasks, the unit of parallel work: one thread; Ctrl-C is for its parent."""
    watch_memory(memory_bytes)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent was killed: the next worker solves the same task anew."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
