"""How the state of a package follows from those of its tasks."""

import pytest

from hcr.contract.enums import WorkPackageState
from hcr.service.states import TaskState, final_state

DONE, FAILED, LATE = TaskState.SUCCEEDED, TaskState.FAILED, TaskState.TIMEDOUT


@pytest.mark.parametrize(
    ("states", "final"),
    [
        ([DONE], WorkPackageState.COMPLETED),
        ([DONE, FAILED, LATE], WorkPackageState.COMPLETED),
        ([FAILED], WorkPackageState.FAILED),
        ([FAILED, LATE], WorkPackageState.FAILED),
        ([LATE, LATE], WorkPackageState.TIMEDOUT),
        ([], WorkPackageState.FAILED),
    ],
)
def test_the_final_state(states: list[TaskState], final: WorkPackageState) -> None:
    assert final_state(states) is final
