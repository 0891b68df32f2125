"""A service behind a real socket, and whoever calls it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from hcr.service.door.audit import AuditLog
from hcr.service.door.token_store import TokenStore
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.serve import Door, application, server_config

ACTIVE = "{ getActiveWorkPackages }"
CANCEL = 'mutation { cancelWorkPackage(workPackageId: "p1") }'


@dataclass
class Served:
    """A service on a loopback socket."""

    url: str
    place: Place
    http: httpx.Client

    def ask(self, query: str = ACTIVE, token: str | None = None, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        return self.http.post("/api/graphql", json={"query": query, **more}, headers=headers)

    def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        if token:
            headers["authorization"] = f"Bearer {token}"
        return self.http.get(path, headers=headers)

    def events(self) -> list[dict[str, Any]]:
        path = self.place.audit_log
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def opened(service: Service) -> Iterator[Callable[..., Served]]:
    """Open doors of one service; `host` only says how the door is minded, the socket is on loopback."""
    with ExitStack() as stack:

        def start(door: Door | None = None, verify: Any = True) -> Served:
            door = door or Door()
            app = application(service, door, AuditLog(service.place.audit_log))
            server = uvicorn.Server(server_config(app, door))
            listener = stack.enter_context(_listener())
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            stack.callback(_end, server, thread)
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            scheme = "https" if door.tls else "http"
            url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
            client = httpx.Client(base_url=url, trust_env=False, verify=verify, timeout=20.0)
            return Served(url, service.place, stack.enter_context(client))

        yield start


def _listener() -> Any:
    import socket

    return socket.create_server(("127.0.0.1", 0))


def _end(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join()


@pytest.fixture
def store(place: Place) -> TokenStore:
    return TokenStore(place.tokens)


@dataclass
class Signer:
    """Signs tokens as the authority `issuer` does; `keys` are what it publishes."""

    issuer: Any
    keys: dict[str, RSAKey | ECKey] = field(default_factory=dict)

    def rotate(self, *kids: str, elliptic: bool = False) -> None:
        """Publish these keys and no others."""
        for kid in kids:
            if kid not in self.keys:
                made = ECKey.generate_key("P-256") if elliptic else RSAKey.generate_key(2048)
                self.keys[kid] = made
        self.issuer.keys = [
            {**self.keys[kid].as_dict(private=False), "kid": kid, "use": "sig"} for kid in kids
        ]

    def token(self, kid: str = "one", header: dict[str, object] | None = None, **claims: object) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer.url, "aud": "hcr", "sub": "ana-1", "iat": now, "exp": now + 300}
        said = {key: value for key, value in {**usual, **claims}.items() if value is not None}
        algorithm = "ES256" if isinstance(self.keys[kid], ECKey) else "RS256"
        lenient = JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)
        whole = {"alg": algorithm, "kid": kid, **(header or {})}
        return jwt.encode(whole, said, self.keys[kid], registry=lenient)


@pytest.fixture
def signer(issuer: Any, certificates: Any, monkeypatch: pytest.MonkeyPatch) -> Signer:
    """An authority on loopback over TLS whose certificate the service trusts, with one key."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.file))
    made = Signer(issuer)
    made.rotate("one")
    return made
