"""What the door writes down, counts and turns away, over a socket."""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from hcr.service.app import create_app
from hcr.service.door.caller import Scope
from hcr.service.door.token_store import TokenStore
from hcr.service.ledger_entry import NewPackage
from hcr.service.limits import Limits
from hcr.service.resolvers import Service
from hcr.service.serve import Door, Tls

Opened = Callable[..., Any]
CANCEL = 'mutation { cancelWorkPackage(workPackageId: "p1") }'
RUN = 'mutation ($i: WorkPackageInput!) { runWorkPackage(input: $i, workPackageName: "summer") }'
READY = "/internal/health/ready"


# ---- limits


def test_limits_of_a_site(opened: Opened) -> None:
    served = opened(Door(limits=Limits(body_bytes=1000, depth=3, aliases=1, cost=50, page=5)))
    refused = {
        "{ getWorkPackages { workPackages { failures { code } } } }": "more than 3 levels",
        "{ a: getActiveWorkPackages b: getActiveWorkPackages }": "2 aliases, at most 1",
        "{ getWorkPackages(limit: 6) { totalCount } }": "limit must be from 0 to 5",
        "{ getScenarioConfigurations(limit: 6) { totalCount } }": "limit must be from 0 to 5",
        "{ getWorkPackages { workPackages { id } } }": "could hold 102 values, at most 50",
    }
    for query, why in refused.items():
        answer = served.ask(query)
        assert answer.status_code == 200
        assert why in answer.json()["errors"][0]["message"], query
    answer = served.ask("{ getActiveWorkPackages }" + " " * 1000)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (
        413,
        "the request is too large; at most 1000 bytes are read",
    )


def test_who_comes_too_often_is_told_when_to_come_again(opened: Opened, store: TokenStore) -> None:
    served = opened(Door(host="0.0.0.0", limits=Limits(requests_per_minute=4)))
    tokens = [store.create()[0] for _ in range(2)]
    assert [served.ask(token=tokens[0]).status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    answer = served.ask(token=tokens[0])
    assert 1 <= int(answer.headers["retry-after"]) <= 15
    assert answer.json()["errors"][0]["extensions"]["code"] == "rate_limited"
    assert served.ask(token=tokens[1]).status_code == 200, "each token has a bucket of its own"


def test_strangers_share_the_bucket_of_their_address_and_do_not_fill_the_audit(opened: Opened) -> None:
    served = opened(Door(token="t", limits=Limits(requests_per_minute=3)))
    statuses = [served.ask(token=f"guess-{number}").status_code for number in range(10)]
    assert statuses == [401] * 3 + [429] * 7
    assert len(served.events()) == 1
    assert served.get(READY).status_code == 429
    assert served.ask(token="t").status_code == 200, "whoever has a token is not locked out by others"


def test_a_door_on_a_socket_has_a_rate_by_default() -> None:
    assert Door().limits.requests_per_minute == 1200
    assert Limits().requests_per_minute == 0


# ---- requests and faults


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a1b2-c3.d4_e5:f6", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ("a\x1bb", False),
        ('a"b', False),
        ("-a", False),
        ("ümlaut", False),
    ],
)
def test_the_id_of_a_request(opened: Opened, given: str, kept: bool) -> None:
    answer = opened().ask(headers={"x-request-id": given.encode()})
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.headers["x-request-id"]


def test_each_request_has_an_id_of_its_own(opened: Opened) -> None:
    served = opened()
    answers = [served.ask(), served.get("/nothing"), served.get(READY), served.ask("{", token="x")]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 4


def test_a_fault_anywhere_is_an_answer_with_a_reference(
    opened: Opened, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    served = opened(Door(token="t"))
    with service.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tasks")
        connection.exec_driver_sql("DROP TABLE work_packages")
    answers = [served.get("/api/work-packages/p1/results/x", "t"), served.ask(token="t")]
    assert [answer.status_code for answer in answers] == [500, 200]
    for answer in answers:
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {"code": "internal"}
        reference = error["message"].rsplit(" ", 1)[1]
        assert f"reference {reference}: a call failed" in caplog.text
        for secret in ("no such table", "Traceback", "sqlalchemy", "SELECT", "site-packages"):
            assert secret not in answer.text
    assert "no such table" in caplog.text


def test_ready_and_not_ready(opened: Opened, service: Service) -> None:
    served = opened(Door(host="0.0.0.0", token="t"))
    assert (served.get(READY).status_code, served.get(READY).json()) == (200, {"status": "ready"})
    service.ledger.engine.dispose()
    service.place.ledger.write_bytes(b"this is no database" * 100)
    for leftover in ("-wal", "-shm"):
        service.place.ledger.with_name(f"ledger.sqlite{leftover}").unlink(missing_ok=True)
    answer = served.get(READY)
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "reason": "the ledger cannot be used: file is not a database",
    }


def test_half_a_request_is_not_waited_for_without_end(opened: Opened) -> None:
    served = opened(Door(limits=Limits(patience_s=0.2)))
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), timeout=20.0) as half:
        half.sendall(
            b"POST /api/graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\n\r\n{"
        )
        answer = b""
        while piece := half.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"nothing came for 0.2 s" in answer


def test_a_caller_that_goes_away_leaves_no_trace(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    served = opened()
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as connection:
        connection.sendall(
            b"POST /api/graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\n\r\n{"
        )
    assert served.ask().status_code == 200
    assert "Traceback" not in caplog.text


def test_only_http_comes_to_the_door(service: Service) -> None:
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    asyncio.run(create_app(service)({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert told == [{"type": "websocket.close", "code": 1008}]


# ---- audit


def test_each_mutation_is_written_down(
    opened: Opened, store: TokenStore, service: Service, forecast: Callable[..., Any]
) -> None:
    served = opened(Door(host="0.0.0.0", token="0wn-s3cret"))
    token, made = store.create("ci", Scope.WRITE)
    run = served.ask(RUN, token, variables={"i": forecast("north")}, headers={"x-request-id": "r1"})
    package_id = run.json()["data"]["runWorkPackage"]
    served.ask(CANCEL.replace("p1", package_id), "0wn-s3cret")
    served.ask(CANCEL, token)
    served.ask(RUN, token, variables={"i": {"wat": 1}})
    served.ask(f'mutation {{ a: retryWorkPackage(workPackageId: "{package_id}") {{ code }} '
               f'b: deleteWorkPackage(workPackageIds: ["{package_id}"]) }}', token)  # fmt: skip
    served.ask(token=token)
    events = served.events()
    ci = {"kind": "token", "id": made.id, "name": "ci"}
    assert [(one["operation"], one["packages"], one["outcome"]) for one in events] == [
        ("runWorkPackage", [package_id], "ok"),
        ("cancelWorkPackage", [package_id], "ok"),
        ("cancelWorkPackage", ["p1"], "not_found"),
        ("runWorkPackage", [], "invalid"),
        ("retryWorkPackage", [package_id], "ok"),
        ("deleteWorkPackage", [package_id], "ok"),
    ]
    assert events[0] | {"time": ""} == {
        "time": "", "event": "mutation", "operation": "runWorkPackage", "packages": [package_id], "who": ci,
        "from": "127.0.0.1", "request_id": "r1", "outcome": "ok",
    }  # fmt: skip
    assert events[0]["time"].endswith("Z")
    assert events[1]["who"] == {"kind": "token", "id": "own", "name": "service token"}
    text = served.place.audit_log.read_text()
    assert token not in text
    assert made.sha256 not in text
    assert "0wn-s3cret" not in text
    assert served.place.audit_log.stat().st_mode & 0o777 == 0o600


def test_each_refused_caller_is_written_down(opened: Opened, store: TokenStore) -> None:
    served = opened(Door(host="0.0.0.0"))
    token, made = store.create("ci")
    served.ask()
    served.ask(token="hcr_guess")
    served.ask(CANCEL, token)
    store.revoke("ci")
    served.ask(token=token)
    who = {"kind": "token", "id": made.id, "name": "ci"}
    assert [(one["event"], one["who"], one["outcome"]) for one in served.events()] == [
        ("authentication_refused", None, "unauthenticated"),
        ("authentication_refused", None, "unauthenticated"),
        ("mutation", who, "forbidden"),
        ("authentication_refused", who, "revoked"),
    ]
    assert "guess" not in served.place.audit_log.read_text()


def test_events_cannot_forge_others(opened: Opened, store: TokenStore) -> None:
    served = opened(Door(host="0.0.0.0"))
    token, _ = store.create("w", Scope.WRITE)
    evil = 'x"}\n{"event": "mutation", "who": "somebody else"}\n'
    query = "mutation ($id: ID!) { cancelWorkPackage(workPackageId: $id) }"
    served.ask(query, token, variables={"id": evil})
    (event,) = served.events()
    assert event["packages"] == [evil]


def test_an_event_that_cannot_be_written_is_in_the_log(
    opened: Opened, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.place.audit_log.mkdir()
    answer = opened(Door(token="t")).ask(CANCEL, "t")
    assert answer.status_code == 200
    assert "an audit event cannot be written" in caplog.text
    assert '"operation": "cancelWorkPackage"' in caplog.text


# ---- access log


def fields(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [one.fields for one in caplog.records if one.name == "hcr.service.access"]  # type: ignore[attr-defined]


def test_each_request_is_one_line(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hcr.service.access")
    served = opened(Door(token="t"))
    served.ask(token="t")
    served.ask("{ nonsense }", "t")
    served.ask("{", "t")
    served.get("/api/work-packages/p1/results/x", "t")
    served.get(READY)
    served.ask(token="no")
    served.get("/a%0Ab", "t")
    told = [(one["operation"], one["status"], one["outcome"]) for one in fields(caplog)]
    assert told == [
        ("getActiveWorkPackages", 200, "ok"),
        ("graphql", 200, "invalid"),
        ("graphql", 200, "invalid"),
        ("results", 404, "not_found"),
        ("ready", 200, "ok"),
        ("none", 401, "unauthenticated"),
        ("none", 404, "not_found"),
    ]
    assert fields(caplog)[0]["caller"] == {"kind": "token", "id": "own", "name": "service token"}
    assert fields(caplog)[0]["from"] == "127.0.0.1"


# ---- metrics


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_metrics(
    opened: Opened, service: Service, package: Callable[..., NewPackage], store: TokenStore
) -> None:
    service.ledger.add(package("p1"))
    served = opened(Door(token="t"))
    served.ask(token="t")
    served.ask(token="t")
    served.ask(token="no")
    served.ask(CANCEL.replace("p1", "nope"), "t")
    answer = served.get("/metrics", "t")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    assert found['hcr_requests_total{operation="getActiveWorkPackages",outcome="ok"}'] == 2.0
    assert found['hcr_requests_total{operation="none",outcome="unauthenticated"}'] == 1.0
    assert found['hcr_requests_total{operation="cancelWorkPackage",outcome="not_found"}'] == 1.0
    assert found['hcr_request_duration_seconds_count{operation="getActiveWorkPackages"}'] == 2.0
    assert found['hcr_request_duration_seconds_bucket{le="+Inf",operation="getActiveWorkPackages"}'] == 2.0
    assert found['hcr_packages{state="SETUP"}'] == 1.0
    assert found['hcr_packages{state="COMPLETED"}'] == 0.0
    assert found['hcr_tasks{state="PENDING"}'] == 2.0
    assert found["hcr_ledger_up"] == 1.0
    reader, _ = store.create("prometheus")
    assert served.get("/metrics", reader).status_code == 200


def test_metrics_of_two_services_do_not_meet(opened: Opened) -> None:
    first, second = opened(), opened()
    first.ask()
    assert "getActiveWorkPackages" in first.get("/metrics").text
    assert "getActiveWorkPackages" not in second.get("/metrics").text


def test_this_machine_reads_metrics_without_a_token_and_nobody_else(opened: Opened) -> None:
    served = opened(Door(host="0.0.0.0", token="t"))
    assert served.get("/metrics").status_code == 200
    assert served.get("/metrics", "wrong").status_code == 401
    assert served.get("/metrics", **{"x-forwarded-for": "203.0.113.7"}).status_code == 401
    assert served.get("/metrics", host="hcr.example.com").status_code == 401
    assert served.ask().status_code == 401


def test_metrics_say_so_when_the_ledger_cannot_be_read(opened: Opened, service: Service) -> None:
    served = opened()
    with service.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tasks")
    found = samples(served.get("/metrics").text)
    assert found["hcr_ledger_up"] == 0.0
    assert not any(name.startswith("hcr_packages") for name in found)


def test_what_callers_call_their_operations_is_no_label(opened: Opened) -> None:
    served = opened()
    for number in range(5):
        served.ask(f"query q{number} {{ a{number}: getActiveWorkPackages }}", operationName=f"q{number}")
        served.get(f"/nothing/{number}")
        served.ask(f"{{ nonsense{number} }}")
    text = served.get("/metrics").text
    labels = {
        line.split('operation="')[1].split('"')[0] for line in text.splitlines() if "operation=" in line
    }
    assert labels == {"getActiveWorkPackages", "none", "graphql"}


# ---- TLS


@pytest.fixture
def tls(certificates: Any, tmp_path: Path) -> Tls:
    made = certificates.ca.issue_cert("127.0.0.1", "localhost")
    tls = Tls(tmp_path / "cert.pem", tmp_path / "key.pem")
    made.cert_chain_pems[0].write_to_path(tls.certificate)
    made.private_key_pem.write_to_path(tls.key)
    return tls


def test_over_tls(opened: Opened, tls: Tls, certificates: Any) -> None:
    import ssl

    context = ssl.create_default_context()
    certificates.ca.configure_trust(context)
    served = opened(Door(tls=tls, token="t"), verify=context)
    assert served.url.startswith("https://")
    assert served.ask(token="t").status_code == 200
    with pytest.raises(httpx.TransportError):
        httpx.get(served.url.replace("https", "http") + READY, trust_env=False)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(served.url + READY, trust_env=False)


def test_certificates_that_cannot_be_used(tls: Tls, tmp_path: Path) -> None:
    from hcr.errors import UsageError

    tls.check()
    other = trustme.CA().issue_cert("127.0.0.1")
    wrong = tmp_path / "wrong.pem"
    other.private_key_pem.write_to_path(wrong)
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for one in (
        Tls(tls.certificate, wrong),
        Tls(empty, tls.key),
        Tls(tls.certificate, tmp_path / "none.pem"),
    ):
        with pytest.raises(UsageError, match="cannot be used"):
            one.check()


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(tls: Tls) -> None:
    from cryptography.hazmat.primitives import serialization

    from hcr.errors import UsageError

    key = serialization.load_pem_private_key(tls.key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"p4ss")
    form = serialization.PrivateFormat.PKCS8
    tls.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
    with pytest.raises(UsageError, match="cannot be used"):
        tls.check()


def test_many_at_once(opened: Opened, store: TokenStore) -> None:
    served = opened(Door(host="0.0.0.0"))
    token, _ = store.create("w", Scope.WRITE)
    found: list[int] = []

    def call() -> None:
        for _ in range(10):
            found.append(served.ask(CANCEL, token).status_code)

    threads = [threading.Thread(target=call) for _ in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [200] * 50
    assert len(served.events()) == 50
    assert len({json.dumps(one["request_id"]) for one in served.events()}) == 50
