"""The worker process: works the ledger of one config directory off, and ends when it is empty.

    python -m hcr.service.worker DIR

A ledger that is not below DIR is named by HCR_DATABASE_URL: other users see command lines, not environments.
How tasks are run is in the environment too: see `execution`.

It belongs to no terminal: whoever submitted may go. A second worker sees the lease and leaves at once.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from hcr.errors import HcrError
from hcr.service.database_url import VARIABLE, read_database_url
from hcr.service.execution import make_executor, read_execution
from hcr.service.executor import Executor
from hcr.service.lease_holder import own_name
from hcr.service.ledger import Ledger
from hcr.service.place import Place
from hcr.service.runner import Runner

log = logging.getLogger("hcr.worker")


def ensure_worker(ledger: Ledger, place: Place, settings: Mapping[str, str] | None = None) -> None:
    """Start a worker process where there is work and nobody holds the lease.

    Parameters
    ----------
    settings : variables of `execution`; without, they are those of this process.
    """
    if ledger.active() and not ledger.runner_lease.is_held():
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


def work(ledger: Ledger, place: Place, executor: Executor) -> None:
    """Work the ledger off.

    Work that arrives between the last look and the release of the lease would be left lying: whoever
    submitted it saw the lease held. So the ledger is looked at once more after each release.
    """
    holder = own_name()
    while ledger.active():
        if not Runner(ledger, place, executor, holder).work_off():
            return


def main(arguments: list[str]) -> int:
    """Run the worker of the config directory named first, on the database of the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    database = os.environ.get(VARIABLE)
    place = Place(Path(arguments[0]), read_database_url(database, VARIABLE) if database else None)
    ledger = Ledger(place.ledger)
    try:
        executor = make_executor(read_execution(os.environ))
    except HcrError as error:
        log.error("%s — %s", error, error.remedy)
        ledger.close()
        return error.exit_code
    try:
        work(ledger, place, executor)
    finally:
        executor.shutdown()
        ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
