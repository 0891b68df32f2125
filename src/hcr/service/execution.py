"""How tasks are run: where, how many at once, within which limits.

A worker reads it from its environment; `hcr DIR serve` has an option for each variable.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hcr.errors import UsageError

if TYPE_CHECKING:
    from hcr.service.executor import Executor

EXECUTOR, WORKERS = "HCR_EXECUTOR", "HCR_WORKERS"
SCHEDULER, STORE = "HCR_SCHEDULER", "HCR_STORE"
TASK_TIMEOUT, TASK_MEMORY = "HCR_TASK_TIMEOUT", "HCR_TASK_MEMORY"

VARIABLES = (EXECUTOR, WORKERS, SCHEDULER, STORE, TASK_TIMEOUT, TASK_MEMORY)

EXECUTORS = ("processes", "dask")

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
BYTES = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

DEFAULT_TIMEOUT_S = 24 * 3600.0
"""Time of one task where nobody says otherwise [s]."""


@dataclass(frozen=True, slots=True)
class Execution:
    """Settings of an executor.

    Attributes
    ----------
    executor : `processes` of this machine, or `dask`.
    workers : tasks at once; None is what the machine, or the cluster, has.
    scheduler : address of a dask scheduler; store : fsspec URL where its workers leave results.
    timeout_s : time of one task [s].
    memory_bytes : resident memory of one task; None leaves it to the executor.
    """

    executor: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    store: str = ""
    timeout_s: float = DEFAULT_TIMEOUT_S
    memory_bytes: int | None = None


def read_execution(given: Mapping[str, str], called: Callable[[str], str] = str) -> Execution:
    """Return the settings that variables name.

    `called` tells by which name a person gave a variable; without it, by its own.

    Raises
    ------
    UsageError
        A value is none of what it can be, or the ones do not go with the others.
    """
    executor = given.get(EXECUTOR) or EXECUTORS[0]
    if executor not in EXECUTORS:
        raise _no(called(EXECUTOR), executor, f"it is one of {', '.join(EXECUTORS)}")
    scheduler, store = given.get(SCHEDULER, ""), given.get(STORE, "")
    _check_cluster_settings(executor, scheduler, store, called)
    workers = given.get(WORKERS)
    if workers is not None and not (workers.isdecimal() and 1 <= int(workers) <= 10_000):
        raise _no(called(WORKERS), workers, "it is a whole number from 1 to 10000")
    timeout, memory = given.get(TASK_TIMEOUT), given.get(TASK_MEMORY)
    return Execution(
        executor,
        int(workers) if workers else None,
        scheduler,
        store,
        _sized(called(TASK_TIMEOUT), timeout, SECONDS, "90s, 30m or 12h") if timeout else DEFAULT_TIMEOUT_S,
        int(_sized(called(TASK_MEMORY), memory, BYTES, "512M or 4G")) if memory else None,
    )


def _check_cluster_settings(executor: str, scheduler: str, store: str, called: Callable[[str], str]) -> None:
    if executor == "dask" and not (scheduler and store):
        raise UsageError(
            f"{called(STORE if scheduler else SCHEDULER)} is missing",
            why="dask needs the address of its scheduler, and a place where workers leave results",
            remedy=f"Give {called(SCHEDULER)} (tcp://HOST:8786) and {called(STORE)} (a URL); "
            "docs/cluster.md shows both.",
        )
    if executor != "dask" and (scheduler or store):
        given = called(SCHEDULER if scheduler else STORE)
        raise UsageError(
            f"{given} says where a cluster is, and tasks are to run in processes of this machine",
            remedy=f"Set {called(EXECUTOR)} to dask too, or leave {given} out.",
        )


def make_executor(settings: Execution) -> "Executor":
    """Return the executor of some settings. A cluster that cannot be reached is waited for.

    Raises
    ------
    UsageError
        It needs a library that is not installed.
    """
    if settings.executor == "dask":
        return _make_cluster(settings)
    from hcr.service.executor import LocalProcesses, cores
    from hcr.service.task_limits import TaskLimits, fair_memory

    workers = settings.workers or cores()
    memory = settings.memory_bytes or fair_memory(workers)
    return LocalProcesses(workers, TaskLimits(settings.timeout_s, memory))


def check_execution(settings: Execution) -> None:
    """See that tasks could be run now; what is wrong later is waited for, or told by each task.

    Raises
    ------
    HcrError
        The cluster, or its store, cannot be used as it is, or needs a library that is not installed.
    """
    if settings.executor == "dask":
        with _cluster_extra():
            from hcr.service.cluster.dask_cluster import check_cluster
        check_cluster(settings.scheduler, settings.store)


def _make_cluster(settings: Execution) -> "Executor":
    with _cluster_extra():
        from hcr.service.cluster.dask_cluster import DaskCluster
    from hcr.service.task_limits import TaskLimits

    limits = TaskLimits(settings.timeout_s, settings.memory_bytes)
    return DaskCluster(settings.scheduler, settings.store, settings.workers, limits)


@contextlib.contextmanager
def _cluster_extra() -> Iterator[None]:
    """Turn a missing library of the extra `cluster` into a message that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("hcr"):
            raise
        raise UsageError(
            "running tasks on dask is not installed",
            why=f"the library {error.name} is missing",
            remedy="Install it with: pip install 'hosting-capacity-runner[cluster]', here and on workers.",
        ) from error


def _sized(name: str, text: str, sizes: Mapping[str, int], like: str) -> float:
    """Return a number with a unit, such as 12h or 4G, in the smallest unit."""
    match = re.fullmatch(rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)([{''.join(sizes)}])(?:iB|B)?", text.strip())
    value = float(match[1]) * sizes[match[2]] if match else 0.0
    if value <= 0.0:
        raise _no(name, text, f"write {like}")
    return value


def _no(name: str, given: str, why: str) -> UsageError:
    return UsageError(f"{name} cannot be {given!r}", why=why, remedy=f"Correct {name}, or leave it out.")
