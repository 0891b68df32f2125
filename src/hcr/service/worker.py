"""The worker process: works the ledger of one config directory off, and ends when it is empty.

    python -m hcr.service.worker DIR

A ledger that is not below DIR is named by HCR_DATABASE_URL: other users see command lines, not environments.
How tasks are run is in the environment too: see `execution`.

It belongs to no terminal: whoever submitted may go. A second worker sees the lease and leaves at once, before
it makes processes or connects to a cluster.
"""

import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from hcr.errors import UsageError
from hcr.service.database_url import VARIABLE, read_database_url
from hcr.service.execution import make_executor, read_execution
from hcr.service.executor import Executor
from hcr.service.heartbeat import Heartbeat
from hcr.service.lease import Lease
from hcr.service.lease_holder import own_name
from hcr.service.ledger import Ledger
from hcr.service.place import Place
from hcr.service.runner import Runner

START_SECONDS = 15.0
"""How long a new worker may take until it asks for the lease; no second one is started meanwhile."""

log = logging.getLogger("hcr.worker")


def ensure_worker(ledger: Ledger, place: Place, settings: Mapping[str, str] | None = None) -> None:
    """Start a worker process where there is work, nobody holds the lease, and none is about to ask for it.

    Parameters
    ----------
    settings : variables of `execution`; without, they are those of this process.
    """
    if not ledger.active() or ledger.runner_lease.is_held():
        return
    if _starting(ledger).take(uuid.uuid4().hex, START_SECONDS):
        start_worker(place, settings or {})


def start_worker(place: Place, settings: Mapping[str, str]) -> None:
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
            env={**_environment(place, os.environ), **settings},
            start_new_session=True,
        )


def _environment(place: Place, own: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker: this process's own, with the database of the place and no other."""
    kept = {name: value for name, value in own.items() if name != VARIABLE}
    return kept | ({VARIABLE: place.database.text} if place.database else {})


def work(ledger: Ledger, place: Place, make: Callable[[], Executor]) -> None:
    """Work the ledger off, if the lease can be had; the executor is made where there is work.

    Work that arrives between the last look and the release of the lease would be left lying: whoever
    submitted it saw the lease held. So the ledger is looked at once more after each release.
    """
    holder = own_name()
    executor: Executor | None = None
    with ExitStack() as stack:
        while True:
            with Heartbeat(ledger.runner_lease, holder) as heartbeat:
                _starting(ledger).free()  # before the look at the ledger: whoever submits now sees the lease
                if not heartbeat.held:
                    return
                if executor is None and ledger.active():
                    executor = make()
                    stack.callback(executor.shutdown)
                if executor is not None:
                    Runner(ledger, place, executor, heartbeat).work_off()
            if not ledger.active():
                return


def _starting(ledger: Ledger) -> Lease:
    """Return the lease of whoever starts a worker, until that has asked for the lease of runners."""
    return Lease(ledger.engine, "start of a worker", ledger.runner_lease.clock)


def main(arguments: list[str]) -> int:
    """Run the worker of the config directory named first, on the database of the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    database = os.environ.get(VARIABLE)
    place = Place(Path(arguments[0]), read_database_url(database, VARIABLE) if database else None)
    ledger = Ledger(place.ledger)
    try:
        work(ledger, place, lambda: make_executor(read_execution(os.environ)))
    except UsageError as error:
        log.error("%s — %s", error, error.remedy)
        return error.exit_code
    finally:
        ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
