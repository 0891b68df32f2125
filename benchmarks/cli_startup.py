"""CPU seconds that a short command line takes, children included: help, and a list from a local service.

    python benchmarks/cli_startup.py

Goals: 0.15 s for `hcr --help`, 0.6 s for `hcr DIR work-package list`. Measured is user and system time of the
child process (resource usage), which does not count waiting; the median of several runs is printed.
"""

import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("hcr"))
RUNS = 9
GOALS_S = {"help": 0.15, "list": 0.6}
PATIENCE_S = 30.0


def cpu_seconds(*words: str) -> float:
    """Return the CPU time of one command line that must succeed [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([COMMAND, *words], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(*words: str) -> float:
    """Return the median CPU time of several runs, after one that fills the caches [s]."""
    cpu_seconds(*words)
    return statistics.median(cpu_seconds(*words) for _ in range(RUNS))


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def local_service() -> Iterator[str]:
    """Serve an empty config directory, and yield another one that names this service."""
    with tempfile.TemporaryDirectory() as folder:
        served, asking = Path(folder, "served"), Path(folder, "asking")
        served.mkdir()
        asking.mkdir()
        port = free_port()
        server = {"protocol": "http", "host": "127.0.0.1", "port": port}
        (asking / "auth_config.json").write_text(json.dumps({"eas_server": server}))
        words = [COMMAND, str(served), "serve", "--port", str(port), "--quiet"]
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            yield str(asking)
        finally:
            process.terminate()
            process.wait()


def wait_for(port: int) -> None:
    """Return when something listens on a port."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def main() -> int:
    """Print the figures, and return 1 where a goal is missed."""
    figures = {"help": median("--help")}
    with local_service() as directory:
        figures["list"] = median(directory, "work-package", "list")
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, median of {RUNS} runs")
    for name, seconds in figures.items():
        print(f"{name:5} {seconds:.3f} s CPU  (goal {GOALS_S[name]} s)")
    return int(any(figures[name] > goal for name, goal in GOALS_S.items()))


if __name__ == "__main__":
    sys.exit(main())
