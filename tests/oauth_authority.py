"""An OpenID Connect authority on loopback, over TLS with a certificate made for the test.

Its fixture is known to all tests: `conftest.py` beside it registers it.
"""

import base64
import json
import time
from dataclasses import dataclass, field
from urllib.parse import unquote

import pytest

SECRET = "s3cret-of-the-machine"
PASSWORD = "p4ssword-of-ana"


def unsigned(claims: dict[str, object]) -> str:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


@dataclass
class Issuer:
    """An authority that knows one machine, one person and one device code."""

    answer_type: type
    url: str = ""
    grants: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    issued: int = 0
    pending: int = 1
    expires_in: int = 3600
    refresh_works: bool = True
    discovery: dict[str, object] = field(default_factory=dict)
    status: int = 200
    id_tokens: bool = True
    tells_scope: bool = True
    keys: list[dict[str, object]] = field(default_factory=list)

    def answer(self, request):
        self.paths.append(request.path)
        if request.path.endswith("/.well-known/openid-configuration"):
            return self._json(self.status, self._discovery())
        if request.path.endswith("/jwks"):
            return self._json(self.status, {"keys": self.keys})
        if request.path.endswith("/device"):
            self.scopes.append(str(request.body["scope"]))
            return self._json(200, self._device())
        if request.path.endswith("/token"):
            return self._json(*self._token(request))
        return self._json(404, {})

    def _json(self, status: int, value: object):
        return self.answer_type(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _discovery(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "device_authorization_endpoint": f"{self.url}/device",
            **self.discovery,
        }

    def _device(self) -> dict[str, object]:
        return {
            "device_code": "d3vice",
            "user_code": "ABCD-EFGH",
            "verification_uri": "https://example.com/device",
            "expires_in": 60,
            "interval": 1,
        }

    def _token(self, request) -> tuple[int, dict[str, object]]:
        form = request.body
        grant = str(form["grant_type"]).rpartition(":")[2]
        self.grants.append(grant)
        self.scopes.append(str(form.get("scope", "")))
        if grant == "client_credentials":
            basic = request.headers.get("authorization", "")
            sent = unquote(base64.b64decode(basic.removeprefix("Basic ")).decode())
            secret = form.get("client_secret") or sent.partition(":")[2]
            good = secret == SECRET
            return self._issue(person=False) if good else self._refuse("invalid_client", f"bad {secret}")
        if grant == "device_code":
            self.pending -= 1
            return self._refuse("authorization_pending") if self.pending >= 0 else self._issue(person=True)
        if grant == "password":
            good = (form["username"], form["password"]) == ("ana", PASSWORD)
            return (
                self._issue(person=True) if good else self._refuse("invalid_grant", f"bad {form['password']}")
            )
        known = self.refresh_works and str(form["refresh_token"]).startswith("refresh-")
        return self._issue(person=True) if known else self._refuse("invalid_grant")

    def _refuse(self, error: str, description: str = "") -> tuple[int, dict[str, object]]:
        return 400, {"error": error, "error_description": description}

    def _issue(self, *, person: bool) -> tuple[int, dict[str, object]]:
        self.issued += 1
        answer = {
            "token_type": "Bearer",
            "access_token": f"access-{self.issued}",
            "expires_in": self.expires_in,
        }
        if person and self.tells_scope:
            answer["scope"] = next(scope for scope in reversed(self.scopes) if scope)
        if person:
            answer["refresh_token"] = f"refresh-{self.issued}"
        if person and self.id_tokens:
            now = int(time.time())
            claims = {"iss": self.url, "aud": "hcr", "sub": "ana-1", "preferred_username": "ana"}
            answer["id_token"] = unsigned({**claims, "iat": now, "exp": now + 600})
        return 200, answer


@pytest.fixture
def issuer(listen, scripted, certificates) -> Issuer:
    made = Issuer(scripted)
    port = listen(made.answer, tls=certificates.context())
    made.url = f"https://127.0.0.1:{port}/tenant"
    return made
