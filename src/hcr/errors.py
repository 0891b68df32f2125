"""The one tree of errors, below every floor.

HcrError                    exit  code
├── ConfigError                2  config         a file the user wrote is missing, broken or contradictory
├── UsageError                 2  usage          the command line asks for something that cannot be
├── AuthError                  4  auth           the service does not accept who we are
├── NetworkError               5  network        the service cannot be reached
├── ServerError                5  server         the service answered with an error
│   └── RefusedError           2  refused        the service refused the input; `path` names the culprit
├── NotFoundError              6  not_found      no such package, feeder, table
├── JobFailedError             1  job_failed     the package ended without a result
├── JobCancelledError          3  job_cancelled  somebody cancelled the package
├── WaitTimeoutError         124  wait_timeout   the package runs on, we stopped waiting
├── FeederError                2  feeder         a feeder of the library cannot be used as it is
├── LedgerError                5  ledger         the ledger of the embedded service cannot be used
├── UnreadableTableError       2  table          a table file cannot be read as the table it should be
├── ClusterError               5  cluster        a cluster cannot do the work: its store, or its programs
├── NoSpaceError               5  no_space       a disk that is written to is full
├── TaskTimeoutError           1  timeout        a task took longer than it may
├── TaskMemoryError            1  out_of_memory  a task used more memory than it may
└── EngineError                1  engine         the power-flow engine gave up
    ├── ModelError             2  model          the engine cannot read a network model
    └── NotConvergedError      1  not_converged  a lane has no solution

Library code raises; only `cli` prints and exits. A message has three parts: what happened, why, what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file: where it is, which key it concerns, what is wrong and how to mend it."""

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    key: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        subject = " ".join(part for part in (place, self.key) if part)
        text = f"{subject}: {self.message}" if subject else self.message
        return f"{text} ({self.hint})" if self.hint else text


class HcrError(Exception):
    """What happened, why, and what to do; each class has an exit code and a stable code."""

    exit_code = 5
    code = "error"
    remedy = ""

    def __init__(self, what: str, *, why: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedy = remedy or type(self).remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.why}" if self.why else self.what

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts: the keyword arguments would be lost on the way out of a task process."""
        return _rebuild, (type(self), self.what, self.why, self.remedy, self.__dict__)


def _rebuild(kind: type[HcrError], what: str, why: str, remedy: str, state: dict[str, object]) -> HcrError:
    error = kind.__new__(kind)
    HcrError.__init__(error, what, why=why, remedy=remedy)
    error.__dict__.update(state)
    return error


class ConfigError(HcrError):
    """One or more faults in files the user wrote; `problems` holds all of them."""

    exit_code = 2
    code = "config"

    def __init__(
        self, what: str, problems: Sequence[Problem] = (), *, why: str = "", remedy: str = ""
    ) -> None:
        super().__init__(what, why=why, remedy=remedy)
        self.problems = tuple(problems)


class UsageError(HcrError):
    """The command line asks for something that cannot be."""

    exit_code = 2
    code = "usage"


class AuthError(HcrError):
    """The service does not accept who we are."""

    exit_code = 4
    code = "auth"
    remedy = "Check `access_token` in auth_config.json."


class NetworkError(HcrError):
    """The service cannot be reached."""

    exit_code = 5
    code = "network"
    remedy = "Check host, port and protocol in auth_config.json, and that the service runs."


class ServerError(HcrError):
    """The service answered with an error."""

    exit_code = 5
    code = "server"


class RefusedError(ServerError):
    """The service refused the input.

    `path` leads to the first culprit in the request's variables; `faults` are all of them with their
    messages, as far as the service tells.
    """

    exit_code = 2
    code = "refused"

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        remedy: str = "",
        path: Sequence[str | int] = (),
        faults: Sequence[tuple[tuple[str | int, ...], str]] = (),
    ) -> None:
        super().__init__(what, why=why, remedy=remedy)
        self.path = tuple(path)
        self.faults = tuple(faults)


class NotFoundError(HcrError):
    """There is no such package, feeder or table."""

    exit_code = 6
    code = "not_found"


class JobFailedError(HcrError):
    """The package ended without a result."""

    exit_code = 1
    code = "job_failed"


class JobCancelledError(HcrError):
    """Somebody cancelled the package."""

    exit_code = 3
    code = "job_cancelled"


class WaitTimeoutError(HcrError):
    """The package runs on; we stopped waiting."""

    exit_code = 124
    code = "wait_timeout"


class FeederError(HcrError):
    """A feeder of the library cannot be used as it is."""

    exit_code = 2
    code = "feeder"


class LedgerError(HcrError):
    """The ledger of the embedded service cannot be read or written."""

    exit_code = 5
    code = "ledger"


class UnreadableTableError(HcrError):
    """A Parquet or CSV file cannot be read as the table it should be."""

    exit_code = 2
    code = "table"


class ClusterError(HcrError):
    """A cluster cannot do the work: its store refuses, or its programs are others than ours."""

    exit_code = 5
    code = "cluster"


class NoSpaceError(HcrError):
    """A disk that is written to is full."""

    exit_code = 5
    code = "no_space"


class TaskTimeoutError(HcrError):
    """A task took longer than it may; its process is gone."""

    exit_code = 1
    code = "timeout"


class TaskMemoryError(HcrError):
    """A task used more memory than it may; its process is gone."""

    exit_code = 1
    code = "out_of_memory"


class EngineError(HcrError):
    """The power-flow engine gave up."""

    exit_code = 1
    code = "engine"


class ModelError(EngineError):
    """The engine cannot read a network model."""

    exit_code = 2
    code = "model"


class NotConvergedError(EngineError):
    """A lane has no solution; `lane` is its number."""

    exit_code = 1
    code = "not_converged"

    def __init__(self, what: str, *, lane: int, why: str = "", remedy: str = "") -> None:
        super().__init__(what, why=why, remedy=remedy)
        self.lane = lane
