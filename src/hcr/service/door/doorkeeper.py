"""Stands before every route: names the request, says who comes, turns away, and writes down what happened."""

import json
import logging
import re
import time
import uuid
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hcr.service.door.audit import AuditLog
from hcr.service.door.caller import LOOPBACK, Caller, Refusal
from hcr.service.door.gate import Gate
from hcr.service.door.rate_limit import RateLimit, address_key
from hcr.service.door.request_record import CURRENT, RequestRecord, request_id
from hcr.service.limits import Limits
from hcr.service.loopback import is_loopback

if TYPE_CHECKING:
    from hcr.service.door.metrics import Metrics

READY_PATH, METRICS_PATH = "/internal/health/ready", "/metrics"

SIGNED_PATH = re.compile(r"/api/opendss-model/[^/]+/file")
"""Files whose links carry their own proof: clients follow them without a token."""

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers by which a proxy tells that the request is not its own."""

log = logging.getLogger("hcr.service")
access_log = logging.getLogger("hcr.service.access")


@dataclass(frozen=True, slots=True)
class Doorway:
    """What stands between callers and the service; by default nothing does, as within one process."""

    gate: Gate = field(default_factory=Gate)
    limits: Limits = field(default_factory=Limits)
    audit: AuditLog | None = None
    metrics: "Metrics | None" = None


class Doorkeeper:
    """ASGI middleware around the whole application: no route can be reached past it."""

    def __init__(self, app: ASGIApp, doorway: Doorway) -> None:
        self._app = app
        self._doorway = doorway
        per_minute = doorway.limits.requests_per_minute
        self._rate = RateLimit(per_minute, per_minute) if per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks it: RFC 6455, 7.4.1
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        address = (scope.get("client") or ("", 0))[0]
        record = RequestRecord(request_id(headers.get("x-request-id")), address)
        token = CURRENT.set(record)
        try:
            await self._watched(scope, receive, send, record)
        finally:
            CURRENT.reset(token)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, record: RequestRecord) -> None:
        """Answer a request, and see that it gets an answer, an ID and a line in the log."""
        began = time.monotonic()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = record.id
            await send(message)

        try:
            answer = await self._turned_away(scope, record) or self._app
            await answer(scope, receive, noting)
        except ClientDisconnect:
            record.outcome = "gone"
        except Exception as error:  # noqa: BLE001 - the border of the process: no answer tells inner workings
            record.outcome = "internal"
            answer = error_response(500, "internal", unexpected(error, scope["path"]))
            if not status:
                await answer(scope, receive, noting)
        finally:
            self._note(scope, record, status, time.monotonic() - began)

    def _note(self, scope: Scope, record: RequestRecord, status: int, seconds: float) -> None:
        if record.operation == "none" and "endpoint" in scope:
            record.operation = scope["endpoint"].__name__
        outcome = record.outcome or ("ok" if status < 400 else _OUTCOMES.get(status, "bad_request"))
        if self._doorway.metrics is not None:
            self._doorway.metrics.note(record.operation, outcome, seconds)
        fields = {
            "method": scope["method"],
            "path": scope["path"][:200],
            "status": status,
            "operation": record.operation,
            "outcome": outcome,
            "duration_ms": round(seconds * 1000.0, 1),
            "from": record.address,
            "caller": record.caller.who() if record.caller else None,
        }
        told = "{method} {path} {status} {operation} {outcome} {duration_ms} ms".format(**fields)
        access_log.info("%s", told, extra={"fields": fields})

    async def _turned_away(self, scope: Scope, record: RequestRecord) -> Response | None:
        """Return the answer to a request that does not come in, else None."""
        path, headers = scope["path"], Headers(scope=scope)
        if path == READY_PATH or SIGNED_PATH.fullmatch(path):
            return self._too_often(address_key(record.address), record)
        gate, shown = self._doorway.gate, headers.get("authorization", "")
        found = await run_in_threadpool(gate.identify, shown) if gate.may_wait else gate.identify(shown)
        if isinstance(found, Refusal):
            own = "authorization" not in headers and _from_elsewhere(scope, headers) is None
            if path != METRICS_PATH or not own:
                return await self._refused(found, headers, record)
            found = LOOPBACK
        record.caller = found
        if found is LOOPBACK and (why := _from_elsewhere(scope, headers)) is not None:
            return error_response(403, "bad_request", why)
        return self._too_often(_key(found, record.address), record)

    async def _refused(self, refusal: Refusal, headers: Headers, record: RequestRecord) -> Response:
        """Return the answer to a stranger; one who comes too often is answered so, and not written down."""
        record.caller = refusal.who
        slower = self._too_often(address_key(record.address), record)
        if slower is not None:
            return slower
        record.outcome = refusal.code
        if self._doorway.audit is not None:
            seen = record.seen(refusal.code)
            await run_in_threadpool(self._doorway.audit.refused, refusal.who, refusal.reason, seen)
        answer = error_response(refusal.status, refusal.code, refusal.reason)
        if refusal.status == 401:
            given = ', error="invalid_token"' if "authorization" in headers else ""
            answer.headers["WWW-Authenticate"] = f'Bearer realm="hcr"{given}'  # RFC 6750, 3
        elif refusal.status == 503:
            answer.headers["Retry-After"] = "60"
        return answer

    def _too_often(self, key: str, record: RequestRecord) -> Response | None:
        wait_s = self._rate.take(key) if self._rate is not None else 0.0
        if wait_s == 0.0:
            return None
        record.outcome = "rate_limited"
        most = self._doorway.limits.requests_per_minute
        answer = error_response(
            429, "rate_limited", f"too many requests; at most {most} a minute are answered"
        )
        answer.headers["Retry-After"] = str(ceil(wait_s))
        return answer


_OUTCOMES = {404: "not_found", 405: "bad_request", 413: "too_large", 500: "internal", 503: "unavailable"}


def error_response(status: int, code: str, message: str) -> Response:
    """Return an answer in the form that clients of GraphQL know."""
    body = json.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
    return Response(body, status, media_type="application/json")


def unexpected(error: BaseException, where: object) -> str:
    """Log a fault of the service, and return the sentence that callers get: only where to look it up."""
    reference = uuid.uuid4().hex[:12]
    log.error("reference %s: a call failed at %s", reference, where, exc_info=error)
    return f"the service failed to answer; its log has the reason under reference {reference}"


def _key(caller: Caller, address: str) -> str:
    return address_key(address) if caller is LOOPBACK else f"{caller.kind}:{caller.id}"


def _from_elsewhere(scope: Scope, headers: Headers) -> str | None:
    """Return why a request without a token is not taken for one of this machine, else None.

    A page in a browser can make a name of its own point at this machine; the name then stands in `Host`. And
    a proxy on this machine sends requests of others.
    """
    address = (scope.get("client") or ("", 0))[0]
    if not is_loopback(_host_name(headers)):
        return "without a token this service answers to loopback names only"
    if not is_loopback(address) or any(name in headers for name in FORWARDED):
        return "without a token this service answers to its own machine only, not through a proxy"
    return None


def _host_name(headers: Headers) -> str:
    host = headers.get("host", "").rpartition("@")[2]
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return name.strip("[]")
