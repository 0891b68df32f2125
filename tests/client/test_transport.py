import json
import socket
import time

import httpx
import pytest

from hcr.client.endpoint import Endpoint
from hcr.client.operations import CANCEL_WORK_PACKAGE, CURRENT_USER, GET_ACTIVE_WORK_PACKAGES
from hcr.client.tokens import StaticToken
from hcr.client.transport import Transport, TransportOptions
from hcr.errors import AuthError, ConfigError, NetworkError, NotFoundError, RefusedError, ServerError


class Renewing:
    """Credentials whose tokens are handed out one after the other."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.renewals = 0

    def token(self) -> str:
        return self.tokens[0]

    def renew(self) -> str | None:
        self.renewals += 1
        self.tokens.pop(0)
        return self.tokens[0] if self.tokens else None


def ids() -> object:
    numbers = iter(range(1, 100))
    return lambda: f"id-{next(numbers)}"


# ---- what is sent


def test_query_as_the_service_wants_it(service, open_transport):
    service.data = {"getActiveWorkPackages": ["1", "2"]}
    transport = open_transport(service, StaticToken("tok"), new_id=ids())
    assert transport.execute(GET_ACTIVE_WORK_PACKAGES, {}) == ["1", "2"]
    (request,) = service.requests
    assert (request.method, request.path) == ("POST", "/api/graphql")
    assert request.body == {
        "query": GET_ACTIVE_WORK_PACKAGES.document,
        "operationName": "getActiveWorkPackages",
        "variables": {},
    }
    assert request.headers["authorization"] == "Bearer tok"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-request-id"] == "id-1"
    assert "idempotency-key" not in request.headers


def test_no_token_no_header(service, open_transport):
    service.data = {"getActiveWorkPackages": []}
    open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "authorization" not in service.requests[0].headers


def test_every_mutation_has_its_own_idempotency_key(service, open_transport):
    service.data = {"cancelWorkPackage": "7"}
    transport = open_transport(service)
    for _ in range(2):
        assert transport.execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"}) == "7"
    keys = {request.headers["idempotency-key"] for request in service.requests}
    assert len(keys) == 2


# ---- who we are


def test_refused_token_is_renewed_once_also_for_a_mutation(service, open_transport):
    service.accepted_tokens = {"new"}
    service.data = {"cancelWorkPackage": "7"}
    auth = Renewing("old", "new")
    assert open_transport(service, auth).execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"}) == "7"
    assert auth.renewals == 1
    first, second = service.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_second_refusal_is_an_error_that_names_the_login_command(service, open_transport):
    service.accepted_tokens = set()
    auth = Renewing("old", "new", "newer")
    with pytest.raises(AuthError) as caught:
        open_transport(service, auth).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "auth login" in caught.value.remedy
    assert caught.value.exit_code == 4
    assert auth.renewals == 1
    assert len(service.requests) == 2


def test_personal_token_is_not_tried_twice(service, open_transport):
    service.accepted_tokens = set()
    with pytest.raises(AuthError):
        open_transport(service, StaticToken("old")).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("auth", "what", "remedy"),
    [
        (StaticToken(), "wants a token, and none was sent", "access_token"),
        (StaticToken("old"), "does not accept the token", "access_token"),
        (Renewing("old", "older"), "does not accept the token", "Log in again"),
    ],
)
def test_a_refusal_says_what_the_service_saw(service, open_transport, auth, what: str, remedy: str):
    service.accepted_tokens = set()
    with pytest.raises(AuthError, match=what) as caught:
        open_transport(service, auth).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "who are you" in caught.value.why
    assert "{" not in caught.value.why
    assert remedy in caught.value.remedy


def test_forbidden_is_not_a_matter_of_renewal(service, open_transport, scripted):
    service.script.append(scripted(403, b'{"errors": [{"message": "not yours"}]}'))
    auth = Renewing("old", "new")
    with pytest.raises(AuthError, match="does not allow this") as caught:
        open_transport(service, auth).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "not yours" in caught.value.why
    assert auth.renewals == 0


def test_token_is_not_sent_in_clear_to_another_machine():
    seen: list[httpx.Request] = []

    def spy(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {"getActiveWorkPackages": []}})

    endpoint = Endpoint("http", "eas.example.com", 7654)
    with (
        Transport(endpoint, StaticToken("tok"), http=httpx.MockTransport(spy)) as transport,
        pytest.raises(AuthError, match="was not sent"),
    ):
        transport.execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert seen == []
    with Transport(endpoint, StaticToken(), http=httpx.MockTransport(spy)) as transport:
        assert transport.execute(GET_ACTIVE_WORK_PACKAGES, {}) == []
    insecure = Endpoint("http", "eas.example.com", 7654, insecure=True)
    with Transport(insecure, StaticToken("tok"), http=httpx.MockTransport(spy)) as transport:
        transport.execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert seen[-1].headers["authorization"] == "Bearer tok"


# ---- trying again


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_service_is_asked_again_with_growing_patience(service, open_transport, waits, scripted, status):
    service.script.extend([scripted(status), scripted(status)])
    service.data = {"getActiveWorkPackages": ["1"]}
    assert open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {}) == ["1"]
    assert waits.slept == [0.5, 1.0]


def test_retry_after_is_honoured(service, open_transport, waits, scripted):
    service.script.append(scripted(503, headers={"Retry-After": "17"}))
    service.data = {"getActiveWorkPackages": []}
    open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert waits.slept == [17.0]


def test_service_that_stays_busy_is_given_up(service, open_transport, waits, scripted):
    service.script.extend([scripted(503, b"maintenance")] * 4)
    with pytest.raises(ServerError, match="busy or down") as caught:
        open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "maintenance" in caught.value.why
    assert len(service.requests) == 4
    assert len(waits.slept) == 3


def test_other_failures_are_not_repeated(service, open_transport, scripted):
    service.script.append(scripted(500, b"boom"))
    with pytest.raises(ServerError, match="answered with an error"):
        open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert len(service.requests) == 1


def test_query_without_answer_is_asked_again(service, open_transport, scripted):
    service.script.append(scripted(drop=True))
    service.data = {"getActiveWorkPackages": ["1"]}
    assert open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {}) == ["1"]
    assert len(service.requests) == 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_mutation_is_not_repeated_when_the_service_is_busy(service, open_transport, scripted, status):
    service.script.append(scripted(status, headers={"Retry-After": "1"}))
    with pytest.raises(ServerError):
        open_transport(service).execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"})
    assert len(service.requests) == 1


def test_mutation_is_not_repeated_when_its_answer_is_lost(service, open_transport, scripted):
    service.script.append(scripted(drop=True))
    with pytest.raises(NetworkError) as caught:
        open_transport(service).execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"})
    assert "may have arrived" in caught.value.remedy
    assert "work-package list" in caught.value.remedy
    assert len(service.requests) == 1


def test_mutation_is_not_repeated_when_its_answer_is_late(service, open_transport, scripted):
    service.script.append(scripted(delay_s=0.5))
    with pytest.raises(NetworkError, match="did not come in time"):
        open_transport(service, read_timeout_s=0.1).execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"})
    assert len(service.requests) == 1


def test_late_query_is_asked_again_and_then_given_up(service, open_transport, waits, scripted):
    service.script.extend([scripted(delay_s=0.3)] * 2)
    started = time.monotonic()
    with pytest.raises(NetworkError, match="did not come in time"):
        open_transport(service, read_timeout_s=0.1, retry=waits.retry(2)).execute(
            GET_ACTIVE_WORK_PACKAGES, {}
        )
    assert time.monotonic() - started < 2
    assert len(service.requests) == 2


def test_service_that_is_not_there_is_tried_again_also_by_a_mutation(open_transport, waits, service):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = Endpoint("http", "127.0.0.1", taken.getsockname()[1])
        transport = open_transport(service, endpoint=closed)
        with pytest.raises(NetworkError) as caught:
            transport.execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"})
    assert len(waits.slept) == 3
    assert "may have arrived" not in caught.value.remedy
    assert "host, port" in caught.value.remedy
    assert caught.value.exit_code == 5


# ---- what comes back


def test_graphql_errors_are_named(service, open_transport, scripted):
    body = {"data": None, "errors": [{"message": "no", "extensions": {"code": "refused", "path": ["input"]}}]}
    service.script.append(scripted(200, json.dumps(body).encode()))
    with pytest.raises(RefusedError) as caught:
        open_transport(service).execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"})
    assert caught.value.path == ("input",)


def test_graphql_errors_count_also_under_status_400(service, open_transport, scripted):
    service.script.append(scripted(400, b'{"errors": [{"message": "404 no such package"}]}'))
    with pytest.raises(NotFoundError):
        open_transport(service).execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"})


def test_unclassified_error_carries_the_request_id(service, open_transport, scripted):
    service.script.append(scripted(200, b'{"errors": [{"message": "disk full"}]}'))
    with pytest.raises(ServerError, match="disk full") as caught:
        open_transport(service, new_id=ids()).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "request id-1" in caught.value.what


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>Log in</title></html>",
        b"[]",
        b'"text"',
        b"{}",
        b'{"data": null}',
        b'{"data": {"other": 1}}',
        b'{"data": [], "errors": []}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_success_that_is_no_graphql_answer(service, open_transport, scripted, body: bytes):
    service.script.append(scripted(200, body))
    with pytest.raises(ServerError, match="did not answer like a hosting-capacity service"):
        open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {})


def test_html_error_page_is_quoted_briefly(service, open_transport, scripted):
    service.script.append(
        scripted(500, b"<html><h1>Tomcat</h1>" + b"x" * 9000, {"Content-Type": "text/html"})
    )
    with pytest.raises(ServerError) as caught:
        open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "Tomcat" in caught.value.why
    assert len(caught.value.why) < 300


def test_redirect_is_told_not_followed(service, open_transport, scripted):
    service.script.append(scripted(301, headers={"Location": "https://new.example.com/api?sig=x"}))
    with pytest.raises(ServerError, match=r"https://new\.example\.com/api$"):
        open_transport(service, StaticToken("tok")).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert len(service.requests) == 1


def test_redirect_to_no_address_is_an_error_like_others(service, open_transport, scripted, waits):
    service.script.append(scripted(301, headers={"Location": "http://[::1"}))
    with pytest.raises(NetworkError, match="location"):
        open_transport(service, retry=waits.retry(1)).execute(GET_ACTIVE_WORK_PACKAGES, {})


def test_broken_compression_is_a_network_error(service, open_transport, scripted, waits):
    service.script.append(scripted(200, b"not gzip", {"Content-Encoding": "gzip"}))
    with pytest.raises(NetworkError):
        open_transport(service, retry=waits.retry(1)).execute(GET_ACTIVE_WORK_PACKAGES, {})


def test_null_root_field_is_an_answer(service, open_transport, scripted):
    service.script.append(scripted(200, b'{"data": {"currentUser": null}}'))
    assert open_transport(service).execute(CURRENT_USER, {}) is None


# ---- TLS


def test_own_authority_is_believed(serve, certificates, open_transport):
    service = serve(tls=certificates.context())
    service.data = {"getActiveWorkPackages": ["1"]}
    endpoint = Endpoint("https", "localhost", service.port, ca=certificates.file)
    assert open_transport(service, endpoint=endpoint).execute(GET_ACTIVE_WORK_PACKAGES, {}) == ["1"]


def test_unknown_authority_is_refused_at_once_and_explained(serve, certificates, open_transport, waits):
    service = serve(tls=certificates.context())
    with pytest.raises(NetworkError) as caught:
        open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "is not trusted" in caught.value.what
    assert "ca_filename" in caught.value.remedy
    assert waits.slept == []
    assert service.requests == []


def test_certificate_of_another_host_is_refused(serve, certificates, open_transport):
    service = serve(tls=certificates.context("other.example.com"))
    endpoint = Endpoint("https", "127.0.0.1", service.port, ca=certificates.file)
    with pytest.raises(NetworkError, match="mismatch"):
        open_transport(service, endpoint=endpoint).execute(GET_ACTIVE_WORK_PACKAGES, {})


def test_verification_off_warns_on_every_call(serve, certificates, open_transport):
    service = serve(tls=certificates.context())
    service.data = {"getActiveWorkPackages": []}
    warned: list[str] = []
    endpoint = Endpoint("https", "127.0.0.1", service.port, verify_certificate=False)
    transport = open_transport(service, endpoint=endpoint, warn=warned.append)
    transport.execute(GET_ACTIVE_WORK_PACKAGES, {})
    transport.execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert len(warned) == 2
    assert "not verified" in warned[0]


def test_https_to_a_plain_port_is_explained(service, open_transport, waits):
    endpoint = Endpoint("https", "127.0.0.1", service.port)
    with pytest.raises(NetworkError) as caught:
        open_transport(service, endpoint=endpoint).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "`protocol`" in caught.value.remedy
    assert waits.slept == []


# ---- the client around it


def test_host_that_is_none_is_a_matter_of_configuration():
    with pytest.raises(ConfigError, match="is no host name"):
        Transport(Endpoint("https", "exa mple\x7f", 1), StaticToken())


def test_proxy_of_the_environment_serves_other_machines_only(monkeypatch, service, open_transport):
    monkeypatch.setenv("HTTP_PROXY", service.url)
    service.data = {"getActiveWorkPackages": ["by proxy"]}
    away = Endpoint("http", "eas.example.com", 80)
    with pytest.raises(NotFoundError):
        open_transport(service, endpoint=away).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert service.requests[0].path == "http://eas.example.com/api/graphql"
    assert open_transport(service).execute(GET_ACTIVE_WORK_PACKAGES, {}) == ["by proxy"]
    assert service.requests[1].path == "/api/graphql"


def test_embedded_service_is_called_without_a_socket():
    def app(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/graphql"
        return httpx.Response(200, json={"data": {"getActiveWorkPackages": ["here"]}})

    with Transport(Endpoint.embedded(), StaticToken(), http=httpx.MockTransport(app)) as transport:
        assert transport.execute(GET_ACTIVE_WORK_PACKAGES, {}) == ["here"]


def test_defaults_are_patient_but_not_endless():
    options = TransportOptions()
    assert 0 < options.connect_timeout_s <= options.read_timeout_s
    assert options.retry.attempts > 1
    assert options.new_id() != options.new_id()


# ---- what may be seen


def test_trace_shows_the_conversation_without_secrets(service, open_transport):
    service.data = {"getActiveWorkPackages": ["tok-in-answer", "hunter2"]}
    lines: list[str] = []
    open_transport(service, StaticToken("hunter2"), trace=lines.append).execute(GET_ACTIVE_WORK_PACKAGES, {})
    text = "\n".join(lines)
    assert f"> POST {service.url}/api/graphql" in text
    assert "getActiveWorkPackages" in text
    assert "< 200 in" in text
    assert '"authorization": "***"' in text
    assert "hunter2" not in text


def test_trace_tells_of_attempts(service, open_transport, scripted):
    service.script.append(scripted(503))
    service.data = {"getActiveWorkPackages": []}
    lines: list[str] = []
    open_transport(service, trace=lines.append).execute(GET_ACTIVE_WORK_PACKAGES, {})
    assert "* attempt 1 of getActiveWorkPackages failed; again in 0.5 s" in lines


def test_errors_and_logs_show_no_token(service, open_transport, scripted, caplog):
    caplog.set_level("DEBUG")
    auth = StaticToken("hunter2")
    transport = open_transport(service, auth)
    service.script.extend(
        [
            scripted(500, b"you sent Authorization: Bearer hunter2"),
            scripted(200, b'{"errors": [{"message": "bad token hunter2"}]}'),
            scripted(401, b"hunter2"),
            scripted(200, b"hunter2"),
            scripted(301, headers={"Location": "https://x.example.com/hunter2?a=hunter2"}),
        ]
    )
    for _ in range(5):
        with pytest.raises((ServerError, AuthError)) as caught:
            transport.execute(CANCEL_WORK_PACKAGE, {"workPackageId": "7"})
        shown = "".join((str(caught.value), repr(caught.value), caught.value.why, caught.value.remedy))
        assert "hunter2" not in shown
    assert "hunter2" not in caplog.text + repr(transport) + repr(auth)
