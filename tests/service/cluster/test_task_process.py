"""Processes beside a dask worker: used again, ended at once, and never in the way of the worker."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from hcr.errors import TaskMemoryError, TaskTimeoutError, UsageError
from hcr.network.feeder_recipe import FeederRecipe
from hcr.service.cluster.task_child import answer
from hcr.service.cluster.task_process import Crew, NotWantedError, TaskProcess, TaskProcessDiedError
from hcr.service.task_limits import TaskLimits

FREE = TaskLimits(seconds=120.0)
Await = Callable[..., None]


def always() -> bool:
    return True


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    crew = Crew()
    yield crew
    for _, process in crew._idle:
        process.kill()


def test_a_process_is_used_again(crew: Crew) -> None:
    first = crew.call(os.getpid, (), FREE, always)
    assert first != os.getpid()
    assert crew.call(os.getpid, (), FREE, always) == first


def test_an_error_arrives_with_all_its_parts(crew: Crew) -> None:
    with pytest.raises(UsageError) as caught:
        crew.call(FeederRecipe("x", customers=0, seed=1).check, (), FREE, always)
    assert caught.value.remedy == "Choose 1 to 20000."


def test_a_crash_is_told_and_ends_one_process_only(crew: Crew) -> None:
    with pytest.raises(TaskProcessDiedError, match="status 3"):
        crew.call(os._exit, (3,), FREE, always)
    with pytest.raises(TaskProcessDiedError, match="SIGSEGV"):
        crew.call(signal.raise_signal, (signal.SIGSEGV,), FREE, always)
    assert crew.call(sum, ((1, 2),), FREE, always) == 3


def test_work_that_nobody_waits_for_ends_at_once(crew: Crew, await_: Await) -> None:
    process = crew.call(os.getpid, (), FREE, always)
    began = time.monotonic()
    with pytest.raises(NotWantedError):
        crew.call(time.sleep, (60,), FREE, never)
    assert time.monotonic() - began < 2
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_limits_are_kept(crew: Crew) -> None:
    with pytest.raises(TaskTimeoutError, match=r"longer than the 0\.3 s"):
        crew.call(time.sleep, (60,), TaskLimits(seconds=0.3), always)
    with pytest.raises(TaskMemoryError):
        crew.call(time.sleep, (60,), TaskLimits(120.0, memory_bytes=2**20), always)


FILL = """
import builtins, time
if hasattr(builtins, "left"):
    x = b"1" * 2**29
    time.sleep(60)  # until it is ended: together they are too much
builtins.left = b"1" * (600 * 2**20)
"""


def test_what_an_earlier_task_left_does_not_count_against_the_next_one(crew: Crew) -> None:
    limits = TaskLimits(120.0, memory_bytes=2**30)
    first = crew.call(os.getpid, (), limits, always)
    for _ in range(2):
        crew.call(exec, (FILL,), limits, always)
    assert crew.call(os.getpid, (), limits, always) != first
    with pytest.raises(TaskMemoryError):
        crew.call(exec, ("x = b'1' * 2**31; import time; time.sleep(60)",), limits, always)


def test_an_idle_process_that_left_is_replaced(crew: Crew) -> None:
    first = crew.call(os.getpid, (), FREE, always)
    ((_, idle),) = crew._idle
    idle._process.kill()
    idle._process.wait()
    assert crew.call(os.getpid, (), FREE, always) != first


def test_a_call_to_a_process_that_just_left_ends(crew: Crew) -> None:
    gone = TaskProcess(None)
    gone._process.kill()
    gone._process.wait()
    with pytest.raises(EOFError):
        gone.call(b"", FREE, always)
    assert gone.status() == -signal.SIGKILL


PARENT = """
import os, sys, threading, time
from hcr.service.cluster.task_process import Crew
from hcr.service.task_limits import TaskLimits
crew = Crew()
print(crew.call(os.getpid, (), TaskLimits(), lambda: True), flush=True)
crew.call(time.sleep, (60,), TaskLimits(), lambda: True)
"""


def test_a_process_ends_with_its_parent(await_: Await) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    await_(lambda: not is_there(child), 5)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class StubbornError(Exception):
    """One that can be packed, but not unpacked."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def raise_stubborn() -> None:
    raise StubbornError(1, 2)


def test_an_error_that_cannot_travel_is_described() -> None:
    fault, _ = pickle.loads(answer(pickle.dumps((raise_stubborn, ()))))  # noqa: S301 - our own
    assert str(fault).endswith("1 and 2")  # libraries that help with packing may be loaded
