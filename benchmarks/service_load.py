"""A service under load: clients that poll and clients that submit while a study runs.

    python benchmarks/service_load.py --minutes 10

`hcr DIR serve` on a socket with a worker that solves; the clients are in another process of the same machine.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from hcr.client import operations

COMMAND = Path(sys.executable).with_name("hcr")

# What `work-package monitor`, `list` and `run` send.
POLL = operations.GET_WORK_PACKAGE_BY_ID_EXTENDED.document
LIST = operations.GET_WORK_PACKAGES.document
RUN = operations.RUN_WORK_PACKAGE.document
ACTIVE = operations.GET_ACTIVE_WORK_PACKAGES.document
CANCEL = operations.CANCEL_WORK_PACKAGE.document

PLAIN = ssl.create_default_context()
"""Made once: each client would read all certificates anew, and wait for that is not the service's."""

FEEDERS = [f"feeder{number}" for number in range(25)]
YEAR = {"startTime": "2025-01-01T00:00:00", "endTime": "2026-01-01T00:00:00"}
DAY = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}


class Load:
    """Clients, and what they saw."""

    def __init__(self, address: str, end: float) -> None:
        self.address = address
        self.end = end
        self.took: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.chance = random.Random(1)

    async def ask(self, client: httpx.AsyncClient, kind: str, query: str, **variables: object) -> object:
        """Send one request and note how long its answer took."""
        began = time.perf_counter()
        try:
            answer = await client.post(self.address, json={"query": query, "variables": variables})
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            self.errors[f"{kind}: {type(error).__name__}"] += 1
            return None
        self.took[kind].append(time.perf_counter() - began)
        if answer.status_code != 200 or "errors" in body:
            self.errors[f"{kind}: {answer.status_code} {str(body)[:200]}"] += 1
            return None
        return body["data"]

    async def poll(self, package_id: str, every_s: float) -> None:
        """Watch a package, as `work-package monitor` does, and now and then the list."""
        async with httpx.AsyncClient(timeout=30.0, verify=PLAIN) as client:
            await asyncio.sleep(self.chance.uniform(0.0, every_s))
            while time.monotonic() < self.end:
                if self.chance.random() < 0.1:
                    await self.ask(client, "list", LIST, limit=20)
                else:
                    await self.ask(client, "poll", POLL, id=package_id)
                await asyncio.sleep(every_s)

    async def submit(self, number: int, every_s: float) -> None:
        """Submit packages of one day, each unlike the others."""
        async with httpx.AsyncClient(timeout=30.0, verify=PLAIN) as client:
            await asyncio.sleep(self.chance.uniform(0.0, every_s))
            turn = 0
            while time.monotonic() < self.end:
                years = [2025 + (number * 97 + turn) % 900]
                config = {"feeders": FEEDERS[:1], "scenarios": ["base"], "years": years, "timePeriod": DAY}
                name = f"load {number}.{turn}"
                await self.ask(client, "submit", RUN, input={"forecastConfig": config}, workPackageName=name)
                turn += 1
                await asyncio.sleep(every_s)


def resident_mib(process: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_s(process: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def drive(load: Load, package_id: str, asked: argparse.Namespace, service: int) -> list[float]:
    """Run all clients to the end, and return the service's memory every ten seconds [MiB]."""
    clients = [load.poll(package_id, asked.poll_seconds) for _ in range(asked.pollers)]
    clients += [load.submit(number, asked.submit_seconds) for number in range(asked.submitters)]
    everyone = asyncio.gather(*clients)
    memory = []
    while not everyone.done():
        memory.append(resident_mib(service))
        await asyncio.wait([everyone], timeout=10.0)
    await everyone
    return memory


def study(address: str) -> str:
    """Submit the study that runs meanwhile, a thousand models of a year, and return its ID."""
    config = {"feeders": FEEDERS, "scenarios": ["base"], "years": list(range(2025, 2065)), "timePeriod": YEAR}
    return str(ask(address, RUN, input={"forecastConfig": config}, workPackageName="study")["runWorkPackage"])


def ask(address: str, query: str, **variables: object) -> dict[str, Any]:
    """Return the data of one answer."""
    answer = httpx.post(address, json={"query": query, "variables": variables}, timeout=60.0)
    data: dict[str, Any] = answer.json()["data"]
    return data


def report(load: Load, memory: list[float]) -> dict[str, object]:
    """Return what was seen: milliseconds by kind, errors, memory."""
    times: dict[str, object] = {}
    for kind, seconds in [*load.took.items(), ("all", [one for many in load.took.values() for one in many])]:
        cuts = statistics.quantiles(seconds, n=100)
        times[kind] = {
            "answers": len(seconds),
            **{name: round(1000.0 * value, 1) for name, value in
               (("p50_ms", cuts[49]), ("p95_ms", cuts[94]), ("p99_ms", cuts[98]), ("max_ms", max(seconds)))},
        }  # fmt: skip
    third = max(1, len(memory) // 3)
    return {
        "times": times,
        "errors": dict(load.errors),
        "memory_mib": {
            "first_third": round(statistics.median(memory[:third]), 1),
            "last_third": round(statistics.median(memory[-third:]), 1),
            "most": round(max(memory), 1),
        },
    }


def main() -> None:
    """Print answers, times, errors and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--pollers", type=int, default=200)
    parser.add_argument("--submitters", type=int, default=20)
    parser.add_argument("--poll-seconds", type=float, default=2.0)
    parser.add_argument("--submit-seconds", type=float, default=10.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        write_feeders(Path(folder))
        with served(folder) as (service, address):
            package_id = study(address)
            time.sleep(15.0)  # the worker is up and solves
            load = Load(address, time.monotonic() + 60.0 * asked.minutes)
            before = cpu_s(service.pid), cpu_s(os.getpid())
            memory = asyncio.run(drive(load, package_id, asked, service.pid))
            used = cpu_s(service.pid) - before[0], cpu_s(os.getpid()) - before[1]
    cpu = {"service_cpu_s": round(used[0], 1), "clients_cpu_s": round(used[1], 1)}
    print(json.dumps(report(load, memory) | cpu, indent=2))


def write_feeders(folder: Path) -> None:
    """Write the recipes of the feeders into a config directory."""
    for seed, feeder in enumerate(FEEDERS):
        recipe = folder / "feeders" / feeder / "recipe.yaml"
        recipe.parent.mkdir(parents=True)
        recipe.write_text(f"customers: 100\nseed: {seed}\n")


@contextmanager
def served(folder: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve a config directory as long as the block lasts; give the process and the address of its API."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [str(COMMAND), folder, "serve", "-q", "--port", str(port), "--rate", "0"]
    service = subprocess.Popen(words, start_new_session=True)
    address = f"http://127.0.0.1:{port}/api/graphql"
    try:
        while _ready(port) != httpx.codes.OK:
            if service.poll() is not None:
                raise SystemExit(f"the service ended with status {service.returncode}; it says why above")
            time.sleep(0.2)
        yield service, address
    finally:
        try:
            _cancel_all(address)
        finally:
            service.terminate()
            service.wait()


def _cancel_all(address: str) -> None:
    """Let the worker end; what is wrong is told, not raised, for it may hide the error that ended the run."""
    try:
        for one in ask(address, ACTIVE)["getActiveWorkPackages"]:
            ask(address, CANCEL, workPackageId=one)
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        print(f"packages were not cancelled, and their worker may run on: {error!r}", file=sys.stderr)
    else:
        time.sleep(5.0)  # the worker ends


def _ready(port: int) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/internal/health/ready").status_code
    except httpx.TransportError:
        return 0


if __name__ == "__main__":
    main()
