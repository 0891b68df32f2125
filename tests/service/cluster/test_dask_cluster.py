"""A package on two dask workers: the tables of the process pool, whatever is killed meanwhile."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 240.0

Await = Callable[..., None]


def span(begin: str, end: str, *years: int) -> dict[str, Any]:
    period = {"startTime": f"{begin}T00:00:00", "endTime": f"{end}T00:00:00"}
    config = {"feeders": ["tiny"], "scenarios": ["base"], "years": list(years), "timePeriod": period}
    return {"forecastConfig": config}


DAY = span("2025-01-15", "2025-01-16", 2025, 2026)
YEAR = span("2025-01-01", "2026-01-01", 2025)


def forget(runner: Any) -> None:
    """Keep what was solved from being taken over: the next package is to be solved anew."""
    with runner.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tasks SET settings = NULL")


@pytest.fixture(scope="module")
def expected(new_runner: Callable[[], Any]) -> dict[str, bytes]:
    """The tables of a year, solved in processes of this machine."""
    runner = new_runner()
    package_id = runner.submit(YEAR)
    assert runner.start().wait(PATIENCE_S) == 0
    tables: dict[str, bytes] = runner.tables(package_id)
    assert tables
    return tables


@pytest.fixture
def own_cluster(cluster: Any, tmp_path: Path) -> Iterator[Any]:
    """A cluster that a test may break."""
    own = type(cluster)(tmp_path)
    own.start_scheduler()
    yield own
    own.end()


def test_tables_are_those_of_the_process_pool(runner: Any, cluster: Any, on_cluster: dict[str, str]) -> None:
    here = runner.submit(DAY)
    assert runner.start().wait(PATIENCE_S) == 0
    forget(runner)
    there = runner.submit(DAY)
    assert runner.start(**on_cluster).wait(PATIENCE_S) == 0, runner.log()
    assert runner.states(there) == ["SUCCEEDED", "SUCCEEDED"], runner.log()
    assert runner.tables(there) == runner.tables(here) != {}
    assert not list((cluster.store / "results").rglob("*.parquet"))
    assert len(list((cluster.store / "inputs").iterdir())) == 1

    again = runner.submit(DAY)
    assert runner.start(**on_cluster).wait(PATIENCE_S) == 0
    assert all('"reused_from"' in task.outcome for task in runner.ledger.tasks_of(again))
    assert runner.tables(again) == runner.tables(here)


def test_a_killed_worker_leaves_its_task_to_another(
    runner: Any, own_cluster: Any, expected: dict[str, bytes], await_: Await
) -> None:
    workers = [own_cluster.start_worker(name) for name in ("one", "two")]
    package_id = runner.submit(YEAR)
    hcr = runner.start(**own_cluster.variables())
    await_(own_cluster.solvers)
    busy = next(worker for worker in workers if own_cluster.children(worker))
    (child,) = own_cluster.children(busy)
    await_(lambda: used_seconds(child) > 1)  # it is at work, not loading
    own_cluster.kill_worker(busy)
    await_(lambda: not is_running(child), 5)  # nobody was left to end it
    assert hcr.wait(PATIENCE_S) == 0, runner.log()
    (task,) = runner.ledger.tasks_of(package_id)
    assert (task.state, task.attempts) == ("SUCCEEDED", 1)
    assert runner.events(package_id).count("FINISHED") == 1
    assert runner.tables(package_id) == expected


@pytest.mark.slow
def test_a_scheduler_that_went_away_is_waited_for(
    runner: Any, own_cluster: Any, expected: dict[str, bytes], await_: Await, killed: Callable[..., None]
) -> None:
    scheduler = own_cluster.processes[0]
    worker = own_cluster.start_worker("one")
    package_id = runner.submit(YEAR)
    hcr = runner.start(**own_cluster.variables())
    await_(lambda: own_cluster.solvers() and used_seconds(own_cluster.solvers()[0]) > 1)
    killed(scheduler)
    await_(lambda: runner.states(package_id) == ["PENDING"])
    await_(lambda: not own_cluster.solvers())
    worker.wait(PATIENCE_S)  # dask's workers leave when their scheduler does
    assert hcr.poll() is None
    own_cluster.start_scheduler()
    own_cluster.start_worker("two")
    assert hcr.wait(PATIENCE_S) == 0, runner.log()
    assert runner.states(package_id) == ["SUCCEEDED"]
    assert "POSTPONED" in runner.events(package_id)
    assert runner.tables(package_id) == expected


def test_cancelling_ends_the_process_on_the_worker(
    runner: Any, cluster: Any, on_cluster: dict[str, str], await_: Await
) -> None:
    package_id = runner.submit(YEAR)
    hcr = runner.start(**on_cluster)
    await_(lambda: has_task(cluster) and any(used_seconds(child) > 1 for child in cluster.solvers()))
    before = cluster.solvers()
    began = time.monotonic()
    assert runner.ledger.cancel(package_id)
    await_(lambda: any(not is_running(child) for child in before))
    assert time.monotonic() - began < 2
    assert hcr.wait(PATIENCE_S) == 0
    assert runner.states(package_id) == ["CANCELLED"]
    assert runner.tables(package_id) == {}


@pytest.mark.slow
def test_the_work_of_a_killed_runner_ends_and_the_next_one_does_it(
    runner: Any, own_cluster: Any, expected: dict[str, bytes], await_: Await, killed: Callable[..., None]
) -> None:
    own_cluster.start_worker("one")
    package_id = runner.submit(YEAR)
    first = runner.start(**own_cluster.variables())
    await_(lambda: own_cluster.solvers() and used_seconds(own_cluster.solvers()[0]) > 1)
    (child,) = own_cluster.solvers()
    killed(first)
    await_(lambda: not is_running(child))
    with runner.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM leases")
    assert runner.start(**own_cluster.variables()).wait(PATIENCE_S) == 0
    (task,) = runner.ledger.tasks_of(package_id)
    assert (task.state, task.attempts) == ("SUCCEEDED", 2)
    assert runner.tables(package_id) == expected


@pytest.mark.parametrize(
    ("limit", "state", "code"),
    [
        ({"HCR_TASK_TIMEOUT": "0.05s"}, "TIMEDOUT", "timeout"),
        ({"HCR_TASK_MEMORY": "60M"}, "FAILED", "out_of_memory"),
    ],
)
def test_a_task_beyond_a_limit_fails_and_says_so(
    runner: Any, cluster: Any, on_cluster: dict[str, str], limit: dict[str, str], state: str, code: str
) -> None:
    package_id = runner.submit(YEAR)
    assert runner.start(**on_cluster, **limit).wait(PATIENCE_S) == 0
    (task,) = runner.ledger.tasks_of(package_id)
    assert (task.state, task.error_code) == (state, code), task.error_message
    assert "Serve with" in task.error_message


@pytest.mark.slow
def test_a_bucket_does_as_a_store(
    runner: Any, bucket: str, expected: dict[str, bytes], own_cluster: Any
) -> None:
    own_cluster.store = f"{bucket}/packages"
    own_cluster.start_worker("one")
    package_id = runner.submit(YEAR)
    assert runner.start(**own_cluster.variables()).wait(PATIENCE_S) == 0
    assert runner.states(package_id) == ["SUCCEEDED"], runner.log()
    assert runner.tables(package_id) == expected


def used_seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    try:
        facts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK")


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def has_task(cluster: Any) -> bool:
    """Return whether a worker has a task: there is a folder for its tables then."""
    return bool(list(cluster.folder.glob("*/dask-scratch-space/*/hcr/task-*")))
