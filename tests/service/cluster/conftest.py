"""A scheduler and worker processes of dask on this machine, which see nothing of the config directories."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.submission import examine

PATIENCE_S = 240.0

BLINDFOLD = '''
"""Loaded by every Python of the cluster: whoever opens a file of a config directory is stopped."""
import os, sys

def look(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "glob.glob") and arguments:
        path = arguments[0]
        if isinstance(path, (str, bytes)) and "config-directory" in os.fsdecode(path):
            raise PermissionError(f"the cluster must not see {path}")

sys.addaudithook(look)
'''


class Cluster:
    """Processes of a cluster below a folder; none outlives the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        (folder / "home").mkdir()
        (folder / "blindfold").mkdir()
        (folder / "blindfold" / "sitecustomize.py").write_text(BLINDFOLD)

    def start_scheduler(self) -> "subprocess.Popen[bytes]":
        return self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")

    def start_worker(self, name: str, *options: str) -> "subprocess.Popen[bytes]":
        local = self.folder / name
        named = ("--name", name, "--local-directory", str(local), "--no-dashboard", "--nthreads", "1")
        return self._start("worker", self.address, "--host", "127.0.0.1", *named, *options)

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        kept = re.compile(r"(?!HCR_|PYTHON|DASK_|COV_)")
        environment = {name: value for name, value in os.environ.items() if kept.match(name)}
        own = {
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(self.folder / "blindfold"),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME")
            or str(Path.home() / ".cache"),  # compiled kernels
        }
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "dask", *words],
                cwd=self.folder / "home",
                env=environment | own,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def children(self, worker: "subprocess.Popen[bytes]") -> list[int]:
        """Return the processes below a worker that solve tasks."""
        return [pid for pid in below(worker.pid) if "hcr.service.cluster.task_child" in command(pid)]

    def solvers(self) -> list[int]:
        return [child for process in self.processes for child in self.children(process)]

    def variables(self) -> dict[str, str]:
        """Return what has a worker of hcr run tasks here."""
        return {
            "HCR_EXECUTOR": "dask",
            "HCR_SCHEDULER": self.address,
            "HCR_STORE": str(self.store),
        }

    def kill_worker(self, worker: "subprocess.Popen[bytes]") -> None:
        """Kill a worker and its nanny, but not the processes that solve tasks."""
        for pid in [worker.pid, *below(worker.pid)]:
            if "hcr.service.cluster.task_child" not in command(pid):
                os.kill(pid, signal.SIGKILL)
        worker.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def end(self) -> None:
        for process in self.processes:
            kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and all below it, at once."""
    for pid in [process.pid, *below(process.pid)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def below(parent: int) -> list[int]:
    """Return the descendants of a process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    found, seen = [parent], []
    while found:
        one = found.pop()
        own = [pid for pid, above in parents.items() if above == one]
        seen += own
        found += own
    return seen


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def await_that(reached: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not reached():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def await_() -> Callable[..., None]:
    return await_that


@pytest.fixture(scope="session")
def killed() -> Callable[..., None]:
    return kill


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers of one thread; whoever kills one starts another."""
    pytest.importorskip("distributed")
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    started.start_scheduler()
    for name in ("one", "two"):
        started.start_worker(name)
    yield started
    started.end()


class Runner:
    """Worker processes of hcr on one config directory, with an executor of their own each."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self.place = place
        self.ledger = ledger
        self.started: list[subprocess.Popen[bytes]] = []

    def submit(self, wire: dict[str, object]) -> str:
        found = examine("cluster", wire, self.place.library)
        assert isinstance(found, NewPackage)
        self.ledger.add(found)
        return found.id

    def start(self, **environment: str) -> "subprocess.Popen[bytes]":
        with (self.place.directory / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "hcr.service.worker", str(self.place.directory)],
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def log(self) -> str:
        return (self.place.directory / "worker.log").read_text()

    def states(self, package_id: str) -> list[str]:
        return [task.state for task in self.ledger.tasks_of(package_id)]

    def events(self, package_id: str) -> list[str]:
        return [event.event for event in self.ledger.events_of(package_id)]

    def tables(self, package_id: str) -> dict[str, bytes]:
        folder = self.place.results(package_id)
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "manifest.json"
        }


@pytest.fixture(scope="module")
def new_runner(tiny_feeder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Runner]]:
    """Make config directories that the cluster must not look into."""
    made: list[Runner] = []

    def make() -> Runner:
        directory = tmp_path_factory.mktemp("runner") / "config-directory"
        shutil.copytree(tiny_feeder, directory / "feeders" / "tiny")
        place = Place(directory)
        made.append(Runner(place, Ledger(place.ledger)))
        return made[-1]

    yield make
    for runner in made:
        for process in runner.started:
            kill(process)
        runner.ledger.close()


@pytest.fixture
def runner(new_runner: Callable[[], Runner]) -> Runner:
    return new_runner()


@pytest.fixture
def on_cluster(cluster: Cluster) -> dict[str, str]:
    """Variables that have a worker of hcr run tasks on the cluster."""
    return cluster.variables()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket on a server of this machine that speaks S3."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        try:
            make_bucket("hcr-test")
            yield "s3://hcr-test"
        finally:
            server.kill()
            server.wait()


def make_bucket(name: str) -> None:
    import s3fs

    deadline = time.monotonic() + 60
    while True:
        try:
            s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
        except Exception:  # noqa: BLE001 - the server is not up yet, which has many faces
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return
