import pytest

from hcr.client.status_fault import Reply, not_graphql, status_fault
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
