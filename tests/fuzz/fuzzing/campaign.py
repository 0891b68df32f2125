"""A service under attack: its process, what is sent to it, and what is found."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzzing.judge import faults
from fuzzing.wire import Attack, Ending, Heard, asking, send
from hcr.service.database_url import DatabaseUrl

PROMPT_S = 1.0
"""Longest time that a plain question may take between attacks [s], the best of a few: others run here too."""

MOST_OPEN = 200
"""Connections that are left open at a time."""

LOOK_EVERY = 100
"""Attacks between two plain questions."""

MOST_FOUND = 40


@dataclass
class Campaign:
    """One service, and everything that was wrong with its answers."""

    directory: Path
    log: Path
    process: "subprocess.Popen[str]"
    told: dict[str, Any]
    found: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    sent: int = 0
    _left_open: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.told["port"])

    def token(self, scope: str) -> str:
        return str(self.told["tokens"][scope])

    def attack(self, attacks: Iterable[Attack]) -> None:
        """Send attacks one after the other, with a plain question now and then."""
        for one in attacks:
            began = time.monotonic()
            heard = self.send(one)
            self.slowest = max(self.slowest, (time.monotonic() - began, one.about))
            wrong = list(faults(one, heard, (self.directory, self.directory.resolve())))
            self.found += [f"{one.about}: {fault}\n    {one.data[-300:]!r}" for fault in wrong]
            if self.sent % LOOK_EVERY == 0 or wrong or one.ending is Ending.LEAVE:
                self._look(one)
            if len(self.found) >= MOST_FOUND:
                break

    def send(self, one: Attack) -> Heard:
        heard = send(self.port, one, self._left_open)
        self.sent += 1
        self.statuses.update(answer.status for answer in heard.answers)
        while len(self._left_open) > MOST_OPEN:
            self._left_open.pop(0).close()
        return heard

    def _look(self, last: Attack) -> None:
        """Note where a plain question is not answered soon."""
        if self.process.poll() is not None:
            self.found.append(f"{last.about}: the service ended")
            return
        took = min(self._question() for _ in range(3))
        if took > PROMPT_S:
            self.found.append(f"{last.about}: then a plain question took {took:.1f} s")

    def _question(self) -> float:
        began = time.monotonic()
        data = asking(self.token("read"), "{ getActiveWorkPackages }")
        heard = send(self.port, Attack("plain", data), self._left_open)
        if [answer.status for answer in heard.answers] != [200]:
            return float("inf")
        return time.monotonic() - began

    def memory_mb(self) -> float:
        """Return the resident memory of the service [MB]."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(float(line.split()[1]) / 1024.0 for line in lines if line.startswith("VmRSS"))

    def ask(self, query: str, variables: object = None) -> Any:
        """Return the answer to a plain question of one who may write."""
        heard = send(self.port, Attack("plain", asking(self.token("write"), query, variables)), [])
        return json.loads(heard.answers[0].body)

    def close(self) -> None:
        for connection in self._left_open:
            connection.close()


@contextmanager
def campaign(folder: Path, database: DatabaseUrl | None = None) -> Iterator[Campaign]:
    """Start a service with a new directory below a folder; it ends with the block.

    The ledger is a file, or the database.
    """
    directory = folder / "site"
    directory.mkdir()
    log = folder / "service.log"
    words = [sys.executable, "-m", "fuzzing.service_process", str(directory)]
    root = Path(__file__).parents[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HCR_")}
    if database is not None:
        environment["HCR_DATABASE_URL"] = database.text
    with log.open("w") as stream:
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=stream, cwd=root, text=True, env=environment
        )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline() or "null")
        assert told, log.read_text()
        made = Campaign(directory, log, process, told)
        yield made
        made.close()
    finally:
        process.kill()
        process.communicate()
