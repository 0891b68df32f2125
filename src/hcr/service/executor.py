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

T = TypeVar("T")


class Executor(Protocol):
    """What the runner needs: futures whose `cancel` ends running work."""

    workers: int

    def submit(self, function: Callable[..., T], *arguments: Any) -> "Future[T]":
        """Start a call and return its future."""

    def shutdown(self) -> None:
        """End all calls and processes."""


class LocalProcesses:
    """A pool of spawned processes, one per core unless told otherwise."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._pool = ProcessPool(
            max_workers=self.workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_prepare_process,
        )

    def submit(self, function: Callable[..., T], *arguments: Any) -> "Future[T]":
        """Start a call in one of the processes and return its future."""
        future: Future[T] = self._pool.schedule(function, args=arguments)
        return future

    def shutdown(self) -> None:
        """End all calls and processes."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def run_within(seconds: float, function: Callable[..., T], *arguments: Any) -> T:
    """Return what a call gives in a process of its own, which ends with it.

    Raises
    ------
    concurrent.futures.TimeoutError
        It took longer; the process is gone.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPool(max_workers=1, context=context, initializer=_prepare_process) as pool:
        future: Future[T] = pool.schedule(function, args=arguments, timeout=seconds)
        try:
            return future.result()
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()


NICENESS = 10
"""How far tasks step back behind everything else on the machine: the service answers while they run."""


def _prepare_process() -> None:
    """One thread a process: tasks are the unit of parallel work here. Ctrl-C is the parent's business."""
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
