"""Who comes in with which token, over a socket."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hcr.service.clock import zoned_now
from hcr.service.door.caller import Scope
from hcr.service.door.token_store import TokenStore
from hcr.service.ledger_entry import NewPackage
from hcr.service.resolvers import Service
from hcr.service.serve import Door

Opened = Callable[..., Any]
CANCEL = 'mutation { cancelWorkPackage(workPackageId: "p1") }'
OUTSIDE = Door(host="0.0.0.0")


def test_on_loopback_nobody_needs_a_token_until_one_was_made(opened: Opened, store: TokenStore) -> None:
    served = opened()
    assert served.ask().json() == {"data": {"getActiveWorkPackages": []}}
    token, _ = store.create("first")
    assert served.ask().status_code == 401
    assert served.ask(token=token).status_code == 200
    store.revoke("first")
    assert served.ask().status_code == 401, "a gate that was shut does not open by itself"


def test_at_any_other_address_everybody_needs_one(opened: Opened, store: TokenStore) -> None:
    served = opened(OUTSIDE)
    answer = served.ask()
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="hcr"'
    assert answer.json()["errors"][0]["extensions"]["code"] == "unauthenticated"
    token, _ = store.create()
    assert served.ask(token=token, headers={"host": "hcr.example.com"}).status_code == 200


def test_a_reader_may_not_change_anything(
    opened: Opened, store: TokenStore, service: Service, package: Callable[..., NewPackage]
) -> None:
    service.ledger.add(package("p1"))
    served = opened(OUTSIDE)
    reader, writer = store.create("r")[0], store.create("w", Scope.WRITE)[0]
    assert served.ask(token=reader).json() == {"data": {"getActiveWorkPackages": ["p1"]}}
    for query, name in (
        (CANCEL, None),
        (f"query a {{ getActiveWorkPackages }} {CANCEL.replace('mutation', 'mutation b')}", "b"),
        (f"query a {{ getActiveWorkPackages }} {CANCEL.replace('mutation', 'mutation b')}", None),
        (f"query a {{ getActiveWorkPackages }} {CANCEL.replace('mutation', 'mutation b')}", "c"),
    ):
        answer = served.ask(query, reader, operationName=name)
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["extensions"]["code"] == "forbidden"
        assert "may only read" in answer.text
    assert service.ledger.active() == ["p1"]
    assert served.ask(CANCEL, writer).json() == {"data": {"cancelWorkPackage": "p1"}}
    assert service.ledger.active() == []


def test_revoked_and_expired_tokens_open_nothing_from_the_next_call_on(
    opened: Opened, store: TokenStore
) -> None:
    served = opened(OUTSIDE)
    token, made = store.create("ci")
    assert served.ask(token=token).status_code == 200
    store.revoke("ci")
    answer = served.ask(token=token)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (401, "the token was revoked")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    past = TokenStore(store.path, lambda: zoned_now() - timedelta(days=2))
    old, _ = past.create("old", lifetime=timedelta(days=1))
    assert served.ask(token=old).json()["errors"][0]["message"] == "the token has expired"
    assert token not in answer.text
    assert made.sha256 not in answer.text


def test_the_one_token_of_the_service_still_writes(opened: Opened, store: TokenStore) -> None:
    served = opened(Door(host="0.0.0.0", token="s3cret.t0.ken"))
    token, _ = store.create()
    for good in ("s3cret.t0.ken", token):
        assert served.ask(token=good).status_code == 200
    assert served.ask(CANCEL, "s3cret.t0.ken").json()["errors"][0]["extensions"]["code"] == "not_found"
    for wrong in ("s3cret", "a.b.c", "hcr_", "ü", "x" * 20_000):
        headers = {"authorization": b"Bearer " + wrong.encode()}
        assert served.ask(headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/api/work-packages/x/results/m.json", "/metrics", "/nothing", "/"])
def test_no_route_is_reached_past_the_door(opened: Opened, path: str) -> None:
    served = opened(Door(token="t"))
    assert served.get(path, **{"x-forwarded-for": "203.0.113.7"}).status_code == 401


def test_a_damaged_file_of_tokens_opens_nothing(
    opened: Opened, store: TokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    token, _ = store.create()
    served = opened()
    store.path.write_text("{")
    for answer in (served.ask(token=token), served.ask()):
        assert answer.status_code == 500
        reference = answer.json()["errors"][0]["message"].rsplit(" ", 1)[1]
        assert reference in caplog.text
        assert "tokens.json" not in answer.text


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_an_open_door_is_not_open_through_a_proxy(opened: Opened, header: str) -> None:
    answer = opened().ask(headers={header: "203.0.113.7"})
    assert answer.status_code == 403
    assert "proxy" in answer.json()["errors"][0]["message"]


def test_an_open_door_is_not_open_to_a_page_in_a_browser(opened: Opened) -> None:
    for host in ("evil.example.com", "evil.example.com:80", "127.0.0.1.example.com", "user@evil.example.com"):
        for path in ("/api/graphql", "/metrics", "/api/work-packages/x/results/y"):
            assert opened().get(path, host=host).status_code == 403
