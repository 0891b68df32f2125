import json

import pytest

from hcr.client.status_fault import Reply, Shown, not_graphql, status_fault
from hcr.errors import AuthError, HcrError, NotFoundError, ServerError

URL = "https://eas.example.com/api/graphql"


def reply(status: int, text: str = "", location: str = "") -> Reply:
    return Reply(URL, status, text, "r-1", location)


@pytest.mark.parametrize(
    ("status", "kind", "remedy"),
    [
        (401, AuthError, "auth login"),
        (403, AuthError, "permission"),
        (404, NotFoundError, "`host` and `port`"),
        (429, ServerError, "later"),
        (503, ServerError, "later"),
        (500, ServerError, "proxy"),
        (418, ServerError, "proxy"),
        (799, ServerError, "proxy"),
    ],
)
def test_status_decides_the_kind(status: int, kind: type[HcrError], remedy: str):
    fault = status_fault(reply(status))
    assert type(fault) is kind
    assert remedy in fault.remedy
    assert URL in fault.what
    assert f"HTTP {status}" in fault.why
    assert "request r-1" in fault.why


def refusal(status: int, message: str, shown: Shown) -> HcrError:
    body = json.dumps({"errors": [{"message": message, "extensions": {"code": "any"}}]})
    return status_fault(Reply(URL, status, body, "r-1", shown=shown))


def test_the_message_of_a_graphql_body_is_told_whole():
    said = "the token may only read; this operation needs one with the scope write " + 10 * "and more "
    why = refusal(403, said, "token").why
    assert why == f"HTTP 403 Forbidden, {said.strip()}, request r-1"


@pytest.mark.parametrize(
    ("shown", "what", "remedy"),
    [
        ("nothing", "wants a token, and none was sent", "token create"),
        ("token", "does not accept the token", "token create"),
        ("login", "does not accept the token", "Log in again"),
    ],
)
def test_who_was_not_known_depends_on_what_was_shown(shown: Shown, what: str, remedy: str):
    fault = refusal(401, "this service needs a token", shown)
    assert fault.what.endswith(what)
    assert remedy in fault.remedy
    assert "this service needs a token" in fault.why


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("this operation needs one with the scope write", "--scope write"),
        ("not from a web page", "permission"),
    ],
)
def test_a_scope_that_is_lacking_has_its_own_remedy(message: str, remedy: str):
    assert remedy in refusal(403, message, "token").remedy


@pytest.mark.parametrize("body", ["[]", '{"errors": 7}', '{"errors": []}', "[" * 100_000])
def test_what_only_looks_like_an_answer_is_quoted(body: str):
    assert body[:2] in status_fault(reply(403, body)).why


def test_redirect_shows_where_to():
    fault = status_fault(reply(308, location="https://new.example.com/api/graphql"))
    assert fault.why == "HTTP 308 to https://new.example.com/api/graphql"
    assert "auth_config.json" in fault.remedy


def test_the_body_is_quoted_briefly_on_one_line():
    why = status_fault(reply(500, "<html>\n  <h1>Oops</h1>" + "x" * 500)).why
    assert why.startswith("HTTP 500 Internal Server Error, <html> <h1>Oops</h1>xxx")
    assert why.endswith("…, request r-1")
    assert len(why) < 200


def test_success_that_is_no_answer():
    fault = not_graphql(reply(200, "<html>log in</html>"))
    assert "did not answer like a hosting-capacity service" in fault.what
    assert "log in" in fault.why
