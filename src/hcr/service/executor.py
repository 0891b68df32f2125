"""Runs tasks in processes of this machine: a crashed or cancelled task takes nothing else with it."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any, Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool

from hcr.service.job import Job, Outcome
from hcr.service.memory_watch import WORN_EXIT, run_watched, watch_memory
from hcr.service.task_limits import TaskLimits

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


class Call(Future[T]):
    """A call of a process pool, made again in a new process where memory of earlier ones stood in its way."""

    def __init__(self, schedule: Callable[[bool], Future[T]]) -> None:
        super().__init__()
        self._schedule = schedule
        self._try(needs_new=False)

    def running(self) -> bool:
        """Return whether a process works on it."""
        return self._inner.running()

    def cancel(self) -> bool:
        """End it, running or not; return whether it was not done before."""
        given_up = super().cancel()
        if given_up:
            self._inner.cancel()
        return given_up

    def _try(self, *, needs_new: bool) -> None:
        self._inner = self._schedule(needs_new)
        self._inner.add_done_callback(self._tried)
        if self.cancelled():
            self._inner.cancel()

    def _tried(self, inner: Future[T]) -> None:
        if inner.cancelled():
            super().cancel()
            return
        error = inner.exception()
        if isinstance(error, ProcessExpired) and error.exitcode == WORN_EXIT:
            try:
                self._try(needs_new=True)
                return
            except RuntimeError as closed:  # the pool takes no calls any more
                error = closed
        self._end(inner, error)

    def _end(self, inner: Future[T], error: BaseException | None) -> None:
        try:
            if error is None:
                self.set_result(inner.result())
            else:
                self.set_exception(error)
        except InvalidStateError:  # it was given up meanwhile
            pass


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

        def schedule(needs_new: bool) -> Future[T]:
            call = (needs_new, function, *arguments)
            future: Future[T] = self._pool.schedule(run_watched, args=call, timeout=self._limits.seconds)
            return future

        return Call(schedule)

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
