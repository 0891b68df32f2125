"""What a dask worker is asked to do: have an order carried out in a process beside it."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributed import Reschedule, get_worker

from hcr.service.cluster.errand import carry_out
from hcr.service.cluster.order import Order
from hcr.service.cluster.task_process import Crew, NotWantedError
from hcr.service.job import Outcome
from hcr.service.task_limits import TaskLimits

_CREW = Crew()

_LET_GO = frozenset({"cancelled", "resumed", "released", "forgotten"})
"""States in a worker's books of a task that runs although nobody waits for it."""

_AT_WORK = frozenset({"running", "paused", "closing_gracefully"})


def run_order(order: Order) -> Outcome:
    """Return the outcome of an order; its tables are in the store then.

    Raises
    ------
    HcrError
        The task has no result; the class says why.
    Reschedule
        This worker is ending: another one may do it.
    """
    worker: Any = get_worker()
    key = worker.get_current_task()
    home = Path(worker.local_directory) / "hcr"
    home.mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="task-", dir=home))
    try:
        arguments = (order, home / "inputs", scratch)
        outcome: Outcome = _CREW.call(
            carry_out, arguments, _limits(worker, order), lambda: _wanted(worker, key)
        )
        return outcome
    except NotWantedError:
        raise Reschedule from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _limits(worker: Any, order: Order) -> TaskLimits:
    """Return the limits of an order; without one of its own, a thread's share of the worker's memory."""
    whole = worker.memory_manager.memory_limit
    if order.limits.memory_bytes is not None or not whole:
        return order.limits
    return replace(order.limits, memory_bytes=whole // worker.state.nthreads)


def _wanted(worker: Any, key: str) -> bool:
    """Return whether a task still runs for somebody, and on a worker that stays."""
    task = worker.state.tasks.get(key)
    return task is not None and task.state not in _LET_GO and worker.status.name in _AT_WORK
