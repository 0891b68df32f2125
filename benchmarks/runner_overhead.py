"""What ledger and runner add to tasks: wall time of many one-second tasks, against what they sleep.

    python benchmarks/runner_overhead.py --tasks 1000

The real ledger, runner and process pool; only what a task does is replaced, by a sleep.
"""

import argparse
import json
import statistics
import tempfile
import time
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path

from hcr.service.executor import LocalProcesses, cores
from hcr.service.heartbeat import Heartbeat
from hcr.service.job import Job, Outcome
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.runner import Runner

TASK_S = 1.0


class Sleepers(LocalProcesses):
    """A process pool whose tasks sleep instead of solving."""

    def submit(self, function: object, job: Job) -> "Future[Outcome]":
        """Start a sleep."""
        return super().submit(sleep)


def sleep() -> Outcome:
    """Return what a task without tables would, a second later."""
    time.sleep(TASK_S)
    return {"tables": [], "warnings": []}


def package(tasks: int) -> NewPackage:
    """Return a package of so many tasks."""
    years = list(range(1, tasks + 1))
    period = {"startTime": "2025-01-01T00:00:00", "endTime": "2025-01-02T00:00:00"}
    config = {"feeders": ["f"], "scenarios": ["base"], "years": years, "timePeriod": period}
    return NewPackage("p", "p", "forecast", {"forecastConfig": config}, [("f", "base", y) for y in years])


def main() -> None:
    """Print wall time, its share above the ideal, and how long a worker waits between two tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=cores())
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        place.home.mkdir()
        ledger, executor = Ledger(place.ledger), Sleepers(asked.workers)
        for future in [executor.submit(None, None) for _ in range(asked.workers)]:
            future.result()  # the processes are there
        ledger.add(package(asked.tasks))
        began, cpu = time.perf_counter(), time.process_time()
        with Heartbeat(ledger.runner_lease, "benchmark") as heartbeat:
            Runner(ledger, place, executor, heartbeat).work_off()
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        executor.shutdown()
        rows = ledger.tasks_of("p")
        starts = sorted(row.started_at.timestamp() for row in rows)
        ledger.close()
    ideal = TASK_S * asked.tasks / asked.workers
    assert {row.state for row in rows} == {"SUCCEEDED"}
    gaps = [later - earlier for earlier, later in pairwise(starts[:: asked.workers])]
    print(
        json.dumps(
            {
                "tasks": asked.tasks,
                "workers": asked.workers,
                "wall_s": round(wall, 2),
                "overhead_percent": round(100.0 * (wall / ideal - 1.0), 2),
                "cpu_s_of_runner": round(cpu, 2),
                "median_wait_ms": round(1000.0 * (statistics.median(gaps) - TASK_S), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
