"""The same commands against a service on a socket."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from zepben.eas import (
    EasClient,
    ForecastConfigInput,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    HcWorkPackageFields,
    HcWorkPackagePageFields,
    Mutation,
    Query,
    TimePeriodInput,
    WorkPackageInput,
    WorkPackageModelTotalsFields,
    WorkPackageProgressDetailsFields,
)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def run_to_its_end(desk: Any, out: Path) -> dict[str, str]:
    outcome = desk.hcr("work-package", "run", "forecast", "demo", "--watch")
    assert outcome.code == 0, outcome.stderr
    assert "1 of 1 models done" in outcome.stderr
    fetched = desk.hcr("work-package", "results", outcome.stdout.strip(), "--out", str(out))
    assert fetched.code == 0, fetched.stderr
    return digests(out)


def test_a_remote_forecast_gives_the_same_bytes_as_one_here(
    server: Any, new_desk: Callable[..., Any], tmp_path: Path
) -> None:
    remote = new_desk("remote", feeders=False)
    remote.connect_to(server.port, server.token)
    here = new_desk("here")
    far = run_to_its_end(remote, tmp_path / "far")
    assert len(far) >= 3
    assert far == run_to_its_end(here, tmp_path / "near")
    assert not (remote.directory / ".hcr" / "ledger.sqlite").exists()


def test_who_we_are_and_what_is_there(server: Any, new_desk: Callable[..., Any]) -> None:
    remote = new_desk("remote", feeders=False)
    remote.connect_to(server.port, "wrong-t0ken")
    refused = remote.hcr("work-package", "list")
    assert refused.code == 4
    assert "access_token" in refused.stderr
    assert "wrong-t0ken" not in refused.stderr
    remote.connect_to(server.port)
    assert remote.hcr("work-package", "list").code == 4
    remote.connect_to(server.port, server.token)
    assert remote.hcr("work-package", "show", "nope").code == 6
    feeder = remote.hcr("work-package", "run", "forecast", "demo", "--set", "forecastConfig.feeders=[mapel]")
    assert feeder.code == 2
    assert "did you mean 'maple'?" in feeder.stderr


def test_the_service_says_where_it_is_and_ends_on_request(server: Any) -> None:
    server.process.terminate()
    outcome = server.desk.finish(server.process)
    assert f"http://127.0.0.1:{server.port}/api/graphql" in outcome.stderr
    assert server.token not in outcome.stderr


def test_tokens_of_the_directory_open_and_close_a_running_service(
    server: Any, new_desk: Callable[..., Any]
) -> None:
    def made(name: str, scope: str) -> str:
        outcome = server.desk.hcr("token", "create", "--name", name, "--scope", scope, "--expires", "1d")
        assert outcome.code == 0, outcome.stderr
        return str(outcome.stdout.strip())

    reader, writer = made("reader", "read"), made("writer", "write")
    remote = new_desk("remote", feeders=False)
    remote.connect_to(server.port, reader)
    assert remote.hcr("work-package", "list").code == 0
    refused = remote.hcr("work-package", "run", "forecast", "demo")
    assert refused.code == 4
    assert "may only read" in refused.stderr
    remote.connect_to(server.port, writer)
    package_id = remote.submit()
    assert server.desk.hcr("token", "revoke", "writer").code == 0
    for _ in range(2):
        late = remote.hcr("work-package", "cancel", package_id, "--yes")
    assert late.code == 4
    assert "the token was revoked" in late.stderr
    server.process.terminate()
    log = server.desk.finish(server.process).stderr
    audit = (server.desk.directory / ".hcr" / "audit.log").read_text()
    for line in (f"package={package_id}", "runWorkPackage ok", "401"):
        assert line in log
    events = [json.loads(line) for line in audit.splitlines()]
    assert [one["who"]["name"] for one in events if one.get("packages") == [package_id]] == ["writer"]
    assert events[-1]["event"] == "authentication_refused_again", (
        "the end of the service tells what was counted"
    )
    for secret in (reader, writer, server.token):
        assert secret not in log + audit


# ---- HTTP itself


@pytest.fixture
def http(server: Any) -> Any:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
        client.headers["authorization"] = f"Bearer {server.token}"
        yield client


def test_faults_of_a_request_over_a_socket(http: httpx.Client, server: Any) -> None:
    def post(content: Any, **headers: str) -> httpx.Response:
        return http.post(
            "/api/graphql", content=content, headers={"content-type": "application/json"} | headers
        )

    answers = [
        (post(b'{"query": "{ nonsense }"}'), 200),
        (post(b'{"query": "{ getActiveWorkPackages"}'), 200),
        (post(b"{"), 400),
        (post(b" " * (9 * 1024 * 1024)), 413),
        (post(iter([b" " * 1024 * 1024] * 12)), 413),
        (post(b"{}", authorization="Bearer no"), 401),
        (http.get("/api/work-packages/x/results/..%2f..%2fledger.sqlite"), 404),
        (http.get("/internal/health/ready", headers={"authorization": ""}), 200),
        (http.get("/nothing"), 404),
    ]
    assert [answer.status_code for answer, _ in answers] == [status for _, status in answers]
    for answer, _ in answers:
        assert "Traceback" not in answer.text
        assert str(server.desk.directory) not in answer.text
        assert "site-packages" not in answer.text
    assert post(b'{"query": "{ getActiveWorkPackages }"}').json() == {"data": {"getActiveWorkPackages": []}}


# ---- the public client library

DAY = TimePeriodInput(startTime="2025-01-15T00:00:00", endTime="2025-01-16T00:00:00")


def request(*feeders: str) -> WorkPackageInput:
    config = ForecastConfigInput(feeders=list(feeders), scenarios=["base"], years=[2025], timePeriod=DAY)
    return WorkPackageInput(forecastConfig=config)


def by_id(package_id: str) -> Any:
    return Query.get_work_package_by_id(package_id).fields(
        HcWorkPackageFields.id,
        HcWorkPackageFields.name,
        HcWorkPackageFields.status,
        HcWorkPackageFields.created_at,
        HcWorkPackageFields.progress_details().fields(
            WorkPackageProgressDetailsFields.model_totals().fields(WorkPackageModelTotalsFields.total_models)
        ),
    )


def first_page() -> Any:
    return Query.get_work_packages(limit=10, offset=0).fields(
        HcWorkPackagePageFields.total_count,
        HcWorkPackagePageFields.work_packages().fields(HcWorkPackageFields.id),
    )


def test_the_public_client_drives_the_service(server: Any) -> None:
    client = EasClient(host="127.0.0.1", port=server.port, protocol="http", access_token=server.token)
    try:
        answer = client.mutation(Mutation.run_work_package(request("maple"), "from python"))
        package_id = answer["data"]["runWorkPackage"]
        active = client.query(Query.get_active_work_packages())["data"]["getActiveWorkPackages"]
        assert active == [package_id]
        found = client.query(by_id(package_id))["data"]["getWorkPackageById"]
        assert (found["id"], found["name"]) == (package_id, "from python")
        assert found["createdAt"].endswith("Z")
        assert found["progressDetails"]["modelTotals"]["totalModels"] == 1
        page = client.query(first_page())["data"]["getWorkPackages"]
        assert page == {"totalCount": 1, "workPackages": [{"id": package_id}]}
        cancelled = client.mutation(Mutation.cancel_work_package(package_id))
        assert cancelled["data"] == {"cancelWorkPackage": package_id}
        with pytest.raises(GraphQLClientGraphQLMultiError, match="is not in the library"):
            client.mutation(Mutation.run_work_package(request("oak"), "x"))
    finally:
        client.close()


def test_the_public_client_drives_the_service_asynchronously(server: Any) -> None:
    async def drive() -> None:
        address = {"host": "127.0.0.1", "port": server.port, "protocol": "http"}
        client = EasClient(**address, access_token=server.token, asynchronous=True)
        try:
            answer = await client.mutation(Mutation.run_work_package(request("maple"), "from asyncio"))
            package_id = answer["data"]["runWorkPackage"]
            active, found, page = await asyncio.gather(
                client.query(Query.get_active_work_packages()),
                client.query(by_id(package_id)),
                client.query(first_page()),
            )
            assert active["data"]["getActiveWorkPackages"] == [package_id]
            assert found["data"]["getWorkPackageById"]["name"] == "from asyncio"
            assert page["data"]["getWorkPackages"]["totalCount"] == 1
            await client.mutation(Mutation.cancel_work_package(package_id))
        finally:
            await client.close()
        stranger = EasClient(**address, access_token="no", asynchronous=True)
        try:
            with pytest.raises(GraphQLClientHttpError, match="401"):
                await stranger.query(Query.get_active_work_packages())
        finally:
            await stranger.close()

    asyncio.run(drive())
