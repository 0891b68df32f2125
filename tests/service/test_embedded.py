"""The service in this process."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hcr.service.embedded import EmbeddedTransport
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place

JSON = {"content-type": "application/json"}


@pytest.fixture
def client(place: Place) -> Iterator[httpx.Client]:
    transport = EmbeddedTransport(place.directory)
    with httpx.Client(transport=transport, base_url="http://localhost") as opened:
        yield opened


def ask(client: httpx.Client, query: str) -> dict[str, object]:
    answer: dict[str, object] = client.post("/api/graphql", json={"query": query}).json()
    return answer


def test_it_answers_as_over_a_socket(client: httpx.Client) -> None:
    assert ask(client, "{ getActiveWorkPackages }") == {"data": {"getActiveWorkPackages": []}}
    assert client.get("/internal/health/ready").json() == {"status": "ready"}
    assert client.post("/api/graphql", content=b"{", headers=JSON).status_code == 400


def test_it_sees_what_other_processes_wrote(
    client: httpx.Client, ledger: Ledger, package: Callable[..., NewPackage]
) -> None:
    ledger.add(package("p1"))
    ledger.runner_lease.take("somebody", 60)
    assert ask(client, "{ getActiveWorkPackages }") == {"data": {"getActiveWorkPackages": ["p1"]}}


def test_results_come_whole(
    client: httpx.Client, place: Place, ledger: Ledger, package: Callable[..., NewPackage]
) -> None:
    ledger.add(package("p1"))
    place.results("p1").mkdir(parents=True)
    content = bytes(range(256)) * 4096
    (place.results("p1") / "table.parquet").write_bytes(content)
    assert client.get("/api/work-packages/p1/results/table.parquet").content == content


def test_the_trace_of_a_fault_goes_to_a_file_and_not_to_the_terminal(
    client: httpx.Client, place: Place, ledger: Ledger, capfd: pytest.CaptureFixture[str]
) -> None:
    ledger.runner_lease.take("somebody", 60)
    ledger.add(NewPackage("p1", "broken", "forecast", {}, [("north", "base", 2025)]))
    answer = ask(client, '{ getWorkPackageById(id: "p1") { id } }')
    assert "the service failed to answer" in json.dumps(answer)
    assert "KeyError" in place.service_log.read_text()
    assert capfd.readouterr() == ("", "")


def test_a_service_without_faults_writes_no_log(client: httpx.Client, place: Place) -> None:
    ask(client, "{ nonsense }")
    assert not place.service_log.exists()


def test_a_fault_below_graphql_is_an_answer_too(client: httpx.Client, place: Place) -> None:
    with Ledger(place.ledger).engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tasks")
        connection.exec_driver_sql("DROP TABLE work_packages")
    answer = client.get("/api/work-packages/p1/results/manifest.json")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (500, "internal")
    assert error["message"].rsplit(" ", 1)[1] in place.service_log.read_text()
    assert "no such table" not in answer.text
    unready = client.get("/internal/health/ready")
    assert unready.status_code == 503
    assert unready.json()["reason"] == "the ledger cannot be used: no such table: work_packages"


def test_the_ledger_is_made_in_the_directory(tmp_path: Path) -> None:
    EmbeddedTransport(tmp_path).close()
    assert (tmp_path / ".hcr" / "ledger.sqlite").is_file()
