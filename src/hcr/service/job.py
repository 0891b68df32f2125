"""A task on its way to whoever solves it: plain values out, a plain outcome back.

Runner --- Job ---> Executor.submit --- run_job(job) in another process ---> Outcome ---> ledger
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from hcr.network.library import Library
from hcr.studies.task import Task

Outcome: TypeAlias = dict[str, Any]
"""What came of a task, as the ledger keeps it: tables, warnings, digests; JSON."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finished task with the same settings; if its inputs are the same too, its files will do.

    Attributes
    ----------
    package_id : its package; folder : of that package's results.
    """

    package_id: str
    folder: Path
    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A task, what it is solved from, and where its tables go.

    Attributes
    ----------
    results : folder of the package's results.
    earlier : finished tasks whose files may do, the likeliest first.
    """

    task: Task
    library: Library
    results: Path
    earlier: tuple[Earlier, ...] = ()
