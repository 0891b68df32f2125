"""A package of many tasks while worker and service are killed, the disk is full, and the database is locked.

All its tasks are done in the end, none twice, and the tables are those of an undisturbed run to the byte.
"""

import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.service.database_url import DatabaseUrl
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.ledger_schema import leases
from hcr.service.place import Place
from hcr.service.submission import examine

pytestmark = pytest.mark.slow

SEED = 2026
PATIENCE_S = 120.0
VICTIMS = ("worker", "service", "both")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of two small feeders with a year of load data."""
    root = tmp_path_factory.mktemp("library")
    for seed, mrid in enumerate(("oak", "ash"), start=1):
        (root / mrid).mkdir()
        generate_feeder(FeederRecipe(mrid=mrid, customers=5, seed=seed), root / mrid)
    return root


@pytest.fixture
def database(request: pytest.FixtureRequest) -> DatabaseUrl | None:
    if request.param == "sqlite":
        return None
    new_database: Callable[[], DatabaseUrl] = request.getfixturevalue("new_database")
    return new_database()


@dataclass
class Site:
    """A config directory, its service on a socket, and the worker that the service started."""

    place: Place
    port: int = 0
    service: "subprocess.Popen[bytes] | None" = None
    deaths: "Counter[str]" = field(default_factory=Counter)

    def start(self) -> None:
        """Start the service and wait until it answers."""
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        named = {"HCR_DATABASE_URL": self.place.database.text} if self.place.database else {}
        command = [str(Path(sys.executable).with_name("hcr")), str(self.place.directory), "serve", "-q"]
        self.service = subprocess.Popen(
            [*command, "--port", str(self.port), "--rate", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **named},
        )

    def kill(self, victim: str) -> None:
        """Kill worker, service or both, without warning, and start the service again where it is gone."""
        self.deaths[victim] += 1
        if victim in ("worker", "both"):
            self._kill_worker()
        if victim in ("service", "both"):
            assert self.service is not None
            self.service.kill()
            self.service.wait()
            self.start()

    def call_worker(self) -> None:
        """Look at the active packages as a client would: whoever asks wakes the worker."""
        query = {"query": "{ getActiveWorkPackages }"}
        try:
            httpx.post(f"http://127.0.0.1:{self.port}/api/graphql", json=query, timeout=PATIENCE_S)
        except httpx.TransportError:
            pass  # the service is on its way up

    def end(self) -> None:
        """End service and worker."""
        if self.service is not None:
            self.service.kill()
            self.service.wait()
        self._kill_worker()

    def _kill_worker(self) -> None:
        ledger = Ledger(self.place.ledger)
        with ledger.engine.connect() as connection:
            holders = list(connection.scalars(select(leases.c.holder).where(leases.c.name == "runner")))
        ledger.close()
        for holder in holders:
            try:
                os.kill(int(holder.rsplit(":", 3)[1]), signal.SIGKILL)
            except ProcessLookupError:
                pass


@pytest.fixture
def site(tmp_path: Path, library: Path, database: DatabaseUrl | None) -> Iterator[Site]:
    shutil.copytree(library, tmp_path / "site" / "feeders")
    opened = Site(Place(tmp_path / "site", database))
    yield opened
    opened.end()


def wire(tasks: int) -> dict[str, object]:
    """Return a package of a month with so many tasks."""
    month = {"startTime": "2025-01-01T00:00:00", "endTime": "2025-02-01T00:00:00"}
    years = list(range(2025, 2025 + tasks // 2))
    config = {"feeders": ["oak", "ash"], "scenarios": ["base"], "years": years, "timePeriod": month}
    return {"forecastConfig": config}


def submit(place: Place, tasks: int) -> str:
    found = examine("storm", wire(tasks), place.library)
    assert isinstance(found, NewPackage), found
    assert len(found.tasks) == tasks
    ledger = Ledger(place.ledger)
    ledger.add(found)
    ledger.close()
    return found.id


@pytest.fixture
def undisturbed(tmp_path: Path, library: Path) -> Callable[[int], dict[str, str]]:
    """Return the tables of a package that nothing happens to."""

    def solve(tasks: int) -> dict[str, str]:
        place = Place(tmp_path / "calm")
        shutil.copytree(library, place.directory / "feeders")
        package_id = submit(place, tasks)
        command = [sys.executable, "-P", "-m", "hcr.service.worker", str(place.directory)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return tables(place, package_id)

    return solve


def tables(place: Place, package_id: str) -> dict[str, str]:
    """Return the digest of each file but the manifest, which holds times."""
    folder = place.results(package_id)
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def until(reached: Callable[[], bool], site: Site) -> None:
    """Wait for something, however slow the machine is, as long as the package moves on."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, "it does not come to pass"
        site.call_worker()
        time.sleep(0.05)


def finished(ledger: Ledger, package_id: str) -> int:
    return [task.state for task in ledger.tasks_of(package_id)].count("SUCCEEDED")


def check(site: Site, package_id: str, expected: dict[str, str]) -> None:
    """All tasks are done, each finished once, and the tables are as expected."""
    ledger = Ledger(site.place.ledger)
    try:
        until(lambda: ledger.active() == [], site)
        rows = ledger.tasks_of(package_id)
        assert {task.state for task in rows} == {"SUCCEEDED"}, Counter(task.error_message for task in rows)
        ends = Counter(one.ordinal for one in ledger.events_of(package_id) if one.event == "FINISHED")
        assert ends == Counter(range(len(rows)))
        package = ledger.package(package_id)
        assert package is not None
        assert package.status == "COMPLETED"
    finally:
        ledger.close()
    assert (site.place.results(package_id) / "manifest.json").is_file()
    assert tables(site.place, package_id) == expected


def storm(site: Site, package_id: str, *, tasks: int, deaths: int) -> None:
    """Kill at seeded random moments, spread over the package by its progress; restart each time."""
    chance = random.Random(SEED)
    ledger = Ledger(site.place.ledger)
    site.start()
    try:
        for number in range(deaths):
            enough = tasks * number // (deaths + 1)
            until(lambda enough=enough: finished(ledger, package_id) >= enough, site)
            time.sleep(chance.uniform(0.0, 4.0))
            site.kill(chance.choice(VICTIMS))
    finally:
        ledger.close()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_few_deaths(site: Site, undisturbed: Callable[[int], dict[str, str]]) -> None:
    expected = undisturbed(8)
    package_id = submit(site.place, 8)
    storm(site, package_id, tasks=8, deaths=3)
    check(site, package_id, expected)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_fifty_deaths(site: Site, undisturbed: Callable[[int], dict[str, str]]) -> None:
    expected = undisturbed(40)
    package_id = submit(site.place, 40)
    storm(site, package_id, tasks=40, deaths=50)
    assert sum(site.deaths.values()) == 50
    assert set(site.deaths) == set(VICTIMS)
    check(site, package_id, expected)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_locked_database(site: Site, undisturbed: Callable[[int], dict[str, str]]) -> None:
    expected = undisturbed(8)
    package_id = submit(site.place, 8)
    ledger = Ledger(site.place.ledger)
    site.start()
    until(lambda: finished(ledger, package_id) >= 1, site)
    with ledger.engine.begin() as connection:
        if site.place.database is not None:
            connection.exec_driver_sql("LOCK TABLE tasks, work_packages, leases IN ACCESS EXCLUSIVE MODE")
        time.sleep(10.0)  # in SQLite a transaction that writes is alone from its beginning
    ledger.close()
    check(site, package_id, expected)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk(site: Site, undisturbed: Callable[[int], dict[str, str]]) -> None:
    expected = undisturbed(8)
    folder = site.place.directory
    kept = folder.with_name("kept")
    folder.rename(kept)
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        package_id = submit(site.place, 8)
        ledger = Ledger(site.place.ledger)
        site.start()
        until(lambda: finished(ledger, package_id) >= 1, site)
        fill(folder / "ballast")
        time.sleep(10.0)
        assert ledger.active() == [package_id]
        (folder / "ballast").unlink()
        ledger.close()
        check(site, package_id, expected)
    finally:
        site.end()
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", buffering=0) as stream:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    stream.write(b"\0" * size)
            except OSError:
                pass
