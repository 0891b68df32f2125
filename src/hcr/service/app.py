"""The service as an ASGI application: GraphQL over HTTP, and a page that says whether it is ready."""

import hmac
import json
import logging
from pathlib import Path
from typing import Any

from ariadne import format_error, graphql_sync
from graphql import DocumentNode, GraphQLError, GraphQLSchema
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from hcr.service.loopback import is_loopback
from hcr.service.model_download import ModelDownload
from hcr.service.query_limits import parse_within_limits
from hcr.service.resolvers import Service, executable_schema
from hcr.service.user import User, machine_user, token_user

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of a request; a year of default loads takes under one million."""

log = logging.getLogger("hcr.service")

# Ariadne logs every refusal with its trace; what deserves a trace is logged below.
_silent = logging.Logger("hcr.service.silent", logging.CRITICAL + 1)


def create_app(service: Service, *, token: str | None = None) -> Starlette:
    """Return the application; with a token every GraphQL call must carry it."""
    schema = executable_schema(service)
    user = machine_user() if token is None else token_user()
    download = ModelDownload(service.exports, service.secret)

    async def graphql(request: Request) -> Response:
        if (refusal := _unwelcome(request, token) or _strange(request)) is not None:
            return refusal
        body = await _body(request)
        if isinstance(body, Response):
            return body
        return await run_in_threadpool(_answer, schema, body, user)

    async def results(request: Request) -> Response:
        if (refusal := _unwelcome(request, token)) is not None:
            return refusal
        return await run_in_threadpool(_result_file, service, request.path_params)

    async def model(request: Request) -> Response:
        if (refusal := _unwelcome(request, token)) is not None:
            return refusal
        number, base = request.path_params["number"], str(request.base_url)
        return await run_in_threadpool(download.link, number, base)

    async def model_file(request: Request) -> Response:  # its link is signed: no token is sent to it
        return await run_in_threadpool(download.file, request.path_params["number"], request.query_params)

    async def ready(_: Request) -> Response:
        await run_in_threadpool(service.ledger.active)
        return JSONResponse({"status": "ready"})

    routes = [
        Route("/api/graphql", graphql, methods=["POST"]),
        Route("/api/work-packages/{package_id}/results/{path:path}", results, methods=["GET"]),
        Route("/api/opendss-model/{number}", model, methods=["GET"]),
        Route("/api/opendss-model/{number}/file", model_file, methods=["GET"]),
        Route("/internal/health/ready", ready, methods=["GET"]),
    ]
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False  # an address names one thing or nothing
    return application


def _unwelcome(request: Request, token: str | None) -> Response | None:
    """Return the answer to somebody whom the service does not talk to, else None."""
    if token is not None and not _carries(request, token):
        return _unauthenticated()
    return _strange_host(request, open_door=token is None)


def _strange(request: Request) -> Response | None:
    """Return the answer to a request that a web page in somebody's browser may have sent, else None.

    A page can send text to any address without asking; JSON only to those that allow it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return _bad_request(415, "the content type must be application/json")
    return None


def _strange_host(request: Request, *, open_door: bool) -> Response | None:
    """Return the answer to a request without a token that was meant for another host, else None.

    A page can make a name of its own point at this machine; the name then stands in the request.
    """
    host = request.headers.get("host", "").rpartition("@")[2]
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if open_door and not is_loopback(name.strip("[]")):
        return _bad_request(403, "without a token this service answers to loopback names only")
    return None


async def _body(request: Request) -> dict[str, Any] | Response:
    """Return the parsed request, or the answer that refuses it."""
    content = await _content(request)
    if content is None:
        return _bad_request(413, "the request is too large")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return _bad_request(400, "the body is not JSON")
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return _bad_request(400, "the body must be an object with a `query`")
    return body


async def _content(request: Request) -> bytes | None:
    """Return the body, or None where it is too large; one that does not say its size is cut off there."""
    size = request.headers.get("content-length", "0")
    if not size.isdigit() or int(size) > LARGEST_BODY:
        return None
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST_BODY:
            return None
    return bytes(content)


def _answer(schema: GraphQLSchema, body: dict[str, Any], user: User) -> Response:
    """Return the GraphQL answer; its errors travel with status 200, as clients of this API expect."""
    _, answer = graphql_sync(
        schema,
        body,
        context_value={"user": user},
        query_parser=_parse,
        error_formatter=_public_error,
        logger=_silent,
        debug=False,
    )
    if answer.get("errors"):
        answer["errors"] = [one for error in answer["errors"] for one in _one_per_fault(error)]
    # Plain ASCII: an answer may quote half a surrogate pair, which is no UTF-8.
    return Response(json.dumps(answer), media_type="application/json")


def _parse(_: object, body: dict[str, Any]) -> DocumentNode:
    return parse_within_limits(body["query"])


def _one_per_fault(error: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a refusal as one error for each fault, with the fault's place in the request."""
    extensions = error.get("extensions") or {}
    faults = extensions.pop("faults", None) or []
    return [
        {**error, "message": fault["message"], "extensions": {**extensions, "path": fault["path"]}}
        for fault in faults
    ] or [error]


def _public_error(error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    """Return an error without inner workings: what was not raised on purpose is only named."""
    formatted = dict(format_error(error, debug=False))
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        log.error("a call failed at %s", error.path, exc_info=error.original_error)
        formatted["message"] = "the service failed to answer; its log has the reason"
        formatted["extensions"] = {"code": "internal"}
    return formatted


def _result_file(service: Service, where: dict[str, Any]) -> Response:
    """Return one file of a package that is on the ledger; nothing outside its folder."""
    package = service.ledger.package(where["package_id"])
    file = _inside(service.place.results(package.id), where["path"]) if package is not None else None
    if file is not None:
        return FileResponse(file, media_type="application/octet-stream")
    error = {"message": "there is no such file", "extensions": {"code": "not_found"}}
    return JSONResponse({"errors": [error]}, 404)


def _inside(folder: Path, path: str) -> Path | None:
    """Return an existing file below a folder, links followed; None for all else."""
    try:
        root = folder.resolve()
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):  # a name too long for the file system, or with a NUL
        return None


def _carries(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _unauthenticated() -> Response:
    error = {"message": "this service needs a token", "extensions": {"code": "unauthenticated"}}
    return JSONResponse({"errors": [error]}, status_code=401, headers={"www-authenticate": "Bearer"})


def _bad_request(status: int, message: str) -> Response:
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": "bad_request"}}]}, status)
