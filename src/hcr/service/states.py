"""States of tasks and packages, and how the one follows from the others."""

from collections.abc import Sequence
from enum import StrEnum

from hcr.contract.enums import WorkPackageState

CALIBRATION = "calibration"
"""Kind of packages that find taps; the others are studies."""

INTERCONNECTION = "interconnection"
"""Kind of packages that study who can connect, and who pays."""

ACTIVE = (WorkPackageState.SETUP.value, WorkPackageState.PRRP.value, WorkPackageState.RUNNING.value)
"""Package states that are not final."""


class TaskState(StrEnum):
    """State of one task."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMEDOUT = "TIMEDOUT"


OPEN = (TaskState.PENDING.value, TaskState.RUNNING.value)
"""Task states that are not final."""


def final_state(states: Sequence[TaskState]) -> WorkPackageState:
    """Return the state of a package whose tasks are all done.

    COMPLETED when any task succeeded: its results are there, and the package lists what failed. Otherwise
    what most honestly tells why there is nothing: TIMEDOUT when every task timed out, else FAILED.
    """
    if TaskState.SUCCEEDED in states:
        return WorkPackageState.COMPLETED
    if states and all(state is TaskState.TIMEDOUT for state in states):
        return WorkPackageState.TIMEDOUT
    return WorkPackageState.FAILED
