"""Following a work package to its end: a live line on a terminal, one plain line per change in a pipe."""

import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hcr.errors import JobCancelledError, JobFailedError, NetworkError, WaitTimeoutError

if TYPE_CHECKING:
    from hcr.cli.session import Session
    from hcr.client.answers import WorkPackage
    from hcr.client.api import HostingCapacityApi

F = TypeVar("F", bound=Callable[..., Any])

SHORTEST_INTERVAL_S = 1.0
EMBEDDED_INTERVAL_S = 0.5
LONGEST_INTERVAL_S = 15.0
BACK_OFF = 1.15
"""Each wait is longer than the last by this factor, up to the longest."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to look, and how long in all [s]; None for `timeout` waits for ever."""

    interval: float
    timeout: float | None = None


def timeout_option(command: F) -> F:
    """Add `--timeout` and `--interval` to a command that waits."""
    timeout = click.option(
        "--timeout", type=click.FloatRange(min=0), help="Stop waiting after so many seconds."
    )
    interval = click.option(
        "--interval",
        type=click.FloatRange(min=SHORTEST_INTERVAL_S),
        help="Seconds between looks; at least 1, longer by and by.",
    )
    return timeout(interval(command))


def patience_of(api: "HostingCapacityApi", interval: float | None, timeout: float | None) -> Patience:
    """Return how to wait for a service: the embedded one may be asked more often."""
    embedded = api.transport.endpoint.protocol == "embedded"
    usual = EMBEDDED_INTERVAL_S if embedded else 2 * SHORTEST_INTERVAL_S
    return Patience(usual if interval is None else interval, timeout)


def watch_to_end(
    session: "Session", api: "HostingCapacityApi", package_id: str, patience: Patience
) -> "WorkPackage":
    """Return a package in its final state, after showing how it went and what came out.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C; what to type next was said, the package runs on.
    """
    from hcr.cli.report import show_outcome

    try:
        package = Watcher(session, api, patience).follow(package_id)
    except KeyboardInterrupt:
        session.say("")
        session.say(
            f"Still running; watch again with:  hcr {session.directory} work-package monitor {package_id}"
        )
        session.say(
            f"               or cancel it with:  hcr {session.directory} work-package cancel {package_id}"
        )
        raise
    show_outcome(session, api, package)
    return package


@dataclass(slots=True)
class Watcher:
    """Polls a package until its state is final."""

    session: "Session"
    api: "HostingCapacityApi"
    patience: Patience
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _said: str = ""
    _started: float = field(default=0.0)

    def follow(self, package_id: str) -> "WorkPackage":
        """Return the package in its final state.

        Raises
        ------
        NotFoundError
            The package is not there, or no longer.
        WaitTimeoutError
            The time is up; the package runs on.
        """
        self._started = self.clock()
        interval = self.patience.interval
        while True:
            package = self._look(package_id)
            if package is not None:
                self._show(package)
                if package.is_final:
                    self._end_line()
                    return package
            if self.patience.timeout is not None and self.clock() - self._started >= self.patience.timeout:
                self._end_line()
                raise WaitTimeoutError(
                    f"work package {package_id} still runs after {self.patience.timeout:g} s",
                    remedy=f"Watch on with: hcr {self.session.directory} work-package monitor {package_id}",
                )
            self.sleep(interval * (1.0 + 0.1 * self.jitter()))
            interval = min(interval * BACK_OFF, max(LONGEST_INTERVAL_S, self.patience.interval))

    def _look(self, package_id: str) -> "WorkPackage | None":
        """Return the package, or None while the service cannot be reached: a watch survives that."""
        try:
            return self.api.work_package(package_id)
        except NetworkError as error:
            self._line(f"connection lost ({error.what}); trying again")
            return None

    def _show(self, package: "WorkPackage") -> None:
        totals = package.totals
        text = f"{package.name}: {package.status.lower()}"
        if totals and totals.total:
            text += f", {totals.finished} of {totals.total} models done"
            text += f", {totals.failed} failed" if totals.failed else ""
            text += f", {totals.running} running" if totals.running else ""
            text += self._time_left(totals.finished, totals.total)
        self._line(text)

    def _time_left(self, done: int, total: int) -> str:
        elapsed = self.clock() - self._started
        if not sys.stderr.isatty():
            return ""
        left = f", about {elapsed / done * (total - done):.0f} s left" if 0 < done < total else ""
        return f" [{elapsed:.0f} s{left}]"

    def _line(self, text: str) -> None:
        """Show a line: in place on a terminal, and only when it says something new in a pipe."""
        if self.session.quiet:
            return
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K{text}")
            sys.stderr.flush()
        elif text != self._said:
            self.session.say(text)
        self._said = text

    def _end_line(self) -> None:
        if sys.stderr.isatty() and not self.session.quiet:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def raise_unless_done(package: "WorkPackage") -> None:
    """Raise for a final package that did not do all it should.

    Raises
    ------
    JobCancelledError
        It was cancelled.
    JobFailedError
        It failed or timed out, or some of its models did.
    """
    failed = package.totals.failed + package.totals.timed_out if package.totals else 0
    if package.status == "CANCELLED":
        raise JobCancelledError(f"work package {package.id} was cancelled")
    if package.status != "COMPLETED":
        raise JobFailedError(
            f"work package {package.id} ended as {package.status}",
            remedy="The failed models are listed above.",
        )
    if failed:
        raise JobFailedError(
            f"{failed} of {package.totals.total if package.totals else failed} models failed",
            remedy="The failed models are listed above; the results of the others are there.",
        )
