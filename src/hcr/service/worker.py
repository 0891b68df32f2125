"""The worker process: works the ledger of one config directory off, and ends when it is empty.

    python -m hcr.service.worker DIR

It belongs to no terminal: whoever submitted may go. A second worker sees the lease and leaves at once.
"""

import logging
import os
import socket
import subprocess
import sys
import uuid
from pathlib import Path

from hcr.service.executor import Executor, LocalProcesses
from hcr.service.ledger import Ledger
from hcr.service.place import Place
from hcr.service.runner import Runner


def ensure_worker(ledger: Ledger, place: Place) -> None:
    """Start a worker process where there is work and nobody holds the lease."""
    if ledger.active() and not ledger.runner_lease.is_held():
        start_worker(place)


def start_worker(place: Place) -> None:
    """Start a worker process that outlives this one; what it says goes to the worker's log."""
    place.home.mkdir(parents=True, exist_ok=True)
    with place.worker_log.open("ab") as stream:
        subprocess.Popen(
            # -P: a file in the working directory must not pass for a module.
            [sys.executable, "-P", "-m", "hcr.service.worker", str(place.directory.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=place.home,
            start_new_session=True,
        )


def work(ledger: Ledger, place: Place, executor: Executor) -> None:
    """Work the ledger off.

    Work that arrives between the last look and the release of the lease would be left lying: whoever
    submitted it saw the lease held. So the ledger is looked at once more after each release.
    """
    holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    while ledger.active():
        if not Runner(ledger, place, executor, holder).work_off():
            return


def main(arguments: list[str]) -> int:
    """Run the worker of the config directory named first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    place = Place(Path(arguments[0]))
    ledger = Ledger(place.ledger)
    executor = LocalProcesses()
    try:
        work(ledger, place, executor)
    finally:
        executor.shutdown()
        ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
