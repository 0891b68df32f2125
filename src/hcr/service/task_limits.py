"""How long a task may take and how much memory it may use."""

import os
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessExpired

from hcr.errors import TaskMemoryError, TaskTimeoutError
from hcr.service.execution import DEFAULT_TIMEOUT_S
from hcr.service.memory_watch import MEMORY_EXIT


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """What one task may take.

    Attributes
    ----------
    seconds : time from start to end.
    memory_bytes : resident memory of its process, what earlier tasks left apart; None is without limit.
    """

    seconds: float = DEFAULT_TIMEOUT_S
    memory_bytes: int | None = None

    def explain(self, error: BaseException) -> BaseException:
        """Return what the end of a task process means, where a limit was the cause; else the error itself."""
        is_numbered = isinstance(getattr(error, "errno", None), int)  # as that of a network disk, say
        if isinstance(error, FutureTimeout) and not is_numbered:
            return TaskTimeoutError(
                f"the task took longer than the {_duration(self.seconds)} it may",
                remedy="Serve with a longer --task-timeout, or study a shorter period.",
            )
        if isinstance(error, MemoryError) or (
            isinstance(error, ProcessExpired) and error.exitcode == MEMORY_EXIT
        ):
            most = f"the {self.memory_bytes / 2**30:.3g} GiB it may" if self.memory_bytes else "there is"
            return TaskMemoryError(
                f"the task used more memory than {most}",
                remedy="Serve with a larger --task-memory or fewer --workers, or study a shorter period.",
            )
        return error


def machine_memory() -> int:
    """Return the memory of this machine, or of the container that this process is in [byte]."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(whole, int(_CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):  # no container, or `max`
        return whole


def fair_memory(workers: int) -> int:
    """Return what each of some tasks may use if all run at once [byte]; 2 GiB even where that is more."""
    most = round(0.9 * machine_memory())
    return min(most, max(most // workers, 2 * 2**30))


_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def _duration(seconds: float) -> str:
    for size, name in ((3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.3g} s"
