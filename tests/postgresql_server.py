"""A PostgreSQL server of the tests' own, and a place without tables in it for whoever asks.

Its fixtures are known to all tests: `conftest.py` beside it registers them. Where PostgreSQL is not
installed, or does not start, the tests that need it skip and say so; HCR_TEST_POSTGRESQL=required makes them
fail.
"""

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hcr.service.database_url import DatabaseUrl, read_database_url

USER, PASSWORD = "planner", "p@ss/w:rd%1"
QUOTED_PASSWORD = "p%40ss%2Fw%3Ard%251"
PATIENCE_S = 30.0
SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}


@dataclass
class PostgresqlServer:
    """A running server that asks for the password on its socket and on its port."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def url(self, database: str, *, user: str = USER, password: str = QUOTED_PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> DatabaseUrl:
        """Return the address of a new schema; a database of its own would be 300 files."""
        name = f"ledger_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        return read_database_url(self.url(f"postgres?options=-csearch_path%3D{name}"), "the test")

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Return what a statement gives, in a connection and a transaction of its own."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []


class UnavailableError(Exception):
    """There is no server, with the reason."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A server that ends with the tests."""
    folder = Path(tempfile.mkdtemp(prefix="hcr-pg-"))  # short: the name of a socket has a limit
    server = None
    try:
        server = _start(folder)
        yield server
    except UnavailableError as error:
        if os.environ.get("HCR_TEST_POSTGRESQL") == "required":
            pytest.fail(f"PostgreSQL: {error}")
        pytest.skip(f"PostgreSQL: {error}")
    finally:
        if server is not None:
            server.process.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away
            server.process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_database(postgresql: PostgresqlServer) -> Callable[[], DatabaseUrl]:
    """Return the address of a place without tables, a new one each time."""
    return postgresql.new_database


def _start(folder: Path) -> PostgresqlServer:
    programs = _programs()
    account = _account()
    if account:
        shutil.chown(folder, account["user"], account["group"])
        folder.chmod(0o755)  # the tests look into its log
    password = folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o644)
    words = [f"--username={USER}", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
    words += ["--locale=C", "--no-sync", "--pgdata", str(folder / "data")]
    made = subprocess.run(
        [programs / "initdb", *words], cwd=folder, capture_output=True, text=True, check=False, **account
    )
    if made.returncode != 0:
        raise UnavailableError(f"initdb fails: {made.stderr.strip().splitlines()[-1:]}")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    settings = {**SETTINGS, "port": str(port), "listen_addresses": "127.0.0.1"}
    line = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    line += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            line, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **account
        )
    server = PostgresqlServer(folder, port, process)
    _wait_until_it_answers(server)
    return server


def _programs() -> Path:
    """Return the folder with initdb and postgres; Debian keeps it off the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    candidates = [*reversed(found), *([Path(on_path)] if on_path else [])]
    for initdb in candidates:
        if initdb.with_name("postgres").exists():
            return initdb.parent
    raise UnavailableError("it is not installed here (Debian: apt install postgresql)")


def _account() -> dict[str, Any]:
    """Return as whom to start it, as arguments of subprocess: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise UnavailableError("it does not run as root, and there is no user postgres or nobody")


def _wait_until_it_answers(server: PostgresqlServer) -> None:
    psycopg = pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    deadline = time.monotonic() + PATIENCE_S
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    server.process.kill()
    server.process.wait()
    raise UnavailableError(f"it does not start: {(server.folder / 'log').read_text()[-300:]}")
