"""What the environment says about how tasks are run."""

import pytest

from hcr.errors import UsageError
from hcr.service.execution import Execution, read_execution
from hcr.service.task_limits import fair_memory, machine_memory


def test_without_settings_tasks_run_in_processes_of_this_machine() -> None:
    assert read_execution({}) == Execution("processes", None, "", "", 86_400.0, None)


def test_all_settings() -> None:
    given = {
        "HCR_EXECUTOR": "dask",
        "HCR_WORKERS": "12",
        "HCR_SCHEDULER": "tcp://head:8786",
        "HCR_STORE": "s3://studies/results",
        "HCR_TASK_TIMEOUT": "1.5h",
        "HCR_TASK_MEMORY": "4GiB",
    }
    expected = Execution("dask", 12, "tcp://head:8786", "s3://studies/results", 5400.0, 4 * 2**30)
    assert read_execution(given) == expected


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HCR_EXECUTOR", "ray", "HCR_EXECUTOR cannot be 'ray': it is one of processes, dask"),
        ("HCR_EXECUTOR", "dask", "HCR_SCHEDULER is missing"),
        ("HCR_WORKERS", "0", "HCR_WORKERS cannot be '0'"),
        ("HCR_WORKERS", "-1", "HCR_WORKERS cannot be '-1'"),
        ("HCR_WORKERS", "two", "HCR_WORKERS cannot be 'two'"),
        ("HCR_WORKERS", "", "HCR_WORKERS cannot be ''"),
        ("HCR_TASK_TIMEOUT", "12", "HCR_TASK_TIMEOUT cannot be '12': write 90s"),
        ("HCR_TASK_TIMEOUT", "0h", "HCR_TASK_TIMEOUT cannot be '0h'"),
        ("HCR_TASK_MEMORY", "lots", "HCR_TASK_MEMORY cannot be 'lots': write 512M"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_execution({name: value})
    assert said in str(caught.value)


def test_a_setting_is_called_as_it_was_given() -> None:
    options = {"HCR_WORKERS": "--workers", "HCR_SCHEDULER": "--scheduler", "HCR_STORE": "--store"}
    with pytest.raises(UsageError, match="--workers cannot be 'two'"):
        read_execution({"HCR_WORKERS": "two"}, options.__getitem__)
    given = {"HCR_EXECUTOR": "dask", "HCR_SCHEDULER": "tcp://head:8786"}
    with pytest.raises(UsageError, match="--store is missing") as caught:
        read_execution(given, options.__getitem__)
    assert "--scheduler (tcp://HOST:8786) and --store" in caught.value.remedy


def test_tasks_share_the_memory_of_the_machine() -> None:
    assert fair_memory(1) == round(0.9 * machine_memory())
    assert fair_memory(10_000) == min(2 * 2**30, fair_memory(1))


@pytest.mark.parametrize("given", [{"HCR_SCHEDULER": "tcp://head:8786"}, {"HCR_STORE": "/mnt/store"}])
@pytest.mark.parametrize("executor", [{}, {"HCR_EXECUTOR": "processes"}])
def test_a_cluster_that_would_not_be_used_is_refused(given: dict[str, str], executor: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        read_execution({**given, **executor})
    (name,) = given
    assert str(caught.value).startswith(f"{name} says where a cluster is")
    assert caught.value.remedy == f"Set HCR_EXECUTOR to dask too, or leave {name} out."
