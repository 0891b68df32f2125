"""A service on a loopback socket that knows only the contract's SDL and notes what it is asked.

Its fixtures are known to all tests: `conftest.py` beside it registers them.
"""

import functools
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import trustme
from graphql import GraphQLSchema, Visitor, build_ast_schema, graphql_sync, parse, visit
from graphql.language import (
    REMOVE,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    ObjectTypeDefinitionNode,
)

from hcr.contract.schema import schema_text


@dataclass
class Recorded:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, object]


@dataclass
class Scripted:
    """An answer given instead of executing; `drop` closes the connection without one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: bool = False


def without_extensions(document: DocumentNode) -> DocumentNode:
    """The SDL of a plain Evolve App Server."""

    class Plain(Visitor):
        def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> object:
            return REMOVE if _is_extension(node) else None

        def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: object) -> object:
            return REMOVE if _is_extension(node) else None

        def enter_enum_type_definition(self, node: EnumTypeDefinitionNode, *_: object) -> object:
            return REMOVE if _is_extension(node) else None

        def enter_input_object_type_definition(
            self, node: InputObjectTypeDefinitionNode, *_: object
        ) -> object:
            return REMOVE if _is_extension(node) else None

        def enter_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> object:
            return REMOVE if _is_extension(node) else None

    return visit(document, Plain())


@functools.cache
def contract(*, plain: bool) -> GraphQLSchema:
    """The contract's SDL, built once; a plain one lacks our extensions."""
    document = parse(schema_text())
    return build_ast_schema(without_extensions(document) if plain else document)


def _is_extension(
    node: FieldDefinitionNode
    | ObjectTypeDefinitionNode
    | InputObjectTypeDefinitionNode
    | InputValueDefinitionNode
    | EnumTypeDefinitionNode,
) -> bool:
    return any(directive.name.value == "extension" for directive in node.directives)


class StubService:
    """What the server thread and the test share."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.data: dict[str, object] = {}
        self.script: deque[Scripted] = deque()
        self.requests: list[Recorded] = []
        self.files: dict[str, Scripted] = {}
        self.accepted_tokens: set[str] | None = None
        self.url = ""
        self.port = 0
        self.scheme = "http"

    @property
    def calls(self) -> list[dict[str, object]]:
        """Operation name and variables of each GraphQL request, in order."""
        return [
            {"name": request.body["operationName"], "variables": request.body["variables"]}
            for request in self.requests
            if request.path == "/api/graphql"
        ]

    @property
    def operations(self) -> list[tuple[object, object]]:
        """The same as pairs; that the client looks which kind of service it is does not count."""
        return [(call["name"], call["variables"]) for call in self.calls if call["name"] != "__type"]

    def answer(self, request: Recorded) -> Scripted:
        self.requests.append(request)
        if self.script:
            return self.script.popleft()
        if self.accepted_tokens is not None:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.accepted_tokens and request.path not in self.files:
                return Scripted(401, b'{"errors": [{"message": "who are you"}]}')
        if request.path in self.files:
            return self.files[request.path]
        if request.path != "/api/graphql":
            return Scripted(404, b"<html><h1>Not Found</h1></html>", {"Content-Type": "text/html"})
        result = graphql_sync(
            self.schema,
            str(request.body["query"]),
            root_value=self.data,
            variable_values=request.body["variables"],
            operation_name=str(request.body["operationName"]),
        )
        return Scripted(200, json.dumps(result.formatted).encode(), {"Content-Type": "application/json"})


def _body(headers: dict[str, str], content: bytes) -> dict[str, object]:
    """A JSON object, or the fields of a form."""
    if "form" in headers.get("content-type", ""):
        return dict(parse_qsl(content.decode()))
    return json.loads(content) if content else {}


def _handler(answer: Callable[[Recorded], Scripted]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._respond(b"")

        def do_POST(self) -> None:
            self._respond(self.rfile.read(int(self.headers["Content-Length"])))

        def _respond(self, content: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            scripted = answer(Recorded(self.command, self.path, headers, _body(headers, content)))
            time.sleep(scripted.delay_s)
            if scripted.drop:
                self.close_connection = True
                return
            try:
                self.send_response(scripted.status)
                for name, value in scripted.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(scripted.body)))
                self.end_headers()
                self.wfile.write(scripted.body)
            except OSError:
                self.close_connection = True  # the client did not wait

        def log_message(self, *args: object) -> None:
            pass

    return Handler


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off its handshake is part of some tests."""


@pytest.fixture
def listen() -> Iterator[Callable[..., int]]:
    """Answer requests on a free port until the test is over; with a context, over TLS."""
    servers: list[tuple[QuietServer, threading.Thread]] = []

    def start(answer: Callable[[Recorded], Scripted], *, tls: ssl.SSLContext | None = None) -> int:
        server = QuietServer(("127.0.0.1", 0), _handler(answer))
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return int(server.server_address[1])

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def serve(listen: Callable[..., int]) -> Callable[..., StubService]:
    """Start stub services; a plain one lacks our extensions."""

    def start(*, tls: ssl.SSLContext | None = None, plain: bool = False) -> StubService:
        service = StubService(contract(plain=plain))
        service.scheme = "https" if tls else "http"
        service.port = listen(service.answer, tls=tls)
        service.url = f"{service.scheme}://127.0.0.1:{service.port}"
        return service

    return start


@pytest.fixture
def service(serve: Callable[..., StubService]) -> StubService:
    """Our own kind of service, with the extensions, over plain http on loopback."""
    return serve()


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


@dataclass
class Authority:
    """A certificate authority made for one test, and a server context with its certificate."""

    ca: trustme.CA
    folder: Path

    @property
    def file(self) -> Path:
        path = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return path

    def context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
        return context


@pytest.fixture
def certificates(tmp_path: Path) -> Authority:
    return Authority(trustme.CA(), tmp_path)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
