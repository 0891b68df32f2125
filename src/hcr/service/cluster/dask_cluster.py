"""Runs tasks on a dask cluster: feeders out to the store, tables back from it before a task is done."""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from distributed.scheduler import KilledWorker

from hcr.errors import ClusterError, HcrError
from hcr.network.feeder import file_digest
from hcr.replacement import replacing
from hcr.service.cluster.dask_worker import run_order
from hcr.service.cluster.inputs import Inputs
from hcr.service.cluster.order import Order, check_programs, programs
from hcr.service.cluster.scheduler_link import PATIENCE_S, SchedulerLink, connect, count_threads
from hcr.service.cluster.store import Store
from hcr.service.cluster.task_process import TaskProcessDiedError
from hcr.service.job import Job, Outcome
from hcr.service.task_limits import TaskLimits
from hcr.service.task_reuse import reused
from hcr.studies.task_inputs import task_inputs

CARRIERS = 8
"""Threads that carry files between here and the store."""

log = logging.getLogger("hcr.cluster")


class Flight(Future[Outcome]):
    """A job that is away. Cancelling it ends the work, wherever that is."""

    def __init__(self, job: Job, recall: Callable[["Flight"], None]) -> None:
        super().__init__()
        self.job = job
        self.remote: Any = None
        self._recall = recall

    def cancel(self) -> bool:
        """Give the job up; return whether it was not done before."""
        given_up = super().cancel()
        if given_up:
            self._recall(self)
        return given_up

    def land(self, outcome: Outcome) -> None:
        """Be done, unless the job was given up meanwhile."""
        try:
            self.set_result(outcome)
        except InvalidStateError:
            pass

    def crash(self, error: BaseException) -> None:
        """Be done without a result, unless the job was given up meanwhile."""
        try:
            self.set_exception(error)
        except InvalidStateError:
            pass


class DaskCluster:
    """An executor on the workers of a dask scheduler.

    Parameters
    ----------
    workers : tasks at once; None is one a thread that the cluster has at the moment.
    """

    def __init__(self, scheduler: str, store: str, workers: int | None, limits: TaskLimits) -> None:
        self._most = workers
        self._limits = limits
        self._store = Store(store)
        self._inputs = Inputs(self._store)
        self._link = SchedulerLink(scheduler)
        self._carriers = ThreadPoolExecutor(CARRIERS, "hcr-carrier")
        self._recallers = ThreadPoolExecutor(1, "hcr-recaller")

    @property
    def workers(self) -> int:
        """Return how many jobs can run at once; none while the scheduler cannot be reached.

        A cluster without workers gets one job all the same: some grow when there is work.
        """
        threads = self._link.threads
        return 0 if threads is None else self._most or max(1, threads)

    def submit(self, function: Callable[[Job], Outcome], job: Job) -> Flight:
        """Send a job out and return its future, done when its tables are in the job's folder."""
        flight = Flight(job, self._recall)
        self._carriers.submit(self._send, flight, function)
        return flight

    def explain(self, error: BaseException) -> BaseException:
        """Return what the error of a future means."""
        if isinstance(error, KilledWorker):
            return TaskProcessDiedError("several workers died while they ran it")
        if isinstance(error, ModuleNotFoundError) or isinstance(error.__cause__, ModuleNotFoundError):
            return ClusterError(
                "the cluster lacks a library that tasks need",
                why=str(error.__cause__ or error),
                remedy="Install hosting-capacity-runner[cluster] on the scheduler and all workers.",
            )
        return error

    def shutdown(self) -> None:
        """End all jobs; the cluster stays."""
        self._carriers.shutdown(wait=False, cancel_futures=True)
        self._recallers.shutdown()
        self._link.close()

    def _send(self, flight: Flight, function: Callable[[Job], Outcome]) -> None:
        try:
            found = _earlier_outcome(flight.job)
            if found is not None:
                flight.land(found)
                return
            order = self._order(flight.job, function)
            if flight.cancelled():
                return
            flight.remote = self._link.client().submit(run_order, order, key=order.id, pure=False)
        except Exception as error:  # noqa: BLE001 - the border of a thread: whatever it was, it is passed on
            flight.crash(error)
            return
        if flight.cancelled():
            self._recall(flight)
        flight.remote.add_done_callback(lambda _: self._arrived(flight, order))

    def _order(self, job: Job, function: Callable[[Job], Outcome]) -> Order:
        run = f"hcr-{uuid.uuid4().hex}"
        return Order(
            id=run,
            function=function,
            task=job.task,
            inputs=self._inputs.put(job.library, job.task.feeder),
            store=self._store.url,
            results=f"results/{job.results.name}/{run}",
            limits=self._limits,
            programs=programs(),
        )

    def _arrived(self, flight: Flight, order: Order) -> None:
        try:
            self._carriers.submit(self._take_in, flight, order)
        except RuntimeError:  # shut down meanwhile
            flight.cancel()

    def _take_in(self, flight: Flight, order: Order) -> None:
        """Bring the tables of an order home; only then its job is done."""
        try:
            outcome = self._outcome(flight.remote)
            for table in outcome.get("tables") or ():
                if flight.cancelled():
                    break
                self._bring(
                    f"{order.results}/{table['path']}", flight.job.results / table["path"], table["sha256"]
                )
        except Exception as error:  # noqa: BLE001 - the border of a thread: whatever it was, it is passed on
            flight.crash(error)
        else:
            flight.land(outcome)
        flight.remote.release()
        try:
            self._store.remove(order.results)
        except HcrError as error:
            log.warning("%s is left over: %s", order.results, error)

    def _outcome(self, remote: Any) -> Outcome:
        if remote.status == "error":
            raise remote.exception(timeout=PATIENCE_S)
        if remote.status != "finished":  # the scheduler forgot it, and went away, most likely
            raise self._link.gone()
        try:
            outcome: Outcome = remote.result(timeout=PATIENCE_S)
        except Exception as error:
            raise self._link.gone() from error
        return outcome

    def _bring(self, name: str, target: Path, sha256: str) -> None:
        with replacing(target) as fresh:
            self._store.get(name, fresh)
            if file_digest(fresh) != sha256:
                raise ClusterError(
                    f"{name} of the store is damaged",
                    why="its content is not what the worker wrote",
                    remedy="Retry the package; look after the store if it happens again.",
                )

    def _recall(self, flight: Flight) -> None:
        if flight.remote is not None:
            self._recallers.submit(flight.remote.cancel)


def check_cluster(scheduler: str, store: str) -> int:
    """Return the number of threads of a cluster that can be used.

    Raises
    ------
    NetworkError
        The scheduler cannot be reached.
    ClusterError, UsageError
        The store cannot be used, or workers have other programs than this machine.
    """
    Store(store).check()
    client = connect(scheduler)
    try:
        threads = count_threads(client)
        try:
            found = client.run(programs)
        except ModuleNotFoundError as error:
            raise ClusterError(
                "a worker of the cluster has no hcr",
                why=str(error),
                remedy="Install hosting-capacity-runner[cluster] on the scheduler and all workers.",
            ) from error
        for address, theirs in found.items():
            check_programs(programs(), theirs, f"the worker at {address}")
    finally:
        client.close(timeout=2)
    return threads


def _earlier_outcome(job: Job) -> Outcome | None:
    """Return the outcome of an earlier task that will do; its files are on this machine."""
    if not job.earlier:
        return None
    return reused(job.earlier, task_inputs(job.task, job.library), job.results)
