"""The way to a service: one httpx client that sends, tries again, renews the token and names errors.

No other module imports httpx. What leaves here as an error or a trace has passed the redactor.
"""

import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import httpx

from hcr.client.answer_errors import error_of
from hcr.client.endpoint import Endpoint
from hcr.client.network_fault import UNKNOWN_OUTCOME, network_fault, tls_error
from hcr.client.operations import Operation
from hcr.client.redaction import Redactor
from hcr.client.retry import Retry
from hcr.client.status_fault import Reply, Shown, not_graphql, status_fault
from hcr.client.tls import trust
from hcr.client.tokens import Credentials, StaticToken
from hcr.errors import ConfigError, HcrError, NotFoundError

GRAPHQL_PATH = "/api/graphql"
OPEN_DSS_MODEL_PATH = "/api/opendss-model/"
RESULTS_PATH = "/api/work-packages/"
# The service did not do it and says so: worth another try when a second arrival would do no harm.
_BUSY = frozenset({429, 502, 503, 504})
RequestFailed = httpx.RequestError
# No connection came about, so the request cannot have arrived.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

# These write whole addresses and answer headers into logs, pre-signed download addresses among them.
for _logger in ("httpx", "httpcore"):
    logging.getLogger(_logger).setLevel(logging.WARNING)


def _new_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """Patience and seams: time-outs [s], retries, where trace and warnings go, how IDs are made."""

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    retry: Retry = field(default_factory=Retry)
    trace: Callable[[str], None] | None = None
    warn: Callable[[str], None] | None = None
    new_id: Callable[[], str] = _new_id


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, the same on every attempt; `repeatable` when a second arrival would do no harm."""

    name: str
    method: Literal["GET", "POST"]
    path: str
    headers: Mapping[str, str]
    content: bytes = b""
    repeatable: bool = True

    @property
    def request_id(self) -> str:
        return self.headers["X-Request-Id"]


class Transport:
    """Sends operations to one service and gives back their root fields.

    `http` stands in for the network: the embedded service passes itself.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        auth: Credentials,
        *,
        http: httpx.BaseTransport | None = None,
        options: TransportOptions | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._auth = auth
        self._options = options or TransportOptions()
        self._redactor = Redactor()
        self._client = open_http(endpoint, self._options, http=http)
        self.clock_offset_s: float | None = None
        """How far this machine's clock is ahead of the service's, by its last answer [s]; None if unknown."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Transport({self.endpoint.url})"

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def execute(self, operation: Operation, variables: Mapping[str, object]) -> object:
        """The value of the operation's root field, as the JSON of the answer has it.

        A query is tried again while the service is busy or out of reach. A mutation is sent again only
        when the first sending cannot have arrived or was refused for its token, and always under the same
        `Idempotency-Key`.
        """
        self._warn_if_unverified()
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Request-Id": self._options.new_id(),
        }
        if operation.kind == "mutation":
            headers["Idempotency-Key"] = self._options.new_id()
        body = {"query": operation.document, "operationName": operation.name, "variables": dict(variables)}
        content = json.dumps(body).encode()
        call = _Call(operation.name, "POST", GRAPHQL_PATH, headers, content, operation.kind == "query")
        return self._root_field(call, self._answer(call))

    @contextmanager
    def download_open_dss_model(self, model_id: str) -> Iterator[Iterator[bytes]]:
        """The exported file in pieces; the token does not go to where the service redirects."""
        self._warn_if_unverified()
        headers = {"X-Request-Id": self._options.new_id()}
        call = _Call("OpenDSS model", "GET", OPEN_DSS_MODEL_PATH + quote(model_id, safe=""), headers)
        response = self._answer(call)
        if response.is_success:
            yield iter((response.content,))
            return
        address = _redirect(response)
        if address is None:
            raise status_fault(self._reply(call, response))
        try:
            # Signed and short-lived: the address alone opens the file, so nothing else may show it.
            with self._client.stream("GET", address) as file:
                self._trace(f"< {file.status_code} {_place(address)}")
                if not file.is_success:
                    file.read()
                    raise status_fault(self._reply(call, file))
                yield file.iter_bytes()
        except httpx.RequestError as error:
            raise network_fault(_place(address), error) from None

    def result_file(self, package_id: str, path: str) -> bytes:
        """One file of a package's results, by its path in the package's folder; our own service has them."""
        self._warn_if_unverified()
        headers = {"X-Request-Id": self._options.new_id()}
        place = f"{RESULTS_PATH}{quote(package_id, safe='')}/results/{quote(path)}"
        call = _Call("results", "GET", place, headers)
        response = self._answer(call)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise NotFoundError(
                f"Work package {package_id} has no {path}",
                why="there is no such package, it has no results yet, or the service keeps them elsewhere",
                remedy="`work-package show` tells the state of a package.",
            )
        if not response.is_success:
            raise status_fault(self._reply(call, response))
        return response.content

    def _answer(self, call: _Call) -> httpx.Response:
        """The first answer that is worth reading, or the last one there was patience for."""
        retry = self._options.retry
        attempt = 1
        while True:
            try:
                response = self._send_authorised(call)
            except httpx.RequestError as error:
                wait_s = retry.wait_s(attempt) if _may_resend(call, error) else None
                if wait_s is None:
                    raise self._network_error(call, error) from error
            else:
                if response.status_code not in _BUSY or not call.repeatable:
                    return response
                wait_s = retry.wait_s(attempt, response.headers.get("Retry-After"))
                if wait_s is None:
                    return response
            self._trace(f"* attempt {attempt} of {call.name} failed; again in {wait_s:.1f} s")
            retry.sleep(wait_s)
            attempt += 1

    def _send_authorised(self, call: _Call) -> httpx.Response:
        """The answer to one sending; a 401 is asked again once, with a renewed token."""
        response = self._send(call, self._auth.token())
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response
        renewed = self._auth.renew()
        return self._send(call, renewed) if renewed else response

    def _send(self, call: _Call, token: str | None) -> httpx.Response:
        request = self._client.build_request(
            call.method, call.path, headers=dict(call.headers), content=call.content
        )
        if token:
            self.endpoint.refuse_token_in_clear()
            self._redactor.learn(token)
            request.headers["Authorization"] = f"Bearer {token}"
        self._trace_request(request)
        response = self._client.send(request)
        self.clock_offset_s = _clock_offset(response, time.time())
        if self._options.trace:
            body = self._redactor.body(response.content)
            self._trace(f"< {response.status_code} in {response.elapsed.total_seconds():.3f} s {body}")
        return response

    def _root_field(self, call: _Call, response: httpx.Response) -> object:
        """The value of the root field; GraphQL errors and everything else that is no answer are raised."""
        answer = _json_object(response)
        errors = answer.get("errors") if answer is not None else None
        if isinstance(errors, list) and errors and response.status_code not in {401, 403}:
            raise error_of(self._redactor.items(errors), f"{call.name} (request {call.request_id})")
        if not response.is_success:
            raise status_fault(self._reply(call, response))
        data = answer.get("data") if answer is not None else None
        if not isinstance(data, dict) or call.name not in data:
            raise not_graphql(self._reply(call, response))
        value: object = data[call.name]
        return value

    def _reply(self, call: _Call, response: httpx.Response) -> Reply:
        location = _redirect(response)
        return Reply(
            url=_place(response.url),
            status=response.status_code,
            text=self._redactor.text(response.text),
            request_id=call.request_id,
            location=self._redactor.text(_place(location)) if location else "",
            shown=self._shown(response.request),
        )

    def _shown(self, request: httpx.Request) -> Shown:
        if "Authorization" not in request.headers:
            return "nothing"
        return "token" if isinstance(self._auth, StaticToken) else "login"

    def _network_error(self, call: _Call, error: httpx.RequestError) -> HcrError:
        unknown = not call.repeatable and not isinstance(error, _NOT_SENT)
        return network_fault(self.endpoint.url, error, remedy=UNKNOWN_OUTCOME if unknown else "")

    def _warn_if_unverified(self) -> None:
        if self.endpoint.is_unverified and self._options.warn:
            self._options.warn(
                f"The certificate of {self.endpoint.url} is not verified: anybody on the way can read and"
                " change what is sent, the token included."
            )

    def _trace_request(self, request: httpx.Request) -> None:
        if self._options.trace is None:
            return
        self._trace(f"> {request.method} {_place(request.url)}")
        headers = self._redactor.data(dict(request.headers))
        self._trace(f"> {json.dumps(headers, ensure_ascii=False)}")
        if request.content:
            self._trace(f"> {self._redactor.body(request.content)}")

    def _trace(self, line: str) -> None:
        if self._options.trace:
            self._options.trace(self._redactor.text(line))


def open_http(
    endpoint: Endpoint, options: TransportOptions, *, http: httpx.BaseTransport | None = None
) -> httpx.Client:
    """A client for the endpoint: its trust, our time-outs, and the environment's proxies."""
    try:
        return httpx.Client(
            base_url=endpoint.url,
            transport=http,
            verify=trust(endpoint.ca, verify=endpoint.verify_certificate) if http is None else True,
            timeout=httpx.Timeout(options.read_timeout_s, connect=options.connect_timeout_s),
            # A proxy cannot reach this machine's own loopback.
            trust_env=not endpoint.is_loopback,
        )
    except httpx.InvalidURL as error:
        raise ConfigError(
            f"`{endpoint.host}` is no host name", why=str(error), remedy="Correct `host` in auth_config.json."
        ) from error


def _clock_offset(response: httpx.Response, now: float) -> float | None:
    """How far `now` is ahead of the `Date` of an answer [s]; half the way there and back is ours."""
    try:
        told = parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
    return now - told


def _may_resend(call: _Call, error: httpx.RequestError) -> bool:
    """A repeatable call always, others when nothing can have arrived; bad TLS does not mend by itself."""
    if tls_error(error) is not None:
        return False
    return call.repeatable or isinstance(error, _NOT_SENT)


def _place(url: httpx.URL) -> str:
    """The address without its query, where signatures are."""
    return str(url.copy_with(query=None, fragment=None))


def _redirect(response: httpx.Response) -> httpx.URL | None:
    """Where the answer sends us, or None when it does not; httpx has refused what is no address."""
    return response.url.join(response.headers["Location"]) if response.has_redirect_location else None


def _json_object(response: httpx.Response) -> dict[str, object] | None:
    """The body as a JSON object, or None when it is anything else."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
