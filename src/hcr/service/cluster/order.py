"""A job as it travels: no path of the runner's machine in it, and which programs are to solve it."""

import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from hcr import __version__
from hcr.errors import ClusterError
from hcr.service.job import Job, Outcome
from hcr.service.task_limits import TaskLimits
from hcr.studies.task import Task
from hcr.studies.task_inputs import LIBRARIES, programs_digest


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to do.

    Attributes
    ----------
    id : of this run of the task, unlike any other's.
    function : makes an outcome of the job that a worker puts together.
    inputs : digest of the feeder; store : URL where it is.
    results : folder of the store where the tables go.
    programs : versions of everything that has a say in the bytes of tables, on the runner's machine.
    """

    id: str
    function: Callable[[Job], Outcome]
    task: Task
    inputs: str
    store: str
    results: str
    limits: TaskLimits
    programs: Mapping[str, str]


def programs() -> dict[str, str]:
    """Return the version of each program that tables depend on, of this process."""
    return {
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "processor": platform.machine(),
        "hcr": f"{__version__} ({programs_digest()[:12]})",
        **{name: _version(name) for name in LIBRARIES},
    }


def check_programs(wanted: Mapping[str, str], here: Mapping[str, str], who: str) -> None:
    """See that two machines have the same programs: else their tables would not be the same to the byte.

    Raises
    ------
    ClusterError
        They have not; it names each that differs.
    """
    differ = [name for name in sorted({*wanted, *here}) if wanted.get(name) != here.get(name)]
    if differ:
        parts = [
            f"{name} {here.get(name, 'missing')} instead of {wanted.get(name, 'none')}" for name in differ
        ]
        raise ClusterError(
            f"{who} has other programs than this service",
            why=", ".join(parts),
            remedy="Install the same versions on the scheduler, all workers and here: use one image, or "
            "`pip freeze` here and `pip install -r` there.",
        )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
