"""A place with feeders in name only, requests for them, and a tiny feeder that can be solved."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from hcr.contract.inputs import WorkPackageInput
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.results.catalogue import table_named
from hcr.results.layout import TaskSpan
from hcr.results.table_writer import write_table
from hcr.service.app import create_app
from hcr.service.database_url import DatabaseUrl
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import Failure, NewPackage, TaskKey
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.task_process import run_task
from hcr.studies.plan import plan


@pytest.fixture
def database(request: pytest.FixtureRequest) -> DatabaseUrl | None:
    """The database of the ledger: none, so that it is a file, unless a test asks for `postgresql`.

    Modules about the ledger run on both: `parametrize("database", ["sqlite", "postgresql"], indirect=True)`.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    new_database: Callable[[], DatabaseUrl] = request.getfixturevalue("new_database")
    return new_database()


@pytest.fixture
def place(tmp_path: Path, database: DatabaseUrl | None) -> Place:
    """A config directory whose library holds the feeders `north` and `south`; nothing opens them."""
    for mrid in ("north", "south"):
        folder = tmp_path / "feeders" / mrid
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text("customers: 5\nseed: 1\n")
    return Place(tmp_path, database)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    opened = Ledger(place.ledger)
    yield opened
    opened.close()


@pytest.fixture
def service(place: Place) -> Iterator[Service]:
    """A service whose packages wait: nobody works on them."""
    opened = Service(place, lambda ledger, place: None)
    yield opened
    opened.close()


@pytest.fixture
def forecast() -> Callable[..., dict[str, object]]:
    """Return the wire form of a forecast over one day."""

    def make(*feeders: str, years: tuple[int, ...] = (2025,), **more: object) -> dict[str, object]:
        day = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}
        config = {"feeders": list(feeders), "scenarios": ["base"], "years": list(years), "timePeriod": day}
        return {"forecastConfig": config, **more}

    return make


@pytest.fixture
def package(forecast: Callable[..., dict[str, object]]) -> Callable[..., NewPackage]:
    """Return a package to be entered, with one task a feeder and year."""

    def make(
        package_id: str = "p1", *feeders: str, name: str = "", years: tuple[int, ...] = (2025,)
    ) -> NewPackage:
        named = feeders or ("north", "south")
        tasks = [(feeder, "base", year) for feeder in named for year in years]
        return NewPackage(package_id, name or package_id, "forecast", forecast(*named, years=years), tasks)

    return make


@pytest.fixture(scope="session")
def tiny_feeder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a feeder with 5 customers and a year of load data."""
    folder = tmp_path_factory.mktemp("library") / "tiny"
    folder.mkdir()
    generate_feeder(FeederRecipe(mrid="tiny", customers=5, seed=3), folder)
    return folder


@pytest.fixture
def fetch(service: Service) -> Callable[..., httpx.Response]:
    """Send a request to the service as a client on this machine would."""
    transport = httpx.ASGITransport(create_app(service), raise_app_exceptions=False)

    def send(method: str, path: str, **request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:7654") as client:
                return await client.request(method, path, **request)

        return asyncio.run(once())

    return send


@pytest.fixture
def ask(fetch: Callable[..., httpx.Response]) -> Callable[..., Any]:
    """Ask the service in GraphQL; the answer's data, or its list of errors where there are any."""

    def send(query: str, **variables: object) -> Any:
        answer = fetch("POST", "/api/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200, answer.text
        return answer.json().get("errors") or answer.json()["data"]

    return send


ALL_TABLES = {
    "storedResults": {"energyMetersRaw": True},
    "writerConfig": {
        "outputWriterConfig": {
            "enhancedMetricsConfig": {"populateEnhancedMetrics": True, "populateDurationCurves": True}
        }
    },
}


@pytest.fixture(scope="session")
def solved_results(tiny_feeder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A day of the feeder `tiny`, solved: its request, its outcome, and the folder of its tables."""
    root = tmp_path_factory.mktemp("solved")
    shutil.copytree(tiny_feeder, root / "feeders" / "tiny")
    day = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}
    config = {"feeders": ["tiny"], "scenarios": ["base"], "years": [2025], "timePeriod": day}
    request = {"forecastConfig": config, "resultProcessorConfig": ALL_TABLES}
    (task,) = plan(WorkPackageInput.model_validate(request))
    place = Place(root)
    return request, run_task(task, place.library, place.results("x")), place.results("x")


@pytest.fixture
def enter_solved(service: Service, tiny_feeder: Path, solved_results: Any) -> Callable[..., Any]:
    """Enter a package of the feeder `tiny` with its results; `tables` are those it is said to have."""

    def enter(package_id: str, *, tables: tuple[str, ...] = (), **changes: object) -> None:
        request, outcome, folder = solved_results
        feeder = service.place.directory / "feeders" / "tiny"
        if not feeder.exists():
            shutil.copytree(tiny_feeder, feeder)
        shutil.copytree(folder, service.place.results(package_id))
        kept = [one for one in outcome["tables"] if not tables or one["table"] in tables]
        task = [("tiny", "base", 2025)]
        service.ledger.add(NewPackage(package_id, package_id, "forecast", {**request, **changes}, task))
        service.ledger.start(TaskKey(package_id, 0))
        service.ledger.succeed(TaskKey(package_id, 0), {**outcome, "tables": kept})
        service.ledger.close_package(package_id)

    return enter


SPAN = (datetime(2025, 1, 15, 3, 30), datetime(2025, 1, 15, 4))


def _column(kind: str, row: int) -> object:
    """Return a value of a type of SQL; what a test does not care about."""
    values = {"VARCHAR": "x", "INTEGER": row, "DOUBLE": row / 2, "BOOLEAN": False}
    return values.get(kind, np.datetime64("2025-01-15T04:00"))


@pytest.fixture
def write_rows() -> Callable[..., dict[str, Any]]:
    """Write some rows of a result table of a feeder; columns that are not given hold anything."""

    def write(folder: Path, name: str, feeder: str, rows: list[dict[str, object]]) -> dict[str, Any]:
        table = table_named(name)
        columns = {
            column.name: np.array(
                [row.get(column.name, _column(column.type, at)) for at, row in enumerate(rows)],
                object if column.type == "VARCHAR" else None,
            )
            for column in table.columns
            if column.name not in ("scenario", "feeder", "year")
        }
        span = TaskSpan("base", feeder, 2025, *SPAN)
        return asdict(write_table(folder, table, task=span, rows=columns))

    return write


@pytest.fixture
def enter_calibration(service: Service, write_rows: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    """Enter a calibration that has ended; `found` are its positions, by feeder and transformer.

    `failed` feeders found none; while some are `waiting`, it has not ended. `doubtful` are transformers.
    """

    def enter(
        run_id: str,
        name: str,
        found: dict[str, dict[str, int]],
        *,
        written: tuple[str, ...] = ("calibrated_taps",),
        failed: tuple[str, ...] = (),
        waiting: tuple[str, ...] = (),
        doubtful: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        times = {"calibrationTimeLocal": "2025-01-15T04:00:00"}
        feeders = [*found, *failed, *waiting]
        request = {"calibrationName": name, "feeders": feeders, **times}
        tasks = [(feeder, "base", 2025) for feeder in feeders]
        ledger = service.ledger
        ledger.add(NewPackage(run_id, name, "calibration", request, tasks, **more))
        for at, (feeder, taps) in enumerate(found.items()):
            folder = service.place.results(run_id)
            rows = [
                {"transformer_id": mrid, "tap_set_pos": tap, "tap_low_limit": 1, "tap_high_limit": 8,
                 "nominal_tap_pos": 4, "step_voltage_increment": 0.025, "winding": 1,
                 "tap_pu": 1.0 - 0.025 * (tap - 4), "tap_found": tap, "doubtful": mrid in doubtful}
                for mrid, tap in taps.items()
            ]  # fmt: skip
            tables = [
                write_rows(folder, table, feeder, rows) for table in (*written, "calibration_transformers")
            ]
            ledger.start(TaskKey(run_id, at))
            ledger.succeed(TaskKey(run_id, at), {"tables": tables, "summary": f"{len(taps)} found"})
        for at in range(len(found), len(found) + len(failed)):
            ledger.start(TaskKey(run_id, at))
            ledger.fail(TaskKey(run_id, at), Failure("feeder", "no voltage data"))
        if not waiting:
            ledger.close_package(run_id)

    return enter
