"""A scheduler that is not there, and libraries that are missing, are told as such."""

import importlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from hcr.errors import NetworkError, UsageError
from hcr.service.cluster.dask_cluster import DaskCluster, check_cluster
from hcr.service.task_limits import TaskLimits


@pytest.fixture
def nowhere() -> str:
    """The address of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


def test_a_scheduler_that_is_not_there_is_named(nowhere: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=f"{nowhere} cannot be reached") as caught:
        check_cluster(nowhere, str(tmp_path))
    assert "dask scheduler" in caught.value.remedy


@pytest.mark.parametrize("address", ["nonsense", "foo://x:1", "http://127.0.0.1:8786"])
def test_an_address_that_is_none_is_told(address: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError):
        check_cluster(address, str(tmp_path))


def test_without_a_scheduler_there_are_no_workers(nowhere: str, tmp_path: Path) -> None:
    cluster = DaskCluster(nowhere, str(tmp_path), workers=5, limits=TaskLimits())
    assert cluster.workers == 0
    cluster.shutdown()


def test_a_cluster_that_can_be_used_is_counted(cluster: object, await_: Callable[..., None]) -> None:
    address, store = cluster.address, str(cluster.store)  # type: ignore[attr-defined]
    await_(lambda: threads_of(address, store) == 2)


def threads_of(address: str, store: str) -> int:
    try:
        return check_cluster(address, store)
    except NetworkError:  # it is not up yet
        return 0


def test_a_missing_library_is_named(uninstalled: Callable[..., None]) -> None:
    uninstalled("distributed", "hcr.service.cluster")
    execution = importlib.import_module("hcr.service.execution")
    settings = execution.Execution(executor="dask", scheduler="tcp://h:1", store="/store")
    for asked in (execution.check_execution, execution.make_executor):
        with pytest.raises(UsageError, match="distributed is missing") as caught:
            asked(settings)
        assert "[cluster]" in caught.value.remedy
