"""Works the ledger off: pending tasks into the executor, their outcomes back into the ledger.

One runner at a time holds the lease, and looks whether it still does before it writes. Killed anywhere, the
next one goes on: a task that was running is pending again, its files are written anew under temporary names
and renamed, so nothing counts twice.
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any

from hcr.errors import HcrError, LedgerError, NetworkError, NoSpaceError
from hcr.replacement import is_full, sweep
from hcr.service.deleted_results import Clearance, remove_deleted
from hcr.service.executor import Executor
from hcr.service.heartbeat import Heartbeat
from hcr.service.job import Earlier, Job, Outcome
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import Failure, TaskKey
from hcr.service.package_manifest import write_package_manifest
from hcr.service.package_plan import stored_request, tasks_of
from hcr.service.place import Place
from hcr.service.states import TaskState
from hcr.service.task_events import TaskEvent
from hcr.service.task_process import run_job
from hcr.studies.task import Task
from hcr.studies.task_settings import settings_digest

POLL_SECONDS = 0.2
ROOM_SECONDS = 10.0
"""How long nothing is started after the disk was found full, or the cluster gone."""

LEDGER_SECONDS = 600.0
"""How long a ledger that cannot be used is waited for; tasks go on meanwhile."""

MAX_ATTEMPTS = 3
"""Runs of one task that ended in the death of its process before it counts as failed."""

MAX_ABANDONED = 20
"""Deaths of its worker that a task may see: they are hardly its fault, unless it sees them all."""

log = logging.getLogger("hcr.runner")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A job that the next free worker gets."""

    key: TaskKey
    job: Job
    settings: str


@dataclass(slots=True)
class Runner:
    """Runs tasks until the ledger has none left.

    Attributes
    ----------
    heartbeat : keeps the lease meanwhile.
    clock : seconds; sleep : waits so many seconds, by default less where a task ends.
    """

    ledger: Ledger
    place: Place
    executor: Executor
    heartbeat: Heartbeat
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] | None = None
    _running: "dict[TaskKey, Future[Outcome]]" = field(default_factory=dict)
    _ready: deque[_Ready] = field(default_factory=deque)
    _plans: dict[str, list[Task]] = field(default_factory=dict)
    _no_room_until: float = float("-inf")
    _ended: "deque[tuple[TaskKey, Future[Outcome]]]" = field(default_factory=deque)
    _interrupted: set[str] = field(default_factory=set)
    _ledger_seen: float = float("-inf")
    _bell: threading.Event = field(default_factory=threading.Event)

    def work_off(self) -> None:
        """Run everything there is.

        Raises
        ------
        HcrError
            Somebody took the lease while this process slept too long.
        """
        self._ledger_seen = self.clock()
        self._adopt_orphans()
        clearance = Clearance(self.ledger, self.place, self.clock)
        while self._has_work(clearance):
            (self.sleep or self._doze)(POLL_SECONDS)
        remove_deleted(self.ledger, self.place)

    def _has_work(self, clearance: Clearance) -> bool:
        """Do what can be done now, and return whether there will be more.

        While the ledger cannot be used tasks go on, and what they give is kept; after `LEDGER_SECONDS` its
        error is raised.
        """
        try:
            self.heartbeat.check()
            more = self._step() or bool(self._running)
            clearance.now_and_then({key.package_id for key in self._running})
        except LedgerError as error:
            if self.clock() - self._ledger_seen > LEDGER_SECONDS:
                raise
            log.error("the ledger cannot be used; trying again", exc_info=error)
            return True
        self._ledger_seen = self.clock()
        return more

    def _doze(self, seconds: float) -> None:
        """Wait for the end of a task, or so long."""
        self._bell.wait(seconds)
        self._bell.clear()

    def _step(self) -> bool:
        """Collect what is done, start what fits, close what is complete; return whether there was work.

        Free workers get the jobs that lie ready before anything is written: they need not wait for the disk.
        """
        self._collect()
        begun = self._submit()
        while self._ended:
            self.heartbeat.check()
            self._record(*self._ended[0])
            self._ended.popleft()
        self._mark(begun)
        self._cancel()
        if not self._has_room():
            return True
        self._prepare()
        self._mark(more := self._submit())
        complete = [*self._interrupted, *self.ledger.finish_packages()]
        for package_id in complete:
            self._close(package_id)
        return bool(begun or more or complete) or self._waits_for_workers()

    def _close(self, package_id: str) -> None:
        """Write the manifest and set the final state.

        A manifest that cannot be written fails the package: left active it would stop this runner and each
        one after it. On a full disk the package waits for room.
        """
        self.heartbeat.check()
        try:
            sweep(self.place.results(package_id))
            write_package_manifest(self.ledger, self.place, package_id)
        except NoSpaceError as error:
            log.error("the manifest of %s waits: %s", package_id, error)
            self._no_room_until = self.clock() + ROOM_SECONDS
        except Exception as error:
            log.error("the manifest of %s cannot be written", package_id, exc_info=error)
            self.heartbeat.check()
            self.ledger.changes.fail(package_id, f"the manifest cannot be written: {error}")
            self._interrupted.discard(package_id)
        else:
            self.heartbeat.check()  # a manifest may take long
            self.ledger.close_package(package_id)
            self._interrupted.discard(package_id)
            log.info("package %s is done", package_id)
        self._plans.pop(package_id, None)

    def _has_room(self) -> bool:
        return self.clock() >= self._no_room_until

    def _waits_for_workers(self) -> bool:
        """Return whether there is work, but nobody to do it: a cluster may have workers later."""
        return not self.executor.workers and bool(self.ledger.active())

    def _prepare(self) -> None:
        """Have a job ready for each worker, beyond those that run."""
        ready = {job.key for job in self._ready} | self._running.keys()
        wanted = 2 * self.executor.workers - len(ready)
        rows = self.ledger.next_pending(wanted + len(ready)) if wanted > 0 else []
        for row in rows:
            key = TaskKey(row.package_id, row.ordinal)
            if key not in ready and (task := self._task(key)) is not None:
                settings = settings_digest(task)
                earlier = self._earlier(row, settings)
                job = Job(task, self.place.library, self.place.results(row.package_id), earlier)
                self._ready.append(_Ready(key, job, settings))

    def _submit(self) -> "list[_Ready]":
        """Give jobs to free workers, and return them; the ledger does not know yet."""
        if not self._has_room():
            return []
        begun = [self._ready.popleft() for _ in range(min(self._free(), len(self._ready)))]
        for one in begun:
            future = self.executor.submit(run_job, one.job)
            future.add_done_callback(lambda _: self._bell.set())
            self._running[one.key] = future
        return begun

    def _mark(self, begun: "list[_Ready]") -> None:
        """Mark tasks as running; one that was cancelled before is ended."""
        for one in begun:
            self.heartbeat.check()
            if self.ledger.start(one.key, one.settings):
                log.info("started %s of %s", one.job.task.label, one.key.package_id)
            else:
                self._running.pop(one.key).cancel()
                self._interrupted.add(one.key.package_id)

    def _free(self) -> int:
        return self.executor.workers - len(self._running)

    def _earlier(self, row: Any, settings: str) -> tuple[Earlier, ...]:
        """Return finished tasks that may have solved the same."""
        return tuple(
            Earlier(one.package_id, self.place.results(one.package_id), json.loads(one.outcome))
            for one in self.ledger.solved_before(row, settings)
        )

    def _task(self, key: TaskKey) -> Task | None:
        """Return a task from its package's request; a request that cannot be read any more fails the task."""
        try:
            if key.package_id not in self._plans:
                row = self.ledger.package(key.package_id)
                self._plans[key.package_id] = [] if row is None else tasks_of(stored_request(row))
            return self._plans[key.package_id][key.ordinal]
        except (ValueError, IndexError) as error:
            self.ledger.start(key)
            self.ledger.fail(key, Failure("request", f"the stored request cannot be read: {error}"))
            return None

    def _collect(self) -> None:
        """Count what has ended as running no more; it is kept until the ledger has it."""
        ended = [(key, future) for key, future in self._running.items() if future.done()]
        for key, _ in ended:
            del self._running[key]
        self._ended.extend(ended)

    def _record(self, key: TaskKey, future: "Future[Outcome]") -> None:
        try:
            outcome = future.result()
        except CancelledError:
            log.info("cancelled %s", key)
        except Exception as error:  # noqa: BLE001 - the border of a task process: whatever it was, it is recorded
            self._record_error(key, self.executor.explain(error))
        else:
            self.ledger.succeed(key, outcome)

    def _record_error(self, key: TaskKey, error: BaseException) -> None:
        if isinstance(error, NoSpaceError | NetworkError) or is_full(error):  # nothing is wrong with the task
            log.error("%s waits: %s", key, error)
            self.ledger.put_back(key, str(error), event=TaskEvent.POSTPONED)
            self._no_room_until = self.clock() + ROOM_SECONDS
        elif isinstance(error, HcrError):
            message = f"{error} — {error.remedy}" if error.remedy else str(error)
            self.ledger.fail(key, Failure(error.code, message))
        else:
            self._retry_or_fail(key, error)

    def _retry_or_fail(self, key: TaskKey, error: BaseException) -> None:
        """Try a task again whose process died or broke; after `MAX_ATTEMPTS` it has failed."""
        log.error("%s broke", key, exc_info=error)
        reason = f"{type(error).__name__}: {error}".strip(": ")
        broke = self.ledger.happened(key, TaskEvent.RETRIED) + 1
        if broke < MAX_ATTEMPTS:
            self.ledger.put_back(key, reason)
            return
        self.ledger.fail(key, Failure("crashed", f"the task broke {broke} times, last with {reason}"))

    def _cancel(self) -> None:
        """End what the ledger does not have as running, because somebody cancelled it.

        That somebody may have had it run again since then: it is pending now, and will start anew. What was
        done before stays, and the manifest says what that is.
        """
        states = self.ledger.states_of([*self._running, *(one.key for one in self._ready)])
        dropped = [one.key for one in self._ready if states.get(one.key) is not TaskState.PENDING]
        self._ready = deque(one for one in self._ready if one.key not in dropped)
        ended = [key for key in self._running if states.get(key) is not TaskState.RUNNING]
        for key in ended:
            self._running.pop(key).cancel()
        self._interrupted.update(key.package_id for key in (*dropped, *ended))

    def _adopt_orphans(self) -> None:
        """Put back tasks that a dead runner left running; one that keeps killing its runner fails."""
        for row in self.ledger.orphans():
            key = TaskKey(row.package_id, row.ordinal)
            deaths = self.ledger.happened(key, TaskEvent.ABANDONED) + 1
            if deaths >= MAX_ABANDONED:
                message = f"the task was running each of the {deaths} times that its worker died"
                self.ledger.fail(key, Failure("crashed", message))
            else:
                self.ledger.put_back(key, "its worker died", event=TaskEvent.ABANDONED)
