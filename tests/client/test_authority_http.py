import pytest

from hcr.client.authority_http import AuthorityHttp, authority_endpoint, is_microsoft
from hcr.client.endpoint import Endpoint
from hcr.client.transport import TransportOptions
from hcr.errors import AuthError, NetworkError, ServerError

OPTIONS = TransportOptions()


@pytest.mark.parametrize(
    ("authority", "microsoft"),
    [
        ("https://login.microsoftonline.com/tenant", True),
        ("https://login.microsoftonline.us/tenant", True),
        ("https://acme.b2clogin.com/acme/policy", True),
        ("https://acme.ciamlogin.com/", True),
        ("https://login.microsoftonline.com.evil.example/tenant", False),
        ("https://keycloak.example.com/realms/grid", False),
        ("nonsense", False),
    ],
)
def test_whose_authority_it_is(authority: str, microsoft: bool):
    assert is_microsoft(authority) is microsoft


def test_where_the_authority_is():
    assert authority_endpoint("https://id.example.com/t", None) == Endpoint("https", "id.example.com", 443)
    assert authority_endpoint("https://id.example.com:8443", None).port == 8443
    with pytest.raises(AuthError):
        authority_endpoint("http://id.example.com", None)


@pytest.fixture
def http(service) -> AuthorityHttp:
    return AuthorityHttp(Endpoint("http", "127.0.0.1", service.port), OPTIONS, microsoft=False)


def test_forms_and_parameters_arrive(service, http, scripted):
    service.script.append(scripted(200, b"ok", {"X-Mark": "1"}))
    answer = http.post(
        f"{service.url}/token", params={"a": "b"}, data={"code": "c d"}, headers={"X-One": "1"}
    )
    assert (answer.status_code, answer.text, answer.headers["x-mark"]) == (200, "ok", "1")
    (request,) = service.requests
    assert (request.path, request.body, request.headers["x-one"]) == ("/token?a=b", {"code": "c d"}, "1")


def test_only_questions_follow_redirects(service, http, scripted):
    moved = scripted(302, headers={"Location": "/elsewhere"})
    service.script.extend([moved, scripted(200, b"there"), moved])
    assert http.get(f"{service.url}/here").text == "there"
    assert http.post(f"{service.url}/here", data={"secret": "s"}).status_code == 302


def test_answer_shows_nothing(service, http, scripted):
    service.script.append(scripted(200, b"access-token-1"))
    assert "access-token-1" not in repr(http.get(f"{service.url}/token"))


def test_user_realm_is_a_question_for_microsoft_only(service, http, scripted):
    assert http.get(f"{service.url}/common/userrealm/ana?api-version=1.0").status_code == 404
    assert service.requests == []
    entra = AuthorityHttp(Endpoint("http", "127.0.0.1", service.port), OPTIONS, microsoft=True)
    service.script.append(scripted(200, b"{}"))
    assert entra.get(f"{service.url}/common/userrealm/ana?api-version=1.0").status_code == 200


def test_authority_in_trouble(service, http, scripted):
    service.script.append(scripted(502, b"oops"))
    with pytest.raises(ServerError, match="is in trouble: HTTP 502"):
        http.get(f"{service.url}/x?secret=s3")


def test_authority_that_does_not_answer(service, http, scripted):
    service.script.append(scripted(drop=True))
    with pytest.raises(NetworkError) as caught:
        http.get(f"{service.url}/x?secret=s3")
    assert "s3" not in str(caught.value)
