"""An order carried out, in a process of its own on a worker: inputs fetched, task solved, tables uploaded."""

import socket
from pathlib import Path

from hcr.service.cluster.input_cache import InputCache
from hcr.service.cluster.order import Order, check_programs, programs
from hcr.service.cluster.store import Store
from hcr.service.job import Job, Outcome


def carry_out(order: Order, cache: Path, scratch: Path) -> Outcome:
    """Return the outcome of an order; its tables are in the store then.

    Parameters
    ----------
    cache : folder of feeders; scratch : empty folder for the tables.

    Raises
    ------
    HcrError
        The task has no result; the class says why.
    """
    check_programs(order.programs, programs(), f"the worker on {socket.gethostname()}")
    store = Store(order.store)
    with InputCache(cache).library(store, order.inputs, order.task.feeder) as library:
        outcome = order.function(Job(order.task, library, scratch))
    for table in outcome.get("tables") or ():
        store.put(scratch / table["path"], f"{order.results}/{table['path']}")
    return outcome
