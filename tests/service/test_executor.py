"""Task processes: they answer, die alone, and end with their parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from pebble import ProcessExpired

from hcr.errors import TaskMemoryError, TaskTimeoutError, UsageError
from hcr.network.feeder_recipe import FeederRecipe
from hcr.service.executor import LocalProcesses, run_within
from hcr.service.task_limits import TaskLimits


@pytest.fixture(scope="module")
def processes() -> Iterator[LocalProcesses]:
    pool = LocalProcesses(2)
    yield pool
    pool.shutdown()


def test_a_call_runs_in_another_process(processes: LocalProcesses) -> None:
    assert processes.submit(os.getpid).result(30) != os.getpid()


def test_an_error_arrives_with_all_its_parts(processes: LocalProcesses) -> None:
    with pytest.raises(UsageError) as caught:
        processes.submit(FeederRecipe("x", customers=0, seed=1).check).result(30)
    assert caught.value.what == "cannot generate a feeder with customers = 0"
    assert caught.value.remedy == "Choose 1 to 20000."


def test_a_process_that_dies_takes_only_its_own_task_along(processes: LocalProcesses) -> None:
    dies = processes.submit(os._exit, 3)
    lives = processes.submit(sum, (1, 2))
    with pytest.raises(Exception, match="Abnormal termination"):
        dies.result(30)
    assert lives.result(30) == 3
    assert processes.submit(sum, (3, 4)).result(30) == 7


def test_cancelling_ends_running_work(processes: LocalProcesses) -> None:
    future = processes.submit(time.sleep, 60)
    while not future.running():
        time.sleep(0.01)
    began = time.monotonic()
    assert future.cancel()
    with pytest.raises(CancelledError):
        future.result(30)
    assert processes.submit(sum, (1, 1)).result(30) == 2
    assert time.monotonic() - began < 30


def test_a_call_within_a_limit_gives_its_result_or_its_error() -> None:
    assert run_within(30, os.getpid) != os.getpid()
    with pytest.raises(UsageError, match="customers = 0"):
        run_within(30, FeederRecipe("x", customers=0, seed=1).check)


def test_a_call_beyond_its_limit_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        run_within(0.5, time.sleep, 60)
    assert time.monotonic() - began < 30


def test_a_task_beyond_its_time_is_ended_and_named() -> None:
    pool = LocalProcesses(1, TaskLimits(seconds=0.5))
    try:
        with pytest.raises(TimeoutError) as caught:
            pool.submit(time.sleep, 60).result(30)
        assert isinstance(pool.explain(caught.value), TaskTimeoutError)
        assert pool.submit(sum, (1, 1)).result(30) == 2
    finally:
        pool.shutdown()


def test_a_task_beyond_its_memory_is_ended_and_named() -> None:
    pool = LocalProcesses(1, TaskLimits(memory_bytes=2**30))
    try:
        with pytest.raises(ProcessExpired) as caught:
            pool.submit(exec, "x = b'1' * 2**31; import time; time.sleep(60)").result(30)
        error = pool.explain(caught.value)
        assert isinstance(error, TaskMemoryError)
        assert "1 GiB" in str(error)
        assert pool.submit(sum, (1, 1)).result(30) == 2
    finally:
        pool.shutdown()


FILL = """
import builtins, time
if hasattr(builtins, "left"):
    x = b"1" * 2**29
    time.sleep(60)  # until it is ended: together they are too much
builtins.left = b"1" * (600 * 2**20)
"""


def test_what_an_earlier_task_left_does_not_count_against_the_next_one() -> None:
    pool = LocalProcesses(1, TaskLimits(memory_bytes=2**30))
    try:
        first = pool.submit(os.getpid).result(30)
        assert pool.submit(exec, FILL).result(30) is None
        assert pool.submit(exec, FILL).result(30) is None
        assert pool.submit(os.getpid).result(30) != first
    finally:
        pool.shutdown()


def test_a_task_that_is_too_much_by_itself_is_so_after_another_one() -> None:
    pool = LocalProcesses(1, TaskLimits(memory_bytes=2**30))
    try:
        assert pool.submit(sum, (1, 1)).result(30) == 2
        with pytest.raises(ProcessExpired) as caught:
            pool.submit(exec, "x = b'1' * 2**31; import time; time.sleep(60)").result(30)
        assert isinstance(pool.explain(caught.value), TaskMemoryError)
    finally:
        pool.shutdown()


PARENT = """
import os, sys, time
from hcr.service.executor import LocalProcesses
if __name__ == "__main__":
    pool = LocalProcesses(1)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 60)
    time.sleep(60)
"""


def test_task_processes_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def is_running(process: int) -> bool:
    """Return whether a process runs; one that has ended and waits to be buried does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
