"""Following work to its end: a bar on a terminal, one plain line or JSON event per change in a pipe.

The same watcher follows work packages, calibration runs and OpenDSS exports.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import click

from hcr.errors import NetworkError, RefusedError, ServerError, WaitTimeoutError

if TYPE_CHECKING:
    from hcr.cli.session import Session
    from hcr.client.api import HostingCapacityApi

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound="Subject")

SHORTEST_INTERVAL_S = 1.0
EMBEDDED_INTERVAL_S = 0.5
LONGEST_INTERVAL_S = 15.0
BACK_OFF = 1.15
"""Each wait is longer than the last by this factor, up to the longest."""
TOLERATED_ERRORS = 5
"""Looks in a row that a service may answer with an error, as while it restarts, before a watch ends."""


class Subject(Protocol):
    """Something with a state that becomes final."""

    @property
    def is_final(self) -> bool:
        """True when the state will not change any more."""


class Bar(Protocol):
    """A place where progress is drawn."""

    def update(self, text: str, *, done: int, total: int) -> None:
        """Draw how far it is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subject stands, in words and in numbers; `total` 0 where nothing is counted."""

    text: str
    done: int = 0
    total: int = 0
    event: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watched(Generic[T]):
    """What is watched: how to look, how to describe it, and what to type to watch on or to cancel it."""

    name: str
    look: Callable[[], T]
    describe: Callable[[T], Standing]
    watch_again: str
    cancel: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to look, how long in all [s]; None waits for ever. `events` writes JSON lines to stdout."""

    interval: float
    timeout: float | None = None
    events: bool = False


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


def events_option(command: F) -> F:
    """Add `--output text|jsonl`, as `form`, to a command that follows something."""
    return click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(("text", "jsonl")),
        help="jsonl: one event a change, on stdout.",
    )(command)


def patience_of(
    api: "HostingCapacityApi", interval: float | None, timeout: float | None, *, events: bool = False
) -> Patience:
    """Return how to wait for a service: the embedded one may be asked more often."""
    embedded = api.transport.endpoint.protocol == "embedded"
    usual = EMBEDDED_INTERVAL_S if embedded else 2 * SHORTEST_INTERVAL_S
    return Patience(usual if interval is None else interval, timeout, events)


@dataclass(slots=True)
class Watcher:
    """Looks at a subject until its state is final."""

    session: "Session"
    patience: Patience
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _seen: Standing | None = None
    _said: str = ""
    _event: Mapping[str, object] | None = None
    _errors: int = 0

    def follow(self, watched: Watched[T]) -> T:
        """Return the subject in its final state.

        Raises
        ------
        NotFoundError
            The subject is not there, or no longer.
        NetworkError, ServerError
            The service does not answer the first look, or went on answering with errors.
        WaitTimeoutError
            The time is up; the work goes on.
        KeyboardInterrupt
            Ctrl-C; what to type next was said, the work goes on.
        """
        try:
            with self._bar() as bar:
                subject = self._follow(watched, bar)
        except KeyboardInterrupt:
            self.session.say(f"\nStill running; watch again with:  {watched.watch_again}")
            if watched.cancel:
                self.session.say(f"               cancel it with:  {watched.cancel}")
            raise
        if bar is not None and self._seen is not None:
            self.session.say(self._seen.text)  # the bar is gone, this one line stays
        return subject

    def _follow(self, watched: Watched[T], bar: Bar | None) -> T:
        started, interval = self.clock(), self.patience.interval
        while True:
            subject = self._look(watched, bar)
            if subject is not None and subject.is_final:
                return subject
            waited = self.clock() - started
            if self.patience.timeout is not None and waited >= self.patience.timeout:
                raise WaitTimeoutError(
                    f"{watched.name} still runs after {self.patience.timeout:g} s",
                    remedy=f"Watch on with: {watched.watch_again}",
                )
            self.sleep(self._nap(interval, waited))
            interval = min(interval * BACK_OFF, max(LONGEST_INTERVAL_S, self.patience.interval))

    def _nap(self, interval: float, waited: float) -> float:
        """Return how long to sleep: with jitter, and not past the time-out."""
        nap = interval * (1.0 + 0.1 * self.jitter())
        return nap if self.patience.timeout is None else min(nap, max(0.0, self.patience.timeout - waited))

    def _look(self, watched: Watched[T], bar: Bar | None) -> T | None:
        """Return the subject, or None while the service cannot be reached: a watch survives that."""
        try:
            subject = watched.look()
        except (NetworkError, ServerError) as error:
            self._errors = 0 if isinstance(error, NetworkError) else self._errors + 1
            if self._seen is None or isinstance(error, RefusedError) or self._errors > TOLERATED_ERRORS:
                raise
            self._tell(replace(self._seen, text=f"connection lost, trying again: {error}"), bar)
            return None
        self._errors = 0
        self._seen = watched.describe(subject)
        if self.patience.events:
            self._announce(self._seen)
        else:
            self._tell(self._seen, bar)
        return subject

    def _announce(self, standing: Standing) -> None:
        """Write an event to stdout when it is news."""
        if standing.event != self._event:
            click.echo(json.dumps(standing.event, ensure_ascii=False))
            self._event = standing.event

    def _tell(self, standing: Standing, bar: Bar | None) -> None:
        """Show people how things stand: always on a bar, else on stderr when it is news."""
        if bar is not None:
            bar.update(standing.text, done=standing.done, total=standing.total)
        elif standing.text != self._said:
            self.session.say(standing.text)
            self._said = standing.text

    def _bar(self) -> "AbstractContextManager[Bar | None]":
        if self.session.quiet or self.patience.events or not self.session.colour.live:
            return nullcontext()
        from hcr.cli.progress_bar import ProgressBar

        return ProgressBar(self.session.colour)
