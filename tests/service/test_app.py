"""GraphQL over HTTP, without a socket."""

import asyncio
import gc
import getpass
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_client_schema, get_introspection_query

from hcr.service.app import create_app
from hcr.service.door.doorkeeper import Doorway
from hcr.service.door.gate import Gate
from hcr.service.ledger_entry import Failure, TaskKey
from hcr.service.limits import Limits
from hcr.service.resolvers import Service

Forecast = Callable[..., dict[str, object]]

RUN = """mutation run($input: WorkPackageInput!, $name: String!) {
  runWorkPackage(input: $input, workPackageName: $name)
}"""
SHOW = """query show($id: ID!) { getWorkPackageById(id: $id) {
  id name status createdAt completedAt feeders scenarios years loadType timePeriodStart timePeriodEnd config
  warnings engine activity resultsPath failures { feeder scenario year code message }
  progressDetails { modelTotals { totalModels totalPending totalFailed } }
} }"""
TOKEN = "s3cret-t0ken"


class Caller:
    """Sends requests to an application as a client on the network would."""

    def __init__(self, service: Service, token: str | None = None) -> None:
        self.app = create_app(service, Doorway(Gate(token=token)))

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", headers={"content-type": "application/json"}
            ) as client:
                return await client.request(method, path, **request)

        return asyncio.run(once())

    def graphql(self, query: str, variables: object = None, **request: Any) -> httpx.Response:
        body = {"query": query, "variables": variables}
        return self.send("POST", "/api/graphql", content=json.dumps(body), **request)

    def data(self, query: str, variables: object = None) -> dict[str, Any]:
        answer = self.graphql(query, variables)
        assert answer.status_code == 200
        assert "errors" not in answer.json(), answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def errors(self, query: str, variables: object = None) -> list[dict[str, Any]]:
        answer = self.graphql(query, variables)
        assert answer.status_code == 200
        errors: list[dict[str, Any]] = answer.json()["errors"]
        return errors


@pytest.fixture
def caller(service: Service) -> Caller:
    return Caller(service)


@pytest.fixture
def submitted(caller: Caller, forecast: Forecast) -> str:
    answer = caller.data(RUN, {"input": forecast("north", "south"), "name": "summer"})
    return str(answer["runWorkPackage"])


# ---- work packages


def test_a_package_is_on_the_ledger_when_its_id_is_answered(caller: Caller, submitted: str) -> None:
    assert caller.data("{ getActiveWorkPackages }") == {"getActiveWorkPackages": [submitted]}


def test_a_package_as_it_was_submitted(caller: Caller, submitted: str, forecast: Forecast) -> None:
    found = caller.data(SHOW, {"id": submitted})["getWorkPackageById"]
    assert json.loads(found.pop("config")) == forecast("north", "south")
    created = found.pop("createdAt")
    assert created.endswith("Z")
    assert len(created) == len("2025-01-15T00:00:00.000Z")
    assert found == {
        "id": submitted, "name": "summer", "status": "SETUP", "completedAt": None,
        "feeders": ["north", "south"], "scenarios": ["base"], "years": [2025], "loadType": "TIME_PERIOD",
        "timePeriodStart": "2025-01-15T00:00:00", "timePeriodEnd": "2025-01-16T00:00:00", "warnings": [],
        "engine": "auto", "activity": None, "resultsPath": None, "failures": [],
        "progressDetails": {"modelTotals": {"totalModels": 2, "totalPending": 2, "totalFailed": 0}},
    }  # fmt: skip


BY_ENGINE = """mutation run($input: WorkPackageInput!, $name: String!, $engine: HcrEngine) {
  runWorkPackage(input: $input, workPackageName: $name, engine: $engine)
}"""
ENGINE = "query ($id: ID!) { getWorkPackageById(id: $id) { engine } }"


@pytest.mark.parametrize(("given", "shown"), [("OPENDSS", "opendss"), ("BATCH", "batch"), (None, "auto")])
def test_a_package_shows_the_engine_it_asks_for(
    caller: Caller, forecast: Forecast, given: str | None, shown: str
) -> None:
    variables = {"input": forecast("north"), "name": "x", "engine": given}
    package_id = caller.data(BY_ENGINE, variables)["runWorkPackage"]
    assert caller.data(ENGINE, {"id": package_id}) == {"getWorkPackageById": {"engine": shown}}


def test_a_solved_package_shows_the_engines_that_solved_it(
    caller: Caller, service: Service, submitted: str
) -> None:
    for ordinal, engine in enumerate(("opendss", "batch")):
        service.ledger.start(TaskKey(submitted, ordinal))
        service.ledger.succeed(TaskKey(submitted, ordinal), {"tables": [], "warnings": [], "engine": engine})
    assert caller.data(ENGINE, {"id": submitted}) == {"getWorkPackageById": {"engine": "opendss, batch"}}


def test_an_unknown_engine_is_refused(caller: Caller, forecast: Forecast) -> None:
    (error,) = caller.errors(BY_ENGINE, {"input": forecast("north"), "name": "x", "engine": "EASY"})
    assert "EASY" in error["message"]


def test_failures_and_warnings_of_models_are_shown(caller: Caller, service: Service, submitted: str) -> None:
    first, second = TaskKey(submitted, 0), TaskKey(submitted, 1)
    service.ledger.start(first)
    service.ledger.succeed(first, {"tables": [], "warnings": ["a gap"]})
    service.ledger.start(second)
    service.ledger.fail(second, Failure("feeder", "no load data"))
    found = caller.data(SHOW, {"id": submitted})["getWorkPackageById"]
    assert found["warnings"] == ["a gap"]
    assert found["failures"] == [
        {"feeder": "south", "scenario": "base", "year": 2025, "code": "feeder", "message": "no load data"}
    ]


def test_groupings_name_the_models_of_each_stage(caller: Caller, service: Service, submitted: str) -> None:
    service.ledger.start(TaskKey(submitted, 0))
    query = """query ($id: ID!) { getWorkPackageById(id: $id, withGroupings: true) {
      progressDetails { modelGroupings { pending { feeder } execution { feeder }
        generation { feeder } succeeded { feeder } } } } }"""
    found = caller.data(query, {"id": submitted})["getWorkPackageById"]["progressDetails"]["modelGroupings"]
    assert found == {
        "pending": [{"feeder": "south"}],
        "execution": [{"feeder": "north"}],
        "generation": [],
        "succeeded": [],
    }


def test_an_unknown_package_is_null(caller: Caller) -> None:
    assert caller.data(SHOW, {"id": "nope"}) == {"getWorkPackageById": None}


def test_a_package_is_cancelled_and_only_once(caller: Caller, submitted: str) -> None:
    cancel = "mutation ($id: ID!) { cancelWorkPackage(workPackageId: $id) }"
    assert caller.data(cancel, {"id": submitted}) == {"cancelWorkPackage": submitted}
    (error,) = caller.errors(cancel, {"id": submitted})
    assert error["extensions"]["code"] == "not_found"
    assert "404" in error["message"]


def test_a_page_of_packages(caller: Caller, forecast: Forecast) -> None:
    for name in ("one", "two", "three"):
        caller.data(RUN, {"input": forecast("north"), "name": name})
    query = """query ($offset: Long) { getWorkPackages(limit: 2, offset: $offset, sort: {createdAt: ASC}) {
      totalCount offset allUsers workPackages { name } } }"""
    page = caller.data(query, {"offset": 1})["getWorkPackages"]
    names = [{"name": "two"}, {"name": "three"}]
    assert page == {"totalCount": 3, "offset": 1, "allUsers": [getpass.getuser()], "workPackages": names}


@pytest.mark.parametrize("offset", ["abc", 1.5, True, 2**64, -(2**70), [1]])
def test_an_offset_that_is_no_long_is_refused(caller: Caller, offset: object) -> None:
    query = "query ($offset: Long) { getWorkPackages(offset: $offset) { totalCount } }"
    (error,) = caller.errors(query, {"offset": offset})
    assert "Long cannot represent" in error["message"]


@pytest.mark.parametrize("name", ["id", "name", "searchText"])
def test_a_filter_that_is_too_long_is_refused(caller: Caller, name: str) -> None:
    query = "query ($filter: HcWorkPackagesFilterInput) { getWorkPackages(filter: $filter) { totalCount } }"
    assert caller.data(query, {"filter": {name: "%" * 1000}}) == {"getWorkPackages": {"totalCount": 0}}
    (error,) = caller.errors(query, {"filter": {name: "%" * 60_000}})
    assert error["extensions"] == {"code": "refused", "path": ["filter", name]}


def test_more_names_than_a_statement_takes_are_refused(caller: Caller) -> None:
    query = "query ($filter: HcWorkPackagesFilterInput) { getWorkPackages(filter: $filter) { totalCount } }"
    (error,) = caller.errors(query, {"filter": {"createdBy": ["a"] * 300_000}})
    assert error["extensions"] == {"code": "refused", "path": ["filter", "createdBy"]}
    delete = "mutation ($ids: [String!]!) { deleteWorkPackage(workPackageIds: $ids) }"
    (error,) = caller.errors(delete, {"ids": ["a"] * 300_000})
    assert error["extensions"] == {"code": "refused", "path": ["workPackageIds"]}
    (error,) = caller.errors(delete, {"ids": ["a"] * 1000})
    assert error["extensions"]["code"] == "not_found"


# ---- refusals


def test_each_fault_is_an_error_with_its_path(caller: Caller, service: Service, forecast: Forecast) -> None:
    errors = caller.errors(RUN, {"input": forecast("nort", "south"), "name": " "})
    assert [(error["extensions"]["code"], error["extensions"]["path"]) for error in errors] == [
        ("refused", ["workPackageName"]),
        ("refused", ["input", "forecastConfig", "feeders", 0]),
    ]
    assert "did you mean 'north'?" in errors[1]["message"]
    assert service.ledger.active() == []


@pytest.mark.parametrize(
    ("query", "variables", "part"),
    [
        ("{ getActiveWorkPackages", None, "Syntax Error"),
        ("{ getActiveWorkPackagez }", None, "Cannot query field 'getActiveWorkPackagez'"),
        ("{ getWorkPackageById { id } }", None, "argument 'id' of type 'ID!' is required"),
        (RUN, {"input": {"forecastConfig": 3}, "name": "x"}, "got invalid value 3 at 'input.forecastConfig'"),
        (RUN, {"input": {"wat": 3}, "name": "x"}, "Field 'wat' is not defined by type 'WorkPackageInput'"),
        (RUN, {"name": "x"}, "Variable '$input' of required type"),
        (RUN, [], "Query variables must be a null or an object"),
        ("subscription { a }", None, "Subscription operations"),
        ("query a { getActiveWorkPackages } query b { getActiveWorkPackages }", None, "operation name"),
        ("", None, "must be a string"),
    ],
)
def test_a_query_that_cannot_be_answered_is_an_error_with_status_200(
    caller: Caller, query: str, variables: object, part: str
) -> None:
    errors = caller.errors(query, variables)
    assert any(part in error["message"] for error in errors), errors


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("{ getOpportunities { year } }", "getOpportunities"),
        ('mutation { processInputDatabase(filePath: "x") }', "processInputDatabase"),
    ],
)
def test_what_the_service_does_not_do_is_said_by_name(caller: Caller, query: str, name: str) -> None:
    (error,) = caller.errors(query)
    assert error["message"].startswith(f"{name} is not supported by this service: ")
    assert error["extensions"]["code"] == "unsupported"


def test_the_whole_contract_can_be_introspected(caller: Caller) -> None:
    schema = build_client_schema(caller.data(get_introspection_query()))  # type: ignore[arg-type]
    assert schema.query_type is not None
    assert "getWorkPackages" in schema.query_type.fields
    assert "WorkPackageInput" in schema.type_map


@pytest.mark.parametrize(
    "query",
    [
        "{__schema{types" + "{fields{type" * 12 + "{name}" + "}}" * 12 + "}}",
        "{" + " ".join(f"a{number}: getActiveWorkPackages" for number in range(5000)) + "}",
        "{getWorkPackages{workPackages{" + "id " * 12_000 + "}}}",
        "{a" + "{a" * 7000 + "}" * 7001,
        "query q { ...f } fragment f on Query { ...f }",
        "query ($a: " + "[" * 7000 + "Int" + "]" * 7000 + ") { getActiveWorkPackages }",
    ],
    ids=["introspection", "aliases", "repeats", "depth", "cycle", "type"],
)
def test_a_query_made_to_keep_the_service_busy_is_refused_soon(caller: Caller, query: str) -> None:
    gc.collect()
    gc.freeze()  # else what earlier tests left is swept again and again, and counted here
    try:
        began = time.process_time()
        assert caller.errors(query)
        assert time.process_time() - began < 3.0
    finally:
        gc.unfreeze()


SET_NAME = "mutation ($id: ID!, $name: String) { editWorkPackage(workPackageId: $id, name: $name) }"


@pytest.mark.parametrize("text", ["\ud800", "\udfff\ud800", "a\x00b"], ids=["half", "halves", "NUL"])
@pytest.mark.parametrize("where", ["id", "name", "list", "key"])
def test_text_that_nothing_can_keep_is_refused(
    caller: Caller, submitted: str, forecast: Forecast, text: str, where: str
) -> None:
    asked = {
        "id": (SHOW, {"id": text}),
        "name": (SET_NAME, {"id": submitted, "name": text}),
        "list": (RUN, {"input": forecast("north", text), "name": "x"}),
        "key": (RUN, {"input": {**forecast("north"), text: 1}, "name": "x"}),
    }
    (error,) = caller.errors(*asked[where])
    assert error["extensions"]["code"] == "refused"
    assert "half a surrogate pair" in error["message"]


def test_a_whole_surrogate_pair_is_a_character(caller: Caller, submitted: str) -> None:
    body = json.dumps(
        {"query": SET_NAME, "variables": {"id": submitted, "name": "\N{SNOWMAN}\N{PILE OF POO}"}}
    )
    assert "\\ud83d\\udca9" in body
    assert caller.send("POST", "/api/graphql", content=body).json() == {"data": {"editWorkPackage": True}}
    assert caller.data(SHOW, {"id": submitted})["getWorkPackageById"]["name"] == "\N{SNOWMAN}\N{PILE OF POO}"


@pytest.mark.parametrize(
    "literal", ['"\\u0000"', '"a\\u{0}b"', '"\x00"', '"""\x00"""', "9" * 5000, "-" + "9" * 101]
)
def test_a_literal_that_nothing_can_keep_or_count_is_refused(caller: Caller, literal: str) -> None:
    for query in (
        "{ getWorkPackageById(id: LITERAL) { id } }",
        "{ getWorkPackages(limit: LITERAL) { totalCount } }",
        "query ($limit: Int = LITERAL) { getWorkPackages(limit: $limit) { totalCount } }",
    ):
        (error,) = caller.errors(query.replace("LITERAL", literal))
        assert error["extensions"]["code"] == "refused", error["message"]


@pytest.mark.parametrize("name", [None, "nowhere"])
def test_fragments_in_a_long_row_are_too_deep(caller: Caller, name: str | None) -> None:
    links = " ".join(f"fragment f{at} on Query {{ ...f{at + 1} }}" for at in range(1700))
    query = f"query q {{ ...f0 }} {links} fragment f1700 on Query {{ getActiveWorkPackages }}"
    body = {"query": query, "operationName": name}
    answer = caller.send("POST", "/api/graphql", content=json.dumps(body))
    assert answer.status_code == 200
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["too_large"]


# ---- bodies


@pytest.mark.parametrize("size", ["²".encode("latin-1"), b"9" * 5000, b"-1", b"1_0"], ids=repr)
def test_a_size_that_is_no_number_is_refused(caller: Caller, size: bytes) -> None:
    answer = caller.send("POST", "/api/graphql", content=b"{}", headers={b"content-length": size})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b"3", b'{"query": 3}', b'{"variables": {}}', b"[" * 100_000, b'"' * 3],
)
def test_a_body_that_is_no_request_gets_status_400(caller: Caller, body: bytes) -> None:
    answer = caller.send("POST", "/api/graphql", content=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "bad_request"


def test_a_body_that_is_too_large_is_not_read(caller: Caller) -> None:
    answer = caller.send("POST", "/api/graphql", content=b"x" * (Limits().body_bytes + 1))
    assert answer.status_code == 413


def test_a_body_that_hides_its_size_is_cut_off(caller: Caller) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * (1024 * 1024)

    answer = caller.send("POST", "/api/graphql", content=pieces())
    assert answer.status_code == 413
    assert sent < 100


@pytest.mark.parametrize("size", ["-1", "many", "99999999999999999999"])
def test_a_size_that_cannot_be_is_refused(caller: Caller, size: str) -> None:
    answer = caller.send("POST", "/api/graphql", content=b"{}", headers={"content-length": size})
    assert answer.status_code == 413


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("PUT", 405)])
def test_graphql_is_posted(caller: Caller, method: str, status: int) -> None:
    assert caller.send(method, "/api/graphql").status_code == status


# ---- who may call


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN} x"],
)
@pytest.mark.parametrize("path", ["/api/graphql", "/api/work-packages/x/results/manifest.json"])
def test_without_the_token_nothing_is_answered(
    service: Service, authorization: str | None, path: str
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    method = "POST" if path == "/api/graphql" else "GET"
    answer = Caller(service, TOKEN).send(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "unauthenticated"
    assert TOKEN not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_opens_the_door(service: Service, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {TOKEN}"}
    answer = Caller(service, TOKEN).graphql("{ getActiveWorkPackages }", headers=headers)
    assert answer.json() == {"data": {"getActiveWorkPackages": []}}


def test_anybody_may_ask_whether_the_service_is_ready(service: Service) -> None:
    answer = Caller(service, TOKEN).send("GET", "/internal/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


# ---- results


@pytest.fixture
def results(service: Service, submitted: str) -> Path:
    folder = service.place.results(submitted)
    (folder / "zone_summary").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "zone_summary" / "a b%.parquet").write_bytes(b"PAR1")
    return folder


def at(package_id: str, path: str) -> str:
    return f"/api/work-packages/{package_id}/results/{path}"


def test_files_of_a_package_are_handed_out(caller: Caller, submitted: str, results: Path) -> None:
    assert caller.send("GET", at(submitted, "manifest.json")).content == b"{}"
    assert caller.send("GET", at(submitted, "zone_summary/a%20b%25.parquet")).content == b"PAR1"


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2fledger.sqlite",
        "../../ledger.sqlite",
        "%2e%2e/%2e%2e/ledger.sqlite",
        "zone_summary/%2e%2e/%2e%2e/%2e%2e/ledger.sqlite",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "link-to-file",
        "link-to-folder/ledger.sqlite",
        "link-to-nowhere",
        "zone_summary",
        "",
        ".",
        "missing.parquet",
        "manifest.json%00",
        "manifest.json/x",
        "x" * 5000,
    ],
)
def test_nothing_else_is_handed_out(
    caller: Caller, service: Service, submitted: str, results: Path, path: str
) -> None:
    (results / "link-to-file").symlink_to(service.place.ledger)
    (results / "link-to-folder").symlink_to(service.place.home)
    (results / "link-to-nowhere").symlink_to(results / "nowhere")
    answer = caller.send("GET", at(submitted, path))
    assert answer.status_code == 404
    assert b"SQLite" not in answer.content
    assert str(service.place.home) not in answer.text


def test_a_folder_without_a_package_is_not_handed_out(caller: Caller, service: Service) -> None:
    folder = service.place.results("stray")
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    assert caller.send("GET", at("stray", "manifest.json")).status_code == 404
    assert caller.send("GET", at("..", "manifest.json")).status_code == 404


# ---- faults of the service


def test_a_fault_of_the_service_is_logged_and_tells_callers_nothing(
    caller: Caller, service: Service, submitted: str, caplog: pytest.LogCaptureFixture
) -> None:
    with service.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE work_packages SET request = 'broken'")
    with caplog.at_level(logging.ERROR, "hcr.service"):
        (error,) = caller.errors(SHOW, {"id": submitted})
    said, reference = error["message"].rsplit(" ", 1)
    assert said == "the service failed to answer; its log has the reason under reference"
    assert f"reference {reference}: a call failed" in caplog.text
    assert error["extensions"] == {"code": "internal"}
    assert "JSONDecodeError" in caplog.text
    assert "Traceback" in caplog.text


def test_a_refusal_is_not_logged(
    caller: Caller, forecast: Forecast, caplog: pytest.LogCaptureFixture
) -> None:
    caller.errors(RUN, {"input": forecast("nowhere"), "name": "x"})
    caller.errors("{ nonsense }")
    assert [record for record in caplog.records if record.name.startswith(("hcr", "ariadne"))] == []


def test_a_page_in_a_browser_cannot_speak_to_it(caller: Caller):
    """A web page may post text anywhere, and point a name of its own at this machine."""
    for headers, status in (
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/json", "host": "evil.example.com"}, 403),
    ):
        answer = caller.graphql("{ getActiveWorkPackages }", headers=headers)
        assert answer.status_code == status
