"""The installed command on config directories of its own; nothing that a test started outlives it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from hcr.network.library import Library

COMMAND = Path(sys.executable).with_name("hcr")
PATIENCE_S = 60.0

FORECAST = """\
# One day on one feeder.
forecastConfig:
  feeders: [maple]
  scenarios: [base]
  years: [2025]
  timePeriod:
    startTime: 2025-01-15T00:00
    endTime: 2025-01-16T00:00
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Desk:
    """A config directory and the person who types commands in it."""

    directory: Path
    processes: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start `hcr DIR …` without waiting for its end."""
        process = subprocess.Popen(
            [str(COMMAND), str(self.directory), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**clean_environment(), **environment},
        )
        self.processes.append(process)
        return process

    def hcr(self, *words: str, **environment: str) -> Outcome:
        """Run `hcr DIR …` to its end; whatever happens, nobody is shown a traceback."""
        return self.finish(self.start(*words, **environment))

    def finish(self, process: "subprocess.Popen[str]") -> Outcome:
        """Return how a started command ended."""
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        assert "Traceback" not in stdout + stderr, stderr
        return Outcome(process.returncode, stdout, stderr)

    def submit(self, *words: str) -> str:
        """Return the ID of a new package."""
        outcome = self.hcr("work-package", "run", "forecast", "demo", *words)
        assert outcome.code == 0, outcome.stderr
        return outcome.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        """Write a file of the config directory."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def connect_to(self, port: int, token: str | None = None) -> None:
        """Name a service on this machine in auth_config.json."""
        server: dict[str, object] = {"protocol": "http", "host": "127.0.0.1", "port": port}
        server |= {"access_token": token} if token else {}
        self.write("auth_config.json", json.dumps({"eas_server": server}))

    def end(self) -> None:
        """End the commands and workers of this directory."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        for worker in workers_of(self.directory):
            try:
                os.killpg(worker, signal.SIGKILL)
            except ProcessLookupError:
                pass


def workers_of(directory: Path) -> list[int]:
    """Return the worker processes of a config directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if "hcr.service.worker" in words and str(directory.resolve()) in words:
            found.append(int(entry.name))
    return found


def clean_environment() -> Mapping[str, str]:
    """Return this process's environment without what changes how hcr behaves."""
    hidden = re.compile(r"HCR_.*|.*_PROXY|.*_proxy|NO_COLOR|FORCE_COLOR|PYTHON.*|COV_.*")
    return {name: value for name, value in os.environ.items() if not hidden.fullmatch(name)}


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config directory whose feeder has been generated from its recipe once."""
    directory = tmp_path_factory.mktemp("grown")
    recipe = directory / "feeders" / "maple" / "recipe.yaml"
    recipe.parent.mkdir(parents=True)
    recipe.write_text("customers: 10\nseed: 4\n")
    Library(directory / "feeders", directory / ".hcr" / "feeders").open("maple")
    run = directory / "run_configurations" / "forecast" / "demo.yaml"
    run.parent.mkdir(parents=True)
    run.write_text(FORECAST)
    return directory


@pytest.fixture(scope="session")
def desk_at() -> Callable[[Path], Desk]:
    """Sit down at a config directory that is there."""
    return Desk


@pytest.fixture
def new_desk(grown: Path, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Make config directories with the feeder `maple` and the forecast `demo`."""
    desks: list[Desk] = []

    def make(name: str = "desk", *, feeders: bool = True) -> Desk:
        left_out = shutil.ignore_patterns(*([] if feeders else ["feeders", ".hcr"]))
        shutil.copytree(grown, tmp_path / name, ignore=left_out)
        desks.append(Desk(tmp_path / name))
        return desks[-1]

    yield make
    for desk in desks:
        desk.end()


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk()


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True)
class Server:
    """A service that `hcr DIR serve` brought up."""

    desk: Desk
    port: int
    token: str
    process: "subprocess.Popen[str]"


@pytest.fixture
def server(new_desk: Callable[..., Desk], free_port: int) -> Server:
    """A service on a socket that demands a token."""
    desk = new_desk("server")
    token = "s3cret-t0ken"
    process = desk.start("serve", "--port", str(free_port), HCR_SERVICE_TOKEN=token)
    deadline = time.monotonic() + PATIENCE_S
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()[1]
            try:
                if client.get(f"http://127.0.0.1:{free_port}/internal/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
    return Server(desk, free_port, token, process)
