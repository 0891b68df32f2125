"""The connection to a dask scheduler: kept up in the background, however often the scheduler goes away."""

import logging
import socket
import threading
from typing import Any

from distributed import Client
from distributed.comm.addressing import parse_address, parse_host_port

from hcr.errors import NetworkError

LOOK_S = 1.0
"""How often the scheduler is looked after."""

PATIENCE_S = 10.0
"""How long a scheduler may take to answer."""

log = logging.getLogger("hcr.cluster")


class SchedulerLink:
    """A client of a scheduler that comes back after the scheduler does.

    Attributes
    ----------
    threads : of all workers now; None while the scheduler cannot be reached.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.threads: int | None = None
        self._client: Any = None
        self._told = ""
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="hcr-scheduler-link", daemon=True)
        self._keeper.start()

    def client(self) -> Any:
        """Return the client.

        Raises
        ------
        NetworkError
            The scheduler cannot be reached now.
        """
        client = self._client
        if client is None or self.threads is None:
            raise self.gone()
        return client

    def gone(self) -> NetworkError:
        """Return the error that says that the scheduler is not there."""
        return unreachable(self.address)

    def close(self) -> None:
        """Let go of the scheduler, which then ends what was asked of it."""
        self._closing.set()
        self._keeper.join()
        _close(self._client)

    def _keep(self) -> None:
        while True:
            self._look()
            if self._closing.wait(LOOK_S):
                return

    def _look(self) -> None:
        try:
            if self._client is None or self._client.status in ("closing", "closed"):
                _close(self._client)
                self._client = connect(self.address)
            threads = count_threads(self._client)
        except Exception as error:  # noqa: BLE001 - of a network, in many layers; all mean the same
            self.threads = None
            self._tell(f"{unreachable(self.address)} ({type(error).__name__}: {error}); work waits for it")
        else:
            self.threads = threads
            self._tell(
                f"{self.address} has {threads} threads" if threads else f"{self.address} has no workers"
            )

    def _tell(self, what: str) -> None:
        if what != self._told:
            log.info("%s", what)
            self._told = what


def connect(address: str) -> Any:
    """Return a client of a scheduler.

    Raises
    ------
    NetworkError
        It cannot be reached.
    """
    client: Any = Client
    try:
        _knock(address)
        return client(address, timeout=PATIENCE_S, set_as_default=False, name="hcr")
    except Exception as error:
        raise unreachable(address, error) from error


def _knock(address: str) -> None:
    """See that somebody listens: a client that found nobody takes long to give up, and longer to go away."""
    protocol, place = parse_address(address)
    if protocol not in ("tcp", "tls"):
        raise ValueError("its address does not begin with tcp:// or tls://")
    with socket.create_connection(parse_host_port(place), timeout=PATIENCE_S):
        pass


def count_threads(client: Any) -> int:
    """Return the number of threads of all workers."""
    return sum(client.sync(client.scheduler.ncores, callback_timeout=PATIENCE_S).values())


def unreachable(address: str, error: BaseException | None = None) -> NetworkError:
    """Return the error that says that a scheduler is not there."""
    return NetworkError(
        f"the dask scheduler at {address} cannot be reached",
        why=" ".join(str(error).split()) if error else "",
        remedy="Start it with `dask scheduler`, and check --scheduler, the firewall, and certificates for "
        "tls:// addresses; docs/cluster.md shows how.",
    )


def _close(client: Any) -> None:
    if client is not None:
        try:
            client.close(timeout=2)
        except Exception as error:
            log.debug("closing the client failed", exc_info=error)
